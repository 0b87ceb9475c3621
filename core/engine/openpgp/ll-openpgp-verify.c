/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-gpg.h"
#include "ll-limits.h"
#include "ll-pgp-text.h"

static gboolean
any_bad (const GPtrArray *signers)
{
  for (guint i = 0; i < signers->len; i++)
    if (((const LlSigner *)g_ptr_array_index (signers, i))->status == LL_SIGNATURE_BAD)
      return TRUE;
  return FALSE;
}

static void
add_unsupported (GPtrArray *signers, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      LlSigner *signer = ll_signer_new (LL_PROTOCOL_OPENPGP);
      signer->fingerprint = g_strdup ("");
      signer->status = LL_SIGNATURE_UNSUPPORTED;
      signer->reason
          = ll_text_new (N_ ("an OpenPGP v6 (RFC 9580) signature, which is not supported by GnuPG 2.2"));
      g_ptr_array_add (signers, signer);
    }
}

/* gpg stops at the first bad signature; the others then simply are not there, and bad it is. */
static gboolean
all_judged (GPtrArray *signers, guint expected, GError **error)
{
  if (signers->len >= expected || any_bad (signers))
    return TRUE;
  ll_error_set (error, LL_ERROR_UNSUPPORTED, N_ ("GnuPG did not judge every signature"));
  return FALSE;
}

/* ---- detached ---- */

static gpgme_error_t
run_detached (LlGpgCall *call, const GByteArray *signature, LlGpgInput *content)
{
  gpgme_data_t data = NULL;
  gpgme_error_t code = gpgme_data_new_from_mem (&data, (const char *)signature->data, signature->len, 0);
  if (code != 0)
    return code;
  code = gpgme_op_verify (call->context, data, content->data, NULL);
  gpgme_data_release (data);
  return code;
}

static GPtrArray *
verify_content (LlOpenpgp *engine, const LlVerifyRequest *request, const GByteArray *signature,
                gboolean to_crlf, guint expected, GError **error)
{
  g_auto (LlGpgCall) call = { 0 };
  g_auto (LlGpgInput) content = { 0 };
  const LlGpgSettings settings = { .at = request->at, .size = request->content.length, .binary = TRUE };
  if (!ll_gpg_begin (&call, engine, &settings, error)
      || !ll_gpg_input_plain (&content, request->content, to_crlf, error))
    return NULL;
  gpgme_error_t code = run_detached (&call, signature, &content);
  if (ll_gpg_take_error (&content.error, error))
    return NULL;
  gpgme_verify_result_t result = gpgme_op_verify_result (call.context);
  if (code != 0 || result == NULL || result->signatures == NULL)
    {
      ll_gpg_failed (&call, code, N_ ("verifying"), error);
      return NULL;
    }
  g_autoptr (GPtrArray) signers = ll_openpgp_signers (&call, request->at, error);
  if (signers == NULL || !all_judged (signers, expected, error)
      || !ll_pgp_check_text (&call.status, request->content, to_crlf, signers, error))
    return NULL;
  return g_steal_pointer (&signers);
}

static GPtrArray *
verify_detached (LlOpenpgp *engine, const LlVerifyRequest *request, GError **error)
{
  guint n, unsupported;
  g_autoptr (GByteArray) signature = ll_pgp_load_signatures (request->signature, &n, &unsupported, error);
  if (signature == NULL)
    return NULL;
  if (n == 0)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    N_ ("this is an OpenPGP v6 (RFC 9580) signature, which is not supported by GnuPG 2.2"));
      return NULL;
    }
  g_autoptr (GPtrArray) signers
      = verify_content (engine, request, signature, request->content_is_lf, n, error);
  /* I-1: what was signed had CRLF; some software signs what it stores */
  if (signers != NULL && request->content_is_lf && any_bad (signers))
    {
      g_clear_pointer (&signers, g_ptr_array_unref);
      signers = verify_content (engine, request, signature, FALSE, n, error);
    }
  if (signers != NULL)
    add_unsupported (signers, unsupported);
  return g_steal_pointer (&signers);
}

/* ---- content inside ---- */

static gboolean
check_plaintext (const LlGpgCall *call, const LlGpgOutput *output, GError **error)
{
  if (ll_gpg_plaintext_whole (&call->status, output->written))
    return TRUE;
  ll_error_set (error, LL_ERROR_MALFORMED, N_ ("malformed: unexpected OpenPGP packets"));
  return FALSE;
}

static gboolean
open_opaque (LlGpgInput *input, LlOctets octets, gboolean *out_clear, GError **error)
{
  g_autoptr (LlPgpArmor) armor = ll_pgp_armor_open (octets, error);
  if (armor == NULL)
    return FALSE;
  *out_clear = ll_pgp_armor_form (armor) == LL_PGP_ARMOR_SIGNED_MESSAGE;
  if (*out_clear)
    return ll_pgp_check_clearsigned (octets, error) && ll_gpg_input_plain (input, octets, FALSE, error);
  g_autoptr (LlPgpWalk) head = ll_pgp_scan_head (octets, NULL, error);
  return head != NULL && ll_pgp_check_signed (head, FALSE, error)
         && ll_gpg_input_pgp (input, octets, ll_pgp_check_signed, LL_ERROR_MALFORMED, error);
}

/* Without any signature gpg fails, with a code of its own for each kind of input. */
static gboolean
is_unsigned (const LlGpgCall *call)
{
  gpgme_verify_result_t result = gpgme_op_verify_result (call->context);
  return (result == NULL || result->signatures == NULL) && call->status.n_newsig == 0;
}

static GPtrArray *
verify_opaque (LlOpenpgp *engine, const LlVerifyRequest *request, GError **error)
{
  g_auto (LlGpgCall) call = { 0 };
  g_auto (LlGpgInput) input = { 0 };
  g_auto (LlGpgOutput) output = { 0 };
  gboolean clear = FALSE;
  if (!open_opaque (&input, request->signature, &clear, error))
    return NULL;
  const LlGpgSettings settings = { .at = request->at, .size = request->signature.length, .binary = !clear };
  g_autoptr (LlSpool) discarded = request->out == NULL ? ll_spool_new () : NULL;
  LlSpool *out = discarded != NULL ? discarded : request->out;
  ll_spool_set_limit (out, MAX (LL_LIMIT_PLAINTEXT, request->signature.length * LL_LIMIT_EXPANSION),
                      N_ ("decompressed size"));
  if (!ll_gpg_begin (&call, engine, &settings, error) || !ll_gpg_output_init (&output, out, error))
    return NULL;
  gpgme_error_t code = gpgme_op_verify (call.context, input.data, NULL, output.data);
  if (ll_gpg_take_error (&output.error, error) || ll_gpg_take_error (&input.error, error)
      || (!clear && !ll_gpg_input_finish (&input, error)))
    return NULL;
  if (is_unsigned (&call) && call.status.n_plaintext == 1 && call.status.n_unexpected == 0)
    return g_ptr_array_new_with_free_func ((GDestroyNotify)ll_signer_free);
  if (code != 0 && call.status.n_unexpected == 0)
    {
      ll_gpg_failed (&call, code, N_ ("verifying"), error);
      return NULL;
    }
  if (!check_plaintext (&call, &output, error))
    return NULL;
  g_autoptr (GPtrArray) signers = ll_openpgp_signers (&call, request->at, error);
  if (signers == NULL || !ll_pgp_check_text (&call.status, ll_spool_octets (out), FALSE, signers, error))
    return NULL;
  return g_steal_pointer (&signers);
}

gboolean
ll_openpgp_verify (LlEngine *base, const LlVerifyRequest *request, GPtrArray **out_signers, GError **error)
{
  LlOpenpgp *engine = (LlOpenpgp *)base;
  GPtrArray *signers = request->content.spool != NULL ? verify_detached (engine, request, error)
                                                      : verify_opaque (engine, request, error);
  if (signers == NULL)
    return FALSE;
  *out_signers = signers;
  return TRUE;
}
