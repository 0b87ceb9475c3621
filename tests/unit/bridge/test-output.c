/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ll-output.h"

static int
make_directory (void **state)
{
  *state = g_dir_make_tmp ("ll-output-XXXXXX", NULL);
  return *state != NULL ? 0 : -1;
}

static int
remove_directory (void **state)
{
  g_autofree char *command = g_strdup_printf ("rm -rf %s", (char *)*state);
  g_free (*state);
  return system (command);
}

static guint
entries (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  guint n = 0;
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static gboolean
put (const char *path, const char *text, gboolean commit, GError **error)
{
  g_autoptr (LlOutput) output = ll_output_open (path, error);
  return output != NULL && ll_sink_puts (ll_output_sink (output), text, error)
         && (!commit || ll_output_commit (output, error));
}

static void
assert_contains (const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  assert_string_equal (text, expected);
}

static void
test_file (void **state)
{
  g_autofree char *path = g_build_filename (*state, "a", NULL);
  assert_true (put (path, "one", TRUE, NULL));
  assert_contains (path, "one");
  struct stat st;
  assert_int_equal (stat (path, &st), 0);
  assert_int_equal (st.st_mode & 07777, 0600);
  assert_true (put (path, "two", TRUE, NULL));
  assert_contains (path, "two");
  assert_int_equal (entries (*state), 1);
}

static void
test_nothing_without_commit (void **state)
{
  g_autofree char *path = g_build_filename (*state, "a", NULL);
  assert_true (put (path, "one", FALSE, NULL));
  assert_int_equal (entries (*state), 0);
  assert_true (put (path, "old", TRUE, NULL));
  assert_true (put (path, "new", FALSE, NULL));
  assert_contains (path, "old");
  assert_int_equal (entries (*state), 1);
}

static void
test_link_stays (void **state)
{
  g_autofree char *target = g_build_filename (*state, "target", NULL);
  g_autofree char *link = g_build_filename (*state, "link", NULL);
  assert_true (put (target, "old", TRUE, NULL));
  assert_int_equal (symlink (target, link), 0);
  assert_true (put (link, "new", TRUE, NULL));
  assert_contains (target, "new");
  assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
}

static void
test_device_stays (void **state)
{
  assert_true (put ("/dev/null", "x", TRUE, NULL));
  struct stat st;
  assert_int_equal (stat ("/dev/null", &st), 0);
  assert_true (S_ISCHR (st.st_mode));
}

static void
test_full (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_false (put ("/dev/full", "x", TRUE, &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_IO));
}

static void
test_no_directory (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_false (put ("/nonexistent/a", "x", FALSE, &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_IO));
  assert_non_null (strstr (error->message, "/nonexistent/a"));
  g_clear_error (&error);
  assert_false (put (*state, "x", TRUE, &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_IO));
}

static void
test_closed_reader (void **state)
{
  int fds[2];
  assert_int_equal (pipe (fds), 0);
  assert_int_equal (close (fds[0]), 0);
  int saved = dup (STDOUT_FILENO);
  assert_int_equal (dup2 (fds[1], STDOUT_FILENO), STDOUT_FILENO);
  g_autoptr (GError) error = NULL;
  gboolean ok = put (NULL, "x", TRUE, &error);
  (void)dup2 (saved, STDOUT_FILENO);
  (void)close (saved);
  (void)close (fds[1]);
  assert_false (ok);
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_CLOSED));
}

/* Not one octet before everything is there. */
static void
test_standard_output_waits (void **state)
{
  int fds[2];
  assert_int_equal (pipe2 (fds, O_NONBLOCK), 0);
  int saved = dup (STDOUT_FILENO);
  assert_int_equal (dup2 (fds[1], STDOUT_FILENO), STDOUT_FILENO);
  char octet = 0;
  gboolean ok = put (NULL, "abc", FALSE, NULL);
  gssize early = read (fds[0], &octet, 1);
  ok = ok && put ("-", "abc", TRUE, NULL);
  gssize late = read (fds[0], &octet, 1);
  (void)dup2 (saved, STDOUT_FILENO);
  (void)close (saved);
  (void)close (fds[0]);
  (void)close (fds[1]);
  assert_true (ok);
  assert_int_equal (early, -1);
  assert_int_equal (late, 1);
  assert_int_equal (octet, 'a');
}

int
main (void)
{
  (void)signal (SIGPIPE, SIG_IGN);
#define WITH_DIRECTORY(test) cmocka_unit_test_setup_teardown (test, make_directory, remove_directory)
  const struct CMUnitTest tests[] = {
    WITH_DIRECTORY (test_file),
    WITH_DIRECTORY (test_nothing_without_commit),
    WITH_DIRECTORY (test_link_stays),
    WITH_DIRECTORY (test_no_directory),
    cmocka_unit_test (test_device_stays),
    cmocka_unit_test (test_full),
    cmocka_unit_test (test_closed_reader),
    cmocka_unit_test (test_standard_output_waits),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
