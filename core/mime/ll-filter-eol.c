/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-filter-private.h"

typedef struct
{
  LlOut out;
  gboolean after_cr; /* to CRLF: the last octet was CR; to LF: a CR is held back */
} Eol;

static gboolean
to_crlf_write (gpointer data, const guint8 *octets, gsize length, GError **error)
{
  Eol *self = data;
  while (length > 0)
    {
      const guint8 *lf = memchr (octets, '\n', length);
      gsize n = lf != NULL ? (gsize)(lf - octets) : length;
      if (n > 0)
        self->after_cr = octets[n - 1] == '\r';
      if (!ll_out_write (&self->out, octets, n, error))
        return FALSE;
      if (lf == NULL)
        break;
      if ((!self->after_cr && !ll_out_put (&self->out, '\r', error)) || !ll_out_put (&self->out, '\n', error))
        return FALSE;
      self->after_cr = FALSE;
      octets = lf + 1;
      length -= n + 1;
    }
  return ll_out_flush (&self->out, error);
}

static gboolean
to_crlf_finish (gpointer data, GError **error)
{
  Eol *self = data;
  return ll_out_finish (&self->out, error);
}

static gboolean
to_lf_write (gpointer data, const guint8 *octets, gsize length, GError **error)
{
  Eol *self = data;
  while (length > 0)
    {
      if (self->after_cr && octets[0] != '\n' && !ll_out_put (&self->out, '\r', error))
        return FALSE;
      const guint8 *cr = memchr (octets, '\r', length);
      gsize n = cr != NULL ? (gsize)(cr - octets) : length;
      if (!ll_out_write (&self->out, octets, n, error))
        return FALSE;
      self->after_cr = cr != NULL;
      n += cr != NULL ? 1 : 0;
      octets += n;
      length -= n;
    }
  return ll_out_flush (&self->out, error);
}

static gboolean
to_lf_finish (gpointer data, GError **error)
{
  Eol *self = data;
  return (!self->after_cr || ll_out_put (&self->out, '\r', error)) && ll_out_finish (&self->out, error);
}

static void
eol_free (gpointer data)
{
  Eol *self = data;
  ll_out_clear (&self->out);
  g_free (self);
}

static LlSink *
eol_new (const LlSinkOps *ops, LlSink *next)
{
  Eol *self = g_new0 (Eol, 1);
  self->out.next = next;
  return ll_sink_new (ops, self);
}

LlSink *
ll_sink_to_crlf (LlSink *next)
{
  static const LlSinkOps ops = { to_crlf_write, to_crlf_finish, eol_free };
  return eol_new (&ops, next);
}

LlSink *
ll_sink_to_lf (LlSink *next)
{
  static const LlSinkOps ops = { to_lf_write, to_lf_finish, eol_free };
  return eol_new (&ops, next);
}
