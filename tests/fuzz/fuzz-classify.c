/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Armor and packets, BER and CMS: what decides which engine is asked what. */
#include "fuzz.h"

#include "ll-openpgp.h"
#include "ll-smime.h"

static GPtrArray *
no_certificates (G_GNUC_UNUSED LlKeySource *source, G_GNUC_UNUSED const char *address,
                 G_GNUC_UNUSED GError **error)
{
  return g_ptr_array_new ();
}

static GPtrArray *
nothing (G_GNUC_UNUSED LlKeySource *source, G_GNUC_UNUSED GError **error)
{
  return g_ptr_array_new ();
}

static void
ask (LlEngine *engine, LlOctets octets)
{
  LlKind kind = LL_KIND_UNKNOWN;
  (void)engine->ops->classify (engine, octets, &kind, NULL);
  if (engine->ops->protocol != LL_PROTOCOL_SMIME || kind != LL_KIND_SIGNED)
    return;
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (GPtrArray) signers = NULL;
  LlVerifyRequest request = { .signature = octets, .out = out };
  (void)engine->ops->verify (engine, &request, &signers, NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static LlKeySource source = { no_certificates, nothing, nothing, nothing };
  LlSmimeOptions smime = { .source = &source };
  LlOpenpgpOptions openpgp = { .guard = "/nonexistent" };
  g_autoptr (LlSpool) spool = fuzz_spool (data, size);
  g_autoptr (LlEngine) cms = ll_smime_engine_new (&smime);
  g_autoptr (LlEngine) pgp = ll_openpgp_engine_new (&openpgp, NULL);
  ask (cms, ll_spool_octets (spool));
  if (pgp != NULL)
    ask (pgp, ll_spool_octets (spool));
  return 0;
}
