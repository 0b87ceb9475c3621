/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An engine that believes everything: every signature is Alice's and valid, every ciphertext is its own
 * plaintext.  What is refused with it is refused by the structure of the message alone. */
#pragma once

#include "ll-engine.h"

typedef struct
{
  LlEngine engine;
  guint verified;
  guint decrypted;
  guint64 covered_offset; /* of the last verification */
  guint64 covered_length;
} Credulous;

static inline gboolean
credulous_classify (G_GNUC_UNUSED LlEngine *engine, G_GNUC_UNUSED LlOctets octets, LlKind *out_kind,
                    G_GNUC_UNUSED GError **error)
{
  *out_kind = LL_KIND_UNKNOWN;
  return TRUE;
}

static inline LlSigner *
credulous_signer (void)
{
  LlSigner *signer = ll_signer_new (LL_PROTOCOL_OPENPGP);
  signer->fingerprint = g_strdup ("A11CE");
  signer->status = LL_SIGNATURE_VALID;
  g_ptr_array_add (signer->identities, ll_identity_new ("alice@example.org", "Alice", LL_TRUST_FULL));
  return signer;
}

static inline gboolean
credulous_verify (LlEngine *engine, const LlVerifyRequest *request, GPtrArray **out_signers,
                  G_GNUC_UNUSED GError **error)
{
  Credulous *self = (Credulous *)engine;
  self->verified++;
  self->covered_offset = request->content.offset;
  self->covered_length = request->content.length;
  *out_signers = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_signer_free);
  g_ptr_array_add (*out_signers, credulous_signer ());
  return TRUE;
}

static inline gboolean
credulous_decrypt (LlEngine *engine, const LlDecryptRequest *request, LlDecryption **out, GError **error)
{
  ((Credulous *)engine)->decrypted++;
  *out = ll_decryption_new ();
  (*out)->status = LL_ENCRYPTION_OK;
  g_autoptr (LlSink) sink = ll_spool_sink (request->out);
  return ll_octets_copy (request->ciphertext, sink, error);
}

static const char *const credulous_types[] = { "application/pgp-signature", NULL };

static const LlEngineOps credulous_ops = {
  .protocol = LL_PROTOCOL_OPENPGP,
  .mime = { .signature_types = credulous_types,
            .encrypted_protocol = "application/pgp-encrypted",
            .armored = TRUE,
            .signs_inside = TRUE },
  .classify = credulous_classify,
  .verify = credulous_verify,
  .decrypt = credulous_decrypt,
};
