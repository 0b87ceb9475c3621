/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "entity-test.h"

#define SIGNED "Content-Type: multipart/signed; boundary=b\r\n\r\n"
#define MIXED(boundary) "Content-Type: multipart/mixed; boundary=\"" boundary "\"\r\n\r\n"

static void
assert_part (const LlEntity *entity, guint i, const char *whole, const char *body)
{
  const LlEntity *child = ll_entity_child (entity, i);
  assert_non_null (child);
  assert_octets (child->whole, whole);
  assert_octets (child->body, body);
}

static void
test_leaf (void **state)
{
  g_auto (Message) m
      = message_of_text ("Subject: x\r\nContent-Type: Text/HTML; charset=utf-8\r\n\r\nbody\r\n");
  assert_string_equal (m.root->type, "text/html");
  assert_string_equal (ll_entity_parameter (m.root, "Charset"), "utf-8");
  assert_int_equal (m.root->encoding, LL_CTE_7BIT);
  assert_octets (m.root->body, "body\r\n");
  assert_null (m.root->defect);
  assert_int_equal (ll_entity_n_children (m.root), 0);
  assert_null (ll_entity_child (m.root, 0));
  assert_false (ll_entity_is_multipart (m.root));
}

/* security.md F7: signed parts that other parsers cut at other places. */
static void
test_signed_oddities (void **state)
{
  static const char *const cases[][2] = {
    { "Content-Type: text/plain\r\njunk line\r\nX: 1\r\n\r\nbody\r\n", "body\r\n" },
    { "Content-Type: text/plain\r\n\r\nbare\nLF\r\n", "bare\nLF\r\n" },
    { "Content-Type: text/plain\r\n\r\ncr\r\r\nend", "cr\r\r\nend" },
    { "Content-Type: text/plain", "" },
    { "Content-Type: text/plain\r\nX: 1\r\n", "" },
    { "\r\nbody", "body" },
    { "\r\n\r\n\r\n", "\r\n\r\n" },
    { "X: 1\r\n\r\n--bb\r\n--b-\r\n -- b\r\nb--\r\n--\r\n--b--x\r\n--b x\r\n",
      "--bb\r\n--b-\r\n -- b\r\nb--\r\n--\r\n--b--x\r\n--b x\r\n" },
    { "X: 1\r\n\r\nx--b\r\n --b\r\n-\r\n", "x--b\r\n --b\r\n-\r\n" },
    { " continued\r\nX: 1\r\n\r\nbody", "body" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text
          = g_strconcat (SIGNED "--b\r\n", cases[i][0], "\r\n--b\r\nX: s\r\n\r\nsig\r\n--b--\r\n", NULL);
      g_auto (Message) m = message_of_text (text);
      assert_int_equal (ll_entity_n_children (m.root), 2);
      assert_part (m.root, 0, cases[i][0], cases[i][1]);
      assert_part (m.root, 1, "X: s\r\n\r\nsig", "sig");
      assert_true (m.root->closed);
      assert_null (m.root->defect);
    }
}

static void
test_white_space_behind_boundary (void **state)
{
  g_auto (Message) m
      = message_of_text (SIGNED "preamble\r\n--b \t \r\n\r\n1\r\n--b\t\n\r\n2\n--b-- \nepilogue\r\n--b\r\n");
  assert_int_equal (ll_entity_n_children (m.root), 2);
  assert_part (m.root, 0, "\r\n1", "1");
  assert_part (m.root, 1, "\r\n2", "2");
  assert_true (m.root->closed);
}

static void
test_ends (void **state)
{
  g_auto (Message) bare = message_of_text (SIGNED "--b\r\n\r\n1\r\n--b--");
  assert_part (bare.root, 0, "\r\n1", "1");
  assert_true (bare.root->closed);

  g_auto (Message) cut = message_of_text (SIGNED "--b\r\n\r\n1\r\n--b-");
  assert_part (cut.root, 0, "\r\n1\r\n--b-", "1\r\n--b-");
  assert_false (cut.root->closed);

  g_auto (Message) carriage = message_of_text (SIGNED "--b\r\n\r\n1\r\n--b--\r");
  assert_false (carriage.root->closed);

  g_auto (Message) open = message_of_text (SIGNED "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n");
  assert_part (open.root, 1, "\r\n2\r\n", "2\r\n");
  assert_false (open.root->closed);

  g_auto (Message) nothing = message_of_text (SIGNED "no delimiter\r\n");
  assert_int_equal (ll_entity_n_children (nothing.root), 0);
  assert_false (nothing.root->closed);
  assert_octets (nothing.root->body, "no delimiter\r\n");

  g_auto (Message) empty = message_of_text (SIGNED "--b\r\n--b\r\n\r\n--b--");
  assert_part (empty.root, 0, "", "");
  assert_part (empty.root, 1, "", "");
  g_auto (Message) headers = message_of_text (SIGNED "--b\nA: 1\n\n--b\nB: 2\n--b--");
  assert_part (headers.root, 0, "A: 1\n", "");
  assert_part (headers.root, 1, "B: 2", "");
  assert_string_equal (ll_header_field (ll_entity_child (headers.root, 1)->header, 0)->raw, "B: 2");
}

/* The outer boundary ends whatever is open inside. */
static void
test_inner_left_open (void **state)
{
  g_auto (Message) m
      = message_of_text (MIXED ("o") "--o\r\n" MIXED ("i") "--i\r\n\r\n1\r\n--o\r\n\r\n2\r\n--i\r\n"
                                                           "\r\n3\r\n--o--\r\n");
  assert_int_equal (ll_entity_n_children (m.root), 2);
  LlEntity *inner = ll_entity_child (m.root, 0);
  assert_false (inner->closed);
  assert_null (inner->defect);
  assert_int_equal (ll_entity_n_children (inner), 1);
  assert_part (inner, 0, "\r\n1", "1");
  assert_octets (inner->body, "--i\r\n\r\n1");
  assert_part (m.root, 1, "\r\n2\r\n--i\r\n\r\n3", "2\r\n--i\r\n\r\n3");
  assert_true (m.root->closed);
  assert_int_equal (inner->depth, 1);
  assert_ptr_equal (inner->parent, m.root);
}

/* An inner boundary that continues an outer one, and the other way round. */
static void
test_boundaries_alike (void **state)
{
  g_auto (Message) m
      = message_of_text (MIXED ("x") "--x\n" MIXED ("xx") "--xx\n\n1\n--xx\n\n2\n--xx--\n--x--\n");
  LlEntity *inner = ll_entity_child (m.root, 0);
  assert_int_equal (ll_entity_n_children (m.root), 1);
  assert_int_equal (ll_entity_n_children (inner), 2);
  assert_true (inner->closed && m.root->closed);

  /* "--x--" is the end of the outer, whatever the inner calls its boundary. */
  g_auto (Message) end = message_of_text (MIXED ("x") "--x\n" MIXED ("x--") "--x--\n\n1\n--x----\n");
  assert_true (end.root->closed);
  assert_int_equal (ll_entity_n_children (ll_entity_child (end.root, 0)), 0);
}

static void
assert_defect (const char *header, const char *part, guint children)
{
  g_autofree char *text = g_strconcat (header, "\r\n--b\r\n\r\n1\r\n--b--\r\n", NULL);
  g_auto (Message) m = message_of_text (text);
  if (part == NULL)
    {
      if (m.root->defect != NULL)
        fail_msg ("%s: %s", header, m.root->defect);
    }
  else if (m.root->defect == NULL || strstr (m.root->defect, part) == NULL)
    fail_msg ("%s: %s", header, m.root->defect != NULL ? m.root->defect : "no defect");
  assert_int_equal (ll_entity_n_children (m.root), children);
}

static void
test_defects (void **state)
{
  assert_defect ("Content-Type: multipart/mixed; boundary=b\r\n", NULL, 1);
  assert_defect ("Content-Type: multipart/mixed; (c) boundary=\"b\" (c)\r\n", NULL, 1);
  assert_defect ("Content-Type: multipart/mixed; boundary*=us-ascii''b\r\n", NULL, 1);
  assert_defect ("Content-Type: multipart/mixed; boundary*0=b; boundary*1=\"\"\r\n", NULL, 1);
  assert_defect ("Content-Type: multipart/mixed;\r\n boundary=b;\r\n", NULL, 1);
  assert_defect ("Content-Type: multipart/mixed; boundary=b\r\nContent-Type: text/plain\r\n",
                 "more than one Content-Type", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=b; boundary=c\r\n", "parameter twice", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=b; Boundary=b\r\n", "parameter twice", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=b; boundary*=utf-8''c\r\n", "parameter twice", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=b; boundary*0=c\r\n", "parameter twice", 0);
  assert_defect ("Content-Type: multipart/signed; boundary=b; micalg=a; micalg=b\r\n", "parameter twice", 1);
  assert_defect ("Content-Type: multipart/mixed\r\n", "no usable boundary", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=\"\"\r\n", "no usable boundary", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=\"b \"\r\n", "no usable boundary", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=\"b\xc3\xa4\"\r\n", "RFC 2046", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=\"b;c\"\r\n", "RFC 2046", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=b junk\r\n", "not well-formed", 0);
  assert_defect ("Content-Type: multipart/mixed; boundary=\"b\r\n", "not well-formed", 1);
  assert_defect ("Content-Type: multipart/mixed; boundary=b (\r\n", "not well-formed", 1);
  assert_defect ("Content-Type: multipart/mixed boundary=b\r\n", "not well-formed", 1);
  assert_defect ("Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n",
                 "transfer encoding", 1);
  assert_defect (
      "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: Quoted-Printable\r\n",
      "transfer encoding", 1);
  assert_defect ("Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n", NULL, 1);
  assert_defect ("Content-Type: text/plain; charset=a; charset=b; junk\r\n", NULL, 0);
  assert_defect ("Content-Type: text\r\n", NULL, 0);
  assert_defect ("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n",
                 "more than one Content-Transfer-Encoding", 0);
}

static void
test_boundary_length (void **state)
{
  for (gsize length = 69; length <= 71; length++)
    {
      g_autofree char *boundary = g_strnfill (length, 'b');
      g_autofree char *text = g_strdup_printf (
          "Content-Type: multipart/mixed; boundary=%s\n\n--%s\n\n1\n--%s--\n", boundary, boundary, boundary);
      g_auto (Message) m = message_of_text (text);
      assert_int_equal (ll_entity_n_children (m.root), length <= 70 ? 1 : 0);
      assert_true ((m.root->defect == NULL) == (length <= 70));
    }
}

static void
test_same_boundary_inside (void **state)
{
  g_auto (Message) m
      = message_of_text (MIXED ("b") "--b\r\n" MIXED ("b") "--b\r\n\r\n1\r\n--b--\r\n--b--\r\n");
  LlEntity *inner = ll_entity_child (m.root, 0);
  assert_non_null (inner->defect);
  assert_int_equal (ll_entity_n_children (inner), 0);
  assert_int_equal (ll_entity_n_children (m.root), 2);
  assert_null (m.root->defect);
}

static void
test_nul_in_body (void **state)
{
  static const char text[] = SIGNED "--b\r\nX: 1\r\n\r\na\0b\r\n--b--\r\n";
  g_auto (Message) m = message_of (text, sizeof text - 1, LL_ENTITY_MESSAGE);
  assert_null (m.error);
  assert_int_equal (ll_entity_child (m.root, 0)->body.length, 3);
}

static void
test_hostile_part_headers (void **state)
{
  static const char nul[] = SIGNED "--b\r\nX: a\0b\r\n\r\n1\r\n--b--\r\n";
  g_auto (Message) m = message_of (nul, sizeof nul - 1, LL_ENTITY_MESSAGE);
  assert_null (m.root);
  assert_refused (m.error, LL_ERROR_MALFORMED, "NUL");
  static const char cr[] = SIGNED "--b\r\nX: a\rb\r\n\r\n1\r\n--b--\r\n";
  g_auto (Message) c = message_of (cr, sizeof cr - 1, LL_ENTITY_MESSAGE);
  assert_null (c.root);
  assert_refused (c.error, LL_ERROR_MALFORMED, "carriage return");
  static const char attached[]
      = MIXED ("b") "--b\r\nContent-Type: message/rfc822\r\n\r\nX: a\rb\r\n\r\n1\r\n--b--\r\n";
  g_auto (Message) a = message_of (attached, sizeof attached - 1, LL_ENTITY_MESSAGE);
  assert_refused (a.error, LL_ERROR_MALFORMED, "carriage return");
}

static void
test_empty (void **state)
{
  static const char *const cases[] = { "", "\n", "\r\n\r\n", " \t\r\n", "From x y\n\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Message) m = message_of (cases[i], strlen (cases[i]), LL_ENTITY_MESSAGE);
      assert_null (m.root);
      assert_refused (m.error, LL_ERROR_EMPTY, "empty");
    }
  g_auto (Message) part = message_of ("", 0, LL_ENTITY_PART);
  assert_refused (part.error, LL_ERROR_EMPTY, "empty");
  /* A part of an empty header and an empty body is one. */
  g_auto (Message) blank = message_of ("\r\n", 2, LL_ENTITY_PART);
  assert_non_null (blank.root);
  assert_int_equal (blank.root->body.length, 0);
}

static void
test_header_or_body_only (void **state)
{
  g_auto (Message) header = message_of_text ("Subject: x\r\nFrom: a@example.org");
  assert_int_equal (header.root->body.length, 0);
  assert_int_equal (ll_header_n_fields (header.root->header), 2);

  static const char *const bodies[] = {
    "just a text\nwithout: header\n\nmore\n",
    "no line end",
    "From here on it is text\nstill\n",
    "J\xc3\xb6rg: x\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_auto (Message) m = message_of_text (bodies[i]);
      assert_int_equal (ll_header_n_fields (m.root->header), 0);
      assert_octets (m.root->body, bodies[i]);
      assert_octets (m.root->whole, bodies[i]);
    }
  /* In a part the same line is junk in a header. */
  g_auto (Message) part = message_of ("junk\nX: 1\n\nbody", 15, LL_ENTITY_PART);
  assert_octets (part.root->body, "body");
  g_auto (Message) blank = message_of_text ("\nbody");
  assert_octets (blank.root->body, "body");
}

static void
test_mbox (void **state)
{
  g_auto (Message) m = message_of_text ("From a@example.org Tue Nov 24 04:00:00 2026\nSubject: x\n\nbody\n");
  assert_octets (m.root->whole, "Subject: x\n\nbody\n");
  assert_octets (m.root->body, "body\n");
  g_autofree char *first = g_strnfill (100000, 'x');
  g_autofree char *text = g_strconcat ("From ", first, "\nmore\n", NULL);
  g_auto (Message) letter = message_of_text (text);
  assert_octets (letter.root->body, text);
}

static void
test_attached_message (void **state)
{
  g_auto (Message) m
      = message_of_text (MIXED ("b") "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n" MIXED (
          "i") "--i\r\n\r\n1\r\n--i--\r\n--b--\r\n");
  LlEntity *attached = ll_entity_child (m.root, 0);
  assert_int_equal (ll_entity_n_children (attached), 1);
  LlEntity *message = ll_entity_child (attached, 0);
  assert_string_equal (ll_header_get (message->header, "Subject"), "in");
  assert_int_equal (message->depth, 2);
  assert_part (message, 0, "\r\n1", "1");
  assert_int_equal (attached->body.offset, message->whole.offset);
  assert_int_equal (attached->body.length, message->whole.length);

  g_auto (Message) encoded = message_of_text (
      "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA0KDQo=\r\n");
  assert_int_equal (ll_entity_n_children (encoded.root), 0);

  g_auto (Message) digest
      = message_of_text ("Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: "
                         "in\n\nx\n--b\nContent-Type: text/plain\n\nSubject: no\n--b--\n");
  assert_string_equal (ll_entity_child (digest.root, 0)->type, "message/rfc822");
  assert_int_equal (ll_entity_n_children (ll_entity_child (digest.root, 0)), 1);
  assert_int_equal (ll_entity_n_children (ll_entity_child (digest.root, 1)), 0);

  g_auto (Message) none
      = message_of_text (MIXED ("b") "--b\r\nContent-Type: message/rfc822\r\n\r\n--b--\r\n");
  assert_int_equal (ll_entity_n_children (ll_entity_child (none.root, 0)), 0);

  g_auto (Message) text = message_of_text ("Content-Type: message/rfc822\n\nno header here\n");
  assert_octets (ll_entity_child (text.root, 0)->body, "no header here\n");
}

static void
test_encodings (void **state)
{
  static const struct
  {
    const char *value;
    LlTransferEncoding encoding;
  } cases[] = {
    { "7bit", LL_CTE_7BIT },
    { " 8BIT ", LL_CTE_8BIT },
    { "Binary (comment)", LL_CTE_BINARY },
    { "(c) quoted-printable", LL_CTE_QUOTED_PRINTABLE },
    { "BASE64", LL_CTE_BASE64 },
    { "base64;", LL_CTE_BASE64 },
    { "x-uuencode", LL_CTE_UNKNOWN },
    { "base 64", LL_CTE_UNKNOWN },
    { "", LL_CTE_7BIT },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("Content-Transfer-Encoding: %s\n\nx", cases[i].value);
      g_auto (Message) m = message_of_text (text);
      assert_int_equal (m.root->encoding, cases[i].encoding);
    }
}

static GString *
nested (guint depth, const char *inner)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < depth; i++)
    g_string_append_printf (text, "%sContent-Type: multipart/mixed; boundary=n%u\n\n--n%u\n", inner, i, i);
  return text;
}

static void
assert_limit (const GString *text, const char *part)
{
  g_auto (Message) m = message_of (text->str, text->len, LL_ENTITY_MESSAGE);
  if (part == NULL)
    {
      assert_null (m.error);
      return;
    }
  assert_null (m.root);
  assert_refused (m.error, LL_ERROR_LIMIT, part);
}

static void
test_depth (void **state)
{
  g_autoptr (GString) most = nested (LL_LIMIT_DEPTH, "");
  assert_limit (most, NULL);
  g_autoptr (GString) more = nested (LL_LIMIT_DEPTH + 1, "");
  assert_limit (more, "deeper than 50");
  g_autoptr (GString) far = nested (100000, "");
  assert_limit (far, "deeper than 50");
  g_autoptr (GString) messages = g_string_new (NULL);
  for (guint i = 0; i < 100000; i++)
    g_string_append (messages, "Content-Type: message/rfc822\n\n");
  assert_limit (messages, "deeper than 50");
}

static void
test_numbers (void **state)
{
  g_autoptr (GString) parts = g_string_new (MIXED ("b"));
  for (guint i = 1; i < LL_LIMIT_PARTS; i++)
    g_string_append (parts, "--b\n");
  assert_limit (parts, NULL);
  g_string_append (parts, "--b\n");
  assert_limit (parts, "more than 5000 parts");

  g_autoptr (GString) parameters = g_string_new ("Content-Type: text/plain");
  for (guint i = 0; i < LL_LIMIT_PARAMETERS; i++)
    g_string_append (parameters, "; a=b");
  g_autoptr (GString) within = g_string_new (parameters->str);
  g_string_append (within, "\n\n.");
  assert_limit (within, NULL);
  g_string_append (parameters, "; a=b\n\n.");
  assert_limit (parameters, "more than 100 parameters");

  /* Each section is within its limits; their sum is not. */
  g_autoptr (GString) headers = g_string_new (MIXED ("b"));
  g_autofree char *value = g_strnfill (60000, 'x');
  for (guint i = 0; i < 300; i++)
    g_string_append_printf (headers, "--b\nX: %s\n\n", value);
  assert_limit (headers, "16 MB");
  g_autoptr (GString) fields = g_string_new (MIXED ("b"));
  for (guint i = 0; i < 4900; i++)
    {
      g_string_append (fields, "--b\n");
      for (guint k = 0; k < 150; k++)
        g_string_append (fields, "a:\n");
    }
  assert_limit (fields, "16 MB");
}

/* Delimiters at, before and behind the edges of the read buffer, with each kind of line end and padding. */
static void
test_chunk_edges (void **state)
{
  static const char *const ends[]
      = { "\n", "\r\n", " \t\r\n", "                                            \n" };
  for (gsize e = 0; e < G_N_ELEMENTS (ends); e++)
    for (gsize size = LL_CHUNK - 90; size <= LL_CHUNK + 4; size++)
      {
        g_autoptr (GString) text = g_string_new (MIXED ("boundary"));
        g_string_append (text, "--boundary\n\n");
        gsize start = text->len;
        while (text->len < size)
          g_string_append (text, "0123456789-\n-");
        g_string_truncate (text, size);
        gsize length = text->len - start;
        g_string_append_printf (text, "\r\n--boundary%s\ntwo\n--boundary--%s", ends[e], ends[e]);
        g_auto (Message) m = message_of (text->str, text->len, LL_ENTITY_MESSAGE);
        assert_int_equal (ll_entity_n_children (m.root), 2);
        LlEntity *one = ll_entity_child (m.root, 0);
        assert_int_equal (one->body.length, length);
        assert_octets (ll_entity_child (m.root, 1)->body, "two");
        assert_true (m.root->closed);
      }
}

static void
test_padding_lengths (void **state)
{
  for (gsize n = 0; n < 330; n += n < 4 || (n > 235 && n < 262) ? 1 : 20)
    {
      g_autofree char *padding = g_strnfill (n, ' ');
      g_autofree char *text
          = g_strdup_printf (MIXED ("b") "--b%s\r\n\r\n1\r\n--b--%s\r\nepilogue", padding, padding);
      g_auto (Message) m = message_of_text (text);
      assert_part (m.root, 0, "\r\n1", "1");
      assert_true (m.root->closed);
      g_autofree char *junk = g_strdup_printf (MIXED ("b") "--b\r\n\r\n1\r\n--b--%s.", padding);
      g_auto (Message) j = message_of_text (junk);
      assert_false (j.root->closed);
    }
  /* Nobody pads like this: no delimiter, rather than memory for it. */
  g_autofree char *endless = g_strnfill (2 * LL_CHUNK, ' ');
  g_autofree char *text = g_strdup_printf (MIXED ("b") "--b\r\n\r\n1\r\n--b%s\r\n", endless);
  g_auto (Message) m = message_of_text (text);
  assert_int_equal (ll_entity_n_children (m.root), 1);
}

/* A body larger than what a spool keeps in memory. */
static void
test_large (void **state)
{
  g_autoptr (GString) text = g_string_new (MIXED ("b") "--b\r\n\r\n");
  gsize start = text->len;
  while (text->len < 3 * LL_SPOOL_MEMORY)
    g_string_append (text, "--c\r\n--bb\r\nline\r\n");
  gsize length = text->len - start;
  g_string_append (text, "\r\n--b\r\n\r\nlast\r\n--b--\r\n");
  g_auto (Message) m = message_of (text->str, text->len, LL_ENTITY_MESSAGE);
  assert_int_equal (ll_entity_child (m.root, 0)->body.length, length);
  assert_octets (ll_entity_child (m.root, 1)->body, "last");
}

static void
assert_name (const char *disposition, const char *expected)
{
  g_autofree char *text
      = g_strdup_printf ("Content-Type: application/pdf\nContent-Disposition: %s\n\nx", disposition);
  g_auto (Message) m = message_of_text (text);
  g_autofree char *name = ll_entity_filename (m.root);
  if (expected == NULL)
    assert_null (name);
  else
    assert_string_equal (name, expected);
}

static void
test_filename (void **state)
{
  assert_name ("attachment; filename=a.pdf", "a.pdf");
  assert_name ("attachment; filename=\"a b.pdf\"", "a b.pdf");
  assert_name ("attachment; filename*=utf-8''J%C3%B6rg.pdf", "J\xc3\xb6rg.pdf");
  assert_name ("attachment; filename=\"fallback.pdf\"; filename*=utf-8''J%C3%B6rg.pdf", "J\xc3\xb6rg.pdf");
  assert_name ("attachment; filename*0*=iso-8859-1''J%F6; filename*1=rg.pdf", "J\xc3\xb6rg.pdf");
  assert_name ("attachment; filename=\"=?utf-8?q?J=C3=B6rg?=.pdf\"", "J\xc3\xb6rg.pdf");
  assert_name ("attachment; filename=\"../../etc/passwd\"", "passwd");
  assert_name ("attachment; filename=\"C:\\\\dir\\\\x.exe\"", "x.exe");
  assert_name ("attachment; filename=\"..\"", NULL);
  assert_name ("attachment; filename=\".bashrc\"", "bashrc");
  assert_name ("attachment; filename=\"dir/\"", NULL);
  assert_name ("attachment; filename=\"\"", NULL);
  assert_name ("attachment; filename*=utf-8''a%0A%00%1B%7F%C2%85b", "a ?b");
  assert_name ("attachment; filename*=utf-8''a%2F.%0A.%2Fb", "b");
  assert_name ("attachment; filename*=utf-8''.%E2%80%8E.%E2%80%AE.", NULL);
  assert_name ("attachment; filename*=utf-8''x%E2%80%AEfdp.exe", "xfdp.exe");
  assert_name ("attachment; filename*=utf-8''bad%FF", "bad\xef\xbf\xbd");
  assert_name ("attachment", NULL);

  g_autofree char *umlauts = g_strnfill (199, 'a');
  g_autofree char *value = g_strdup_printf ("attachment; filename=\"%s\xc3\xb6.pdf\"", umlauts);
  assert_name (value, umlauts);
}

static void
test_attachment (void **state)
{
  static const struct
  {
    const char *text;
    gboolean attachment;
  } cases[] = {
    { "Content-Disposition: attachment\n\nx", TRUE },
    { "Content-Disposition: ATTACHMENT; x\n\nx", TRUE },
    { "Content-Disposition: inline\n\nx", FALSE },
    { "Content-Disposition: inline; filename=x\n\nx", FALSE },
    { "Content-Type: image/png; name=x\n\nx", TRUE },
    { "Content-Type: image/png\n\nx", FALSE },
    { "Content-Type: text/plain; name=x\n\nx", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Message) m = message_of_text (cases[i].text);
      assert_int_equal (ll_entity_is_attachment (m.root), cases[i].attachment);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_leaf),
    cmocka_unit_test (test_signed_oddities),
    cmocka_unit_test (test_white_space_behind_boundary),
    cmocka_unit_test (test_ends),
    cmocka_unit_test (test_inner_left_open),
    cmocka_unit_test (test_boundaries_alike),
    cmocka_unit_test (test_defects),
    cmocka_unit_test (test_boundary_length),
    cmocka_unit_test (test_same_boundary_inside),
    cmocka_unit_test (test_nul_in_body),
    cmocka_unit_test (test_hostile_part_headers),
    cmocka_unit_test (test_empty),
    cmocka_unit_test (test_header_or_body_only),
    cmocka_unit_test (test_mbox),
    cmocka_unit_test (test_attached_message),
    cmocka_unit_test (test_encodings),
    cmocka_unit_test (test_depth),
    cmocka_unit_test (test_numbers),
    cmocka_unit_test (test_chunk_edges),
    cmocka_unit_test (test_padding_lengths),
    cmocka_unit_test (test_large),
    cmocka_unit_test (test_filename),
    cmocka_unit_test (test_attachment),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
