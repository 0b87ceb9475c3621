/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guard with a stand-in for gpg that writes down how it was called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#include "gpg-home.h"

typedef struct
{
  char *home;
  char *out; /* standard output of the guard */
  int status;
  char *args; /* one a line, with a line feed in front */
  char *environment;
} Guard;

static char *
read_file (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  char *text = NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

static void
write_file (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
forget (Guard *guard)
{
  g_clear_pointer (&guard->out, g_free);
  g_clear_pointer (&guard->args, g_free);
  g_clear_pointer (&guard->environment, g_free);
  g_autofree char *path = g_build_filename (guard->home, "args", NULL);
  g_unlink (path);
}

/* @arguments: separated by blanks */
static void
call (Guard *guard, const char *arguments)
{
  forget (guard);
  g_autofree char *line = g_strdup_printf ("%s %s", FAKE_GUARD, arguments);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_auto (GStrv) environment = g_get_environ ();
  environment = g_environ_setenv (environment, "GNUPGHOME", guard->home, TRUE);
  environment = g_environ_setenv (environment, "LD_PRELOAD", "", TRUE);
  environment = g_environ_setenv (environment, "EVIL", "1", TRUE);
  environment = g_environ_setenv (environment, "PATH", "/nowhere", TRUE);
  environment = g_environ_setenv (environment, "LANG", "de_DE.UTF-8", TRUE);
  environment = g_environ_unsetenv (environment, "LC_ALL");
  assert_true (g_spawn_sync (NULL, argv, environment, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &guard->out,
                             NULL, &guard->status, NULL));
  g_autofree char *args = read_file (guard->home, "args");
  guard->args = g_strdup_printf ("\n%s", args);
  guard->environment = read_file (guard->home, "env");
}

static gboolean
has (const Guard *guard, const char *lines)
{
  g_autofree char *whole = g_strdup_printf ("\n%s\n", lines);
  return strstr (guard->args, whole) != NULL;
}

static gboolean
refused (Guard *guard, const char *arguments)
{
  call (guard, arguments);
  return guard->status != 0 && strcmp (guard->args, "\n") == 0 && *guard->out == '\0';
}

static int
setup (void **state)
{
  Guard *guard = g_new0 (Guard, 1);
  guard->home = g_strdup ("/tmp/ll-guard.XXXXXX");
  assert_non_null (g_mkdtemp (guard->home));
  *state = guard;
  return 0;
}

static int
teardown (void **state)
{
  Guard *guard = *state;
  g_autofree char *script = g_strdup_printf ("rm -rf '%s'", guard->home);
  assert_true (g_spawn_command_line_sync (script, NULL, NULL, NULL, NULL));
  forget (guard);
  g_free (guard->home);
  g_free (guard);
  return 0;
}

/* F1: what gpg prints and what it writes go different ways. */
static void
data_has_its_own_descriptor (void **state)
{
  Guard *guard = *state;
  static const char *const calls[]
      = { "--decrypt --output - -- -&5",       "--output - -- -&5",     "--sign --detach -- -&5",
          "--encrypt -r AB --output - -- -&5", "--decrypt -o - -- -&5", "--export" };
  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      call (guard, calls[i]);
      assert_string_equal (guard->out, "data\n");
    }
}

static void
listings_stay_on_standard_output (void **state)
{
  Guard *guard = *state;
  call (guard, "--with-colons --list-keys -- <a@b>");
  assert_string_equal (guard->out, "listing of keys\n");
  assert_true (has (guard, "--\n<a@b>"));
}

static void
no_options_file_comes_first (void **state)
{
  Guard *guard = *state;
  call (guard, "--batch --homedir /x --status-fd 4 --decrypt --output - -- -&9");
  assert_true (g_str_has_prefix (guard->args, "\n--no-options\n"));
  assert_true (has (guard, "--no-auto-key-retrieve"));
  assert_true (has (guard, "--no-auto-key-locate"));
  assert_true (has (guard, "--disable-dirmngr"));
  assert_true (has (guard, "--no-encrypt-to"));
  assert_true (has (guard, "--homedir\n/x"));
  assert_true (has (guard, "--status-fd\n4"));
  assert_true (has (guard, "--\n-&9"));
}

/* F4: GPGME verifies an opaque message with no command at all. */
static void
no_command_means_verify (void **state)
{
  Guard *guard = *state;
  call (guard, "--output - -- -&5");
  assert_true (has (guard, "--verify"));
  call (guard, "--decrypt --output - -- -&5");
  assert_false (has (guard, "--verify"));
}

static void
dangerous_options_are_refused (void **state)
{
  Guard *guard = *state;
  assert_true (refused (guard, "--symmetric --output - -- -&5"));
  assert_true (refused (guard, "--decrypt --show-session-key --output - -- -&5"));
  assert_true (refused (guard, "--decrypt --override-session-key X --output - -- -&5"));
  assert_true (refused (guard, "--ignore-mdc-error --decrypt --output - -- -&5"));
  assert_true (refused (guard, "--always-trust --encrypt -r AB --output - -- -&5"));
  assert_true (refused (guard, "--trust-model=always --encrypt -r AB --output - -- -&5"));
  assert_true (refused (guard, "--locate-keys -- a@b"));
  assert_true (refused (guard, "--decrypt --output /tmp/file -- -&5"));
  assert_true (refused (guard, "--options /tmp/file --decrypt --output - -- -&5"));
  assert_true (refused (guard, "--decrypt --status-fd"));
  assert_true (refused (guard, "--batch=yes --list-keys"));
  assert_true (refused (guard, "--passphrase-fd 0 --decrypt --output - -- -&5"));
}

static void
the_channel (void **state)
{
  Guard *guard = *state;
  call (guard, "--auto-key-locate=letterlock,at=1700000000,binary,deadline=9 --verify -- -&5 -&6");
  assert_true (has (guard, "--faked-system-time=1700000000"));
  assert_true (has (guard, "--no-auto-check-trustdb"));
  assert_true (has (guard, "--no-armor"));
  assert_null (strstr (guard->args, "letterlock"));
  assert_null (strstr (guard->args, "\n--auto-key-locate"));

  call (guard, "--auto-key-locate=letterlock,sign=ABCD --sign -u 1234567890ABCDEF -- -&5");
  assert_true (has (guard, "--local-user\nABCD"));
  assert_false (has (guard, "1234567890ABCDEF"));

  call (guard, "--auto-key-locate=wkd --list-keys -- x");
  assert_null (strstr (guard->args, "wkd"));

  assert_true (refused (guard, "--auto-key-locate=letterlock,at=1;rm --list-keys -- x"));
  assert_true (refused (guard, "--auto-key-locate=letterlock,sign=--yes --list-keys -- x"));
  assert_true (refused (guard, "--auto-key-locate=letterlock,other --list-keys -- x"));
}

static void
clean_environment (void **state)
{
  Guard *guard = *state;
  call (guard, "--list-keys");
  assert_null (strstr (guard->environment, "EVIL"));
  assert_null (strstr (guard->environment, "LD_PRELOAD"));
  assert_non_null (strstr (guard->environment, "PATH=/usr/bin:/bin\n"));
  assert_non_null (strstr (guard->environment, "LC_ALL=C.UTF-8\n"));
  assert_non_null (strstr (guard->environment, guard->home));
  /* pinentry is to speak the user's language all the same */
  assert_true (has (guard, "--lc-messages\nde_DE.UTF-8"));
  g_autofree char *core = read_file (guard->home, "core");
  assert_string_equal (core, "0\n");
}

static void
nothing_dangerous_from_gpg_conf (void **state)
{
  Guard *guard = *state;
  write_file (
      guard->home, "gpg.conf",
      "max-output 10\ngroup a=b\nencrypt-to AB\nhidden-encrypt-to "
      "AB\nignore-mdc-error\nskip-verify\nverbose\n"
      "output /tmp/x\ndefault-key AB\nthrow-keyids\nauto-key-retrieve\nauto-key-locate wkd\ntrust-model "
      "always\n"
      "trust-model auto\nallow-weak-digest-algos\nno-require-cross-certification\nallow-multiple-messages\n"
      "digest-algo SHA1\npersonal-digest-preferences SHA1\ncomment x\nuse-embedded-filename\noptions /tmp/x\n"
      "passphrase-file /tmp/x\npinentry-mode loopback\nlist-options show-photos\nphoto-viewer /tmp/x\n"
      "agent-program relative\ncompletes-needed many\nkeyring\ntrusted-key --yes\nrecipient AB\n");
  call (guard, "--encrypt -r AB --output - -- -&5");
  static const char *const names[]
      = { "max-output",   "\n--group",     "encrypt-to\n",     "hidden-encrypt", "ignore-mdc",
          "skip-verify",  "--verbose",     "/tmp/x",           "default-key",    "\n--throw",
          "\n--auto-key", "trust-model",   "allow-weak",       "no-require",     "\n--allow-mult",
          "SHA1",         "\n--comment",   "\n--use-embedded", "loopback",       "list-options",
          "photo",        "agent-program", "completes-needed", "keyring",        "trusted-key",
          "\n--recipient" };
  assert_true (strlen (guard->args) > 100);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      /* ours: "--no-encrypt-to" */
      g_auto (GStrv) parts = g_strsplit (guard->args, "--no-encrypt-to\n", -1);
      g_autofree char *without = g_strjoinv ("", parts);
      if (strstr (without, names[i]) != NULL)
        fail_msg ("%s", names[i]);
    }
}

static void
trust_comes_from_gpg_conf (void **state)
{
  Guard *guard = *state;
  write_file (guard->home, "gpg.conf",
              "# comment\n\n  trust-model   tofu+pgp\r\nno-default-keyring\nkeyring \"/a b/pub.kbx\"\n"
              "--trusted-key 0123456789ABCDEF\ncompletes-needed = 2\nagent-program "
              "/usr/bin/gpg-agent\nweak-digest SHA224\n");
  call (guard, "--list-keys");
  assert_true (has (guard, "--trust-model\ntofu+pgp"));
  assert_true (has (guard, "--no-default-keyring"));
  assert_true (has (guard, "--keyring\n/a b/pub.kbx"));
  assert_true (has (guard, "--trusted-key\n0123456789ABCDEF"));
  assert_true (has (guard, "--completes-needed\n2"));
  assert_true (has (guard, "--agent-program\n/usr/bin/gpg-agent"));
  assert_true (has (guard, "--weak-digest\nSHA224"));
  /* TOFU writes down what it sees: not under a false clock */
  call (guard, "--auto-key-locate=letterlock,at=1 --list-keys");
  assert_true (has (guard, "--trust-model\npgp"));
}

static void
the_most_specific_file_counts (void **state)
{
  Guard *guard = *state;
  write_file (guard->home, "gpg.conf", "trust-model classic\n");
  write_file (guard->home, "gpg.conf-2", "trust-model direct\n");
  call (guard, "--list-keys");
  assert_true (has (guard, "--trust-model\nclassic"));
  call (guard, "--auto-key-locate=letterlock,version=2.2.40 --list-keys");
  assert_true (has (guard, "--trust-model\ndirect"));
  write_file (guard->home, "gpg.conf-2.2.40", "trust-model tofu\n");
  call (guard, "--auto-key-locate=letterlock,version=2.2.40 --list-keys");
  assert_true (has (guard, "--trust-model\ntofu"));
  assert_false (has (guard, "direct"));
}

static void
home_given_as_argument (void **state)
{
  Guard *guard = *state;
  g_autofree char *other = g_build_filename (guard->home, "other", NULL);
  assert_int_equal (g_mkdir (other, 0700), 0);
  write_file (other, "gpg.conf", "trust-model direct\n");
  g_autofree char *arguments = g_strdup_printf ("--homedir %s --list-keys", other);
  call (guard, arguments);
  assert_true (has (guard, "--trust-model\ndirect"));
}

static void
the_deadline_kills (void **state)
{
  Guard *guard = *state;
  write_file (guard->home, "hang", "");
  gint64 before = g_get_monotonic_time ();
  call (guard, "--auto-key-locate=letterlock,deadline=1 --list-keys");
  assert_true (WIFSIGNALED (guard->status));
  assert_true (g_get_monotonic_time () - before < 20 * G_USEC_PER_SEC);
}

static void
the_version_is_asked_of_gpg (void **state)
{
  Guard *guard = *state;
  call (guard, "--version");
  assert_string_equal (guard->args, "\n--no-options\n--version\n");
}

/* M-8: without gpg, and with something that is none. */
static void
no_gpg (void **state)
{
  static const char *const guards[] = { "/nonexistent/guard", FAKE_GUARD };
  Guard *guard = *state;
  for (gsize i = 0; i < G_N_ELEMENTS (guards); i++)
    {
      g_autoptr (GError) error = NULL;
      const LlOpenpgpOptions options = { .guard = guards[i], .home = guard->home };
      g_autoptr (LlEngine) engine = ll_openpgp_engine_new (&options, &error);
      const LlPlanRequest request = { .sender = "a@example.org", .sign = TRUE };
      assert_null (engine->ops->plan (engine, &request, NULL, &error));
      assert_true (is_error (error, LL_ERROR_ENGINE, i == 0 ? "guard" : "install gnupg"));
    }
  g_autoptr (GError) error = NULL;
  assert_null (ll_openpgp_engine_new (&(LlOpenpgpOptions){ .guard = "gpg" }, &error));
  assert_true (is_error (error, LL_ERROR_ENGINE, "absolute"));
}

#define GUARD_TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    GUARD_TEST (data_has_its_own_descriptor),
    GUARD_TEST (listings_stay_on_standard_output),
    GUARD_TEST (no_options_file_comes_first),
    GUARD_TEST (no_command_means_verify),
    GUARD_TEST (dangerous_options_are_refused),
    GUARD_TEST (the_channel),
    GUARD_TEST (clean_environment),
    GUARD_TEST (nothing_dangerous_from_gpg_conf),
    GUARD_TEST (trust_comes_from_gpg_conf),
    GUARD_TEST (the_most_specific_file_counts),
    GUARD_TEST (home_given_as_argument),
    GUARD_TEST (the_deadline_kills),
    GUARD_TEST (the_version_is_asked_of_gpg),
    GUARD_TEST (no_gpg),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
