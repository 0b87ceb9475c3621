/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-open.h"

static void
add_layer (LlVerdict *verdict, const char *what, const LlEngine *engine, const char *form)
{
  g_ptr_array_add (verdict->layers,
                   g_strdup_printf ("%s %s%s%s", what, ll_protocol_name (engine->ops->protocol),
                                    form != NULL ? " " : "", form != NULL ? form : ""));
}

void
ll_signers_take (LlVerdict *verdict, GPtrArray *signers)
{
  while (signers->len > 0)
    g_ptr_array_add (verdict->signers, g_ptr_array_steal_index (signers, 0));
}

gboolean
ll_open_encrypted (LlVerdict *verdict, LlEngine *engine, const LlDecryptRequest *request, const char *form,
                   GError **error)
{
  g_autoptr (LlDecryption) decryption = NULL;
  add_layer (verdict, "encrypted", engine, form);
  verdict->encryption = LL_ENCRYPTION_FAILED;
  verdict->encryption_protocol = engine->ops->protocol;
  if (!engine->ops->decrypt (engine, request, &decryption, error))
    return FALSE;
  verdict->encryption = decryption->status;
  verdict->cipher = g_steal_pointer (&decryption->cipher);
  for (guint i = 0; i < decryption->recipients->len; i++)
    g_ptr_array_add (verdict->recipients, g_strdup (g_ptr_array_index (decryption->recipients, i)));
  if (decryption->was_signed)
    add_layer (verdict, "signed", engine, form);
  ll_signers_take (verdict, decryption->signers);
  return TRUE;
}

gboolean
ll_open_signed (LlVerdict *verdict, LlEngine *engine, const LlVerifyRequest *request, const char *form,
                GError **error)
{
  g_autoptr (GPtrArray) signers = NULL;
  if (!engine->ops->verify (engine, request, &signers, error))
    return FALSE;
  if (signers->len > 0)
    add_layer (verdict, "signed", engine, form);
  ll_signers_take (verdict, signers);
  return TRUE;
}

void
ll_open_unjudged (LlVerdict *verdict, LlProtocol protocol, LlText *reason)
{
  LlSigner *signer = ll_signer_new (protocol);
  signer->fingerprint = g_strdup ("");
  signer->reason = reason;
  g_ptr_array_add (verdict->signers, signer);
  g_ptr_array_add (verdict->layers, g_strdup_printf ("signed %s", ll_protocol_name (protocol)));
}
