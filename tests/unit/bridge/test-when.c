/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ll-when.h"

static void
test_times (void **state)
{
  static const struct
  {
    const char *text;
    gint64 time;
  } cases[] = {
    { "2026-11-24", 1795478400 },          { "2026-11-24T04:00:00Z", 1795492800 },
    { "2026-11-24T04:00:00", 1795492800 }, { "2026-11-24T13:00:00+09:00", 1795492800 },
    { "20261124T040000Z", 1795492800 },    { "@1795492800", 1795492800 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 time = 0;
      assert_true (ll_when_parse (cases[i].text, &time, NULL));
      assert_int_equal (time, cases[i].time);
    }
}

static void
test_no_times (void **state)
{
  static const char *const cases[]
      = { "",     "yesterday",  "2026",       "2026-13-01",  "2026-11-24T25:00:00Z", "@", "@-5", "@0",
          "@12x", "1970-01-01", "1969-12-31", "2026-11-24 ", "@99999999999999999999" };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 time = 42;
      assert_false (ll_when_parse (cases[i], &time, &error));
      assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_USAGE));
      assert_int_equal (time, 42);
    }
}

static void
test_format (void **state)
{
  g_autofree char *text = ll_when_format (1795492800);
  assert_string_equal (text, "2026-11-24T04:00:00Z");
  assert_null (ll_when_format (-1));
  assert_null (ll_when_format (G_MAXINT64));
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_times), cmocka_unit_test (test_no_times), cmocka_unit_test (test_format) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
