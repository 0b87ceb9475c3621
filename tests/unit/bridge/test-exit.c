/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gio/gio.h>

#include "ll-report.h"

/* The table of design.md, written down a second time. */
static void
test_errors (void **state)
{
  static const struct
  {
    LlErrorCode code;
    LlExit status;
  } cases[] = {
    { LL_ERROR_USAGE, 2 },          { LL_ERROR_EMPTY, 6 },
    { LL_ERROR_MALFORMED, 6 },      { LL_ERROR_LIMIT, 6 },
    { LL_ERROR_MIXED_CONTENT, 6 },  { LL_ERROR_INTEGRITY, 1 },
    { LL_ERROR_DECRYPT_FAILED, 1 }, { LL_ERROR_UNSUPPORTED, 8 },
    { LL_ERROR_NOT_ENCRYPTED, 6 },  { LL_ERROR_NO_SECRET_KEY, 5 },
    { LL_ERROR_NO_KEY, 5 },         { LL_ERROR_AMBIGUOUS_KEY, 5 },
    { LL_ERROR_NO_RECIPIENTS, 2 },  { LL_ERROR_NO_PASSPHRASE, 7 },
    { LL_ERROR_BAD_PASSPHRASE, 7 }, { LL_ERROR_RECIPIENT_MISMATCH, 8 },
    { LL_ERROR_ENGINE, 8 },         { LL_ERROR_IO, 8 },
    { LL_ERROR_CLOSED, 8 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      ll_error_set (&error, cases[i].code, "x");
      assert_int_equal (ll_exit_of_error (error), cases[i].status);
    }
  assert_int_equal (ll_exit_of_error (NULL), 0);
}

static void
test_foreign_errors (void **state)
{
  g_autoptr (GError) cancelled = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "x");
  g_autoptr (GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "x");
  g_autoptr (GError) beyond = g_error_new_literal (LL_ERROR, 4711, "x");
  assert_int_equal (ll_exit_of_error (cancelled), 7);
  assert_int_equal (ll_exit_of_error (other), 8);
  assert_int_equal (ll_exit_of_error (beyond), 8);
}

static void
test_signatures (void **state)
{
  static const struct
  {
    LlSignatureStatus signature;
    int verify, decrypt;
  } cases[] = {
    { LL_SIGNATURE_NONE, 3, 0 },
    { LL_SIGNATURE_VALID, 0, 0 },
    { LL_SIGNATURE_VALID_UNTRUSTED, 4, 4 },
    { LL_SIGNATURE_WRONG_SENDER, 1, 1 },
    { LL_SIGNATURE_KEY_EXPIRED, 4, 4 },
    { LL_SIGNATURE_KEY_REVOKED, 4, 4 },
    { LL_SIGNATURE_NO_KEY, 4, 4 },
    { LL_SIGNATURE_WEAK, 4, 4 },
    { LL_SIGNATURE_BAD, 1, 1 },
    { LL_SIGNATURE_UNSUPPORTED, 4, 4 },
    { (LlSignatureStatus)99, 4, 4 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LlVerdict) verdict = ll_verdict_new ();
      verdict->encryption = LL_ENCRYPTION_OK;
      verdict->signature = cases[i].signature;
      assert_int_equal (ll_exit_of_verdict (verdict, TRUE), cases[i].verify);
      assert_int_equal (ll_exit_of_verdict (verdict, FALSE), cases[i].decrypt);
    }
}

/* What could not be opened is never reported by its signature. */
static void
test_failure_comes_first (void **state)
{
  g_autoptr (LlVerdict) verdict = ll_verdict_new ();
  verdict->signature = LL_SIGNATURE_VALID;
  verdict->encryption = LL_ENCRYPTION_FAILED;
  assert_int_equal (ll_exit_of_verdict (verdict, FALSE), 8);
  ll_error_set (&verdict->error, LL_ERROR_NO_SECRET_KEY, "x");
  assert_int_equal (ll_exit_of_verdict (verdict, FALSE), 5);
  assert_int_equal (ll_exit_of_verdict (verdict, TRUE), 5);
}

static void
test_worst (void **state)
{
  static const LlExit order[] = { 0, 2, 3, 4, 5, 7, 6, 8, 1 };
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    for (guint j = 0; j < G_N_ELEMENTS (order); j++)
      assert_int_equal (ll_exit_worst (order[i], order[j]), order[MAX (i, j)]);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_errors),     cmocka_unit_test (test_foreign_errors),
    cmocka_unit_test (test_signatures), cmocka_unit_test (test_failure_comes_first),
    cmocka_unit_test (test_worst),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
