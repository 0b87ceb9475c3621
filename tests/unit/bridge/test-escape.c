/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ll-escape.h"
#include "ll-spool.h"

/* ---- one line ---- */

static void
test_line (void **state)
{
  static const struct
  {
    const char *in, *out;
  } cases[] = {
    { "plain", "plain" },
    { "", "" },
    { "J\303\266rg \346\227\245\346\234\254", "J\303\266rg \346\227\245\346\234\254" },
    { "a\033[31mred", "a\\x1b[31mred" },
    { "a\r\nb\tc", "a\\x0d\\x0ab\\x09c" },
    { "bell\a del\177", "bell\\x07 del\\x7f" },
    /* C1 in UTF-8 is a control sequence introducer for terminals, too */
    { "c1 \302\233 31m", "c1 \\x9b 31m" },
    { "rtl \342\200\256gnp.exe", "rtl \\u202egnp.exe" },
    { "isolate \342\201\246x\342\201\251", "isolate \\u2066x\\u2069" },
    { "line\342\200\250separator\342\200\251", "line\\u2028separator\\u2029" },
    { "bom \357\273\277", "bom \\ufeff" },
    { "tag \363\240\201\201", "tag \\U000e0041" },
    { "joiner \342\200\215", "joiner \342\200\215" },
    /* not UTF-8 */
    { "latin \344", "latin \\xe4" },
    { "cut \346\227", "cut \\xe6\\x97" },
    { "overlong \300\257", "overlong \\xc0\\xaf" },
    { "surrogate \355\240\200", "surrogate \\xed\\xa0\\x80" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *out = ll_escape_line (cases[i].in);
      assert_string_equal (out, cases[i].out);
      assert_true (g_utf8_validate (out, -1, NULL));
    }
}

/* ---- many lines, in pieces of any size ---- */

static char *
through_sink (const char *text, gsize length, gsize piece)
{
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_sink_escape (ll_spool_sink (spool));
  for (gsize i = 0; i < length; i += piece)
    assert_true (ll_sink_write (sink, text + i, MIN (piece, length - i), NULL));
  assert_true (ll_sink_finish (sink, NULL));
  g_autoptr (GBytes) all = ll_octets_load (ll_spool_octets (spool), 100000, "test", NULL);
  gsize n = 0;
  const char *data = g_bytes_get_data (all, &n);
  return g_strndup (data, n);
}

static void
assert_escaped (const char *in, gsize length, const char *expected)
{
  for (gsize piece = 1; piece <= length + 1; piece++)
    {
      g_autofree char *out = through_sink (in, length, piece);
      assert_string_equal (out, expected);
    }
}

static void
test_text (void **state)
{
  static const struct
  {
    const char *in, *out;
  } cases[] = {
    { "two\nlines\n", "two\nlines\n" },
    { "crlf\r\nand\ttab", "crlf\nand\ttab\n" },
    { "lone\rcr", "lone\\x0dcr\n" },
    { "end\r", "end\n" },
    { "", "" },
    { "\033]0;title\a", "\\x1b]0;title\\x07\n" },
    { "\346\227\245 \342\200\256\n", "\346\227\245 \\u202e\n" },
    { "cut \346\227", "cut \\xe6\\x97\n" },
    { "\346\227\n\344", "\\xe6\\x97\n\\xe4\n" },
    /* marks of other programs, only at the beginning of a line */
    { "[-- End of signed data --]\n", "\\[-- End of signed data --]\n" },
    { "x\n[GNUPG:] GOODSIG 1\n", "x\n\\[GNUPG:] GOODSIG 1\n" },
    { "x\r\n[GNUPG:] GOODSIG 1\r\n", "x\n\\[GNUPG:] GOODSIG 1\n" },
    { "a [-- b [GNUPG:] c", "a [-- b [GNUPG:] c\n" },
    { "[-\n[GNUPG]\n[", "[-\n[GNUPG]\n[\n" },
    { "[", "[\n" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_escaped (cases[i].in, strlen (cases[i].in), cases[i].out);
}

static void
test_nul (void **state)
{
  assert_escaped ("a\0b", 3, "a\\x00b\n");
  /* inside a sequence, where GLib believes that more could come */
  assert_escaped ("\346\0b\346\227\0", 6, "\\xe6\\x00b\\xe6\\x97\\x00\n");
}

/* No octet that a terminal obeys gets through, whatever comes in. */
static void
test_any_octets (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  for (guint round = 0; round < 300; round++)
    {
      char in[200];
      for (guint i = 0; i < sizeof in; i++)
        in[i] = (char)g_rand_int (random);
      g_autofree char *out = through_sink (in, sizeof in, 1 + round % 50);
      assert_true (g_utf8_validate (out, -1, NULL));
      for (const char *p = out; *p != '\0'; p = g_utf8_next_char (p))
        {
          gunichar c = g_utf8_get_char (p);
          assert_false (c != '\n' && c != '\t' && g_unichar_iscntrl (c));
        }
    }
}

/* ---- JSON ---- */

static void
test_json (void **state)
{
  g_autofree char *out = ll_escape_json ("{\"a\":\"\302\233\342\200\256\363\240\201\201\177 \303\266\"}\n");
  assert_string_equal (out, "{\"a\":\"\\u009b\\u202e\\udb40\\udc41\\u007f \303\266\"}\n");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_line),       cmocka_unit_test (test_text), cmocka_unit_test (test_nul),
    cmocka_unit_test (test_any_octets), cmocka_unit_test (test_json),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
