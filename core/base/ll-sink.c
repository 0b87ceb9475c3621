/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-sink.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct LlSink
{
  const LlSinkOps *ops;
  gpointer self;
  gboolean finished;
};

LlSink *
ll_sink_new (const LlSinkOps *ops, gpointer self)
{
  LlSink *sink = g_new0 (LlSink, 1);
  sink->ops = ops;
  sink->self = self;
  return sink;
}

gboolean
ll_sink_write (LlSink *sink, const void *data, gsize length, GError **error)
{
  g_return_val_if_fail (!sink->finished, FALSE);
  return length == 0 || sink->ops->write (sink->self, data, length, error);
}

gboolean
ll_sink_puts (LlSink *sink, const char *text, GError **error)
{
  return ll_sink_write (sink, text, strlen (text), error);
}

gboolean
ll_sink_printf (LlSink *sink, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  return ll_sink_puts (sink, text, error);
}

gboolean
ll_sink_finish (LlSink *sink, GError **error)
{
  g_return_val_if_fail (!sink->finished, FALSE);
  sink->finished = TRUE;
  return sink->ops->finish == NULL || sink->ops->finish (sink->self, error);
}

void
ll_sink_free (LlSink *sink)
{
  if (sink == NULL)
    return;
  if (sink->ops->free != NULL)
    sink->ops->free (sink->self);
  g_free (sink);
}

static gboolean
borrow_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  return ll_sink_write (self, data, length, error);
}

LlSink *
ll_sink_borrow (LlSink *sink)
{
  static const LlSinkOps ops = { borrow_write, NULL, NULL };
  return ll_sink_new (&ops, sink);
}

typedef struct
{
  int fd;
  const char *what;
} FdSink;

static gboolean
fd_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  FdSink *sink = self;
  while (length > 0)
    {
      ssize_t n = write (sink->fd, data, length);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          ll_error_set_errno (error, errno, sink->what);
          return FALSE;
        }
      data += n;
      length -= (gsize)n;
    }
  return TRUE;
}

LlSink *
ll_sink_fd (int fd, const char *what)
{
  static const LlSinkOps ops = { fd_write, NULL, g_free };
  FdSink *self = g_new0 (FdSink, 1);
  self->fd = fd;
  self->what = what;
  return ll_sink_new (&ops, self);
}

typedef struct
{
  guint64 *count;
  LlSink *next;
} CountSink;

static gboolean
count_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  CountSink *sink = self;
  *sink->count += length;
  return sink->next == NULL || ll_sink_write (sink->next, data, length, error);
}

static gboolean
count_finish (gpointer self, GError **error)
{
  CountSink *sink = self;
  return sink->next == NULL || ll_sink_finish (sink->next, error);
}

static void
count_free (gpointer self)
{
  CountSink *sink = self;
  ll_sink_free (sink->next);
  g_free (sink);
}

LlSink *
ll_sink_count (guint64 *out_count, LlSink *next)
{
  static const LlSinkOps ops = { count_write, count_finish, count_free };
  CountSink *self = g_new0 (CountSink, 1);
  self->count = out_count;
  self->next = next;
  return ll_sink_new (&ops, self);
}
