/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime-test.h"

#include "ll-header.h"

typedef struct
{
  LlSpool *spool;
  LlHeader *header;
  guint64 length;
  gboolean body;
  GError *error;
} Parsed;

static void
parsed_clear (Parsed *p)
{
  ll_header_unref (p->header);
  ll_spool_unref (p->spool);
  g_clear_error (&p->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parsed, parsed_clear)

static Parsed
parse (const char *text, gsize length, gboolean mbox)
{
  Parsed p = { .spool = spool_of (text, length) };
  p.header = ll_header_parse (ll_spool_octets (p.spool), mbox, &p.length, &p.body, &p.error);
  return p;
}

static Parsed
parse_text (const char *text)
{
  return parse (text, strlen (text), FALSE);
}

static void
test_fields (void **state)
{
  g_auto (Parsed) p = parse_text ("From: a@example.org\r\nSubject:  one\r\n\ttwo \r\nX:\r\n\r\nbody");
  assert_non_null (p.header);
  assert_true (p.body);
  assert_int_equal (p.length, strlen ("From: a@example.org\r\nSubject:  one\r\n\ttwo \r\nX:\r\n\r\n"));
  assert_int_equal (ll_header_n_fields (p.header), 3);
  const LlHeaderField *field = ll_header_field (p.header, 1);
  assert_string_equal (field->name, "Subject");
  assert_string_equal (field->value, "one\ttwo");
  assert_string_equal (field->raw, "Subject:  one\r\n\ttwo \r\n");
  assert_int_equal (field->raw_length, strlen (field->raw));
  assert_string_equal (ll_header_get (p.header, "subject"), "one\ttwo");
  assert_string_equal (ll_header_get (p.header, "X"), "");
  assert_null (ll_header_get (p.header, "Sub"));
  assert_null (ll_header_field (p.header, 3));
}

static void
test_lf_and_no_end (void **state)
{
  g_auto (Parsed) p = parse_text ("A: 1\nB: 2");
  assert_non_null (p.header);
  assert_false (p.body);
  assert_int_equal (p.length, 9);
  assert_string_equal (ll_header_field (p.header, 1)->raw, "B: 2");

  g_auto (Parsed) empty = parse_text ("\nA: 1\n");
  assert_true (empty.body);
  assert_int_equal (empty.length, 1);
  assert_int_equal (ll_header_n_fields (empty.header), 0);

  g_auto (Parsed) nothing = parse_text ("");
  assert_non_null (nothing.header);
  assert_false (nothing.body);
}

static void
test_junk_is_kept (void **state)
{
  g_auto (Parsed) p
      = parse_text (" lost\r\nA: 1\r\nno field here\r\n: nameless\r\nb\xc3\xa4: 2\r\nFrom : x\r\n\r\n");
  assert_int_equal (ll_header_n_fields (p.header), 6);
  assert_null (ll_header_field (p.header, 0)->name);
  assert_string_equal (ll_header_field (p.header, 0)->raw, " lost\r\n");
  assert_null (ll_header_field (p.header, 2)->name);
  assert_null (ll_header_field (p.header, 3)->name);
  assert_null (ll_header_field (p.header, 4)->name);
  /* Others take this for a From: so do we, or it would hide. */
  assert_int_equal (ll_header_count (p.header, "From"), 1);
}

static void
test_mbox_line (void **state)
{
  const char *text = "From alice@example.org Tue Nov 24 04:00:00 2026\nA: 1\n\n";
  g_auto (Parsed) p = parse (text, strlen (text), TRUE);
  assert_int_equal (ll_header_n_fields (p.header), 1);
  assert_int_equal (p.length, strlen (text));
  g_auto (Parsed) kept = parse (text, strlen (text), FALSE);
  assert_int_equal (ll_header_n_fields (kept.header), 2);
  assert_null (ll_header_field (kept.header, 0)->name);
}

static void
test_hostile_octets (void **state)
{
  static const struct
  {
    const char *text;
    gsize length;
    const char *part;
  } cases[] = {
    { "From: <alice@example.org\0@evil.example>\r\n\r\n", 41, "NUL" },
    { "Fr\0om: x\n\n", 10, "NUL" },
    { "A: 1\rB: 2\r\n\r\n", 13, "carriage return" },
    { "A: 1\r\r\n\r\n", 9, "carriage return" },
    { "A: 1\r", 5, "carriage return" },
    { "A: 1\n\r", 6, "carriage return" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Parsed) p = parse (cases[i].text, cases[i].length, FALSE);
      assert_null (p.header);
      assert_refused (p.error, LL_ERROR_MALFORMED, cases[i].part);
    }
  /* Behind the header they are content. */
  g_auto (Parsed) body = parse ("A: 1\n\n\0\r", 8, FALSE);
  assert_non_null (body.header);
}

static GString *
repeat (const char *text, guint n)
{
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    g_string_append (out, text);
  return out;
}

static void
assert_limit (const GString *text, const char *part)
{
  g_auto (Parsed) p = parse (text->str, text->len, FALSE);
  if (part == NULL)
    {
      if (p.error != NULL)
        fail_msg ("%s", p.error->message);
      return;
    }
  assert_null (p.header);
  assert_refused (p.error, LL_ERROR_LIMIT, part);
}

static void
test_limits (void **state)
{
  g_autoptr (GString) fields = repeat ("A: 1\n", LL_LIMIT_HEADER_FIELDS);
  assert_limit (fields, NULL);
  g_string_append (fields, "A: 1\n");
  assert_limit (fields, "more than 2000 header fields");

  g_autoptr (GString) line = g_string_new ("A: ");
  while (line->len < LL_LIMIT_HEADER_FIELD - 1)
    g_string_append_c (line, 'x');
  g_string_append_c (line, '\n');
  assert_limit (line, NULL);
  g_string_insert_c (line, 3, 'x');
  assert_limit (line, "64 KB");

  g_autoptr (GString) folded = repeat (" x\n", LL_LIMIT_HEADER_FIELD / 3);
  g_string_prepend (folded, "A:\n");
  assert_limit (folded, "64 KB");

  g_autoptr (GString) section = g_string_new (NULL);
  while (section->len <= LL_LIMIT_HEADER_SECTION)
    {
      g_string_append (section, "A: ");
      g_string_append_printf (section, "%.*s\n", 60000, line->str + 10);
    }
  assert_limit (section, "1 MB");
}

/* A line that ends around the edge of the read buffer. */
static void
test_chunk_edges (void **state)
{
  for (gsize size = LL_CHUNK - 6; size <= LL_CHUNK + 6; size++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      while (text->len + 60 < size)
        g_string_append (text, "A: 123456789 123456789 123456789\r\n");
      g_string_append (text, "Edge: ");
      while (text->len < size)
        g_string_append_c (text, 'y');
      gsize edge = strlen (strrchr (text->str, ':') + 2);
      g_string_append (text, "\r\n folded\r\nLast: z\r\n\r\nbody");
      g_auto (Parsed) p = parse (text->str, text->len, FALSE);
      assert_non_null (p.header);
      assert_string_equal (ll_header_get (p.header, "Last"), "z");
      assert_int_equal (strlen (ll_header_get (p.header, "Edge")), edge + strlen (" folded"));
      assert_int_equal (p.length, text->len - 4);
    }
}

static void
test_decode (void **state)
{
  static const char *const cases[][2] = {
    { "plain text", "plain text" },
    { "=?utf-8?Q?J=C3=B6rg_M?=", "J\xc3\xb6rg M" },
    { "=?ISO-8859-1?q?J=F6rg?= Miller", "J\xc3\xb6rg Miller" },
    { "=?utf-8?B?SsO2cmc=?=  =?utf-8?b?IE0u?=", "J\xc3\xb6rg M." },
    { "=?utf-8?b?SsM=?= =?utf-8?b?tnJn?=", "J\xc3\xb6rg" },
    { "a =?utf-8?q?b?= c", "a b c" },
    { "a =?utf-8*en?q?b?=", "a b" },
    { "raw J\xc3\xb6rg", "raw J\xc3\xb6rg" },
    { "raw J\xf6rg", "raw J\xef\xbf\xbdrg" },
    { "=?utf-8?q?a=0D=0AFrom:_b?=", "a  From: b" },
    { "=?utf-8?q?safe=00hidden?= text", "safe hidden text" },
    { "=?utf-8?q?bad=FFoctet?=", "bad\xef\xbf\xbdoctet" },
    { "=?utf-8?q?=F7=AE=AE=AEx?=", "\xef\xbf\xbdx" },
    { "=?ucs-4?b?AB+/vwAAAGE=?=", "\xef\xbf\xbd"
                                  "a" },
    { "=?x-unknown?q?caf=E9?=", "caf\xc3\xa9" },
    { "=?utf-8//IGNORE?q?a=E9?=", "a\xc3\xa9" },
    { "=?utf-8?x?abc?=", "=?utf-8?x?abc?=" },
    { "=?utf-8?q?open", "=?utf-8?q?open" },
    { "=?utf-8?q?a=?=", "a=" },
    { "1 = 2 =? 3", "1 = 2 =? 3" },
    { "", "" },
    { "  ", "  " },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = ll_header_decode (cases[i][0]);
      assert_string_equal (text, cases[i][1]);
      assert_true (g_utf8_validate (text, -1, NULL));
    }
}

static gint64
date_of (const char *text)
{
  g_auto (Parsed) p = parse_text (text);
  assert_non_null (p.header);
  return ll_header_date (p.header);
}

static void
test_date (void **state)
{
  assert_int_equal (date_of ("Date: Tue, 24 Nov 2026 04:00:00 +0000\n\n"), 1795492800);
  assert_int_equal (date_of ("Date: Tue, 24 Nov 2026 05:00:00 +0100 (CET)\n\n"), 1795492800);
  assert_int_equal (date_of ("A: 1\n\n"), -1);
  assert_int_equal (date_of ("Date: soon\n\n"), -1);
  assert_int_equal (
      date_of ("Date: Tue, 24 Nov 2026 04:00:00 +0000\nDate: Tue, 24 Nov 2026 04:00:00 +0000\n\n"), -1);
  g_autoptr (GString) nested = repeat ("(", 60000);
  g_string_prepend (nested, "Date: ");
  assert_int_equal (date_of (nested->str), -1);
}

static char *
written (const char *name, const char *value, GError **error)
{
  GString *out = g_string_new (NULL);
  g_autoptr (LlSink) sink = string_sink (out);
  gboolean ok = ll_header_write (sink, name, value, error);
  assert_true (ok || out->len == 0);
  return g_string_free (out, !ok);
}

static void
test_write_refuses (void **state)
{
  static const char *const cases[][3] = {
    { "Subject", "a\r\nBcc: eve@evil.example", "line break in Subject" },
    { "Subject", "a\nb", "line break in Subject" },
    { "Subject", "a\rb", "line break in Subject" },
    { "Subject", "a\x1b[2J", "control character in Subject" },
    { "Subject", "a\x7f", "control character in Subject" },
    { "Sub ject", "a", "no name" },
    { "", "a", "no name" },
    { "A:B", "a", "no name" },
    { "A\r\nB", "a", "no name" },
    { "S\xc3\xbc", "a", "no name" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = written (cases[i][0], cases[i][1], &error);
      assert_null (text);
      assert_refused (error, LL_ERROR_USAGE, cases[i][2]);
    }
  g_autoptr (GString) word = repeat ("x", 998);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = written ("X", word->str, &error);
  assert_null (text);
  assert_refused (error, LL_ERROR_USAGE, "longer than a line");
}

static void
test_write (void **state)
{
  static const char *const cases[][2] = {
    { "hello", "Subject: hello\r\n" },
    { "", "Subject:\r\n" },
    { " \t ", "Subject:\r\n" },
    { " a ", "Subject: a\r\n" },
    { "J\xc3\xb6rg", "Subject: J\xc3\xb6rg\r\n" },
    { "tab\there", "Subject: tab\there\r\n" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = written ("Subject", cases[i][0], NULL);
      assert_string_equal (text, cases[i][1]);
    }
}

/* Any mixture of words and runs of white space comes back as it was, from lines that no relay changes. */
static void
test_fold_round_trip (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5322);
  for (guint round = 0; round < 2000; round++)
    {
      g_autoptr (GString) value = g_string_new ("w");
      guint words = (guint)g_rand_int_range (random, 0, 40);
      for (guint i = 0; i < words; i++)
        {
          for (int n = g_rand_int_range (random, 1, round % 10 == 0 ? 100 : 3); n > 0; n--)
            g_string_append_c (value, g_rand_boolean (random) ? ' ' : '\t');
          for (int n = g_rand_int_range (random, 1, 120); n > 0; n--)
            g_string_append_c (value, 'v');
        }
      g_autofree char *text = written ("X-Test", value->str, NULL);
      assert_non_null (text);
      g_autofree char *section = g_strconcat (text, "\r\n", NULL);
      g_auto (Parsed) p = parse_text (section);
      assert_int_equal (ll_header_n_fields (p.header), 1);
      assert_string_equal (ll_header_get (p.header, "X-Test"), value->str);
      g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);
      for (guint i = 0; lines[i + 1] != NULL; i++)
        {
          gsize n = strlen (lines[i]);
          assert_true (n > 0 && lines[i][n - 1] != ' ' && lines[i][n - 1] != '\t');
        }
    }
}

static void
test_fold_column (void **state)
{
  g_autoptr (GString) value = repeat ("word ", 60);
  g_autofree char *text = written ("X", value->str, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);
  assert_true (g_strv_length (lines) >= 4);
  for (guint i = 0; lines[i] != NULL; i++)
    assert_true (strlen (lines[i]) <= 78);
}

static void
test_structural (void **state)
{
  assert_true (ll_header_is_structural ("MIME-Version"));
  assert_true (ll_header_is_structural ("content-type"));
  assert_true (ll_header_is_structural ("Content-Foo"));
  assert_false (ll_header_is_structural ("Subject"));
  assert_false (ll_header_is_structural ("Contents"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_fields),         cmocka_unit_test (test_lf_and_no_end),
    cmocka_unit_test (test_junk_is_kept),   cmocka_unit_test (test_mbox_line),
    cmocka_unit_test (test_hostile_octets), cmocka_unit_test (test_limits),
    cmocka_unit_test (test_chunk_edges),    cmocka_unit_test (test_decode),
    cmocka_unit_test (test_date),           cmocka_unit_test (test_write_refuses),
    cmocka_unit_test (test_write),          cmocka_unit_test (test_fold_round_trip),
    cmocka_unit_test (test_fold_column),    cmocka_unit_test (test_structural),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
