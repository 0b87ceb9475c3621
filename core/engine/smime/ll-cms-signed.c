/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Judging a CMS signature (RFC 5652 5.4-5.6, RFC 8551, RFC 8419).  First whether the octets are what was
 * signed, then whose key it was; only both together are VALID.
 */
#include "ll-smime-private.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <string.h>

#include "ll-content-hash.h"
#include "ll-filter.h"
#include "ll-limits.h"
#include "ll-signed-attributes.h"

/* Certificates beyond these are not looked at: nobody needs so many, and each signer searches them. */
#define MAX_CERTIFICATES 256
/* Certificates that one signer may mean: a renewed one has the key id of the old one. */
#define MAX_CANDIDATES 4
/* Longer keys serve only to keep a reader busy. */
#define MAX_RSA_BITS 8192

/* The content as it is, or with lone LF read as CRLF: which of them was signed shows only in the digest. */
enum
{
  AS_CRLF,
  EXACT,
  N_READINGS,
};

typedef struct
{
  const LlVerifyRequest *request;
  LlKeySource *source;
  LlSignedInfo *info;
  const char *refusal; /* (nullable): holds for every signer */
  LlSignatureStatus refusal_status;
  LlContentHash *readings[N_READINGS];
  GPtrArray *certificates; /* (element-type X509): from the signature */
  GPtrArray *known;        /* (element-type X509) (nullable): from the store, when first needed */
} Judge;

static void
judge_clear (Judge *judge)
{
  g_clear_pointer (&judge->info, LlSignedInfo_free);
  for (int i = 0; i < N_READINGS; i++)
    g_clear_pointer (&judge->readings[i], ll_content_hash_free);
  g_clear_pointer (&judge->certificates, g_ptr_array_unref);
  g_clear_pointer (&judge->known, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Judge, judge_clear)

/* Of one reading, key and signature. */
typedef struct
{
  LlSignatureStatus status; /* VALID: intact */
  const char *reason;
} Finding;

/* ---- content ---- */

static LlContentHash *
new_reading (const Judge *judge)
{
  LlContentHash *hash = ll_content_hash_new ();
  const LlSignedData *data = judge->info->signed_data;
  for (int i = 0; i < sk_LlSignerInfo_num (data->signers); i++)
    {
      const LlDigest *digest
          = ll_digest_by_algorithm (sk_LlSignerInfo_value (data->signers, i)->digest_algorithm);
      if (digest)
        ll_content_hash_want (hash, digest);
    }
  return hash;
}

static gboolean
read_detached (Judge *judge, int reading, GError **error)
{
  if (judge->readings[reading])
    return TRUE;
  g_autoptr (LlContentHash) hash = new_reading (judge);
  g_autoptr (LlSink) sink = ll_content_hash_sink (hash, NULL);
  if (reading == AS_CRLF)
    sink = ll_sink_to_crlf (g_steal_pointer (&sink));
  if (!ll_octets_copy (judge->request->content, sink, error) || !ll_sink_finish (sink, error))
    return FALSE;
  judge->readings[reading] = g_steal_pointer (&hash);
  return TRUE;
}

/* What is hashed and what the caller gets are the same octets of one pass (security.md F-2). */
static gboolean
read_opaque (Judge *judge, const LlCms *cms, GError **error)
{
  if (!cms->has_content)
    return TRUE;
  g_autoptr (LlContentHash) hash = new_reading (judge);
  g_autoptr (LlSink) sink
      = ll_content_hash_sink (hash, judge->request->out ? ll_spool_sink (judge->request->out) : NULL);
  if (!ll_cms_copy_content (cms, sink, error) || !ll_sink_finish (sink, error))
    return FALSE;
  judge->readings[EXACT] = g_steal_pointer (&hash);
  return TRUE;
}

/* ---- signed attributes ---- */

static Finding
check_attributes (const Judge *judge, const LlSignerInfo *si, const LlSignatureScheme *scheme,
                  const LlContentHash *content)
{
  ASN1_TYPE *type = NULL, *digest = NULL;
  if (!ll_attributes_get (si->signed_attributes, NID_pkcs9_contentType, V_ASN1_OBJECT, &type)
      || !ll_attributes_get (si->signed_attributes, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, &digest)
      || !type || !digest)
    return (Finding){ LL_SIGNATURE_BAD, N_ ("the signature does not say properly what it covers") };
  if (OBJ_cmp (type->value.object, judge->info->signed_data->encapsulated->type) != 0)
    return (Finding){ LL_SIGNATURE_BAD, N_ ("the signature was made for another type of content") };
  const guint8 *actual = ll_content_hash_value (content, scheme->digest);
  const ASN1_OCTET_STRING *claimed = digest->value.octet_string;
  if (!actual || ASN1_STRING_length (claimed) != EVP_MD_get_size (scheme->digest->md ())
      || memcmp (ASN1_STRING_get0_data (claimed), actual, (gsize)ASN1_STRING_length (claimed)) != 0)
    return (Finding){ LL_SIGNATURE_BAD, N_ ("the content was changed after it was signed") };
  return (Finding){ LL_SIGNATURE_VALID, NULL };
}

/* ---- the signature itself ---- */

#define DOES_NOT_FIT                                                                                         \
  ((Finding){ LL_SIGNATURE_BAD, N_ ("the signature was not made by this key over this content") })
#define INTACT ((Finding){ LL_SIGNATURE_VALID, NULL })

static Finding
check_with_attributes (const Judge *judge, const LlSignerInfo *si, const LlSignatureScheme *scheme,
                       X509 *certificate, const LlContentHash *content)
{
  Finding finding = check_attributes (judge, si, scheme, content);
  if (finding.status != LL_SIGNATURE_VALID)
    return finding;
  g_autoptr (GBytes) der = ll_attributes_received (si->signed_attributes);
  gsize length = 0;
  const void *data = der ? g_bytes_get_data (der, &length) : NULL;
  if (!der || !ll_signature_verify (scheme, X509_get0_pubkey (certificate), data, length, si->signature))
    return DOES_NOT_FIT;
  if (!ll_attributes_name_certificate (si->signed_attributes, certificate))
    return (Finding){ LL_SIGNATURE_BAD,
                      N_ ("the signature names another certificate than the one beside it") };
  return INTACT;
}

/* Without signed attributes the signature is over the content, and content made to look like attributes
 * would be a signature over those (security.md F-9, RFC 8933). */
static Finding
check_bare (const LlSignerInfo *si, const LlSignatureScheme *scheme, X509 *certificate,
            const LlContentHash *content)
{
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  if (ll_content_hash_is_der_set (content))
    return (Finding){ LL_SIGNATURE_UNSUPPORTED,
                      N_ ("the content can be mistaken for attributes of a signature") };
  if (scheme->key_type != EVP_PKEY_ED25519)
    {
      const guint8 *digest = ll_content_hash_value (content, scheme->digest);
      return digest && ll_signature_verify_digest (scheme, key, digest, si->signature) ? INTACT
                                                                                       : DOES_NOT_FIT;
    }
  g_autoptr (GBytes) whole = ll_content_hash_whole (content);
  if (!whole)
    return (Finding){ LL_SIGNATURE_UNSUPPORTED,
                      N_ ("an Ed25519 signature without attributes over long content cannot be checked") };
  gsize length = 0;
  const void *data = g_bytes_get_data (whole, &length);
  return ll_signature_verify (scheme, key, data, length, si->signature) ? INTACT : DOES_NOT_FIT;
}

static Finding
check_reading (const Judge *judge, const LlSignerInfo *si, const LlSignatureScheme *scheme, X509 *certificate,
               const LlContentHash *content)
{
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  ERR_clear_error ();
  if (!key)
    return (Finding){ LL_SIGNATURE_UNSUPPORTED,
                      N_ ("the key of the certificate is of a kind that is not known here") };
  if (EVP_PKEY_get_bits (key) > MAX_RSA_BITS)
    return (Finding){ LL_SIGNATURE_UNSUPPORTED, N_ ("the key of the certificate is too long") };
  if (si->signed_attributes)
    return check_with_attributes (judge, si, scheme, certificate, content);
  return check_bare (si, scheme, certificate, content);
}

/* The most favourable of the readings: the same lines were signed, however they are stored. */
static gboolean
check_content (Judge *judge, const LlSignerInfo *si, const LlSignatureScheme *scheme, X509 *certificate,
               Finding *out, GError **error)
{
  gboolean detached = judge->request->content.spool != NULL;
  int first = detached && judge->request->content_is_lf ? AS_CRLF : EXACT;
  for (int reading = first; reading < N_READINGS; reading++)
    {
      if (detached && !read_detached (judge, reading, error))
        return FALSE;
      Finding finding = check_reading (judge, si, scheme, certificate, judge->readings[reading]);
      if (reading == first || finding.status == LL_SIGNATURE_VALID)
        *out = finding;
      if (finding.status != LL_SIGNATURE_BAD)
        return TRUE;
    }
  return TRUE;
}

/* ---- certificates ---- */

static GPtrArray *
embedded_certificates (const LlSignedData *data)
{
  GPtrArray *certificates = ll_x509_array ();
  for (int i = 0; i < sk_ASN1_TYPE_num (data->certificates) && certificates->len < MAX_CERTIFICATES; i++)
    {
      const ASN1_TYPE *any = sk_ASN1_TYPE_value (data->certificates, i);
      if (any->type != V_ASN1_SEQUENCE)
        continue;
      const unsigned char *at = any->value.sequence->data;
      X509 *certificate = d2i_X509 (NULL, &at, any->value.sequence->length);
      if (certificate)
        g_ptr_array_add (certificates, certificate);
    }
  ERR_clear_error ();
  return certificates;
}

static gboolean
is_named (const LlSignerId *sid, X509 *certificate)
{
  if (sid->type == LL_SID_ISSUER_SERIAL)
    return X509_NAME_cmp (sid->d.issuer_serial->issuer, X509_get_issuer_name (certificate)) == 0
           && ASN1_INTEGER_cmp (sid->d.issuer_serial->serial, X509_get0_serialNumber (certificate)) == 0;
  const ASN1_OCTET_STRING *id = X509_get0_subject_key_id (certificate);
  return id && ASN1_OCTET_STRING_cmp (id, sid->d.key_id) == 0;
}

static void
add_named (GPtrArray *found, const GPtrArray *certificates, const LlSignerId *sid)
{
  for (guint i = 0; i < certificates->len && found->len < MAX_CANDIDATES; i++)
    if (is_named (sid, g_ptr_array_index (certificates, i)))
      ll_x509_array_add (found, g_ptr_array_index (certificates, i));
}

static gboolean
load_known (Judge *judge, GError **error)
{
  if (judge->known)
    return TRUE;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GPtrArray) known
      = ll_x509_array_take (judge->source->list_intermediates (judge->source, &failure));
  g_autoptr (GPtrArray) anchors = NULL;
  if (!failure)
    anchors = ll_x509_array_take (judge->source->list_anchors (judge->source, &failure));
  if (failure)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  for (guint i = 0; i < anchors->len; i++)
    ll_x509_array_add (known, g_ptr_array_index (anchors, i));
  judge->known = g_steal_pointer (&known);
  return TRUE;
}

/* Every certificate the signer may mean, those in the signature first. */
static GPtrArray *
find_signer (Judge *judge, const LlSignerId *sid, GError **error)
{
  g_autoptr (GPtrArray) found = ll_x509_array ();
  add_named (found, judge->certificates, sid);
  if (found->len == 0)
    {
      if (!load_known (judge, error))
        return NULL;
      add_named (found, judge->known, sid);
    }
  return g_steal_pointer (&found);
}

/* ---- one signer ---- */

static void
set_status (LlSigner *signer, LlSignatureStatus status, LlText *reason)
{
  signer->status = status;
  g_clear_pointer (&signer->reason, ll_text_free);
  signer->reason = reason;
}

/* All that is known of a signer without a certificate: the number or key id it names. */
static void
set_named (LlSigner *signer, const LlSignerId *sid)
{
  const ASN1_STRING *id = sid->type == LL_SID_KEY_ID ? sid->d.key_id : sid->d.issuer_serial->serial;
  GString *hex = g_string_new (NULL);
  for (int i = 0; i < MIN (ASN1_STRING_length (id), 32); i++)
    g_string_append_printf (hex, "%02x", ASN1_STRING_get0_data (id)[i]);
  signer->fingerprint = g_string_free (hex, FALSE);
}

static void
set_no_key (LlSigner *signer, const LlSignerId *sid)
{
  if (sid->type == LL_SID_KEY_ID)
    {
      set_status (
          signer, LL_SIGNATURE_NO_KEY,
          ll_text_new (N_ ("the signer's certificate with the key id %s is not there"), signer->fingerprint));
      return;
    }
  g_autofree char *issuer = ll_x509_name (sid->d.issuer_serial->issuer);
  set_status (signer, LL_SIGNATURE_NO_KEY,
              ll_text_new (N_ ("the signer's certificate with the number %s by %s is not there"),
                           signer->fingerprint, issuer));
}

static void
set_identity (LlSigner *signer, X509 *certificate)
{
  signer->fingerprint = ll_certificate_fingerprint (certificate);
  g_autoptr (GPtrArray) addresses = ll_certificate_addresses (certificate);
  g_autofree char *name = ll_certificate_name (certificate);
  for (guint i = 0; addresses && i < addresses->len; i++)
    g_ptr_array_add (signer->identities,
                     ll_identity_new (g_ptr_array_index (addresses, i), name, LL_TRUST_UNKNOWN));
}

/* The time in a signature is the signer's own word: it explains, and changes nothing (security.md F-6). */
static void
explain_expiry (const Judge *judge, LlSigner *signer, X509 *certificate)
{
  gint64 now = judge->request->at ? judge->request->at : g_get_real_time () / G_USEC_PER_SEC;
  if (now <= ll_asn1_time (X509_get0_notAfter (certificate)) || signer->time <= 0
      || !ll_certificate_valid_at (certificate, signer->time))
    return;
  g_autofree char *made = ll_date (signer->time);
  g_autofree char *until = ll_date (ll_asn1_time (X509_get0_notAfter (certificate)));
  set_status (signer, LL_SIGNATURE_KEY_EXPIRED,
              ll_text_new (N_ ("the certificate expired on %s; that the signature is older, from %s, "
                               "is the signer's word alone"),
                           until, made));
}

static gboolean
judge_path (Judge *judge, LlSigner *signer, X509 *certificate, GError **error)
{
  g_auto (LlPathResult) path = { 0 };
  gint64 at = judge->request->at;
  if (!ll_path_check (certificate, LL_PURPOSE_SIGN, judge->certificates, judge->source, at, &path, error))
    return FALSE;
  set_status (signer, path.status, g_steal_pointer (&path.reason));
  if (signer->status == LL_SIGNATURE_KEY_EXPIRED)
    explain_expiry (judge, signer, certificate);
  for (guint i = 0; signer->status == LL_SIGNATURE_VALID && i < signer->identities->len; i++)
    ((LlIdentity *)g_ptr_array_index (signer->identities, i))->trust = LL_TRUST_FULL;
  return TRUE;
}

/* The first certificate that fits, else the first of all with what is wrong with it. */
static gboolean
choose_certificate (Judge *judge, const LlSignerInfo *si, const LlSignatureScheme *scheme,
                    GPtrArray *candidates, X509 **out_certificate, Finding *out, GError **error)
{
  for (guint i = 0; i < candidates->len; i++)
    {
      Finding finding = INTACT;
      if (!check_content (judge, si, scheme, g_ptr_array_index (candidates, i), &finding, error))
        return FALSE;
      if (i == 0 || finding.status == LL_SIGNATURE_VALID)
        {
          *out = finding;
          *out_certificate = g_ptr_array_index (candidates, i);
        }
      if (finding.status == LL_SIGNATURE_VALID)
        break;
    }
  return TRUE;
}

static gboolean
judge_signature (Judge *judge, const LlSignerInfo *si, const LlSignatureScheme *scheme, GPtrArray *candidates,
                 LlSigner *signer, GError **error)
{
  X509 *certificate = NULL;
  Finding finding = INTACT;
  if (!choose_certificate (judge, si, scheme, candidates, &certificate, &finding, error))
    return FALSE;
  set_identity (signer, certificate);
  if (finding.status != LL_SIGNATURE_VALID)
    {
      set_status (signer, finding.status, ll_text_new ("%s", finding.reason));
      return TRUE;
    }
  if (scheme->digest->weak)
    {
      set_status (signer, LL_SIGNATURE_WEAK,
                  ll_text_new (N_ ("the digest %s proves nothing any more"), scheme->digest->name));
      return TRUE;
    }
  return judge_path (judge, signer, certificate, error);
}

static gboolean
judge_signer (Judge *judge, const LlSignerInfo *si, LlSigner *signer, GError **error)
{
  const LlDigest *digest = ll_digest_by_algorithm (si->digest_algorithm);
  signer->hash = digest ? g_strdup (digest->name) : NULL;
  signer->time = ll_attributes_signing_time (si->signed_attributes);
  g_autoptr (GPtrArray) candidates = find_signer (judge, si->sid, error);
  if (!candidates)
    return FALSE;
  if (candidates->len == 0)
    set_named (signer, si->sid);
  LlSignatureScheme scheme;
  LlText *why_not = judge->refusal
                        ? ll_text_new ("%s", judge->refusal)
                        : ll_signature_scheme_read (si->signature_algorithm, si->digest_algorithm, &scheme);
  if (why_not)
    {
      if (candidates->len > 0)
        set_identity (signer, g_ptr_array_index (candidates, 0));
      set_status (signer, judge->refusal ? judge->refusal_status : LL_SIGNATURE_UNSUPPORTED, why_not);
      return TRUE;
    }
  if (candidates->len > 0)
    return judge_signature (judge, si, &scheme, candidates, signer, error);
  set_no_key (signer, si->sid);
  return TRUE;
}

/* ---- all of it ---- */

static gboolean
is_data (const LlSignedData *data)
{
  return OBJ_obj2nid (data->encapsulated->type) == NID_pkcs7_data;
}

static gboolean
check_form (Judge *judge, const LlCms *cms, GError **error)
{
  const LlSignedData *data = judge->info->signed_data;
  gboolean opaque = judge->request->content.spool == NULL;
  int n = sk_LlSignerInfo_num (data->signers);
  if (n > (int)LL_LIMIT_SIGNERS)
    {
      g_autofree char *limit = g_strdup_printf ("%u", LL_LIMIT_SIGNERS);
      ll_error_set (error, LL_ERROR_LIMIT, "limit: the message has more than %s signatures", limit);
      return FALSE;
    }
  if (opaque && cms->has_content && !is_data (data))
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED, "what was signed is not a mail message but of the type %s",
                    cms->content_oid);
      return FALSE;
    }
  if (opaque && !cms->has_content && n > 0)
    {
      ll_error_set (error, LL_ERROR_MALFORMED,
                    "the signature has no content inside; the signed part is missing");
      return FALSE;
    }
  /* security.md F-1: two contents, and the reader sees only one of them. */
  if (!opaque && cms->has_content)
    {
      judge->refusal = N_ ("the signature carries content of its own beside the part it stands for");
      judge->refusal_status = LL_SIGNATURE_BAD;
    }
  else if (!is_data (data))
    {
      judge->refusal = N_ ("what was signed is not a mail message");
      judge->refusal_status = LL_SIGNATURE_UNSUPPORTED;
    }
  return TRUE;
}

static void
signer_unref (gpointer signer)
{
  ll_signer_free (signer);
}

gboolean
ll_cms_verify (const LlCms *cms, LlKeySource *source, const LlVerifyRequest *request, GPtrArray **out_signers,
               GError **error)
{
  g_auto (Judge) judge = { .request = request, .source = source };
  judge.info = ll_signed_info_parse (cms->skeleton, error);
  if (!judge.info || !check_form (&judge, cms, error))
    return FALSE;
  if (!request->content.spool && !read_opaque (&judge, cms, error))
    return FALSE;
  const LlSignedData *data = judge.info->signed_data;
  judge.certificates = embedded_certificates (data);
  g_autoptr (GPtrArray) signers = g_ptr_array_new_with_free_func (signer_unref);
  for (int i = 0; i < sk_LlSignerInfo_num (data->signers); i++)
    {
      LlSigner *signer = ll_signer_new (LL_PROTOCOL_SMIME);
      g_ptr_array_add (signers, signer);
      if (!judge_signer (&judge, sk_LlSignerInfo_value (data->signers, i), signer, error))
        return FALSE;
    }
  *out_signers = g_steal_pointer (&signers);
  return TRUE;
}

gboolean
ll_cms_count_signed (const LlCms *cms, guint *out_signers, guint *out_certificates, GError **error)
{
  g_autoptr (LlSignedInfo) info = ll_signed_info_parse (cms->skeleton, error);
  if (!info)
    return FALSE;
  *out_signers = (guint)sk_LlSignerInfo_num (info->signed_data->signers);
  *out_certificates = (guint)MAX (0, sk_ASN1_TYPE_num (info->signed_data->certificates));
  return TRUE;
}
