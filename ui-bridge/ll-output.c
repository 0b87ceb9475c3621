/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ll-tell.h"

struct LlOutput
{
  char *path; /* NULL: standard output */
  const char *what;
  gboolean file;  /* a regular file that gets replaced */
  int fd;         /* of a file without a name (O_TMPFILE), else -1 */
  LlSpool *spool; /* where there is no such file */
  LlSink *sink;
};

static char *
directory_of (const char *path)
{
  return g_path_get_dirname (path);
}

/* A symbolic link is followed, so that the link stays one. */
static char *
resolve (const char *path)
{
  char *real = realpath (path, NULL);
  if (real == NULL)
    return g_strdup (path);
  char *copy = g_strdup (real);
  free (real);
  return copy;
}

static gboolean
is_replaceable (const char *path)
{
  struct stat st;
  return stat (path, &st) != 0 || S_ISREG (st.st_mode);
}

/* Also tells early, before anybody is asked for a passphrase, that nothing can be written there. */
static gboolean
open_nameless (LlOutput *output, GError **error)
{
  g_autofree char *directory = directory_of (output->path);
  output->fd = open (directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (output->fd >= 0)
    return TRUE;
  /* Not every file system can do it; then the finished result is written under a passing name. */
  if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)
    return TRUE;
  ll_error_set_errno (error, errno, output->what);
  return FALSE;
}

LlOutput *
ll_output_open (const char *path, GError **error)
{
  g_autoptr (LlOutput) output = g_new0 (LlOutput, 1);
  output->fd = -1;
  if (path != NULL && strcmp (path, "-") != 0)
    output->path = resolve (path);
  output->what = output->path != NULL ? output->path : N_ ("standard output");
  output->file = output->path != NULL && is_replaceable (output->path);
  if (output->file && !open_nameless (output, error))
    return NULL;
  if (output->fd < 0)
    output->spool = ll_spool_new ();
  output->sink
      = output->spool != NULL ? ll_spool_sink (output->spool) : ll_sink_fd (output->fd, output->what);
  return g_steal_pointer (&output);
}

LlSink *
ll_output_sink (LlOutput *output)
{
  return output->sink;
}

void
ll_output_free (LlOutput *output)
{
  if (output == NULL)
    return;
  ll_sink_free (output->sink);
  ll_spool_unref (output->spool);
  if (output->fd >= 0)
    (void)close (output->fd);
  g_free (output->path);
  g_free (output);
}

/* ---- giving it a name ---- */

/* What would end the process waits while a file has a name that nobody shall find. */
static void
hold_signals (sigset_t *old)
{
  sigset_t set;
  sigemptyset (&set);
  sigaddset (&set, SIGHUP);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGQUIT);
  sigaddset (&set, SIGTERM);
  (void)sigprocmask (SIG_BLOCK, &set, old);
}

static char *
passing_name (const char *path)
{
  g_autofree char *directory = directory_of (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_strdup_printf (".%.64s.%08x%08x", base, g_random_int (), g_random_int ());
  return g_build_filename (directory, name, NULL);
}

/* EINVAL: a file system that cannot do it. */
static gboolean
sync_file (int fd)
{
  return fsync (fd) == 0 || errno == EINVAL;
}

/* A directory that may be written but not read cannot be synchronized, which is no reason to refuse. */
static gboolean
sync_directory (const char *path)
{
  g_autofree char *directory = directory_of (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd < 0 || sync_file (fd);
  int saved = errno;
  if (fd >= 0)
    (void)close (fd);
  errno = saved;
  return ok;
}

static gboolean
link_nameless (int fd, const char *name)
{
  char source[64];
  g_snprintf (source, sizeof source, "/proc/self/fd/%d", fd);
  return linkat (AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
}

static gboolean
copy_spool (LlSpool *spool, int fd, const char *what, GError **error)
{
  g_autoptr (LlSink) sink = ll_sink_fd (fd, what);
  return ll_octets_copy (ll_spool_octets (spool), sink, error) && ll_sink_finish (sink, error);
}

static gboolean
create (LlOutput *output, const char *name, GError **error)
{
  if (output->spool == NULL)
    {
      if (link_nameless (output->fd, name))
        return TRUE;
      ll_error_set_errno (error, errno, output->what);
      return FALSE;
    }
  output->fd = open (name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (output->fd < 0)
    {
      ll_error_set_errno (error, errno, output->what);
      return FALSE;
    }
  return copy_spool (output->spool, output->fd, output->what, error);
}

static gboolean
rename_into_place (LlOutput *output, const char *name, GError **error)
{
  if (sync_file (output->fd) && rename (name, output->path) == 0 && sync_directory (output->path))
    return TRUE;
  ll_error_set_errno (error, errno, output->what);
  return FALSE;
}

static gboolean
commit_file (LlOutput *output, GError **error)
{
  sigset_t old;
  g_autofree char *name = passing_name (output->path);
  hold_signals (&old);
  gboolean ok = create (output, name, error) && rename_into_place (output, name, error);
  if (!ok)
    (void)unlink (name);
  (void)sigprocmask (SIG_SETMASK, &old, NULL);
  return ok;
}

static gboolean
commit_stream (LlOutput *output, GError **error)
{
  int fd = output->path == NULL ? fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                                : open (output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    {
      ll_error_set_errno (error, errno, output->what);
      return FALSE;
    }
  gboolean ok = copy_spool (output->spool, fd, output->what, error);
  /* Network file systems tell a full disk only here. */
  if (close (fd) != 0 && ok)
    {
      ll_error_set_errno (error, errno, output->what);
      return FALSE;
    }
  return ok;
}

gboolean
ll_output_commit (LlOutput *output, GError **error)
{
  if (!ll_sink_finish (output->sink, error))
    return FALSE;
  return output->file ? commit_file (output, error) : commit_stream (output, error);
}
