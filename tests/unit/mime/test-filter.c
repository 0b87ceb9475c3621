/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime-test.h"

#include "ll-filter.h"

typedef LlSink *(*Filter) (LlSink *next);

static LlSink *
base64_strict (LlSink *next)
{
  return ll_sink_base64_decode (TRUE, "the test", next);
}

static LlSink *
base64_lenient (LlSink *next)
{
  return ll_sink_base64_decode (FALSE, "the test", next);
}

static LlSink *
qp_strict (LlSink *next)
{
  return ll_sink_qp_decode (TRUE, "the test", next);
}

static LlSink *
qp_lenient (LlSink *next)
{
  return ll_sink_qp_decode (FALSE, "the test", next);
}

/* Through @filter in pieces of @step octets, 0 for all at once. */
static GString *
run_steps (Filter filter, const char *data, gsize length, gsize step, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (LlSink) sink = filter (string_sink (out));
  for (gsize i = 0; i < length;)
    {
      gsize n = step > 0 ? MIN (step, length - i) : length;
      if (!ll_sink_write (sink, data + i, n, error))
        return NULL;
      i += n;
    }
  return ll_sink_finish (sink, error) ? g_steal_pointer (&out) : NULL;
}

/* Wherever the pieces are cut, the result is the same. */
static void
assert_filter (Filter filter, const char *data, gsize length, const char *expected, gsize expected_length)
{
  for (gsize step = 0; step <= 7; step++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) out = run_steps (filter, data, length, step, &error);
      if (error != NULL)
        fail_msg ("\"%s\": %s", data, error->message);
      assert_int_equal (out->len, expected_length);
      assert_memory_equal (out->str, expected, expected_length);
    }
}

static void
assert_filter_text (Filter filter, const char *data, const char *expected)
{
  assert_filter (filter, data, strlen (data), expected, strlen (expected));
}

static void
assert_filter_refuses (Filter filter, const char *data, const char *part)
{
  for (gsize step = 0; step <= 5; step++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) out = run_steps (filter, data, strlen (data), step, &error);
      if (out != NULL)
        fail_msg ("\"%s\" was accepted", data);
      assert_refused (error, LL_ERROR_MALFORMED, part);
    }
}

static void
test_to_crlf (void **state)
{
  assert_filter_text (ll_sink_to_crlf, "a\nb\r\n\n\r\r\nc\r", "a\r\nb\r\n\r\n\r\r\nc\r");
  assert_filter_text (ll_sink_to_crlf, "\n", "\r\n");
  assert_filter_text (ll_sink_to_crlf, "", "");
}

static void
test_to_lf (void **state)
{
  assert_filter_text (ll_sink_to_lf, "a\r\nb\n\r\n\r\r\nc\r", "a\nb\n\n\r\nc\r");
  assert_filter_text (ll_sink_to_lf, "\r\r\r", "\r\r\r");
}

static void
test_base64_encode (void **state)
{
  assert_filter_text (ll_sink_base64_encode, "", "");
  assert_filter_text (ll_sink_base64_encode, "f", "Zg==\r\n");
  assert_filter_text (ll_sink_base64_encode, "fo", "Zm8=\r\n");
  assert_filter_text (ll_sink_base64_encode, "foobar", "Zm9vYmFy\r\n");
  g_autofree char *line = g_strnfill (57, 'a');
  g_autofree char *more = g_strnfill (58, 'a');
  g_autofree char *digits = g_base64_encode ((const guchar *)line, 57);
  g_autofree char *one = g_strconcat (digits, "\r\n", NULL);
  g_autofree char *two = g_strconcat (digits, "\r\nYQ==\r\n", NULL);
  assert_filter_text (ll_sink_base64_encode, line, one);
  assert_filter_text (ll_sink_base64_encode, more, two);
}

static void
test_base64_decode (void **state)
{
  static const char *const cases[][2] = {
    { "", "" },
    { "\r\n \t\r\n", "" },
    { "Zg==", "f" },
    { "Zm8=\r\n", "fo" },
    { "Zm9v\nYmFy\n", "foobar" },
    { "Z\r\nm9v Ym\tFy", "foobar" },
    { "Zg=\r\n=\r\n", "f" },
    { "+/+/", "\xfb\xff\xbf" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_filter_text (base64_strict, cases[i][0], cases[i][1]);
      assert_filter_text (base64_lenient, cases[i][0], cases[i][1]);
    }
}

static void
test_base64_strictness (void **state)
{
  static const char *const cases[][2] = {
    { "Zm9v!YmFy", "foobar" }, /* junk */
    { "!!!!", "" },
    { "Zm9v\xc3\xa4YmFy", "foobar" },
    { "Zm9v-", "foo" },   /* EVP_DecodeUpdate() ends here */
    { "Zm9vYg", "foob" }, /* cut group */
    { "Zm9vY", "foo" },
    { "Zm9vYm8", "foobo" },
    { "Zg=", "f" },   /* padding too short */
    { "Zg===", "f" }, /* too long */
    { "Z===", "" },
    { "Zm9v=", "foo" },
    { "Zm9v====", "foo" },
    { "=", "" },
    { "====", "" },
    { "Zg==Zm9v", "ffoo" }, /* data behind it */
    { "Zg==\r\nZ", "f" },
    { "Zg=v", "f" },
    { "Zm8==", "fo" },
    { "Zg=v=", "f" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_filter_refuses (base64_strict, cases[i][0], "damaged: base64 in the test");
      if (strncmp (cases[i][0], "Zg=v", 4) != 0)
        assert_filter_text (base64_lenient, cases[i][0], cases[i][1]);
    }
}

static void
test_qp_encode (void **state)
{
  static const char *const cases[][2] = {
    { "", "" },
    { "abc\r\ndef\r\n", "abc\r\ndef\r\n" },
    { "no end", "no end" },
    { "a=b", "a=3Db" },
    { "J\xc3\xb6rg", "J=C3=B6rg" },
    { "a \r\nb\t\r\n", "a=20\r\nb=09\r\n" },
    { "a  \r\n", "a =20\r\n" },
    { "end ", "end=20" },
    { " \r\n", "=20\r\n" },
    { "-- \r\n", "=2D-=20\r\n" },
    { "--boundary\r\n", "=2D-boundary\r\n" },
    { "- item\r\n", "- item\r\n" },
    { "-", "-" },
    { "lone\nLF", "lone=0ALF" },
    { "lone\rCR", "lone=0DCR" },
    { "\r\r\n", "=0D\r\n" },
    { "end\r", "end=0D" },
    { "a \rb", "a =0Db" },
    { "From here\r\nFrom there", "=46rom here\r\n=46rom there" },
    { "From\r\nFro", "From\r\nFro" },
    { "From \r\n", "=46rom=20\r\n" },
    { "Frost", "Frost" },
    { " From x", " From x" },
    { ">From x", ">From x" },
    { ".\r\n..\r\na.\r\n", "=2E\r\n=2E.\r\na.\r\n" },
    { "esc\x1b\x7f", "esc=1B=7F" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_filter_text (ll_sink_qp_encode, cases[i][0], cases[i][1]);
      assert_filter_text (qp_strict, cases[i][1], cases[i][0]);
    }
  assert_filter (ll_sink_qp_encode, "a\0b", 3, "a=00b", 5);
}

static void
test_qp_soft_breaks (void **state)
{
  g_autofree char *fits = g_strnfill (75, 'a');
  g_autofree char *over = g_strnfill (76, 'a');
  g_autofree char *broken = g_strconcat (fits, "=\r\na", NULL);
  assert_filter_text (ll_sink_qp_encode, fits, fits);
  assert_filter_text (ll_sink_qp_encode, over, broken);
  /* What a break brings to the start of a line is guarded as well. */
  g_autofree char *from = g_strconcat (fits, "From here", NULL);
  g_autofree char *from_broken = g_strconcat (fits, "=\r\n=46rom here", NULL);
  g_autofree char *dashes = g_strconcat (fits, "--b", NULL);
  g_autofree char *dashes_broken = g_strconcat (fits, "=\r\n=2D-b", NULL);
  g_autofree char *dot = g_strconcat (fits, ".", NULL);
  g_autofree char *dot_broken = g_strconcat (fits, "=\r\n=2E", NULL);
  assert_filter_text (ll_sink_qp_encode, from, from_broken);
  assert_filter_text (ll_sink_qp_encode, dashes, dashes_broken);
  assert_filter_text (ll_sink_qp_encode, dot, dot_broken);
}

static void
test_qp_decode (void **state)
{
  static const char *const cases[][2] = {
    { "a=3db", "a=b" },
    { "soft=\r\nbreak", "softbreak" },
    { "soft=\nbreak", "softbreak" },
    { "soft= \t\r\nbreak", "softbreak" },
    { "blanks \t \r\nhere \nend ", "blanks\r\nhere\nend" },
    { "in side", "in side" },
    { "end=", "end" },
    { "a=20\r\n", "a \r\n" },
    { "a=0Ab=0D=0Ac", "a\nb\r\nc" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_filter_text (qp_strict, cases[i][0], cases[i][1]);
      assert_filter_text (qp_lenient, cases[i][0], cases[i][1]);
    }
}

static void
test_qp_strictness (void **state)
{
  static const char *const cases[] = {
    "a=zz", "a=4", "a=4\r\nb", "a==3D", "a= b", "a=\rb", "a\rb", "raw \xc3\xa4", "esc\x1b", "a=4g", "end\r",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_filter_refuses (qp_strict, cases[i], "damaged: quoted-printable in the test");
  assert_filter_text (qp_lenient, "a=zz", "a=zz");
  assert_filter_text (qp_lenient, "a=4", "a=4");
  assert_filter_text (qp_lenient, "a==3D", "a==");
  assert_filter_text (qp_lenient, "a= b", "a= b");
  assert_filter_text (qp_lenient, "a=\rb", "a=\rb");
  assert_filter_text (qp_lenient, "a \rb", "a \rb");
  assert_filter_text (qp_lenient, "raw \xc3\xa4", "raw \xc3\xa4");
}

/* White space without end must not be gathered without end. */
static void
test_qp_many_blanks (void **state)
{
  g_autofree char *blanks = g_strnfill (100000, ' ');
  g_autoptr (GString) out = run_steps (qp_lenient, blanks, 100000, 0, NULL);
  assert_in_range (out->len, 98000, 100000);
  g_autofree char *soft = g_strconcat ("=", blanks, NULL);
  g_autoptr (GString) kept = run_steps (qp_lenient, soft, 100001, 0, NULL);
  assert_int_equal (kept->str[0], '=');
}

static gboolean
refuse_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  ll_error_set (error, LL_ERROR_IO, "full");
  return FALSE;
}

/* A failure below reaches the writer. */
static void
test_failure_goes_up (void **state)
{
  static const LlSinkOps ops = { refuse_write, NULL, NULL };
  static const Filter filters[] = { ll_sink_to_crlf, ll_sink_to_lf,     ll_sink_base64_encode,
                                    base64_strict,   ll_sink_qp_encode, qp_strict };
  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LlSink) sink = filters[i](ll_sink_new (&ops, NULL));
      gboolean ok = ll_sink_write (sink, "Zm9vYmFy", 8, &error) && ll_sink_finish (sink, &error);
      assert_false (ok);
      assert_refused (error, LL_ERROR_IO, "full");
    }
}

static void
fill (GRand *random, GString *out, gsize length)
{
  static const char odd[] = "\r\n \t=.-F\0\xff";
  while (out->len < length)
    {
      int kind = g_rand_int_range (random, 0, 8);
      if (kind == 0)
        g_string_append (out, "\r\nFrom ");
      else if (kind <= 2)
        g_string_append_c (out, odd[g_rand_int_range (random, 0, sizeof odd - 1)]);
      else if (kind == 3)
        g_string_append_c (out, (char)g_rand_int_range (random, 0, 256));
      else
        g_string_append (out, "some text");
    }
  g_string_truncate (out, length);
}

static void
assert_round_trip (Filter there, Filter back, const GString *data, gsize step)
{
  g_autoptr (GString) encoded = run_steps (there, data->str, data->len, step, NULL);
  assert_non_null (encoded);
  g_autoptr (GString) decoded = run_steps (back, encoded->str, encoded->len, step * 3 % 101, NULL);
  assert_non_null (decoded);
  assert_int_equal (decoded->len, data->len);
  assert_memory_equal (decoded->str, data->str, data->len);
  gsize column = 0;
  for (gsize i = 0; i < encoded->len; i++)
    {
      guint8 c = (guint8)encoded->str[i];
      assert_true ((c >= 32 && c < 127) || c == '\t' || c == '\r' || c == '\n');
      column = c == '\n' ? 0 : column + 1;
      assert_true (column <= 77);
    }
}

static void
test_random_round_trips (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (2045);
  for (guint round = 0; round < 300; round++)
    {
      g_autoptr (GString) data = g_string_new (NULL);
      fill (random, data, (gsize)g_rand_int_range (random, 0, round % 20 == 0 ? 40000 : 600));
      gsize step = (gsize)g_rand_int_range (random, 1, 300);
      assert_round_trip (ll_sink_base64_encode, base64_strict, data, step);
      assert_round_trip (ll_sink_qp_encode, qp_strict, data, step);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_to_crlf),           cmocka_unit_test (test_to_lf),
    cmocka_unit_test (test_base64_encode),     cmocka_unit_test (test_base64_decode),
    cmocka_unit_test (test_base64_strictness), cmocka_unit_test (test_qp_encode),
    cmocka_unit_test (test_qp_soft_breaks),    cmocka_unit_test (test_qp_decode),
    cmocka_unit_test (test_qp_strictness),     cmocka_unit_test (test_qp_many_blanks),
    cmocka_unit_test (test_failure_goes_up),   cmocka_unit_test (test_random_round_trips),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
