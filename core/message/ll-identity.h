/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who speaks: binds what the engines found to the one author in From
 * (security.md C-7, F-4, H-1, H-2), and makes the one status of the message.
 */
#pragma once

#include "ll-verdict.h"

G_BEGIN_DECLS

/**
 * ll_identity_bind:
 * @verdict: signers are lowered in place, verdict->signature is set
 * @sender: (nullable): the author; NULL: there is no single one, and nobody can be valid
 */
void ll_identity_bind (LlVerdict *verdict, const char *sender);

/** ll_identity_bind_raw: plain data has no From; an intact signature of a trusted key is VALID. */
void ll_identity_bind_raw (LlVerdict *verdict);

/** ll_signature_overall: one status for several (element-type LlSigner): one bad makes all bad. */
LlSignatureStatus ll_signature_overall (const GPtrArray *signers);

G_END_DECLS
