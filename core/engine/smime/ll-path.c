/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-smime-private.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* security.md F-5: a longer chain than any authority uses only costs time. */
#define MAX_DEPTH 10
/* 112 bits: no RSA below 2048, no SHA-1 in the chain (security.md F-8). */
#define AUTH_LEVEL 2
/* What came along is the sender's choice; building a path looks at each of them. */
#define MAX_EXTRA 256

typedef STACK_OF (X509) X509Stack;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE_CTX, X509_STORE_CTX_free)

/* Only borrows what is in it. */
static void
borrowed_stack_free (X509Stack *stack)
{
  sk_X509_free (stack);
}

static void
owning_stack_free (X509Stack *stack)
{
  sk_X509_pop_free (stack, X509_free);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509Stack, borrowed_stack_free)

void
ll_path_result_clear (LlPathResult *result)
{
  g_clear_pointer (&result->reason, ll_text_free);
}

static void
set_result (LlPathResult *out, LlSignatureStatus status, LlText *reason)
{
  out->status = status;
  out->reason = reason;
}

/* ---- OpenSSL's findings in words ---- */

static const struct
{
  int code;
  LlSignatureStatus status;
  const char *reason;
} FINDINGS[] = {
  { X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the authority that issued the certificate is not known") },
  { X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the authority that issued the certificate is not known") },
  { X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the authority that issued the certificate is not known") },
  { X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the certificate is self-signed; nobody else says whose it is") },
  { X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the root authority of the certificate is not trusted here") },
  { X509_V_ERR_CERT_UNTRUSTED, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the root authority is not trusted for mail") },
  { X509_V_ERR_CERT_REJECTED, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the root authority is not trusted for mail") },
  { X509_V_ERR_CERT_SIGNATURE_FAILURE, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the certificate was not signed by the authority it names") },
  { X509_V_ERR_CERT_CHAIN_TOO_LONG, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the chain of authorities is too long") },
  { X509_V_ERR_PATH_LENGTH_EXCEEDED, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("an authority in the chain may not have others below it") },
  { X509_V_ERR_INVALID_CA, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the certificate was issued by one that is no authority") },
  { X509_V_ERR_KEYUSAGE_NO_CERTSIGN, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the certificate was issued by one that may not issue any") },
  { X509_V_ERR_PERMITTED_VIOLATION, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the authority may not issue certificates for this address") },
  { X509_V_ERR_EXCLUDED_VIOLATION, LL_SIGNATURE_VALID_UNTRUSTED,
    N_ ("the authority may not issue certificates for this address") },
  { X509_V_ERR_INVALID_PURPOSE, LL_SIGNATURE_UNSUPPORTED,
    N_ ("the certificate or its authority is not for mail") },
  { X509_V_ERR_CERT_NOT_YET_VALID, LL_SIGNATURE_KEY_EXPIRED,
    N_ ("a certificate in the chain is not valid yet") },
  { X509_V_ERR_CERT_HAS_EXPIRED, LL_SIGNATURE_KEY_EXPIRED, N_ ("a certificate in the chain has expired") },
  { X509_V_ERR_CERT_REVOKED, LL_SIGNATURE_KEY_REVOKED, N_ ("the certificate has been revoked") },
  { X509_V_ERR_EE_KEY_TOO_SMALL, LL_SIGNATURE_WEAK, N_ ("the key of the certificate is too short") },
  { X509_V_ERR_CA_KEY_TOO_SMALL, LL_SIGNATURE_WEAK, N_ ("the key of an authority is too short") },
  { X509_V_ERR_CA_MD_TOO_WEAK, LL_SIGNATURE_WEAK,
    N_ ("the certificate was signed with a digest that proves nothing any more") },
};

static void
set_finding (LlPathResult *out, int code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (FINDINGS); i++)
    if (FINDINGS[i].code == code)
      {
        set_result (out, FINDINGS[i].status, ll_text_new ("%s", FINDINGS[i].reason));
        return;
      }
  set_result (
      out, LL_SIGNATURE_VALID_UNTRUSTED,
      ll_text_new (N_ ("the certificate could not be checked: %s"), X509_verify_cert_error_string (code)));
}

/* ---- the certificate alone ---- */

/* What the certificate itself says goes before who issued it: an expired or misused one stays
 * that, whatever anchors there are.  TRUE: nothing against it. */
static gboolean
check_alone (X509 *certificate, LlPurpose purpose, gint64 at, LlPathResult *out)
{
  LlText *wrong = ll_certificate_wrong_purpose (certificate, purpose);
  if (wrong)
    {
      set_result (out, LL_SIGNATURE_UNSUPPORTED, wrong);
      return FALSE;
    }
  LlText *weak = ll_certificate_weak (certificate);
  if (weak)
    {
      set_result (out, LL_SIGNATURE_WEAK, weak);
      return FALSE;
    }
  LlText *unusable = ll_certificate_unusable (certificate, purpose, at);
  if (!unusable)
    return TRUE;
  gboolean in_time = ll_certificate_valid_at (certificate, at);
  set_result (out, in_time ? LL_SIGNATURE_UNSUPPORTED : LL_SIGNATURE_KEY_EXPIRED, unusable);
  return FALSE;
}

/* ---- the chain ---- */

static gboolean
contains (const GPtrArray *certificates, X509 *certificate)
{
  for (guint i = 0; i < certificates->len; i++)
    if (X509_cmp (g_ptr_array_index (certificates, i), certificate) == 0)
      return TRUE;
  return FALSE;
}

static void
push_all (X509Stack *stack, const GPtrArray *certificates, guint limit)
{
  for (guint i = 0; certificates && i < MIN (certificates->len, limit); i++)
    if (!sk_X509_push (stack, g_ptr_array_index (certificates, i)))
      g_error ("out of memory");
}

/* An empty store: the system's roots are for web servers and do not speak for mail (platform.md K4). */
static X509_STORE *
anchor_store (const GPtrArray *anchors, GError **error)
{
  g_autoptr (X509_STORE) store = X509_STORE_new ();
  for (guint i = 0; store && i < anchors->len; i++)
    if (!X509_STORE_add_cert (store, g_ptr_array_index (anchors, i)))
      g_clear_pointer (&store, X509_STORE_free);
  if (!store)
    ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("loading trust anchors"));
  return g_steal_pointer (&store);
}

/* X509_PURPOSE_SMIME_ENCRYPT refuses every key agreement certificate, and X509_PURPOSE_SMIME_SIGN one
 * with anyExtendedKeyUsage, which RFC 8550 4.4.4 allows; the leaf was judged by check_alone(). */
static void
set_parameters (X509_STORE_CTX *context, X509 *certificate, LlPurpose purpose, gboolean pinned, gint64 at)
{
  X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param (context);
  if (purpose == LL_PURPOSE_SIGN && (X509_get_extended_key_usage (certificate) & XKU_SMIME))
    X509_VERIFY_PARAM_set_purpose (param, X509_PURPOSE_SMIME_SIGN);
  X509_VERIFY_PARAM_set_trust (param, X509_TRUST_EMAIL);
  X509_VERIFY_PARAM_set_auth_level (param, AUTH_LEVEL);
  X509_VERIFY_PARAM_set_depth (param, MAX_DEPTH);
  if (pinned)
    X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_PARTIAL_CHAIN);
  if (at)
    X509_VERIFY_PARAM_set_time (param, (time_t)at);
}

/* An intermediate made for web servers does not vouch for mail, whatever purpose was given above. */
static gboolean
chain_is_for_mail (X509_STORE_CTX *context)
{
  const X509Stack *chain = X509_STORE_CTX_get0_chain (context);
  for (int i = 1; i < sk_X509_num (chain) - 1; i++)
    if (!(X509_get_extended_key_usage (sk_X509_value (chain, i)) & (XKU_SMIME | XKU_ANYEKU)))
      return FALSE;
  return TRUE;
}

static gboolean
check_chain (X509 *certificate, LlPurpose purpose, X509Stack *untrusted, const GPtrArray *anchors, gint64 at,
             LlPathResult *out, GError **error)
{
  g_autoptr (X509_STORE) store = anchor_store (anchors, error);
  if (!store)
    return FALSE;
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();
  if (!context || !X509_STORE_CTX_init (context, store, certificate, untrusted))
    {
      ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("preparing the check of a certificate"));
      return FALSE;
    }
  set_parameters (context, certificate, purpose, contains (anchors, certificate), at);
  gboolean good = X509_verify_cert (context) == 1;
  int code = X509_STORE_CTX_get_error (context);
  ERR_clear_error ();
  if (!good)
    set_finding (out, code != X509_V_OK ? code : X509_V_ERR_UNSPECIFIED);
  else if (!chain_is_for_mail (context))
    set_finding (out, X509_V_ERR_INVALID_PURPOSE);
  else
    set_result (out, LL_SIGNATURE_VALID, NULL);
  return TRUE;
}

gboolean
ll_path_check (X509 *certificate, LlPurpose purpose, GPtrArray *extra, LlKeySource *source, gint64 at,
               LlPathResult *out, GError **error)
{
  set_result (out, LL_SIGNATURE_UNSUPPORTED, NULL);
  if (!check_alone (certificate, purpose, at, out))
    return TRUE;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GPtrArray) anchors = ll_x509_array_take (source->list_anchors (source, &failure));
  g_autoptr (GPtrArray) known = NULL;
  if (!failure)
    known = ll_x509_array_take (source->list_intermediates (source, &failure));
  if (failure)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (anchors->len == 0)
    {
      set_result (out, LL_SIGNATURE_VALID_UNTRUSTED,
                  ll_text_new (N_ ("no authority is trusted yet; name one with --ca")));
      return TRUE;
    }
  g_autoptr (X509Stack) untrusted = sk_X509_new_null ();
  push_all (untrusted, known, G_MAXUINT);
  push_all (untrusted, extra, MAX_EXTRA);
  return check_chain (certificate, purpose, untrusted, anchors, at, out, error);
}

/* ---- what to send along ---- */

GPtrArray *
ll_path_intermediates (X509 *certificate, LlKeySource *source, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GPtrArray) known = ll_x509_array_take (source->list_intermediates (source, &failure));
  if (failure)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  g_autoptr (X509Stack) certificates = sk_X509_new_null ();
  push_all (certificates, known, G_MAXUINT);
  X509Stack *chain = X509_build_chain (certificate, certificates, NULL, FALSE, NULL, NULL);
  ERR_clear_error ();
  GPtrArray *intermediates = ll_x509_array ();
  for (int i = 1; i < sk_X509_num (chain); i++)
    ll_x509_array_add (intermediates, sk_X509_value (chain, i));
  owning_stack_free (chain);
  return intermediates;
}
