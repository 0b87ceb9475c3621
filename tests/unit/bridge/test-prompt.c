/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The prompter on a real terminal: a child process asks, the parent is the person and looks at
 * whether the terminal echoes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <gio/gio.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "ll-prompt.h"

enum
{
  RIGHT = 40,
  WRONG,
  CANCELLED,
  NO_WAY,
  OTHER,
};

static int
status_of (LlSecret *secret, const GError *error)
{
  if (secret != NULL)
    {
      gboolean right = ll_secret_length (secret) == 6 && memcmp (ll_secret_data (secret), "secret", 6) == 0;
      return right ? RIGHT : WRONG;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return CANCELLED;
  return g_error_matches (error, LL_ERROR, LL_ERROR_NO_PASSPHRASE) ? NO_WAY : OTHER;
}

static int
ask (gboolean again)
{
  LlPrompter *prompter = ll_prompt_new ();
  g_autoptr (LlText) subject = ll_text_new ("Passphrase for %s", "a\033key");
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSecret) secret = prompter->ask (prompter, LL_PROMPT_PASSPHRASE, subject, again, &error);
  ll_prompt_free (prompter);
  return status_of (secret, error);
}

typedef struct
{
  int master;
  int terminal; /* kept open, so that it can be looked at after the child */
  pid_t child;
} Session;

static void
start (Session *session, gboolean again)
{
  assert_int_equal (openpty (&session->master, &session->terminal, NULL, NULL, NULL), 0);
  session->child = fork ();
  if (session->child != 0)
    return;
  int null = open ("/dev/null", O_RDWR);
  (void)login_tty (dup (session->terminal));
  for (int fd = 0; fd <= 2; fd++)
    (void)dup2 (null, fd);
  _exit (ask (again));
}

/* Waits for the question, and gives what was on the screen. */
static char *
read_question (Session *session)
{
  GString *screen = g_string_new (NULL);
  while (!g_str_has_suffix (screen->str, ": "))
    {
      char piece[256];
      ssize_t n = read (session->master, piece, sizeof piece);
      assert_true (n > 0);
      g_string_append_len (screen, piece, n);
    }
  return g_string_free (screen, FALSE);
}

static gboolean
echoes (const Session *session)
{
  struct termios state;
  assert_int_equal (tcgetattr (session->terminal, &state), 0);
  return (state.c_lflag & ECHO) != 0;
}

static int
finish (Session *session)
{
  int status = 0;
  assert_int_equal (waitpid (session->child, &status, 0), session->child);
  assert_true (echoes (session));
  (void)close (session->master);
  (void)close (session->terminal);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

static void
type (const Session *session, const char *keys)
{
  assert_int_equal (write (session->master, keys, strlen (keys)), (ssize_t)strlen (keys));
}

static int
answer_with (const char *keys)
{
  Session session;
  start (&session, FALSE);
  g_free (read_question (&session));
  assert_false (echoes (&session));
  type (&session, keys);
  return finish (&session);
}

static void
test_answers (void **state)
{
  assert_int_equal (answer_with ("secret\n"), RIGHT);
  assert_int_equal (answer_with ("\n"), WRONG);
  assert_int_equal (answer_with ("Secret\n"), WRONG);
  assert_int_equal (answer_with ("\x04"), CANCELLED);
  assert_int_equal (answer_with ("secr\x03"), CANCELLED);
}

static void
test_too_long (void **state)
{
  g_autofree char *keys = g_strnfill (LL_PROMPT_LONGEST + 2, 'x');
  g_autofree char *line = g_strconcat (keys, "\n", NULL);
  assert_int_equal (answer_with (line), CANCELLED);
}

static void
test_killed (void **state)
{
  static const int signals[] = { SIGTERM, SIGHUP, SIGQUIT };
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      Session session;
      start (&session, FALSE);
      g_free (read_question (&session));
      assert_false (echoes (&session));
      assert_int_equal (kill (session.child, signals[i]), 0);
      assert_int_equal (finish (&session), -signals[i]);
    }
}

static void
test_screen (void **state)
{
  Session session;
  start (&session, TRUE);
  g_autofree char *question = read_question (&session);
  assert_non_null (strstr (question, "That passphrase was wrong."));
  assert_non_null (strstr (question, "Passphrase for a\\x1bkey: "));
  assert_null (strchr (question, '\033'));
  type (&session, "secret\n");
  assert_int_equal (finish (&session), RIGHT);
}

static void
test_no_terminal (void **state)
{
  pid_t child = fork ();
  if (child == 0)
    {
      (void)setsid ();
      _exit (ask (FALSE));
    }
  int status = 0;
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_int_equal (WEXITSTATUS (status), NO_WAY);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_answers), cmocka_unit_test (test_too_long),    cmocka_unit_test (test_killed),
    cmocka_unit_test (test_screen),  cmocka_unit_test (test_no_terminal),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
