/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where octets flow: something with write and finish.  Filters (line ends,
 * base64, quoted-printable, digests) are sinks that write to a further sink, so
 * that they compose and nothing need fit in memory.
 *
 *   g_autoptr (LlSink) out = ll_sink_to_crlf (ll_spool_sink (spool));
 *   ll_sink_write (out, data, n, &error) && ll_sink_finish (out, &error);
 *
 * A filter owns the sink below it and finishes it when it is finished itself.
 */
#pragma once

#include "ll-error.h"

G_BEGIN_DECLS

typedef struct LlSink LlSink;

/** LlSinkOps: what a kind of sink does; @finish and @free may be NULL. */
typedef struct
{
  gboolean (*write) (gpointer self, const guint8 *data, gsize length, GError **error);
  gboolean (*finish) (gpointer self, GError **error);
  void (*free) (gpointer self);
} LlSinkOps;

/**
 * ll_sink_new:
 * @ops: (transfer none): static
 * @self: (transfer full): handed to each function, freed by ops->free
 */
LlSink *ll_sink_new (const LlSinkOps *ops, gpointer self);

gboolean ll_sink_write (LlSink *sink, const void *data, gsize length, GError **error);
gboolean ll_sink_puts (LlSink *sink, const char *text, GError **error);
gboolean ll_sink_printf (LlSink *sink, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

/** ll_sink_finish: flushes what is held back, once; writing afterwards is a bug. */
gboolean ll_sink_finish (LlSink *sink, GError **error);
void ll_sink_free (LlSink *sink);

/** ll_sink_borrow: (transfer full): a sink that writes to @sink but neither finishes nor frees it. */
LlSink *ll_sink_borrow (LlSink *sink);

/** ll_sink_fd: writes to @fd, which stays open.  Errors: LL_ERROR_CLOSED, LL_ERROR_IO */
LlSink *ll_sink_fd (int fd, const char *what);

/** ll_sink_count: counts into @out_count and writes to @next, (nullable): NULL only counts. */
LlSink *ll_sink_count (guint64 *out_count, LlSink *next);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlSink, ll_sink_free)

G_END_DECLS
