/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "canonical-test.h"

static void
assert_canonical_octets (const char *message, gsize length, const char *expected)
{
  g_auto (Message) m = message_of (message, length, LL_ENTITY_MESSAGE);
  g_autoptr (GError) error = NULL;
  assert_null (m.error);
  g_autoptr (GString) text = canonical_of (&m, TRUE, &error);
  if (text == NULL)
    fail_msg ("%s", error->message);
  assert_string_equal (text->str, expected);
  assert_survives (text);
}

static void
assert_canonical (const char *message, const char *expected)
{
  assert_canonical_octets (message, strlen (message), expected);
}

static void
assert_canonical_refused (const char *message, const char *part)
{
  g_auto (Message) m = message_of_text (message);
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = canonical_of (&m, TRUE, &error);
  if (text != NULL)
    fail_msg ("accepted: %s", text->str);
  assert_refused (error, LL_ERROR_UNSUPPORTED, part);
  /* Without the need for seven bits the same is written as it is. */
  g_autoptr (GString) raw = canonical_of (&m, FALSE, NULL);
  assert_non_null (raw);
}

#define TEXT "Content-Type: text/plain; charset=utf-8\r\n"

static void
test_plain (void **state)
{
  assert_canonical (
      "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain;\n charset=utf-8\nContent-Length: 5\n"
      "Content-Transfer-Encoding: 7bit\n\nline\n\nend\n",
      "Content-Type: text/plain;\r\n charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
      "line\r\n\r\nend\r\n");
  assert_canonical (TEXT "\r\nno final line end", TEXT "\r\nno final line end");
  assert_canonical ("Subject: x\n\nbody\n", "Content-Type: text/plain\r\n\r\nbody\r\n");
  assert_canonical ("just a body\n", "Content-Type: text/plain\r\n\r\njust a body\r\n");
  assert_canonical ("Subject: header only", "Content-Type: text/plain\r\n\r\n");
  assert_canonical ("Content-Type: text/html", "Content-Type: text/html\r\n\r\n");
  assert_canonical ("Content-Transfer-Encoding: 8bit\n\nplain\n",
                    "Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\n\r\nplain\r\n");
  assert_canonical ("Content-Type: text/plain; \r\n\tcharset=utf-8 \r\n \r\n\r\nx",
                    "Content-Type: text/plain;\r\n \tcharset=utf-8\r\n\r\nx");
}

#define QP TEXT "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
#define B64(type) "Content-Type: " type "\r\nContent-Transfer-Encoding: base64\r\n\r\n"

static void
test_text_is_encoded (void **state)
{
  assert_canonical (TEXT "\r\nJ\xc3\xb6rg schrieb etwas\r\n", QP "J=C3=B6rg schrieb etwas\r\n");
  assert_canonical (TEXT "Content-Transfer-Encoding: 8bit\r\n\r\nJ\xc3\xb6rg schrieb etwas",
                    QP "J=C3=B6rg schrieb etwas");
  assert_canonical (TEXT "\r\nflowed \r\ntext\r\n-- \r\nAlice\r\n",
                    QP "flowed=20\r\ntext\r\n=2D-=20\r\nAlice\r\n");
  assert_canonical (TEXT "\r\nFrom here\r\n", QP "=46rom here\r\n");
  assert_canonical (TEXT "\r\na\r\n.\r\n", QP "a\r\n=2E\r\n");
  /* A lone LF is content here, and a line end where all lines end so. */
  assert_canonical (TEXT "\r\nlone\nLF\r\n", QP "lone=0ALF\r\n");
  assert_canonical ("Content-Type: text/plain; charset=utf-8\n\nlone\nLF\n", TEXT "\r\nlone\r\nLF\r\n");
  assert_canonical (TEXT "\r\nlone\rCR\r\n", QP "lone=0DCR\r\n");
  assert_canonical (TEXT "\r\nat the end\r", QP "at the end=0D");
  static const char nul[] = TEXT "\r\nn\0u is here\r\n";
  assert_canonical_octets (nul, sizeof nul - 1, QP "n=00u is here\r\n");
  /* Mostly something else than ASCII. */
  assert_canonical (TEXT "\r\n\xd0\x9f\xd1\x80\xd0\xb8\r\n",
                    B64 ("text/plain; charset=utf-8") "0J/RgNC4DQo=\r\n");
  assert_canonical ("Content-Type: text/plain; charset=utf-8\n\n\xd0\x9f\xd1\x80\xd0\xb8\n",
                    B64 ("text/plain; charset=utf-8") "0J/RgNC4DQo=\r\n");
}

static void
test_long_lines (void **state)
{
  g_autofree char *fits = g_strnfill (998, 'x');
  g_autofree char *kept = g_strconcat (TEXT "\r\n", fits, "\r\n", NULL);
  assert_canonical (kept, kept);
  g_autofree char *over = g_strnfill (999, 'x');
  g_autofree char *message = g_strconcat (TEXT "\r\n", over, "\r\n", NULL);
  g_auto (Message) m = message_of_text (message);
  g_autoptr (GString) text = canonical_of (&m, TRUE, NULL);
  assert_non_null (strstr (text->str, "quoted-printable"));
  assert_survives (text);
}

static void
test_other_types (void **state)
{
  assert_canonical ("Content-Type: application/x-y\r\n\r\nblank \r\n",
                    B64 ("application/x-y") "YmxhbmsgDQo=\r\n");
  assert_canonical ("Content-Type: application/x-y\n\nblank \n", B64 ("application/x-y") "YmxhbmsgDQo=\r\n");
  assert_canonical ("Content-Type: application/x-y\r\n\r\nsafe\r\n",
                    "Content-Type: application/x-y\r\n\r\nsafe\r\n");
  /* Binary: exact octets, whatever the lines of the message end with. */
  assert_canonical ("Content-Type: application/x-y\nContent-Transfer-Encoding: binary\n\na\nb\n",
                    B64 ("application/x-y") "YQpiCg==\r\n");
  assert_canonical ("Content-Type: text/plain\nContent-Transfer-Encoding: Binary\n\na\nb\n",
                    B64 ("text/plain") "YQpiCg==\r\n");
}

static void
test_encoded_leaves (void **state)
{
  /* Sound ones stay octet by octet. */
  assert_canonical (B64 ("image/png") "Zm9v\r\nYmFy\r\n", B64 ("image/png") "Zm9v\r\nYmFy\r\n");
  assert_canonical (QP "a=20\r\nb=\r\nc", QP "a=20\r\nb=\r\nc");
  /* What a relay might change is encoded anew. */
  assert_canonical (B64 ("image/png") "Zm9v \r\nYmFy\r\n", B64 ("image/png") "Zm9vYmFy\r\n");
  assert_canonical (QP "a=\r\nb \r\n", QP "ab\r\n");
  assert_canonical (QP "From x=0A=0D=0A=20\r\n", QP "=46rom x=0A\r\n=20\r\n");
  assert_canonical ("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
                    "From x=0Ay\nz\n",
                    QP "=46rom x=0Ay\r\nz\r\n");
  /* What an encoding had hidden must not become a delimiter. */
  assert_canonical (
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" QP "=2D-b--\r\nFrom x\r\n--b--\r\n",
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" QP "=2D-b--\r\n=46rom x\r\n--b--\r\n");
  g_autofree char *line = g_strnfill (1000, 'A');
  g_autofree char *message = g_strconcat (B64 ("image/png"), line, "\r\n", NULL);
  g_auto (Message) m = message_of_text (message);
  g_autoptr (GString) text = canonical_of (&m, TRUE, NULL);
  assert_survives (text);
  assert_canonical_refused (
      "Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nblank \r\n",
      "cannot be encoded");
}

#define MULTI "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"

static void
test_multipart (void **state)
{
  assert_canonical ("Subject: x\nContent-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b "
                    "\n\none\n--b\nX-A: 1\n\ntwo\n\n--b--\nepilogue\n",
                    MULTI
                    "preamble\r\n--b\r\n\r\none\r\n--b\r\nX-A: 1\r\n\r\ntwo\r\n\r\n--b--\r\nepilogue\r\n");
  assert_canonical (MULTI "--b\r\n\r\none\r\n--b--", MULTI "--b\r\n\r\none\r\n--b--");
  assert_canonical (MULTI "\r\n--b\r\n\r\n--b--\r\n", MULTI "\r\n--b\r\n\r\n--b--\r\n");
  /* Nothing is repaired. */
  assert_canonical (MULTI "--b\r\n\r\none\r\n", MULTI "--b\r\n\r\none\r\n");
  assert_canonical (MULTI "--b\r\nX: 1\r\n--b\r\nX: 2\r\n\r\n--b--",
                    MULTI "--b\r\nX: 1\r\n--b\r\nX: 2\r\n\r\n--b--");
  /* Around the parts is no content. */
  assert_canonical (MULTI "Pr\xc3\xa4"
                          "ambel\r\n--b\r\n\r\none\r\n--b--\r\nend \r\n",
                    MULTI "--b\r\n\r\none\r\n--b--\r\n");
  assert_canonical ("Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: "
                    "8bit\r\n\r\n--b\r\n\r\none\r\n--b--\r\n",
                    "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: "
                    "7bit\r\n\r\n--b\r\n\r\none\r\n--b--\r\n");
  assert_canonical (
      MULTI "--b\r\n\r\nJ\xc3\xb6rg schrieb das\r\n--b--\r\n",
      MULTI "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nJ=C3=B6rg schrieb das\r\n--b--\r\n");
}

static void
test_multipart_without_parts (void **state)
{
  assert_canonical ("Content-Type: multipart/mixed\r\n\r\nsafe text\r\n",
                    "Content-Type: multipart/mixed\r\n\r\nsafe text\r\n");
  assert_canonical ("Content-Type: multipart/mixed\nContent-Transfer-Encoding: binary\n\nlines\n",
                    "Content-Type: multipart/mixed\r\nContent-Transfer-Encoding: 7bit\r\n\r\nlines\r\n");
  assert_canonical_refused ("Content-Type: multipart/mixed\r\n\r\nJ\xc3\xb6rg\r\n",
                            "multipart/mixed is not plain 7-bit");
}

#define SIGNED "Content-Type: multipart/signed; boundary=s\r\n\r\n"

/* Not even what is not safe: the signer chose it. */
static void
test_signed_inside (void **state)
{
  static const char message[]
      = MULTI "--b\r\n" SIGNED "pre \r\n--s \r\n\r\nFrom x\r\nblank \r\n--s\r\n\r\nsig\r\n--s--\r\n--b--\r\n";
  g_auto (Message) m = message_of_text (message);
  g_autoptr (GString) text = canonical_of (&m, TRUE, NULL);
  assert_string_equal (text->str, message);
  g_auto (GStrv) lines = g_strsplit (message, "\r\n", -1);
  g_autofree char *lf = g_strjoinv ("\n", lines);
  g_auto (Message) l = message_of_text (lf);
  g_autoptr (GString) same = canonical_of (&l, TRUE, NULL);
  assert_string_equal (same->str, message);
}

static void
test_signed_inside_refused (void **state)
{
  static const char *const bodies[] = { "J\xc3\xb6rg", "lone\nLF", "lone\rCR" };
  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autofree char *text = g_strconcat (MULTI "--b\r\n" SIGNED "--s\r\n\r\n", bodies[i],
                                           "\r\n--s\r\n\r\nsig\r\n--s--\r\n--b--\r\n", NULL);
      assert_canonical_refused (text, "signed message inside");
    }
}

#define ATTACHED "Content-Type: message/rfc822\r\n\r\n"

static void
test_attached_message (void **state)
{
  assert_canonical (
      "Content-Type: message/rfc822\n\nReceived: a\n b\nSubject: x\nMIME-Version: 1.0\nContent-Type: "
      "text/plain\n\nbody\n",
      ATTACHED
      "Received: a\r\n b\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nbody\r\n");
  assert_canonical (ATTACHED "Subject: x\r\n\r\nFrom here\r\n",
                    ATTACHED "Subject: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: "
                             "quoted-printable\r\n\r\n=46rom here\r\n");
  assert_canonical (
      "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: x\r\n"
      "Content-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\n\r\nsch\xc3\xb6n ist das\r\n",
      "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: x\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\nMIME-Version: 1.0\r\n\r\nsch=C3=B6n ist das\r\n");
  assert_canonical_refused (ATTACHED "Subject: J\xc3\xb6rg\r\n\r\nbody\r\n",
                            "attached message is not plain 7-bit text (Subject)");
  assert_canonical_refused (ATTACHED "From : x\r\n\r\nbody\r\n", "(From)");
  assert_canonical_refused (ATTACHED "From x\r\nSubject: y\r\n\r\nbody\r\n", "a line that is no field");
  assert_canonical_refused (ATTACHED "no header and \xc3\xb6\r\n", "without a header");
}

static void
test_part_headers (void **state)
{
#define PART(fields) MULTI "--b\r\n" fields "\r\nx\r\n--b--\r\n"
  assert_canonical (PART ("Content-Type: text/plain;\r\n name=\"J\xc3\xb6rg.txt\"\r\n"),
                    PART ("Content-Type: text/plain;\r\n name*=utf-8''J%C3%B6rg.txt\r\n"));
  assert_canonical (
      PART ("Content-disposition: attachment; filename=\"J\xc3\xb6rg a.txt\"; size=5\r\n"),
      PART ("Content-disposition: attachment;\r\n filename*=utf-8''J%C3%B6rg%20a.txt;\r\n size=5\r\n"));
  assert_canonical (PART ("Content-Description: J\xc3\xb6rg\r\n"),
                    PART ("Content-Description: =?UTF-8?b?SsO2cmc=?=\r\n"));
  assert_canonical (PART ("X-Thing: J\xc3\xb6rg\r\n"), PART ("X-Thing: =?UTF-8?b?SsO2cmc=?=\r\n"));
  assert_canonical (PART ("From : x\r\n"), PART ("From: x\r\n"));
  assert_canonical (PART ("junk line\r\nX: 1 \t\r\n"), PART ("junk line\r\nX: 1\r\n"));
  /* White space that moves is white space that stays: in a quoted text it counts. */
  assert_canonical (PART ("Content-Type: a/b; name=\"J  \r\n \t\r\n  x.pdf\"\r\n"),
                    PART ("Content-Type: a/b; name=\"J\r\n   \t  x.pdf\"\r\n"));
  assert_canonical_refused (PART ("Content-Type: text/plain; name=\"J\xf6rg.txt\"\r\n"), "(Content-Type)");
  assert_canonical_refused (PART ("Content-ID: <J\xc3\xb6rg>\r\n"), "(Content-ID)");
  assert_canonical_refused (PART ("Content-Type: t\xc3\xa4xt/plain\r\n"), "(Content-Type)");
  assert_canonical_refused (PART ("junk \xc3\xb6\r\n"), "a line that is no field");
  assert_canonical_refused (PART ("X: 1\r\n.\r\n"), "a line that is no field");
  assert_canonical_refused (PART ("Content-Type: (\xc3\xb6)\r\n"), "(Content-Type)");

  g_autofree char *words = g_strnfill (500, 'x');
  g_autofree char *message = g_strdup_printf (PART ("X-Long: %s %s %s\r\n"), words, words, words);
  g_autofree char *folded = g_strdup_printf (PART ("X-Long: %s\r\n %s\r\n %s\r\n"), words, words, words);
  assert_canonical (message, folded);
}

static void
assert_doubtful (const char *message, const char *suffix)
{
  g_auto (Message) m = message_of_text (message);
  const LlCanonical how = { .eol = LL_EOL_CRLF, .seven_bit = TRUE, .type_suffix = suffix };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (LlSink) sink = string_sink (out);
  g_autoptr (GError) error = NULL;
  assert_false (ll_canonical_write (m.root, &how, sink, &error));
  assert_refused (error, LL_ERROR_MALFORMED, "doubtful");
}

/* A field that others read differently is never made unambiguous. */
static void
test_doubtful_structure (void **state)
{
  assert_doubtful ("Content-Type: multipart/mixed; boundary=b; boundary=c; x=\"\xc3\xb6\"\r\n\r\nx", NULL);
  assert_doubtful ("Content-Type: multipart/mixed; boundary=b; x=\"\xc3\xb6\r\n\r\nx", NULL);
  assert_doubtful ("Content-Type: multipart/mixed; boundary=b; boundary=c\r\n\r\nx", "; hp=\"clear\"");
  assert_doubtful ("Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx", "; hp=\"clear\"");
}

static gboolean
write_subject (LlSink *out, gpointer user_data, GError **error)
{
  ++*(guint *)user_data;
  return ll_header_write (out, "Subject", "protected", error);
}

static GString *
with_suffix (const char *message, const char *suffix)
{
  guint called = 0;
  g_auto (Message) m = message_of_text (message);
  const LlCanonical how = { .eol = eol_of (ll_spool_octets (m.spool)),
                            .seven_bit = TRUE,
                            .write_fields = write_subject,
                            .user_data = &called,
                            .type_suffix = suffix };
  GString *out = g_string_new (NULL);
  g_autoptr (LlSink) sink = string_sink (out);
  assert_true (ll_canonical_write (m.root, &how, sink, NULL));
  assert_int_equal (called, 1);
  return out;
}

static void
test_header_protection_hooks (void **state)
{
  static const char *const cases[][2] = {
    { "Subject: x\r\nContent-Type: text/plain\r\n\r\nbody\r\n",
      "Subject: protected\r\nContent-Type: text/plain; hp=\"clear\"\r\n\r\nbody\r\n" },
    { "Subject: x\r\n\r\nbody\r\n",
      "Subject: protected\r\nContent-Type: text/plain; hp=\"clear\"\r\n\r\nbody\r\n" },
    { "Content-Type: text/plain; charset=utf-8; \r\n\r\nbody\r\n",
      "Subject: protected\r\nContent-Type: text/plain; charset=utf-8; hp=\"clear\"\r\n\r\nbody\r\n" },
    { "Content-Type: multipart/mixed; boundary=\"0123456789012345678901234567890123456789\"\r\n\r\n",
      "Subject: protected\r\nContent-Type: multipart/mixed; "
      "boundary=\"0123456789012345678901234567890123456789\";\r\n"
      " hp=\"clear\"\r\n\r\n" },
    { "Content-Type: text/plain; x=\"open\r\n\r\nbody\r\n",
      "Subject: protected\r\nContent-Type: text/plain;\r\n x=open; hp=\"clear\"\r\n\r\nbody\r\n" },
    { "Content-Type: text/plain; x=y (open\r\n\r\nbody\r\n",
      "Subject: protected\r\nContent-Type: text/plain;\r\n x=y; hp=\"clear\"\r\n\r\nbody\r\n" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) text = with_suffix (cases[i][0], "; hp=\"clear\"");
      assert_string_equal (text->str, cases[i][1]);
      g_auto (Message) again = message_of (text->str, text->len, LL_ENTITY_PART);
      assert_string_equal (ll_entity_parameter (again.root, "hp"), "clear");
    }
}

static void
test_without_seven_bit (void **state)
{
  static const char *const cases[][2] = {
    { "Content-Type: text/plain\n\nJ\xc3\xb6rg \nFrom x\n",
      "Content-Type: text/plain\r\n\r\nJ\xc3\xb6rg \r\nFrom x\r\n" },
    { "Content-Type: text/plain\r\n\r\nlone\nLF\r\n", "Content-Type: text/plain\r\n\r\nlone\nLF\r\n" },
    { "Content-Type: a/b\nContent-Transfer-Encoding: binary\n\na\nb\r",
      "Content-Type: a/b\r\nContent-Transfer-Encoding: binary\r\n\r\na\nb\r" },
    { "Content-Type: multipart/mixed; boundary=b\n\npr\xc3\xa4 \n--b\nX: \xc3\xa4 \n\none\n--b--\nend ",
      "Content-Type: multipart/mixed; boundary=b\r\n\r\npr\xc3\xa4 \r\n--b\r\nX: \xc3\xa4 "
      "\r\n\r\none\r\n--b--\r\nend " },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Message) m = message_of_text (cases[i][0]);
      g_autoptr (GString) text = canonical_of (&m, FALSE, NULL);
      assert_string_equal (text->str, cases[i][1]);
    }
}

static gboolean
refuse_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  guint *left = self;
  if (*left > 0 && (*left)--)
    return TRUE;
  ll_error_set (error, LL_ERROR_IO, "full");
  return FALSE;
}

/* Whichever write fails, the failure is told. */
static void
test_failing_sink (void **state)
{
  static const LlSinkOps ops = { refuse_write, NULL, NULL };
  g_auto (Message) m = message_of_text (MULTI "pre\r\n--b\r\n\r\nJ\xc3\xb6rg schrieb\r\n--b\r\n" ATTACHED
                                              "X: 1\r\n\r\nFrom\r\n--b--\r\nend\r\n");
  const LlCanonical how = { .eol = LL_EOL_CRLF, .seven_bit = TRUE };
  guint writes = 0;
  for (;; writes++)
    {
      guint left = writes;
      g_autoptr (GError) error = NULL;
      g_autoptr (LlSink) sink = ll_sink_new (&ops, &left);
      if (ll_canonical_write (m.root, &how, sink, &error))
        break;
      assert_refused (error, LL_ERROR_IO, "full");
    }
  assert_true (writes > 10);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_plain),
    cmocka_unit_test (test_text_is_encoded),
    cmocka_unit_test (test_long_lines),
    cmocka_unit_test (test_other_types),
    cmocka_unit_test (test_encoded_leaves),
    cmocka_unit_test (test_multipart),
    cmocka_unit_test (test_multipart_without_parts),
    cmocka_unit_test (test_signed_inside),
    cmocka_unit_test (test_signed_inside_refused),
    cmocka_unit_test (test_attached_message),
    cmocka_unit_test (test_part_headers),
    cmocka_unit_test (test_doubtful_structure),
    cmocka_unit_test (test_header_protection_hooks),
    cmocka_unit_test (test_without_seven_bit),
    cmocka_unit_test (test_failing_sink),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
