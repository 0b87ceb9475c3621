/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The content of a signature as it flows by: digests by each algorithm the signers used, its length,
 * and its beginning, which two odd forms of signature need.
 *
 *   g_autoptr (LlContentHash) hash = ll_content_hash_new ();
 *   ll_content_hash_want (hash, digest);
 *   g_autoptr (LlSink) sink = ll_content_hash_sink (hash, NULL);
 *   ll_octets_copy (content, sink, &error) && ll_sink_finish (sink, &error);
 */
#pragma once

#include "ll-signature-scheme.h"
#include "ll-sink.h"

G_BEGIN_DECLS

typedef struct LlContentHash LlContentHash;

LlContentHash *ll_content_hash_new (void);
void ll_content_hash_free (LlContentHash *hash);

/** ll_content_hash_want: before anything is written; the same one twice is one. */
void ll_content_hash_want (LlContentHash *hash, const LlDigest *digest);

/** ll_content_hash_sink: (transfer full): hashes what is written to it and passes it to @next (nullable)
 *  (transfer full). */
LlSink *ll_content_hash_sink (LlContentHash *hash, LlSink *next);

/** ll_content_hash_value: (transfer none) (nullable): once the sink is finished */
const guint8 *ll_content_hash_value (const LlContentHash *hash, const LlDigest *digest);

/** ll_content_hash_whole: (transfer full) (nullable): all of it, when it is at most LL_CHUNK */
GBytes *ll_content_hash_whole (const LlContentHash *hash);

/** ll_content_hash_is_der_set: whether it could be read as the DER of a SET OF, and so as signed
 *  attributes (security.md F-9) */
gboolean ll_content_hash_is_der_set (const LlContentHash *hash);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlContentHash, ll_content_hash_free)

G_END_DECLS
