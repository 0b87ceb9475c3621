/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What gpg says about each signature, turned into the words of the verdict.
 * gpg calls SHA-1, signatures from the future and those over other things than documents
 * good (security.md F5): these are judged here. */
#include <string.h>

#include "ll-gpg.h"

#define CLOCK_TOLERANCE (5 * 60) /* seconds (C-10) */

static LlTrust
trust_of (gpgme_validity_t validity)
{
  switch (validity)
    {
    case GPGME_VALIDITY_ULTIMATE:
      return LL_TRUST_ULTIMATE;
    case GPGME_VALIDITY_FULL:
      return LL_TRUST_FULL;
    case GPGME_VALIDITY_MARGINAL:
      return LL_TRUST_MARGINAL;
    case GPGME_VALIDITY_NEVER:
      return LL_TRUST_NEVER;
    case GPGME_VALIDITY_UNKNOWN:
    case GPGME_VALIDITY_UNDEFINED:
    default:
      return LL_TRUST_UNKNOWN;
    }
}

static void
set_status (LlSigner *signer, LlSignatureStatus status, LlText *reason)
{
  signer->status = status;
  ll_text_free (signer->reason);
  signer->reason = reason;
}

/* A signature gpg could not evaluate for a reason of its own. */
static void
set_unevaluated (LlSigner *signer, gpgme_signature_t signature)
{
  if (ll_gpg_hash_weak (signature->hash_algo))
    set_status (signer, LL_SIGNATURE_WEAK,
                ll_text_new (N_ ("signed with %s, which proves nothing any more"), signer->hash));
  else
    set_status (
        signer, LL_SIGNATURE_UNSUPPORTED,
        ll_text_new (N_ ("GnuPG cannot judge the signature: %s"), gpgme_strerror (signature->status)));
}

static void
set_expired (LlSigner *signer, gpgme_signature_t signature)
{
  g_autofree char *date = ll_gpg_date ((gint64)signature->exp_timestamp);
  set_status (signer, LL_SIGNATURE_KEY_EXPIRED, ll_text_new (N_ ("the signature was valid until %s"), date));
}

static void
set_gpg_status (LlSigner *signer, gpgme_signature_t signature)
{
  switch (gpgme_err_code (signature->status))
    {
    case GPG_ERR_NO_ERROR:
      set_status (signer, LL_SIGNATURE_VALID_UNTRUSTED, NULL);
      return;
    case GPG_ERR_SIG_EXPIRED:
      set_expired (signer, signature);
      return;
    case GPG_ERR_KEY_EXPIRED:
      set_status (signer, LL_SIGNATURE_KEY_EXPIRED, ll_text_new (N_ ("the key has expired")));
      return;
    case GPG_ERR_CERT_REVOKED:
      set_status (signer, LL_SIGNATURE_KEY_REVOKED, ll_text_new (N_ ("the key was revoked by its owner")));
      return;
    case GPG_ERR_NO_PUBKEY:
      set_status (signer, LL_SIGNATURE_NO_KEY,
                  ll_text_new (N_ ("the key %s is not in the keyring"), signer->fingerprint));
      return;
    case GPG_ERR_BAD_SIGNATURE:
      set_status (signer, LL_SIGNATURE_BAD, ll_text_new (N_ ("the content was altered after signing")));
      return;
    default:
      set_unevaluated (signer, signature);
      return;
    }
}

/* What gpg accepts and we do not; only ever lowers the status. */
static void
lower_status (LlSigner *signer, gpgme_signature_t signature, const LlGpgStatus *status, gint64 at)
{
  if (signer->status != LL_SIGNATURE_VALID_UNTRUSTED)
    return;
  gint64 now = at > 0 ? at : g_get_real_time () / G_USEC_PER_SEC;
  if (signature->wrong_key_usage || g_hash_table_contains (status->strange_classes, signature->fpr))
    set_status (signer, LL_SIGNATURE_UNSUPPORTED,
                ll_text_new (N_ ("the signature is not one over a document")));
  else if (ll_gpg_hash_weak (signature->hash_algo))
    set_unevaluated (signer, signature);
  else if (signer->time > now + CLOCK_TOLERANCE)
    set_status (signer, LL_SIGNATURE_BAD,
                ll_text_new (N_ ("the signature is dated in the future: a clock is wrong, or it is forged")));
}

static LlSigner *
new_signer (gpgme_signature_t signature, const LlGpgStatus *status, gint64 at)
{
  LlSigner *signer = ll_signer_new (LL_PROTOCOL_OPENPGP);
  const char *primary
      = signature->fpr != NULL ? g_hash_table_lookup (status->primaries, signature->fpr) : NULL;
  signer->fingerprint = g_strdup (primary != NULL ? primary : signature->fpr != NULL ? signature->fpr : "");
  signer->time = signature->timestamp != 0 ? (gint64)signature->timestamp : -1;
  signer->hash = signature->hash_algo != GPGME_MD_NONE ? ll_gpg_hash_name (signature->hash_algo) : NULL;
  set_gpg_status (signer, signature);
  lower_status (signer, signature, status, at);
  return signer;
}

static gpgme_key_t
find_key (const GPtrArray *keys, const char *fingerprint)
{
  for (guint i = 0; i < keys->len; i++)
    {
      gpgme_key_t key = g_ptr_array_index (keys, i);
      if (key->fpr != NULL && strcmp (key->fpr, fingerprint) == 0)
        return key;
    }
  return NULL;
}

static void
add_identities (LlSigner *signer, gpgme_key_t key)
{
  for (gpgme_user_id_t uid = key->uids; uid != NULL; uid = uid->next)
    {
      g_autofree char *name = NULL;
      g_autofree char *address = ll_gpg_uid_address (key, uid, &name);
      if (address != NULL)
        g_ptr_array_add (signer->identities, ll_identity_new (address, name, trust_of (uid->validity)));
    }
}

static void
judge_trust (LlSigner *signer)
{
  if (signer->status != LL_SIGNATURE_VALID_UNTRUSTED)
    return;
  for (guint i = 0; i < signer->identities->len; i++)
    {
      const LlIdentity *identity = g_ptr_array_index (signer->identities, i);
      if (identity->trust >= LL_TRUST_FULL)
        {
          set_status (signer, LL_SIGNATURE_VALID, NULL);
          return;
        }
    }
  set_status (signer, LL_SIGNATURE_VALID_UNTRUSTED,
              ll_text_new (N_ ("nothing says that the key is its owner's; compare the fingerprint, then: "
                               "gpg --quick-lsign-key %s"),
                           signer->fingerprint));
}

/* The identities of all keys, by one listing: a bad signature has only a key id, which identifies
 * nobody (H-11), and an unknown key has none. */
static gboolean
load_identities (LlGpgCall *call, GPtrArray *signers, GError **error)
{
  g_autoptr (GPtrArray) patterns = g_ptr_array_new ();
  for (guint i = 0; i < signers->len; i++)
    {
      const LlSigner *signer = g_ptr_array_index (signers, i);
      if (strlen (signer->fingerprint) >= 40 && signer->status != LL_SIGNATURE_NO_KEY)
        g_ptr_array_add (patterns, signer->fingerprint);
    }
  if (patterns->len == 0)
    return TRUE;
  g_ptr_array_add (patterns, NULL);
  g_autoptr (GPtrArray) keys
      = ll_gpg_list_keys (call, (const char *const *)(gpointer)patterns->pdata, FALSE, error);
  if (keys == NULL)
    return FALSE;
  for (guint i = 0; i < signers->len; i++)
    {
      LlSigner *signer = g_ptr_array_index (signers, i);
      gpgme_key_t key = signer->status != LL_SIGNATURE_NO_KEY ? find_key (keys, signer->fingerprint) : NULL;
      if (key != NULL)
        add_identities (signer, key);
      judge_trust (signer);
    }
  return TRUE;
}

GPtrArray *
ll_openpgp_signers (LlGpgCall *call, gint64 at, GError **error)
{
  g_autoptr (GPtrArray) signers = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_signer_free);
  gpgme_verify_result_t result = gpgme_op_verify_result (call->context);
  for (gpgme_signature_t one = result != NULL ? result->signatures : NULL; one != NULL; one = one->next)
    g_ptr_array_add (signers, new_signer (one, &call->status, at));
  /* NEWSIG without a result: never pass over a signature in silence (C-7) */
  for (guint i = signers->len; i < call->status.n_newsig; i++)
    {
      LlSigner *signer = ll_signer_new (LL_PROTOCOL_OPENPGP);
      signer->fingerprint = g_strdup ("");
      set_status (signer, LL_SIGNATURE_UNSUPPORTED, ll_text_new (N_ ("GnuPG did not judge the signature")));
      g_ptr_array_add (signers, signer);
    }
  return load_identities (call, signers, error) ? g_steal_pointer (&signers) : NULL;
}
