/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spool holds octets that must not be released yet, or that are needed more
 * than once: written once from front to back, read at any place.  Small ones
 * stay in memory; larger ones are an unlinked temporary file, encrypted with a
 * key that exists only in this process, so that no plaintext reaches a disk
 * and nothing is left behind however the process ends.
 *
 *   g_autoptr (LlSpool) spool = ll_spool_new ();
 *   ll_spool_append (spool, data, n, &error);
 *   LlOctets all = ll_spool_octets (spool);
 *
 * LlOctets is a range of a spool: "these octets, exactly".  It borrows the
 * spool, which must outlive it.
 */
#pragma once

#include "ll-sink.h"

G_BEGIN_DECLS

typedef struct LlSpool LlSpool;

typedef struct
{
  LlSpool *spool; /* (transfer none) (nullable): NULL when there is no such range */
  guint64 offset;
  guint64 length;
} LlOctets;

LlSpool *ll_spool_new (void);
LlSpool *ll_spool_ref (LlSpool *spool);
void ll_spool_unref (LlSpool *spool);

/**
 * ll_spool_set_limit:
 * @limit: octets; appending beyond fails with LL_ERROR_LIMIT
 * @what: (transfer none): static, what the limit is called ("decompressed size")
 */
void ll_spool_set_limit (LlSpool *spool, guint64 limit, const char *what);

/**
 * ll_spool_append:
 * Errors: LL_ERROR_LIMIT, LL_ERROR_IO (disk full).  After an error the spool is
 * unusable: every later call fails too.
 */
gboolean ll_spool_append (LlSpool *spool, const void *data, gsize length, GError **error);

/**
 * ll_spool_append_fd:
 * Reads @fd to its end.  Errors: LL_ERROR_IO, LL_ERROR_LIMIT
 */
gboolean ll_spool_append_fd (LlSpool *spool, int fd, GError **error);

guint64 ll_spool_length (const LlSpool *spool);

/** ll_spool_sink: (transfer full): a sink that appends to @spool. */
LlSink *ll_spool_sink (LlSpool *spool);

LlOctets ll_spool_octets (LlSpool *spool);

/** ll_octets_sub: the part at @offset of @length octets; asserts that it lies inside. */
LlOctets ll_octets_sub (LlOctets octets, guint64 offset, guint64 length);

/**
 * ll_octets_read:
 * Copies up to @length octets from @offset (relative to the range) to @buffer.
 * Returns: TRUE with @out_length = 0 at the end.  Errors: LL_ERROR_IO
 */
gboolean ll_octets_read (LlOctets octets, guint64 offset, void *buffer, gsize length, gsize *out_length,
                         GError **error);

/**
 * ll_octets_load:
 * The whole range as one block: only for what a limit keeps small.
 * @limit: more is LL_ERROR_LIMIT, with @what in the text
 * Returns: (transfer full):
 */
GBytes *ll_octets_load (LlOctets octets, gsize limit, const char *what, GError **error);

/** ll_octets_copy: streams the range into @sink, which is not finished. */
gboolean ll_octets_copy (LlOctets octets, LlSink *sink, GError **error);

/**
 * LlReader: a buffered cursor over a range.
 *
 *   LlReader r;
 *   ll_reader_init (&r, octets);
 *   while (ll_reader_fill (&r, &p, &n, &error) && n > 0)
 *     { use (p, n); ll_reader_skip (&r, n); }
 *   ll_reader_clear (&r);
 */
typedef struct
{
  LlOctets octets;
  guint64 position; /* of the next octet that is not consumed, relative to the range */
  /*< private >*/
  guint8 *buffer;
  gsize start, end;
} LlReader;

void ll_reader_init (LlReader *reader, LlOctets octets);
void ll_reader_clear (LlReader *reader);
/** ll_reader_fill: shows what is buffered, reading when that is nothing; @out_n = 0 at the end. */
gboolean ll_reader_fill (LlReader *reader, const guint8 **out_data, gsize *out_n, GError **error);
/** ll_reader_need: as ll_reader_fill(), but shows at least @n octets (at most LL_CHUNK) unless the range ends
 * sooner. */
gboolean ll_reader_need (LlReader *reader, gsize n, const guint8 **out_data, gsize *out_n, GError **error);
/** ll_reader_skip: consumes @n octets, buffered or not. */
void ll_reader_skip (LlReader *reader, guint64 n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlSpool, ll_spool_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LlReader, ll_reader_clear)

G_END_DECLS
