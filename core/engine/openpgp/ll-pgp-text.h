/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signatures over text (class 0x01, RFC 9580 5.2.1.2) say less than they seem: gpg leaves every CR and LF at
 * the end of a line out of the hash, and everything behind the 19995th octet of a line.  Content of which
 * that could hide a difference is not taken for what was signed (security.md C-11, F-13).
 */
#pragma once

#include "ll-gpg.h"

G_BEGIN_DECLS

/**
 * ll_pgp_check_text:
 * @content: what is shown; @to_crlf: it was hashed with CRLF for each lone LF
 * @signers: (element-type LlSigner): lowered where the class of the signatures does not bear @content
 */
gboolean ll_pgp_check_text (const LlGpgStatus *status, LlOctets content, gboolean to_crlf, GPtrArray *signers,
                            GError **error);

G_END_DECLS
