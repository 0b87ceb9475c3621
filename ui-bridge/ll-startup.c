/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-startup.h"

#include <errno.h>
#include <fcntl.h>
#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A closed descriptor 0, 1 or 2 would be taken by the next file that is opened, and what is meant for
 * people would go into it.  They are opened the wrong way round: using one is an error, not silence. */
static void
occupy_standard_descriptors (void)
{
  static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF && open ("/dev/null", modes[fd]) != fd)
      abort ();
}

/* The leak checker of the sanitizers looks into the process it belongs to by ptrace. */
#if defined __SANITIZE_ADDRESS__
#define IS_SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

/* Nothing of this process may be read from outside it or from a core file (security.md K-8). */
static void
forbid_looking_inside (void)
{
  const struct rlimit none = { 0, 0 };
  (void)setrlimit (RLIMIT_CORE, &none);
  if (!IS_SANITIZED)
    (void)prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
  (void)umask (077);
}

/* Numbers of Linux (devices.txt): 4 are consoles, 136 to 143 pseudo-terminals. */
static char *
terminal_path (guint major_number, guint minor_number)
{
  if (major_number >= 136 && major_number <= 143)
    return g_strdup_printf ("/dev/pts/%u", minor_number | ((major_number - 136) << 8));
  return major_number == 4 ? g_strdup_printf ("/dev/tty%u", minor_number) : NULL;
}

/* The controlling terminal as the kernel knows it: field 7 of proc(5) stat.  With 0, 1 and 2 all
 * redirected nothing else names it, and "/dev/tty" means nothing to a child of the agent. */
static char *
terminal_from_proc (void)
{
  g_autofree char *stat = NULL;
  if (!g_file_get_contents ("/proc/self/stat", &stat, NULL, NULL))
    return NULL;
  const char *p = strrchr (stat, ')');
  g_auto (GStrv) fields = p != NULL ? g_strsplit (p + 1, " ", 8) : NULL;
  if (fields == NULL || g_strv_length (fields) < 6)
    return NULL;
  dev_t device = (dev_t)g_ascii_strtoull (fields[5], NULL, 10);
  g_autofree char *path = terminal_path (major (device), minor (device));
  struct stat st;
  gboolean same = path != NULL && lstat (path, &st) == 0 && S_ISCHR (st.st_mode) && st.st_rdev == device;
  return same ? g_steal_pointer (&path) : NULL;
}

static void
name_terminal (void)
{
  if (g_getenv ("GPG_TTY") != NULL)
    return;
  for (int fd = 0; fd <= 2; fd++)
    {
      char name[256];
      if (ttyname_r (fd, name, sizeof name) != 0)
        continue;
      (void)g_setenv ("GPG_TTY", name, FALSE);
      return;
    }
  g_autofree char *name = terminal_from_proc ();
  if (name != NULL)
    (void)g_setenv ("GPG_TTY", name, FALSE);
}

void
ll_startup (void)
{
  occupy_standard_descriptors ();
  forbid_looking_inside ();
  (void)signal (SIGPIPE, SIG_IGN);
  (void)setlocale (LC_ALL, "");
  (void)bindtextdomain ("letterlock", LL_LOCALEDIR);
  (void)bind_textdomain_codeset ("letterlock", "UTF-8");
  name_terminal ();
}
