/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A passphrase, PIN or key: in locked memory that is left out of core dumps,
 * wiped when the last reference goes, and with no way to print it.
 */
#pragma once

#include "ll-error.h"

G_BEGIN_DECLS

typedef struct LlSecret LlSecret;

/** ll_secret_new: @length octets, all zero, to be filled through ll_secret_data(). */
LlSecret *ll_secret_new (gsize length);
LlSecret *ll_secret_ref (LlSecret *secret);
void ll_secret_unref (LlSecret *secret);

/** ll_secret_data: (transfer none): a NUL octet follows the last one. */
guint8 *ll_secret_data (LlSecret *secret);
gsize ll_secret_length (const LlSecret *secret);
/** ll_secret_truncate: shortens it, wiping the rest. */
void ll_secret_truncate (LlSecret *secret, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlSecret, ll_secret_unref)

G_END_DECLS
