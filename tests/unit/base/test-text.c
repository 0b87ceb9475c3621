/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "ll-error.h"

static const char *
reorder (const char *msgid, G_GNUC_UNUSED gpointer user_data)
{
  if (strcmp (msgid, "key %s of %s") == 0)
    return "%2$s: %1$s (100%%)";
  return strcmp (msgid, "expired") == 0 ? "abgelaufen" : msgid;
}

static void
formats_and_reorders (void **state)
{
  g_autoptr (LlText) text = ll_text_new ("key %s of %s", "expired", "alice");
  g_autofree char *english = ll_text_format (text, NULL, NULL);
  g_autofree char *other = ll_text_format (text, reorder, NULL);
  assert_string_equal (english, "key expired of alice");
  assert_string_equal (other, "alice: abgelaufen (100%)");
}

static void
arguments_are_never_formats (void **state)
{
  g_autoptr (LlText) text = ll_text_new ("name %s", "%s%n%2$s");
  g_autofree char *english = ll_text_format (text, NULL, NULL);
  assert_string_equal (english, "name %s%n%2$s");
}

static void
a_translation_cannot_reach_beyond_the_arguments (void **state)
{
  g_autoptr (LlText) text = ll_text_new ("%s", "only");
  g_autofree char *english = ll_text_format (text, NULL, NULL);
  assert_string_equal (english, "only");
  g_autoptr (LlText) two = ll_text_new ("key %s of %s", "a", "b");
  g_autoptr (LlText) copy = ll_text_copy (two);
  g_autofree char *said = ll_text_format (copy, reorder, NULL);
  assert_string_equal (said, "b: a (100%)");
}

static void
invalid_utf8_is_made_valid (void **state)
{
  g_autoptr (LlText) text = ll_text_new ("<%s>", "a\xff");
  g_autofree char *english = ll_text_format (text, NULL, NULL);
  assert_true (g_utf8_validate (english, -1, NULL));
}

static void
errors_keep_template_and_arguments (void **state)
{
  g_autoptr (GError) error = NULL;
  ll_error_set (&error, LL_ERROR_NO_KEY, "no key for %s", "bob@example.org");
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_NO_KEY));
  assert_string_equal (error->message, "no key for bob@example.org");
  g_autoptr (GError) copy = g_error_copy (error);
  assert_string_equal (ll_text_msgid (ll_error_text (copy)), "no key for %s");
  assert_string_equal (ll_error_code_name (LL_ERROR_NO_KEY), "no-key");
}

static void
every_code_has_a_name (void **state)
{
  for (int code = 0; code <= LL_ERROR_CLOSED; code++)
    assert_non_null (ll_error_code_name ((LlErrorCode)code));
}

static void
a_closed_reader_is_a_code_of_its_own (void **state)
{
  g_autoptr (GError) closed = NULL;
  g_autoptr (GError) full = NULL;
  ll_error_set_errno (&closed, EPIPE, "output");
  ll_error_set_errno (&full, ENOSPC, "output");
  assert_true (g_error_matches (closed, LL_ERROR, LL_ERROR_CLOSED));
  assert_true (g_error_matches (full, LL_ERROR, LL_ERROR_IO));
  assert_non_null (strstr (full->message, "No space left"));
}

static void
foreign_errors_have_no_text (void **state)
{
  g_autoptr (GError) error = g_error_new (G_FILE_ERROR, 1, "x");
  assert_null (ll_error_text (error));
  assert_null (ll_error_text (NULL));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (formats_and_reorders),
    cmocka_unit_test (arguments_are_never_formats),
    cmocka_unit_test (a_translation_cannot_reach_beyond_the_arguments),
    cmocka_unit_test (invalid_utf8_is_made_valid),
    cmocka_unit_test (errors_keep_template_and_arguments),
    cmocka_unit_test (every_code_has_a_name),
    cmocka_unit_test (a_closed_reader_is_a_code_of_its_own),
    cmocka_unit_test (foreign_errors_have_no_text),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
