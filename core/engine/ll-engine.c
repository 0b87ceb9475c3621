/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-engine.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

LlDecryption *
ll_decryption_new (void)
{
  LlDecryption *decryption = g_new0 (LlDecryption, 1);
  decryption->status = LL_ENCRYPTION_FAILED;
  decryption->recipients = g_ptr_array_new_with_free_func (g_free);
  decryption->signers = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_signer_free);
  return decryption;
}

void
ll_decryption_free (LlDecryption *decryption)
{
  if (decryption == NULL)
    return;
  g_free (decryption->cipher);
  g_ptr_array_unref (decryption->recipients);
  g_ptr_array_unref (decryption->signers);
  g_free (decryption);
}

void
ll_engine_free (LlEngine *engine)
{
  if (engine != NULL)
    engine->ops->free (engine);
}

void
ll_key_decision_free (LlKeyDecision *decision)
{
  if (decision == NULL)
    return;
  g_free (decision->address);
  g_free (decision->fingerprint);
  ll_text_free (decision->reason);
  g_free (decision);
}

void
ll_key_decisions_add (GPtrArray *decisions, const char *address, const char *fingerprint,
                      gboolean for_signing, LlText *reason)
{
  if (decisions == NULL)
    {
      ll_text_free (reason);
      return;
    }
  LlKeyDecision *decision = g_new0 (LlKeyDecision, 1);
  decision->address = g_strdup (address);
  decision->fingerprint = g_strdup (fingerprint);
  decision->chosen = reason == NULL;
  decision->for_signing = for_signing;
  decision->reason = reason;
  g_ptr_array_add (decisions, decision);
}

LlKeyHandle *
ll_key_handle_new (struct x509_st *certificate, struct evp_pkey_st *key)
{
  LlKeyHandle *handle = g_new0 (LlKeyHandle, 1);
  X509_up_ref (certificate);
  EVP_PKEY_up_ref (key);
  handle->certificate = certificate;
  handle->key = key;
  return handle;
}

void
ll_key_handle_free (LlKeyHandle *handle)
{
  if (handle == NULL)
    return;
  X509_free (handle->certificate);
  EVP_PKEY_free (handle->key);
  g_free (handle);
}
