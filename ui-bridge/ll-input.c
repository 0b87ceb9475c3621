/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ll-limits.h"
#include "ll-tell.h"

static gboolean
is_stdin (const char *path)
{
  return path == NULL || strcmp (path, "-") == 0;
}

static int
open_input (const char *path, GError **error)
{
  int fd = is_stdin (path) ? fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                           : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    ll_error_set_errno (error, errno, is_stdin (path) ? N_ ("standard input") : path);
  return fd;
}

static LlSpool *
new_message (void)
{
  LlSpool *spool = ll_spool_new ();
  ll_spool_set_limit (spool, LL_LIMIT_MESSAGE, N_ ("size of a message"));
  return spool;
}

LlSpool *
ll_input_read (const char *path, GError **error)
{
  int fd = open_input (path, error);
  if (fd < 0)
    return NULL;
  g_autoptr (LlSpool) spool = new_message ();
  gboolean ok = ll_spool_append_fd (spool, fd, error);
  (void)close (fd);
  return ok ? g_steal_pointer (&spool) : NULL;
}

/* ---- maildir ---- */

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
list_folder (const char *folder, GPtrArray *names)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name = NULL;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);
      /* A message is a file; reading a pipe that somebody put there would never end. */
      if (name[0] != '.' && g_file_test (file, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (names, g_steal_pointer (&file));
    }
}

static gboolean
each_of_maildir (const char *path, LlEachMessage each, gpointer user_data, GError **error)
{
  static const char *const folders[] = { "cur", "new" };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *folder = g_build_filename (path, folders[i], NULL);
      if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
        {
          ll_error_set (error, LL_ERROR_USAGE, "%s is a directory but no maildir: it has no folder \"%s\"",
                        path, folders[i]);
          return FALSE;
        }
      list_folder (folder, names);
    }
  g_ptr_array_sort (names, by_name);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autoptr (GError) failure = NULL;
      g_autoptr (LlSpool) message = ll_input_read (name, &failure);
      if (!each (name, message, failure, user_data, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- mbox (RFC 4155) ---- */

typedef struct
{
  FILE *file;
  const char *path;
  LlEachMessage each;
  gpointer user_data;
  guint number;
  LlSpool *message; /* (nullable): the one being collected */
  GError *failure;  /* (nullable): why it cannot be collected any more */
  gboolean pending; /* an empty line that may belong to the separator */
  gboolean pending_crlf;
} Mbox;

static gboolean
is_digits (const char *p, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isdigit (p[i]))
      return FALSE;
  return TRUE;
}

/* "From SENDER ... HH:MM ...": a body line that merely begins with "From " has no time of day. */
static gboolean
is_separator (const char *line, gsize length)
{
  if (length < 5 || memcmp (line, "From ", 5) != 0)
    return FALSE;
  for (gsize i = 6; i + 5 < length; i++)
    if (line[i] == ':' && is_digits (line + i - 2, 2) && is_digits (line + i + 1, 2))
      return TRUE;
  return FALSE;
}

static void
collect (Mbox *mbox, const char *data, gsize length)
{
  if (mbox->failure == NULL)
    (void)ll_spool_append (mbox->message, data, length, &mbox->failure);
}

static gboolean
deliver (Mbox *mbox, GError **error)
{
  g_autoptr (LlSpool) message = g_steal_pointer (&mbox->message);
  g_autoptr (GError) failure = g_steal_pointer (&mbox->failure);
  if (message == NULL)
    return TRUE;
  g_autofree char *name = g_strdup_printf ("%s:%u", mbox->path, ++mbox->number);
  return mbox->each (name, failure == NULL ? message : NULL, failure, mbox->user_data, error);
}

static gboolean
take_line (Mbox *mbox, const char *line, gsize length, GError **error)
{
  gboolean starts = mbox->message == NULL || mbox->pending;
  if (starts && is_separator (line, length))
    {
      mbox->pending = FALSE;
      if (!deliver (mbox, error))
        return FALSE;
      mbox->message = new_message ();
      return TRUE;
    }
  if (mbox->message == NULL)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "%s is no mbox: it does not begin with a \"From \" line",
                    mbox->path);
      return FALSE;
    }
  if (mbox->pending)
    collect (mbox, mbox->pending_crlf ? "\r\n" : "\n", mbox->pending_crlf ? 2 : 1);
  mbox->pending_crlf = length == 2 && memcmp (line, "\r\n", 2) == 0;
  mbox->pending = mbox->pending_crlf || (length == 1 && line[0] == '\n');
  if (!mbox->pending)
    collect (mbox, line, length);
  return TRUE;
}

/* Lines may be of any length: only their beginnings matter, so they come in pieces. */
static gboolean
read_mbox (Mbox *mbox, GError **error)
{
  g_autofree char *piece = g_malloc (LL_CHUNK);
  gboolean at_start = TRUE;
  int c = 0;
  while (c != EOF)
    {
      gsize n = 0;
      while (n < LL_CHUNK && c != '\n' && (c = getc_unlocked (mbox->file)) != EOF)
        piece[n++] = (char)c;
      gboolean ended = c == '\n';
      if (n > 0 && at_start && !take_line (mbox, piece, n, error))
        return FALSE;
      if (n > 0 && !at_start)
        collect (mbox, piece, n);
      at_start = ended;
      if (ended)
        c = 0;
    }
  if (ferror (mbox->file))
    {
      ll_error_set_errno (error, errno, mbox->path);
      return FALSE;
    }
  return deliver (mbox, error);
}

static gboolean
each_of_mbox (int fd, const char *path, LlEachMessage each, gpointer user_data, GError **error)
{
  Mbox mbox = { .file = fdopen (fd, "r"), .path = path, .each = each, .user_data = user_data };
  gboolean ok = read_mbox (&mbox, error);
  ll_spool_unref (mbox.message);
  g_clear_error (&mbox.failure);
  (void)fclose (mbox.file);
  return ok;
}

gboolean
ll_input_each (const char *path, LlEachMessage each, gpointer user_data, GError **error)
{
  int fd = open_input (path, error);
  if (fd < 0)
    return FALSE;
  struct stat st;
  if (fstat (fd, &st) == 0 && S_ISDIR (st.st_mode))
    {
      (void)close (fd);
      return each_of_maildir (path, each, user_data, error);
    }
  return each_of_mbox (fd, is_stdin (path) ? "-" : path, each, user_data, error);
}
