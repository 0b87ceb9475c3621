/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime-test.h"

#include "ll-scan-private.h"

static LlScan
scan_steps (const char *data, gsize length, gsize step)
{
  LlScan scan = { 0 };
  for (gsize i = 0; i < length; i += step)
    ll_scan_add (&scan, (const guint8 *)data + i, MIN (step, length - i));
  ll_scan_end (&scan);
  return scan;
}

static void
test_marks (void **state)
{
  static const struct
  {
    const char *text;
    guint unsafe;
    guint64 odd;
  } cases[] = {
    { "", 0, 0 },
    { "plain\r\ntext\r\n", 0, 0 },
    { "no end", 0, 0 },
    { "tab\tinside\r\n", 0, 0 },
    { "a\xc3\xb6", LL_UNSAFE_8BIT, 2 },
    { "esc\x1b\x7f", 0, 2 },
    { "lone\nLF", LL_UNSAFE_LONE_LF, 0 },
    { "lone\rCR", LL_UNSAFE_LONE_CR, 1 },
    { "end\r", LL_UNSAFE_LONE_CR, 1 },
    { "\r\r\n", LL_UNSAFE_LONE_CR, 1 },
    { "\r", LL_UNSAFE_LONE_CR, 1 },
    { "\n\r", LL_UNSAFE_LONE_LF | LL_UNSAFE_LONE_CR, 1 },
    { "blank \r\n", LL_UNSAFE_BLANK_END, 0 },
    { "blank\t", LL_UNSAFE_BLANK_END, 0 },
    { " \r\n", LL_UNSAFE_BLANK_END, 0 },
    { "\r\n \n", LL_UNSAFE_BLANK_END | LL_UNSAFE_LONE_LF, 0 },
    { "x\r\nFrom y\r\n", LL_UNSAFE_FROM, 0 },
    { "From x", LL_UNSAFE_FROM, 0 },
    { "From\r\n x", 0, 0 },
    { ">From x", 0, 0 },
    { "xFrom y", 0, 0 },
    { "a\r\n.\r\n", LL_UNSAFE_DOT, 0 },
    { ".", LL_UNSAFE_DOT, 0 },
    { "..\r\n.a", 0, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize step = 1; step <= 9; step++)
      {
        LlScan scan = scan_steps (cases[i].text, strlen (cases[i].text), step);
        if (scan.unsafe != cases[i].unsafe || scan.odd != cases[i].odd)
          fail_msg ("\"%s\" in steps of %zu: %x, %u odd", cases[i].text, step, scan.unsafe, (guint)scan.odd);
        assert_int_equal (scan.octets, strlen (cases[i].text));
      }
  assert_int_equal (scan_steps ("a\0b", 3, 3).unsafe, LL_UNSAFE_NUL);
}

static void
test_line_length (void **state)
{
  for (gsize length = 997; length <= 1000; length++)
    {
      g_autofree char *line = g_strnfill (length, 'x');
      g_autofree char *text = g_strconcat ("a\r\n", line, "\r\nb", NULL);
      guint expected = length > 998 ? LL_UNSAFE_LONG : 0;
      assert_int_equal (scan_steps (text, strlen (text), 100).unsafe, expected);
      assert_int_equal (scan_steps (line, length, 7).unsafe, expected);
    }
}

static void
test_octets (void **state)
{
  g_autoptr (GString) text = g_string_new (NULL);
  while (text->len < 2 * LL_CHUNK)
    g_string_append (text, "a line of text\r\n");
  g_autoptr (LlSpool) spool = spool_of (text->str, text->len);
  LlScan scan;
  assert_true (ll_scan_octets (ll_spool_octets (spool), &scan, NULL));
  assert_int_equal (scan.unsafe, 0);
  assert_int_equal (scan.octets, text->len);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_marks),
    cmocka_unit_test (test_line_length),
    cmocka_unit_test (test_octets),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
