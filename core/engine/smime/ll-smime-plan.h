/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which certificates a message is signed and encrypted with: every candidate is looked at, and each
 * that is passed over has its reason.
 */
#pragma once

#include "ll-smime-private.h"

G_BEGIN_DECLS

struct LlKeyPlan
{
  LlKeyHandle *signer;   /* NULL: not signed */
  GPtrArray *chain;      /* (element-type X509): goes along with the signature */
  GPtrArray *recipients; /* (element-type X509): each once */
};

/** ll_smime_plan: as LlEngineOps.plan */
LlKeyPlan *ll_smime_plan (LlKeySource *source, const LlPlanRequest *request, GPtrArray *decisions,
                          GError **error);
void ll_smime_plan_free (LlKeyPlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlKeyPlan, ll_smime_plan_free)

G_END_DECLS
