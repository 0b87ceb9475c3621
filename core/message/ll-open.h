/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One layer opened by its engine, and what that says entered into the verdict. */
#pragma once

#include "ll-engine.h"

G_BEGIN_DECLS

/** ll_open_encrypted: @form: (nullable): added to the layer's name, "inline".  Errors as LlEngineOps.decrypt
 */
gboolean ll_open_encrypted (LlVerdict *verdict, LlEngine *engine, const LlDecryptRequest *request,
                            const char *form, GError **error);

/** ll_open_signed: as above.  Errors as LlEngineOps.verify */
gboolean ll_open_signed (LlVerdict *verdict, LlEngine *engine, const LlVerifyRequest *request,
                         const char *form, GError **error);

/** ll_open_unjudged: a signature that nobody here can read: a signer that is UNSUPPORTED for @reason
 *  (transfer full). */
void ll_open_unjudged (LlVerdict *verdict, LlProtocol protocol, LlText *reason);

/** ll_signers_take: moves all of @signers into the verdict. */
void ll_signers_take (LlVerdict *verdict, GPtrArray *signers);

G_END_DECLS
