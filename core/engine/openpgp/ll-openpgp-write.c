/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signing and encrypting.  What gpg made is read again before anybody gets it:
 * signed by the planned key, encrypted to the planned keys and nobody else. */
#include <string.h>

#include "ll-gpg.h"
#include "ll-limits.h"

/* ---- signing ---- */

static gboolean
is_planned_signer (const LlPlanKey *signer, const char *fingerprint)
{
  for (guint i = 0; fingerprint != NULL && i < signer->signing->len; i++)
    if (strcmp (g_ptr_array_index (signer->signing, i), fingerprint) == 0)
      return TRUE;
  return FALSE;
}

/* One signature, by the planned key, with a hash that proves something (D-2, D-10). */
static gboolean
check_signature_made (LlGpgCall *call, const LlPlanKey *signer, char **out_micalg, GError **error)
{
  gpgme_sign_result_t result = gpgme_op_sign_result (call->context);
  gpgme_new_signature_t made = result != NULL ? result->signatures : NULL;
  if (made == NULL || made->next != NULL || !is_planned_signer (signer, made->fpr))
    {
      ll_error_set (error, LL_ERROR_ENGINE, N_ ("GnuPG did not sign with the key %s"), signer->fingerprint);
      return FALSE;
    }
  g_autofree char *hash = ll_gpg_hash_name (made->hash_algo);
  if (hash == NULL || ll_gpg_hash_weak (made->hash_algo))
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    N_ ("the key %s would sign with %s, which proves nothing any more"), signer->fingerprint,
                    hash != NULL ? hash : "?");
      return FALSE;
    }
  if (out_micalg != NULL)
    {
      g_autofree char *lower = g_ascii_strdown (hash, -1);
      *out_micalg = g_strdup_printf ("pgp-%s", lower);
    }
  return TRUE;
}

static void
set_write_error (const LlGpgCall *call, gpgme_error_t code, const LlKeyPlan *plan, const char *doing,
                 GError **error)
{
  switch (gpgme_err_code (code))
    {
    case GPG_ERR_NO_SECKEY:
    case GPG_ERR_UNUSABLE_SECKEY:
      ll_error_set (error, LL_ERROR_NO_SECRET_KEY, N_ ("the secret key of %s cannot be used"),
                    plan->signer != NULL ? plan->signer->fingerprint : "?");
      return;
    case GPG_ERR_UNUSABLE_PUBKEY:
      ll_error_set (error, LL_ERROR_NO_KEY, N_ ("GnuPG does not accept one of the recipients' keys"));
      return;
    default:
      ll_gpg_failed (call, code, doing, error);
      return;
    }
}

static LlSpool *
new_output (LlOctets content)
{
  LlSpool *spool = ll_spool_new ();
  /* signatures and session keys come on top */
  ll_spool_set_limit (spool, content.length * 2 + LL_LIMIT_KEY_FILE * 16, N_ ("output"));
  return spool;
}

gboolean
ll_openpgp_sign (LlEngine *base, const LlKeyPlan *plan, LlOctets content, gboolean detached, LlSink *out,
                 char **out_micalg, GError **error)
{
  g_return_val_if_fail (plan->signer != NULL, FALSE);
  g_auto (LlGpgCall) call = { 0 };
  g_auto (LlGpgInput) input = { 0 };
  g_auto (LlGpgOutput) output = { 0 };
  g_autoptr (LlSpool) spool = new_output (content);
  const LlGpgSettings settings
      = { .sign_as = plan->signer->fingerprint, .size = content.length, .may_prompt = TRUE };
  if (!ll_gpg_begin (&call, (LlOpenpgp *)base, &settings, error)
      || !ll_gpg_input_plain (&input, content, FALSE, error) || !ll_gpg_output_init (&output, spool, error))
    return FALSE;
  gpgme_error_t code = gpgme_op_sign (call.context, input.data, output.data,
                                      detached ? GPGME_SIG_MODE_DETACH : GPGME_SIG_MODE_NORMAL);
  if (ll_gpg_take_error (&input.error, error) || ll_gpg_take_error (&output.error, error))
    return FALSE;
  if (code != 0)
    {
      set_write_error (&call, code, plan, N_ ("signing"), error);
      return FALSE;
    }
  g_autofree char *micalg = NULL;
  if (!check_signature_made (&call, plan->signer, &micalg, error)
      || !ll_pgp_armor_write (ll_spool_octets (spool), detached ? "SIGNATURE" : "MESSAGE", out, error))
    return FALSE;
  if (out_micalg != NULL)
    *out_micalg = g_steal_pointer (&micalg);
  return TRUE;
}

/* ---- encrypting ---- */

static gboolean
mismatch (GError **error)
{
  ll_error_set (error, LL_ERROR_RECIPIENT_MISMATCH,
                N_ ("GnuPG did not encrypt to exactly the chosen keys; nothing is released"));
  return FALSE;
}

static gboolean
belongs_to (const LlPlanKey *key, guint64 id)
{
  for (guint i = 0; i < key->encryption_ids->len; i++)
    if (g_array_index (key->encryption_ids, guint64, i) == id)
      return TRUE;
  return FALSE;
}

/* Marks the visible recipient that @id opens for; each only once. */
static gboolean
mark (const LlKeyPlan *plan, guint64 id, gboolean *seen)
{
  for (guint i = 0; i < plan->recipients->len; i++)
    {
      const LlPlanKey *key = g_ptr_array_index (plan->recipients, i);
      if (key->hidden || !belongs_to (key, id))
        continue;
      if (seen[i])
        return FALSE;
      seen[i] = TRUE;
      return TRUE;
    }
  return FALSE;
}

/* D-4: for whom the message can be opened is read from the message itself. */
static gboolean
check_recipients (LlOctets made, const LlKeyPlan *plan, GError **error)
{
  g_autoptr (LlPgpWalk) walk = ll_pgp_scan_head (made, NULL, error);
  if (walk == NULL)
    return FALSE;
  gsize n, found = 0;
  const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &n);
  guint hidden = 0;
  gboolean contained = FALSE;
  g_autofree gboolean *seen = g_new0 (gboolean, plan->recipients->len);
  for (gsize i = 0; i < n; i++)
    if (packets[i].tag == LL_PGP_SEIPD || packets[i].tag == LL_PGP_AEAD)
      contained = TRUE;
    else if (packets[i].tag != LL_PGP_PKESK || packets[i].version != 3)
      return mismatch (error);
    else if (packets[i].key_id == 0)
      hidden++, found++;
    else if (mark (plan, packets[i].key_id, seen))
      found++;
    else
      return mismatch (error);
  for (guint i = 0; i < plan->recipients->len; i++)
    if (((const LlPlanKey *)g_ptr_array_index (plan->recipients, i))->hidden)
      hidden--;
  return (contained && found == plan->recipients->len && hidden == 0) || mismatch (error);
}

static void
append_fingerprints (GString *list, const LlKeyPlan *plan, gboolean hidden)
{
  for (guint i = 0; i < plan->recipients->len; i++)
    {
      const LlPlanKey *key = g_ptr_array_index (plan->recipients, i);
      if (key->hidden == hidden)
        g_string_append_printf (list, "%s\n", key->fingerprint);
    }
}

/* GPGME's own list form; it never is empty, which would mean a password (D-1). */
static char *
recipient_list (const LlKeyPlan *plan)
{
  g_autoptr (GString) list = g_string_new (NULL);
  append_fingerprints (list, plan, FALSE);
  g_string_append (list, "--hidden\n");
  append_fingerprints (list, plan, TRUE);
  return g_string_free (g_steal_pointer (&list), FALSE);
}

static gpgme_error_t
run_encrypt (LlGpgCall *call, const LlKeyPlan *plan, gboolean sign, LlGpgInput *input, LlGpgOutput *output)
{
  const gpgme_encrypt_flags_t flags = GPGME_ENCRYPT_NO_COMPRESS | GPGME_ENCRYPT_NO_ENCRYPT_TO;
  g_autofree char *recipients = recipient_list (plan);
  return sign ? gpgme_op_encrypt_sign_ext (call->context, NULL, recipients, flags, input->data, output->data)
              : gpgme_op_encrypt_ext (call->context, NULL, recipients, flags, input->data, output->data);
}

gboolean
ll_openpgp_encrypt (LlEngine *base, const LlKeyPlan *plan, LlOctets content, gboolean sign, LlSink *out,
                    char **out_smime_type, GError **error)
{
  g_return_val_if_fail (plan->recipients->len > 0, FALSE);
  g_return_val_if_fail (!sign || plan->signer != NULL, FALSE);
  g_auto (LlGpgCall) call = { 0 };
  g_auto (LlGpgInput) input = { 0 };
  g_auto (LlGpgOutput) output = { 0 };
  g_autoptr (LlSpool) spool = new_output (content);
  const LlGpgSettings settings
      = { .sign_as = sign ? plan->signer->fingerprint : NULL, .size = content.length, .may_prompt = sign };
  if (!ll_gpg_begin (&call, (LlOpenpgp *)base, &settings, error)
      || !ll_gpg_input_plain (&input, content, FALSE, error) || !ll_gpg_output_init (&output, spool, error))
    return FALSE;
  gpgme_error_t code = run_encrypt (&call, plan, sign, &input, &output);
  if (ll_gpg_take_error (&input.error, error) || ll_gpg_take_error (&output.error, error))
    return FALSE;
  if (code != 0)
    {
      set_write_error (&call, code, plan, N_ ("encrypting"), error);
      return FALSE;
    }
  if (sign && !check_signature_made (&call, plan->signer, NULL, error))
    return FALSE;
  if (!check_recipients (ll_spool_octets (spool), plan, error)
      || !ll_pgp_armor_write (ll_spool_octets (spool), "MESSAGE", out, error))
    return FALSE;
  if (out_smime_type != NULL)
    *out_smime_type = NULL;
  return TRUE;
}
