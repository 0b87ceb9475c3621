/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "ll-input.h"

typedef struct
{
  GPtrArray *names;
  GPtrArray *texts;
  guint stop_after; /* 0: never */
} Seen;

static gboolean
take (const char *name, LlSpool *message, const GError *failure, gpointer user_data, GError **error)
{
  Seen *seen = user_data;
  g_autoptr (GBytes) all = ll_octets_load (ll_spool_octets (message), 1000000, "test", NULL);
  gsize n = 0;
  const char *data = g_bytes_get_data (all, &n);
  g_ptr_array_add (seen->names, g_path_get_basename (name));
  g_ptr_array_add (seen->texts, g_strndup (data, n));
  if (seen->stop_after != seen->texts->len)
    return TRUE;
  ll_error_set (error, LL_ERROR_CLOSED, "enough");
  return FALSE;
}

static void
seen_init (Seen *seen)
{
  seen->names = g_ptr_array_new_with_free_func (g_free);
  seen->texts = g_ptr_array_new_with_free_func (g_free);
  seen->stop_after = 0;
}

static void
seen_clear (Seen *seen)
{
  g_ptr_array_unref (seen->names);
  g_ptr_array_unref (seen->texts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Seen, seen_clear)

static gboolean
read_mbox (const char *text, Seen *seen, GError **error)
{
  g_autofree char *path = NULL;
  assert_true (g_close (g_file_open_tmp ("ll-input-XXXXXX", &path, NULL), NULL));
  assert_true (g_file_set_contents (path, text, -1, NULL));
  gboolean ok = ll_input_each (path, take, seen, error);
  (void)g_unlink (path);
  return ok;
}

#define FROM "From alice@example.org Tue Nov 24 04:00:00 2026\n"

static void
test_mbox (void **state)
{
  static const struct
  {
    const char *text;
    const char *messages[3];
  } cases[] = {
    { "", { NULL } },
    { FROM "A: 1\n\nx\n", { "A: 1\n\nx\n" } },
    { FROM "A: 1\n\nx\n\n" FROM "B: 2\n\ny\n\n", { "A: 1\n\nx\n", "B: 2\n\ny\n" } },
    /* several empty lines: one belongs to the separator */
    { FROM "A: 1\n\nx\n\n\n" FROM "B: 2\n\ny", { "A: 1\n\nx\n\n", "B: 2\n\ny" } },
    { "From a Tue Nov 24 04:00:00 2026\r\nA: 1\r\n\r\nx\r\n\r\nFrom b Tue Nov 24 04:00:00 2026\r\n\r\n",
      { "A: 1\r\n\r\nx\r\n", "" } },
    /* not separators: in the middle of a paragraph, or without a time */
    { FROM "A: 1\n\nx\n" FROM "y\n", { "A: 1\n\nx\n" FROM "y\n" } },
    { FROM "A: 1\n\nx\n\nFrom here on\n", { "A: 1\n\nx\n\nFrom here on\n" } },
    { FROM "A: 1\n\nx\n\n>From here on 04:00:00\n", { "A: 1\n\nx\n\n>From here on 04:00:00\n" } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Seen) seen;
      seen_init (&seen);
      assert_true (read_mbox (cases[i].text, &seen, NULL));
      guint n = 0;
      while (n < 3 && cases[i].messages[n] != NULL)
        n++;
      assert_int_equal (seen.texts->len, n);
      for (guint j = 0; j < n; j++)
        assert_string_equal (g_ptr_array_index (seen.texts, j), cases[i].messages[j]);
    }
}

static void
test_long_line (void **state)
{
  g_autofree char *line = g_strnfill (200000, 'x');
  g_autofree char *text = g_strconcat (FROM "A: 1\n\n", line, "\n\n" FROM "B: 2\n\n", line, NULL);
  g_auto (Seen) seen;
  seen_init (&seen);
  assert_true (read_mbox (text, &seen, NULL));
  assert_int_equal (seen.texts->len, 2);
  assert_int_equal (strlen (g_ptr_array_index (seen.texts, 0)), 200007);
  assert_int_equal (strlen (g_ptr_array_index (seen.texts, 1)), 200006);
}

static void
test_no_mbox (void **state)
{
  g_autoptr (GError) error = NULL;
  g_auto (Seen) seen;
  seen_init (&seen);
  assert_false (read_mbox ("A: 1\n\nx\n", &seen, &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_MALFORMED));
  g_clear_error (&error);
  assert_false (ll_input_each ("/nonexistent", take, &seen, &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_IO));
  assert_int_equal (seen.texts->len, 0);
}

static void
test_stopped (void **state)
{
  g_autoptr (GError) error = NULL;
  g_auto (Seen) seen;
  seen_init (&seen);
  seen.stop_after = 1;
  assert_false (read_mbox (FROM "A: 1\n\nx\n\n" FROM "B: 2\n\ny\n", &seen, &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_CLOSED));
  assert_int_equal (seen.texts->len, 1);
}

static void
test_maildir (void **state)
{
  g_autofree char *path = g_dir_make_tmp ("ll-maildir-XXXXXX", NULL);
  g_autofree char *make = g_strdup_printf ("cd %s && mkdir cur && printf 'A: 1\\n\\n' >cur/2:2,S && "
                                           "printf x >cur/.hidden && mkfifo cur/pipe",
                                           path);
  g_autofree char *more = g_strdup_printf ("cd %s && mkdir new tmp && printf 'B: 2\\n\\n' >new/1 && "
                                           "printf x >tmp/3",
                                           path);
  g_autofree char *clean = g_strdup_printf ("rm -rf %s", path);
  g_autoptr (GError) error = NULL;
  g_auto (Seen) seen;
  seen_init (&seen);
  assert_int_equal (system (make), 0);
  assert_false (ll_input_each (path, take, &seen, &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_USAGE));
  assert_int_equal (system (more), 0);
  assert_true (ll_input_each (path, take, &seen, NULL));
  assert_int_equal (system (clean), 0);
  assert_int_equal (seen.texts->len, 2);
  assert_string_equal (g_ptr_array_index (seen.names, 0), "2:2,S");
  assert_string_equal (g_ptr_array_index (seen.texts, 1), "B: 2\n\n");
}

static void
test_read (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_null (ll_input_read ("/nonexistent", &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_IO));
  g_clear_error (&error);
  assert_null (ll_input_read ("/", &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_IO));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_mbox),    cmocka_unit_test (test_long_line), cmocka_unit_test (test_no_mbox),
    cmocka_unit_test (test_stopped), cmocka_unit_test (test_maildir),   cmocka_unit_test (test_read),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
