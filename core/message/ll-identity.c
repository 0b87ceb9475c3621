/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-identity.h"

#include "ll-address.h"

static const LlIdentity *
identity_of (const LlSigner *signer, const char *address)
{
  const LlIdentity *best = NULL;
  for (guint i = 0; address != NULL && i < signer->identities->len; i++)
    {
      const LlIdentity *identity = g_ptr_array_index (signer->identities, i);
      if (ll_address_equal (identity->address, address) && (best == NULL || identity->trust > best->trust))
        best = identity;
    }
  return best;
}

static void
lower (LlSigner *signer, LlSignatureStatus status, LlText *reason)
{
  signer->status = status;
  ll_text_free (signer->reason);
  signer->reason = reason;
}

/* Whether somebody else than @sender made it is known only where the key is known; an altered
 * message, an unknown key or format says nothing about its author. */
static gboolean
speaks_for_somebody (const LlSigner *signer)
{
  switch (signer->status)
    {
    case LL_SIGNATURE_VALID:
    case LL_SIGNATURE_VALID_UNTRUSTED:
    case LL_SIGNATURE_KEY_EXPIRED:
    case LL_SIGNATURE_KEY_REVOKED:
    case LL_SIGNATURE_WEAK:
      return TRUE;
    case LL_SIGNATURE_NONE:
    case LL_SIGNATURE_WRONG_SENDER:
    case LL_SIGNATURE_NO_KEY:
    case LL_SIGNATURE_BAD:
    case LL_SIGNATURE_UNSUPPORTED:
      return FALSE;
    }
  return FALSE;
}

static void
bind_signer (LlSigner *signer, const char *sender)
{
  const LlIdentity *match = identity_of (signer, sender);
  signer->shown = match;
  if (match == NULL && signer->identities->len > 0)
    signer->shown = g_ptr_array_index (signer->identities, 0);
  if (!speaks_for_somebody (signer))
    return;
  /* A revoked key speaks for nobody any more; that it is revoked is what there is to say. */
  if (signer->identities->len == 0 && signer->status != LL_SIGNATURE_VALID
      && signer->status != LL_SIGNATURE_VALID_UNTRUSTED)
    return;
  const char *who = signer->shown != NULL ? signer->shown->address : signer->fingerprint;
  if (sender == NULL)
    lower (signer, LL_SIGNATURE_WRONG_SENDER,
           ll_text_new (N_ ("signed by %s, but From does not name one single author"), who));
  else if (match == NULL)
    lower (signer, LL_SIGNATURE_WRONG_SENDER,
           ll_text_new (N_ ("signed by %s, but From says %s"), who, sender));
  else if (signer->status == LL_SIGNATURE_VALID && match->trust < LL_TRUST_FULL)
    lower (signer, LL_SIGNATURE_VALID_UNTRUSTED,
           ll_text_new (N_ ("the key is intact, but nothing says that it belongs to %s"), match->address));
}

LlSignatureStatus
ll_signature_overall (const GPtrArray *signers)
{
  /* The first of these that any signer has.  BAD first: a message of which one signature does not
   * fit was altered, whatever the others say. */
  static const LlSignatureStatus order[] = {
    LL_SIGNATURE_BAD,         LL_SIGNATURE_VALID,       LL_SIGNATURE_VALID_UNTRUSTED,
    LL_SIGNATURE_KEY_EXPIRED, LL_SIGNATURE_KEY_REVOKED, LL_SIGNATURE_WEAK,
    LL_SIGNATURE_NO_KEY,      LL_SIGNATURE_UNSUPPORTED, LL_SIGNATURE_WRONG_SENDER,
  };
  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    for (guint s = 0; s < signers->len; s++)
      if (((const LlSigner *)g_ptr_array_index (signers, s))->status == order[i])
        return order[i];
  return LL_SIGNATURE_NONE;
}

void
ll_identity_bind (LlVerdict *verdict, const char *sender)
{
  for (guint i = 0; i < verdict->signers->len; i++)
    bind_signer (g_ptr_array_index (verdict->signers, i), sender);
  verdict->signature = ll_signature_overall (verdict->signers);
}

static const LlIdentity *
most_trusted (const LlSigner *signer)
{
  const LlIdentity *best = NULL;
  for (guint i = 0; i < signer->identities->len; i++)
    {
      const LlIdentity *identity = g_ptr_array_index (signer->identities, i);
      if (best == NULL || identity->trust > best->trust)
        best = identity;
    }
  return best;
}

void
ll_identity_bind_raw (LlVerdict *verdict)
{
  for (guint i = 0; i < verdict->signers->len; i++)
    {
      LlSigner *signer = g_ptr_array_index (verdict->signers, i);
      signer->shown = most_trusted (signer);
      if (signer->status == LL_SIGNATURE_VALID
          && (signer->shown == NULL || signer->shown->trust < LL_TRUST_FULL))
        lower (signer, LL_SIGNATURE_VALID_UNTRUSTED,
               ll_text_new (N_ ("the key is intact, but nothing says whose it is")));
    }
  verdict->signature = ll_signature_overall (verdict->signers);
}
