/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef LL_GPG_PATH
#error "LL_GPG_PATH must be the absolute path of gpg"
#endif

#define MAX_VARIABLES 64

/* What gpg and the agent it may start need to find the user's home, terminal and display. */
static const char *const kept_variables[] = {
  "HOME",
  "USER",
  "LOGNAME",
  "GNUPGHOME",
  "GPG_TTY",
  "TERM",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "XAUTHORITY",
  "XDG_RUNTIME_DIR",
  "XDG_SESSION_TYPE",
  "XDG_CURRENT_DESKTOP",
  "DBUS_SESSION_BUS_ADDRESS",
  "PINENTRY_USER_DATA",
  "INSIDE_EMACS",
  "GTK_IM_MODULE",
  "QT_IM_MODULE",
  "XMODIFIERS",
};

static char *
variable (const char *name, const char *value)
{
  char *result = NULL;
  if (asprintf (&result, "%s=%s", name, value) < 0)
    abort ();
  return result;
}

/* The controlling terminal by its real name: pinentry is a child of the agent, to which
 * "/dev/tty" means nothing, and 0, 1, 2 are pipes here. */
static char *
controlling_terminal (void)
{
  char line[1024] = "";
  FILE *file = fopen ("/proc/self/stat", "re");
  if (file == NULL)
    return NULL;
  size_t length = fread (line, 1, sizeof line - 1, file);
  fclose (file);
  line[length] = '\0';

  int device = 0;
  const char *after_name = strrchr (line, ')');
  if (after_name == NULL || sscanf (after_name, ") %*c %*d %*d %*d %d", &device) != 1 || device == 0)
    return NULL;
  unsigned number = minor ((dev_t)device);
  unsigned kind = major ((dev_t)device);
  char *path = NULL;
  if (kind >= 136 && kind <= 143)
    length = (size_t)asprintf (&path, "/dev/pts/%u", number + (kind - 136) * 256);
  else if (kind == 4)
    length = (size_t)asprintf (&path, "/dev/tty%u", number);
  return path;
}

char **
ll_guard_environment (void)
{
  char **result = calloc (MAX_VARIABLES, sizeof *result);
  if (result == NULL)
    abort ();
  size_t n = 0;
  for (size_t i = 0; i < sizeof kept_variables / sizeof *kept_variables; i++)
    {
      const char *value = getenv (kept_variables[i]);
      if (value != NULL)
        result[n++] = variable (kept_variables[i], value);
    }
  char *terminal = getenv ("GPG_TTY") == NULL ? controlling_terminal () : NULL;
  if (terminal != NULL)
    result[n++] = variable ("GPG_TTY", terminal);
  result[n++] = variable ("PATH", "/usr/bin:/bin");
  result[n++] = variable ("LC_ALL", "C.UTF-8");
  return result;
}

static const char *
locale_of (const char *category)
{
  const char *const names[] = { "LC_ALL", category, "LANG" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      const char *value = getenv (names[i]);
      if (value != NULL && *value != '\0')
        return value;
    }
  return NULL;
}

/* gpg itself speaks English here; pinentry should speak the user's language. */
static void
add_locale (LlArgs *args, const char *option, const char *given, const char *category)
{
  const char *value = given != NULL ? given : locale_of (category);
  if (value == NULL)
    return;
  ll_args_add (args, option);
  ll_args_add (args, value);
}

static void
add_own_options (LlArgs *args)
{
  static const char *const always[] = {
    "--no-options",
    "--no-greeting",
    "--no-permission-warning",
    "--disable-dirmngr",
    "--no-auto-key-retrieve",
    "--no-auto-key-locate",
    "--no-encrypt-to",
    "--no-groups",
    "--no-throw-keyids",
    "--no-comments",
    "--no-emit-version",
    "--no-symkey-cache",
    "--no-use-embedded-filename",
    "--no-allow-multiple-messages",
  };
  for (size_t i = 0; i < sizeof always / sizeof *always; i++)
    ll_args_add (args, always[i]);
}

static void
add_command_options (LlArgs *args, const LlGuardRequest *request)
{
  bool writes = request->command == LL_GUARD_SIGN || request->command == LL_GUARD_ENCRYPT;
  if (writes)
    {
      /* D-8: compressed lengths tell about secrets beside an attacker's text */
      ll_args_add (args, "-z");
      ll_args_add (args, "0");
    }
  if (writes && request->sign != NULL)
    {
      ll_args_add (args, "--local-user");
      ll_args_add (args, request->sign);
    }
  if (request->command == LL_GUARD_IMPORT)
    {
      ll_args_add (args, "--import-options");
      ll_args_add (args, "self-sigs-only,import-clean"); /* H-8 */
    }
  if (request->binary)
    ll_args_add (args, "--no-armor");
  if (request->at != NULL)
    {
      /* what a false clock says must not be written into the trust database */
      ll_args_add (args, variable ("--faked-system-time", request->at));
      ll_args_add (args, "--no-auto-check-trustdb");
    }
}

static bool
writes_data (const LlGuardRequest *request)
{
  switch (request->command)
    {
    case LL_GUARD_SIGN:
    case LL_GUARD_EXPORT:
      return true;
    case LL_GUARD_LIST:
    case LL_GUARD_IMPORT:
      return false;
    default:
      return request->output;
    }
}

/* Standard output goes nowhere; what was it becomes a descriptor that only data is written to. */
static bool
add_output (LlArgs *args)
{
  int data = dup (STDOUT_FILENO);
  char *name = NULL;
  if (data < 0 || freopen ("/dev/null", "w", stdout) == NULL || fileno (stdout) != STDOUT_FILENO
      || asprintf (&name, "-&%d", data) < 0)
    return false;
  ll_args_add (args, "--enable-special-filenames");
  ll_args_add (args, "--output");
  ll_args_add (args, name);
  return true;
}

/* An alarm survives execve(): an agent that does not answer cannot keep gpg for ever (K-11). */
static void
set_limits (unsigned deadline)
{
  const struct rlimit none = { 0, 0 };
  setrlimit (RLIMIT_CORE, &none);
  sigset_t set;
  sigemptyset (&set);
  sigaddset (&set, SIGALRM);
  signal (SIGALRM, SIG_DFL);
  sigprocmask (SIG_UNBLOCK, &set, NULL);
  if (deadline > 0)
    alarm (deadline);
}

static int
fail (const char *what)
{
  fprintf (stderr, "letterlock-gpg-guard: %s\n", what);
  return 2;
}

static bool
build (const LlGuardRequest *request, LlArgs *args)
{
  ll_args_add (args, "gpg");
  add_own_options (args);
  ll_guard_conf (request->homedir, request->version, request->at != NULL, args);
  add_locale (args, "--lc-ctype", request->ctype, "LC_CTYPE");
  add_locale (args, "--lc-messages", request->messages, "LC_MESSAGES");
  add_command_options (args, request);
  if (writes_data (request) && !add_output (args))
    return false;
  /* Without a command gpg does whatever the input asks for, decrypting included (F4);
   * --verify refuses everything but signatures and still writes what they cover. */
  if (request->command == LL_GUARD_NO_COMMAND)
    ll_args_add (args, "--verify");
  for (size_t i = 0; i < request->options.length; i++)
    ll_args_add (args, request->options.items[i]);
  ll_args_add (args, "--");
  for (size_t i = 0; i < request->operands.length; i++)
    ll_args_add (args, request->operands.items[i]);
  return true;
}

int
main (int argc, char **argv)
{
  LlArgs args = { 0 };
  LlGuardRequest request = { 0 };
  char **environment = ll_guard_environment ();
  if (argc == 2 && strcmp (argv[1], "--version") == 0)
    {
      ll_args_add (&args, "gpg");
      ll_args_add (&args, "--no-options");
      ll_args_add (&args, "--version");
      request.deadline = 30;
    }
  else
    {
      const char *refused = ll_guard_parse (argc, argv, &request);
      if (refused != NULL)
        return fail (refused);
      if (!build (&request, &args))
        return fail ("no descriptor for the output");
    }
  set_limits (request.deadline);
  execve (LL_GPG_PATH, (char *const *)args.items, environment);
  perror (LL_GPG_PATH);
  return 127;
}
