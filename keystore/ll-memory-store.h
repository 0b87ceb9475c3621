/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates and keys out of files that the user named: PEM (any number of
 * objects in a file), DER, PKCS#12, also the legacy kind, and certs-only PKCS#7.
 * What a file is, is told from its content.
 *
 *   LlMemoryStore *store = ll_memory_store_new (prompter);
 *   ll_memory_store_add_keys (store, "alice.p12", &error);
 *   LlSmimeOptions options = { .source = ll_memory_store_source (store) };
 *
 * No passphrase is asked for before a key is really needed.  Only anchors are
 * trusted: a certificate that comes with a key never becomes one.
 */
#pragma once

#include "ll-key-source.h"

G_BEGIN_DECLS

typedef struct LlMemoryStore LlMemoryStore;

/**
 * ll_memory_store_new:
 * @prompter: (transfer none) (nullable): asked for passphrases; NULL: a needed
 *   one is LL_ERROR_NO_PASSPHRASE
 */
LlMemoryStore *ll_memory_store_new (LlPrompter *prompter);
void ll_memory_store_free (LlMemoryStore *store);

/** ll_memory_store_source: (transfer none): lives as long as @store. */
LlKeySource *ll_memory_store_source (LlMemoryStore *store);

/**
 * ll_memory_store_add_certificates:
 * @out_fingerprint: (optional) (transfer full): sha256 of the first certificate
 *
 * Certificates of other people, of the user, or intermediates.
 * Errors: LL_ERROR_IO, LL_ERROR_LIMIT, LL_ERROR_MALFORMED
 */
gboolean ll_memory_store_add_certificates (LlMemoryStore *store, const char *path, char **out_fingerprint,
                                           GError **error);

/**
 * ll_memory_store_add_keys:
 * Own keys, maybe with certificates.  A file that others may read is refused (security.md G-9).
 * Errors: LL_ERROR_IO, LL_ERROR_LIMIT, LL_ERROR_MALFORMED, LL_ERROR_USAGE
 */
gboolean ll_memory_store_add_keys (LlMemoryStore *store, const char *path, GError **error);

/** ll_memory_store_add_anchors: trust anchors for the e-mail purpose.  Errors: as for certificates */
gboolean ll_memory_store_add_anchors (LlMemoryStore *store, const char *path, GError **error);

/**
 * ll_memory_store_explain:
 * @error: (inout): an error of whoever used the store
 *
 * A key file stays closed when nobody can be asked for its passphrase, and other keys are given out
 * without it.  Where these did not do, "no key" is not the whole truth: it becomes
 * LL_ERROR_NO_PASSPHRASE.
 */
void ll_memory_store_explain (const LlMemoryStore *store, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlMemoryStore, ll_memory_store_free)

G_END_DECLS
