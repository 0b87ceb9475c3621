/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lower end of a filter: gathers small pieces on their way to the next
 * sink.  Each filter flushes it at the end of every write, so that nothing is
 * held back.
 */
#pragma once

#include <string.h>

#include "ll-filter.h"

G_BEGIN_DECLS

typedef struct
{
  LlSink *next; /* (transfer full) */
  gsize n;
  guint8 data[8192];
} LlOut;

gboolean ll_out_flush (LlOut *out, GError **error);
gboolean ll_out_write (LlOut *out, const void *data, gsize length, GError **error);
/** ll_out_finish: flushes and finishes the next sink. */
gboolean ll_out_finish (LlOut *out, GError **error);
/** ll_out_clear: frees the next sink and wipes what was gathered. */
void ll_out_clear (LlOut *out);

/** ll_out_room: makes sure that @n octets, fewer than the whole, can be stored at out->data + out->n. */
static inline gboolean
ll_out_room (LlOut *out, gsize n, GError **error)
{
  return sizeof out->data - out->n >= n || ll_out_flush (out, error);
}

/** ll_qp_run: how many of @length octets from the first stand for themselves in quoted-printable wherever
 *  they are in a line, but for its start; no white space at the end. */
static inline gsize
ll_qp_run (const guint8 *data, gsize length)
{
  gsize n = 0;
  while (n < length && ((data[n] >= 32 && data[n] < 127 && data[n] != '=') || data[n] == '\t'))
    n++;
  while (n > 0 && (data[n - 1] == ' ' || data[n - 1] == '\t'))
    n--;
  return n;
}

static inline gboolean
ll_out_put (LlOut *out, guint8 octet, GError **error)
{
  if (!ll_out_room (out, 1, error))
    return FALSE;
  out->data[out->n++] = octet;
  return TRUE;
}

G_END_DECLS
