/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making a CMS signature.  OpenSSL's CMS_sign() of version 3.0 has no Ed25519 and holds opaque content in
 * memory; here the structure is built without its content, which then flows through.
 */
#include "ll-smime-private.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ll-ber.h"
#include "ll-content-hash.h"
#include "ll-signed-attributes.h"

static gboolean
hash_content (LlOctets content, LlContentHash *hash, GError **error)
{
  g_autoptr (LlSink) sink = ll_content_hash_sink (hash, NULL);
  return ll_octets_copy (content, sink, error) && ll_sink_finish (sink, error);
}

/* ---- the structure ---- */

static LlSignerId *
signer_id (LlSignerInfo *si, X509 *certificate)
{
  LlSignerName *name = si->sid->d.issuer_serial = LlSignerName_new ();
  si->sid->type = LL_SID_ISSUER_SERIAL;
  if (!name || !X509_NAME_set (&name->issuer, X509_get_issuer_name (certificate)))
    return NULL;
  ASN1_INTEGER_free (name->serial);
  name->serial = ASN1_INTEGER_dup (X509_get0_serialNumber (certificate));
  return name->serial ? si->sid : NULL;
}

static gboolean
sign_attributes (LlSignerInfo *si, const LlSignatureScheme *scheme, EVP_PKEY *key)
{
  g_autoptr (GBytes) der = ll_attributes_to_sign (si->signed_attributes);
  gsize length = 0;
  const void *data = der ? g_bytes_get_data (der, &length) : NULL;
  return der && ll_signature_make (scheme, key, data, length, si->signature);
}

static gboolean
fill_signer (LlSignerInfo *si, const LlKeyHandle *signer, const LlSignatureScheme *scheme,
             const LlContentHash *content)
{
  const guint8 *digest = ll_content_hash_value (content, scheme->digest);
  gsize length = (gsize)EVP_MD_get_size (scheme->digest->md ());
  if (!digest || !ASN1_INTEGER_set (si->version, 1) || !signer_id (si, signer->certificate)
      || !ll_signature_scheme_write (scheme, si->signature_algorithm, si->digest_algorithm))
    return FALSE;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  si->signed_attributes = ll_attributes_new (signer->certificate, digest, length, now);
  return si->signed_attributes && sign_attributes (si, scheme, signer->key);
}

static gboolean
add_certificate (LlSignedData *data, X509 *certificate)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (certificate, &der);
  const unsigned char *at = der;
  ASN1_TYPE *any = length > 0 ? d2i_ASN1_TYPE (NULL, &at, length) : NULL;
  OPENSSL_free (der);
  if (any && sk_ASN1_TYPE_push (data->certificates, any))
    return TRUE;
  ASN1_TYPE_free (any);
  return FALSE;
}

/* The root stays out: who does not have it must not get it from here (RFC 8550 2.3). */
static gboolean
add_certificates (LlSignedData *data, X509 *certificate, const GPtrArray *chain)
{
  data->certificates = sk_ASN1_TYPE_new_null ();
  if (!data->certificates || !add_certificate (data, certificate))
    return FALSE;
  for (guint i = 0; chain && i < chain->len; i++)
    {
      X509 *other = g_ptr_array_index (chain, i);
      gboolean skip = X509_get_extension_flags (other) & EXFLAG_SS || X509_cmp (other, certificate) == 0;
      if (!skip && !add_certificate (data, other))
        return FALSE;
    }
  return TRUE;
}

static gboolean
fill (LlSignedInfo *info, const LlKeyHandle *signer, const GPtrArray *chain, const LlSignatureScheme *scheme,
      const LlContentHash *content)
{
  LlSignedData *data = info->signed_data;
  LlSignerInfo *si = LlSignerInfo_new ();
  if (!si || !sk_LlSignerInfo_push (data->signers, si))
    {
      LlSignerInfo_free (si);
      return FALSE;
    }
  X509_ALGOR *digest = X509_ALGOR_new ();
  if (!digest || !sk_X509_ALGOR_push (data->digest_algorithms, digest))
    {
      X509_ALGOR_free (digest);
      return FALSE;
    }
  X509_ALGOR_set_md (digest, scheme->digest->md ());
  info->type = OBJ_nid2obj (NID_pkcs7_signed);
  data->encapsulated->type = OBJ_nid2obj (NID_pkcs7_data);
  return ASN1_INTEGER_set (data->version, 1) && fill_signer (si, signer, scheme, content)
         && add_certificates (data, signer->certificate, chain);
}

/* A faulty key device or a key that is not the certificate's would send a signature nobody can verify, or
 * one that tells the key. */
static gboolean
check_own (const LlSignedInfo *info, const LlSignatureScheme *scheme, X509 *certificate)
{
  const LlSignerInfo *si = sk_LlSignerInfo_value (info->signed_data->signers, 0);
  g_autoptr (GBytes) der = ll_attributes_to_sign (si->signed_attributes);
  gsize length = 0;
  const void *data = der ? g_bytes_get_data (der, &length) : NULL;
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  return der && key && ll_signature_verify (scheme, key, data, length, si->signature);
}

/* ---- writing ---- */

/* Where the EncapsulatedContentInfo stands in the DER of a ContentInfo without content. */
typedef struct
{
  const guint8 *body; /* of SignedData */
  gsize before, encapsulated, after;
} Parts;

/* Steps over one header; @out_length of the content. */
static gboolean
step_in (const guint8 **at, const guint8 *end, long *out_length)
{
  int tag = 0, class = 0;
  return !(ASN1_get_object (at, out_length, &tag, &class, end - *at) & 0x80);
}

static gboolean
step_over (const guint8 **at, const guint8 *end)
{
  long length = 0;
  if (!step_in (at, end, &length))
    return FALSE;
  *at += length;
  return TRUE;
}

static gboolean
find_parts (const guint8 *der, gsize size, Parts *out)
{
  const guint8 *at = der, *end = der + size;
  long length = 0;
  /* ContentInfo, contentType, [0], SignedData; then version and digestAlgorithms. */
  if (!step_in (&at, end, &length) || !step_over (&at, end) || !step_in (&at, end, &length)
      || !step_in (&at, end, &length))
    return FALSE;
  out->body = at;
  if (!step_over (&at, end) || !step_over (&at, end))
    return FALSE;
  out->before = (gsize)(at - out->body);
  const guint8 *encapsulated = at;
  if (!step_over (&at, end))
    return FALSE;
  out->encapsulated = (gsize)(at - encapsulated);
  out->after = (gsize)(end - at);
  return TRUE;
}

static guint64
put (GByteArray *out, LlBerClass class, gboolean constructed, guint8 tag, guint64 length)
{
  guint before = out->len;
  ll_ber_put_header (out, class, constructed, tag, length);
  return length + (out->len - before);
}

/* Everything in front of the content, from the inside out, for each length holds those within. */
static GByteArray *
opaque_head (const Parts *parts, guint64 content)
{
  static const guint8 DATA[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
  static const guint8 SIGNED[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
  g_autoptr (GByteArray) octets = g_byte_array_new ();
  g_autoptr (GByteArray) tagged = g_byte_array_new ();
  g_autoptr (GByteArray) encapsulated = g_byte_array_new ();
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (GByteArray) outer = g_byte_array_new ();
  GByteArray *head = g_byte_array_new ();
  guint64 n = put (octets, LL_BER_UNIVERSAL, FALSE, LL_BER_OCTET_STRING, content);
  n = put (tagged, LL_BER_CONTEXT, TRUE, 0, n);
  n = put (encapsulated, LL_BER_UNIVERSAL, TRUE, LL_BER_SEQUENCE, sizeof DATA + n);
  n = put (data, LL_BER_UNIVERSAL, TRUE, LL_BER_SEQUENCE, parts->before + n + parts->after);
  n = put (outer, LL_BER_CONTEXT, TRUE, 0, n);
  put (head, LL_BER_UNIVERSAL, TRUE, LL_BER_SEQUENCE, sizeof SIGNED + n);
  g_byte_array_append (head, SIGNED, sizeof SIGNED);
  g_byte_array_append (head, outer->data, outer->len);
  g_byte_array_append (head, data->data, data->len);
  g_byte_array_append (head, parts->body, (guint)parts->before);
  g_byte_array_append (head, encapsulated->data, encapsulated->len);
  g_byte_array_append (head, DATA, sizeof DATA);
  g_byte_array_append (head, tagged->data, tagged->len);
  g_byte_array_append (head, octets->data, octets->len);
  return head;
}

static gboolean
write_opaque (const guint8 *der, gsize size, LlOctets content, LlSink *out, GError **error)
{
  Parts parts;
  if (!find_parts (der, size, &parts))
    {
      ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("building the signature"));
      return FALSE;
    }
  g_autoptr (GByteArray) head = opaque_head (&parts, content.length);
  return ll_sink_write (out, head->data, head->len, error) && ll_octets_copy (content, out, error)
         && ll_sink_write (out, parts.body + parts.before + parts.encapsulated, parts.after, error);
}

static gboolean
write_out (const LlSignedInfo *info, LlOctets content, gboolean detached, LlSink *out, GError **error)
{
  unsigned char *der = NULL;
  int length = i2d_LlSignedInfo (info, &der);
  gboolean good = FALSE;
  if (length <= 0)
    ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("building the signature"));
  else
    good = detached ? ll_sink_write (out, der, (gsize)length, error)
                    : write_opaque (der, (gsize)length, content, out, error);
  OPENSSL_free (der);
  return good;
}

gboolean
ll_cms_sign (const LlKeyHandle *signer, GPtrArray *chain, const LlSmimeOptions *options, LlOctets content,
             gboolean detached, LlSink *out, char **out_micalg, GError **error)
{
  LlSignatureScheme scheme;
  /* The kind of key is told by the certificate: a key on a card may not say. */
  EVP_PKEY *public_key = X509_get0_pubkey (signer->certificate);
  if (!public_key || !ll_signature_scheme_for_key (public_key, options->rsa_pss, &scheme))
    {
      ERR_clear_error ();
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    "the key of the certificate is of a kind that cannot sign mail");
      return FALSE;
    }
  g_autoptr (LlContentHash) hash = ll_content_hash_new ();
  ll_content_hash_want (hash, scheme.digest);
  if (!hash_content (content, hash, error))
    return FALSE;
  g_autoptr (LlSignedInfo) info = LlSignedInfo_new ();
  if (!info || !fill (info, signer, chain, &scheme, hash))
    {
      ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("signing"));
      return FALSE;
    }
  if (!check_own (info, &scheme, signer->certificate))
    {
      ll_error_set (error, LL_ERROR_ENGINE,
                    "the signature just made does not verify: the key is not that of the certificate, or its "
                    "device is faulty");
      return FALSE;
    }
  if (!write_out (info, content, detached, out, error))
    return FALSE;
  if (out_micalg)
    *out_micalg = g_strdup (scheme.digest->micalg);
  return TRUE;
}
