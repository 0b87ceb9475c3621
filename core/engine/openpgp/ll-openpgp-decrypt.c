/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-gpg.h"
#include "ll-limits.h"
#include "ll-pgp-text.h"

static const char *const cipher_names[] = {
  [1] = "IDEA",         [2] = "3DES",         [3] = "CAST5",        [4] = "BLOWFISH",
  [7] = "AES128",       [8] = "AES192",       [9] = "AES256",       [10] = "TWOFISH",
  [11] = "CAMELLIA128", [12] = "CAMELLIA192", [13] = "CAMELLIA256",
};

static char *
cipher_name (guint cipher)
{
  if (cipher < G_N_ELEMENTS (cipher_names) && cipher_names[cipher] != NULL)
    return g_strdup (cipher_names[cipher]);
  return g_strdup_printf ("cipher %u", cipher);
}

static char *
join (const GPtrArray *strings)
{
  g_autoptr (GString) all = g_string_new (NULL);
  for (guint i = 0; i < strings->len; i++)
    g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index (strings, i));
  return g_string_free (g_steal_pointer (&all), FALSE);
}

/* The key ids the message was encrypted to. */
static void
set_no_secret_key (const LlGpgCall *call, GError **error)
{
  g_autofree char *ids = join (call->status.encrypted_to);
  ll_error_set (error, LL_ERROR_NO_SECRET_KEY,
                N_ ("none of your OpenPGP keys opens the message; it is encrypted to %s"), ids);
}

static gboolean
integrity (GError **error)
{
  ll_error_set (error, LL_ERROR_INTEGRITY, N_ ("integrity: message incomplete or altered"));
  return FALSE;
}

static gboolean
malformed (GError **error, gboolean several)
{
  if (several)
    ll_error_set (error, LL_ERROR_MALFORMED, N_ ("malformed: more than one OpenPGP message in one place"));
  else
    ll_error_set (error, LL_ERROR_MALFORMED, N_ ("malformed: unexpected OpenPGP packets"));
  return FALSE;
}

/* The session key was found: it is about the data. */
static gboolean
explain_data (const LlGpgStatus *status, GError **error)
{
  if (status->n_begin_decryption > 1)
    {
      ll_error_set (error, LL_ERROR_MALFORMED,
                    N_ ("malformed: an encrypted message inside the encrypted message"));
      return FALSE;
    }
  if (status->n_badmdc == 0 && status->too_deep)
    {
      ll_error_set (error, LL_ERROR_LIMIT, N_ ("limit: compressed data nested too deep"));
      return FALSE;
    }
  if (status->n_badmdc == 0 && status->n_plaintext > 0 && gpgme_err_code (status->error) == GPG_ERR_BAD_DATA)
    return malformed (error, TRUE);
  if (status->n_goodmdc == 1)
    return malformed (error, FALSE);
  return integrity (error);
}

/* It was not: it is about keys, passphrases and the agent. */
static gboolean
explain_key (const LlGpgCall *call, gpgme_error_t code, GError **error)
{
  switch (gpgme_err_code (call->status.error))
    {
    case GPG_ERR_NO_ERROR:
    case GPG_ERR_NO_SECKEY:
    case GPG_ERR_NO_DATA:
      break;
    default:
      ll_gpg_failed (call, code, N_ ("decrypting"), error);
      return FALSE;
    }
  if (call->status.missing->len == 0)
    ll_gpg_failed (call, code, N_ ("decrypting"), error);
  else if (ll_gpg_lacks_agent (call))
    ll_error_set (error, LL_ERROR_ENGINE,
                  N_ ("gpg-agent cannot be started or does not answer; try: gpgconf --kill all"));
  else
    set_no_secret_key (call, error);
  return FALSE;
}

/* Everything that must hold whatever gpg returned (C-1, C-2, C-3, C-12, C-13). */
static gboolean
check_decrypted (const LlGpgCall *call, const LlGpgOutput *output, GError **error)
{
  const LlGpgStatus *status = &call->status;
  if (status->n_begin_decryption != 1 || status->n_decryption_okay != 1 || status->n_goodmdc != 1
      || status->n_badmdc != 0 || (status->mdc != 2 && status->aead == 0))
    return integrity (error);
  if (status->n_nodata == 0 && ll_gpg_plaintext_whole (status, output->written))
    return TRUE;
  return malformed (error, FALSE);
}

static LlDecryption *
make_decryption (LlGpgCall *call, const LlDecryptRequest *request, GError **error)
{
  g_autoptr (LlDecryption) decryption = ll_decryption_new ();
  decryption->status = LL_ENCRYPTION_OK;
  decryption->cipher = cipher_name (call->status.cipher);
  for (guint i = 0; i < call->status.encrypted_to->len; i++)
    g_ptr_array_add (decryption->recipients, g_strdup (g_ptr_array_index (call->status.encrypted_to, i)));
  g_autoptr (GPtrArray) signers = ll_openpgp_signers (call, request->at, error);
  if (signers == NULL
      || !ll_pgp_check_text (&call->status, ll_spool_octets (request->out), FALSE, signers, error))
    return NULL;
  decryption->was_signed = signers->len > 0;
  g_ptr_array_unref (decryption->signers);
  decryption->signers = g_steal_pointer (&signers);
  return g_steal_pointer (&decryption);
}

static gboolean
open_input (LlGpgInput *input, LlOctets octets, GError **error)
{
  g_autoptr (LlPgpWalk) head = ll_pgp_scan_head (octets, NULL, error);
  if (head == NULL || !ll_pgp_check_encrypted (head, FALSE, error)
      || !ll_gpg_input_pgp (input, octets, ll_pgp_check_encrypted, LL_ERROR_INTEGRITY, error))
    return FALSE;
  input->no_passwords = TRUE;
  return TRUE;
}

gboolean
ll_openpgp_decrypt (LlEngine *base, const LlDecryptRequest *request, LlDecryption **out_decryption,
                    GError **error)
{
  g_auto (LlGpgCall) call = { 0 };
  g_auto (LlGpgInput) input = { 0 };
  g_auto (LlGpgOutput) output = { 0 };
  const LlGpgSettings settings = { .at = request->at,
                                   .size = request->ciphertext.length,
                                   .binary = TRUE,
                                   .decrypts = TRUE,
                                   .may_prompt = request->may_prompt };
  ll_spool_set_limit (request->out, MAX (LL_LIMIT_PLAINTEXT, request->ciphertext.length * LL_LIMIT_EXPANSION),
                      N_ ("decompressed size"));
  if (!open_input (&input, request->ciphertext, error)
      || !ll_gpg_begin (&call, (LlOpenpgp *)base, &settings, error)
      || !ll_gpg_output_init (&output, request->out, error))
    return FALSE;

  gpgme_error_t code = gpgme_op_decrypt_verify (call.context, input.data, output.data);
  if (ll_gpg_take_error (&output.error, error) || ll_gpg_take_error (&input.error, error))
    return FALSE;
  if (code != 0)
    return call.status.has_session_key ? explain_data (&call.status, error)
                                       : explain_key (&call, code, error);
  if (!ll_gpg_input_finish (&input, error) || !check_decrypted (&call, &output, error))
    return FALSE;
  LlDecryption *decryption = make_decryption (&call, request, error);
  if (decryption == NULL)
    return FALSE;
  *out_decryption = decryption;
  return TRUE;
}
