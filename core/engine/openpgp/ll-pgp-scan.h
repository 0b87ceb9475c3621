/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What OpenPGP octets are and whether they may be handed to gpg at all: one
 * message, of the form that is expected, and nothing beside it.  gpg by itself unwraps
 * whatever comes, asks for keys while verifying and lists keys it meets
 * (security.md F1, F4), and says "no data" to everything newer than itself.
 */
#pragma once

#include "ll-engine.h"
#include "ll-pgp-armor.h"
#include "ll-pgp-walk.h"

G_BEGIN_DECLS

/**
 * LlPgpCheck:
 * Whether the packets of @walk so far are allowed; @at_end: no more will come.
 */
typedef gboolean (*LlPgpCheck) (const LlPgpWalk *walk, gboolean at_end, GError **error);

/**
 * ll_pgp_scan_head:
 * Reads until the packet that holds the content, or the end.
 * @out_form: (optional)
 * Returns: (transfer full): Errors: MALFORMED, LIMIT, IO
 */
LlPgpWalk *ll_pgp_scan_head (LlOctets octets, LlPgpForm *out_form, GError **error);

/** ll_pgp_scan_kind: never fails for what is not OpenPGP: LL_KIND_UNKNOWN. */
gboolean ll_pgp_scan_kind (LlOctets octets, LlKind *out_kind, GError **error);

/** ll_pgp_check_encrypted: Errors: NOT_ENCRYPTED, INTEGRITY, UNSUPPORTED, MALFORMED, LIMIT */
gboolean ll_pgp_check_encrypted (const LlPgpWalk *walk, gboolean at_end, GError **error);

/** ll_pgp_check_signed: a signature with its content inside.  Errors: UNSUPPORTED, MALFORMED, LIMIT */
gboolean ll_pgp_check_signed (const LlPgpWalk *walk, gboolean at_end, GError **error);

/**
 * ll_pgp_load_signatures:
 * A detached signature, dearmored: nothing but signatures over documents.
 * @out_unsupported: number of signatures of a version gpg does not know; they are left out
 * Errors: UNSUPPORTED, MALFORMED, LIMIT, IO
 * Returns: (transfer full): empty when all are unsupported
 */
GByteArray *ll_pgp_load_signatures (LlOctets octets, guint *out_n, guint *out_unsupported, GError **error);

/** ll_pgp_check_clearsigned: the block begins and ends the octets.  Errors: MALFORMED, IO */
gboolean ll_pgp_check_clearsigned (LlOctets octets, GError **error);

/** ll_pgp_truncated: sets what is to be said when the input ends inside a packet. */
void ll_pgp_truncated (GError **error, LlPgpForm form, LlErrorCode code);

G_END_DECLS
