/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "ll-cms-agreement.h"

#define OID_RSA "1.2.840.113549.1.1.1"
#define OID_OAEP "1.2.840.113549.1.1.7"
#define OID_MGF1 "1.2.840.113549.1.1.8"
#define OID_LABEL "1.2.840.113549.1.1.9"

static const struct
{
  const char *oid, *digest;
} digests[] = {
  { "1.3.14.3.2.26", "SHA1" },
  { "2.16.840.1.101.3.4.2.4", "SHA224" },
  { "2.16.840.1.101.3.4.2.1", "SHA256" },
  { "2.16.840.1.101.3.4.2.2", "SHA384" },
  { "2.16.840.1.101.3.4.2.3", "SHA512" },
};

typedef struct
{
  gboolean oaep;
  const EVP_MD *digest, *mask_digest;
  const ASN1_OCTET_STRING *label; /* (nullable) inside parameters */
  RSA_OAEP_PARAMS *parameters;
} Padding;

static void
padding_clear (Padding *padding)
{
  RSA_OAEP_PARAMS_free (padding->parameters);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Padding, padding_clear)

/* RFC 4055 4.1: what is absent is SHA-1. */
static const EVP_MD *
find_digest (const X509_ALGOR *algorithm)
{
  LlCmsOid oid;
  if (algorithm == NULL)
    return EVP_sha1 ();
  ll_cms_oid (algorithm->algorithm, oid);
  for (gsize i = 0; i < G_N_ELEMENTS (digests); i++)
    if (strcmp (oid, digests[i].oid) == 0)
      return EVP_get_digestbyname (digests[i].digest);
  return NULL;
}

static const EVP_MD *
find_mask_digest (const X509_ALGOR *algorithm)
{
  LlCmsOid oid;
  if (algorithm == NULL)
    return EVP_sha1 ();
  g_autoptr (X509_ALGOR) inner = ll_cms_inner_algorithm (algorithm);
  if (inner == NULL || strcmp (ll_cms_oid (algorithm->algorithm, oid), OID_MGF1) != 0)
    return NULL;
  return find_digest (inner);
}

static gboolean
find_label (const X509_ALGOR *algorithm, const ASN1_OCTET_STRING **out_label)
{
  LlCmsOid oid;
  *out_label = NULL;
  if (algorithm == NULL)
    return TRUE;
  if (strcmp (ll_cms_oid (algorithm->algorithm, oid), OID_LABEL) != 0 || algorithm->parameter == NULL
      || ASN1_TYPE_get (algorithm->parameter) != V_ASN1_OCTET_STRING)
    return FALSE;
  *out_label = algorithm->parameter->value.octet_string;
  return TRUE;
}

static gboolean
parse_oaep (const X509_ALGOR *algorithm, Padding *out)
{
  if (algorithm->parameter == NULL || ASN1_TYPE_get (algorithm->parameter) != V_ASN1_SEQUENCE)
    return FALSE;
  out->oaep = TRUE;
  out->parameters = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (RSA_OAEP_PARAMS), algorithm->parameter);
  if (out->parameters == NULL)
    return FALSE;
  out->digest = find_digest (out->parameters->hashFunc);
  out->mask_digest = find_mask_digest (out->parameters->maskGenFunc);
  return out->digest != NULL && out->mask_digest != NULL
         && find_label (out->parameters->pSourceFunc, &out->label);
}

static gboolean
parse_padding (const X509_ALGOR *algorithm, Padding *out)
{
  LlCmsOid oid;
  ll_cms_oid (algorithm->algorithm, oid);
  *out = (Padding){ 0 };
  return strcmp (oid, OID_RSA) == 0 || (strcmp (oid, OID_OAEP) == 0 && parse_oaep (algorithm, out));
}

static gboolean
set_padding (EVP_PKEY_CTX *context, const Padding *padding)
{
  if (!padding->oaep)
    return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) > 0;
  if (EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_OAEP_PADDING) <= 0
      || EVP_PKEY_CTX_set_rsa_oaep_md (context, padding->digest) <= 0
      || EVP_PKEY_CTX_set_rsa_mgf1_md (context, padding->mask_digest) <= 0)
    return FALSE;
  int length = padding->label != NULL ? ASN1_STRING_length (padding->label) : 0;
  if (length == 0)
    return TRUE;
  void *label = OPENSSL_memdup (ASN1_STRING_get0_data (padding->label), (size_t)length);
  if (label != NULL && EVP_PKEY_CTX_set0_rsa_oaep_label (context, label, length) > 0)
    return TRUE;
  OPENSSL_free (label);
  return FALSE;
}

gboolean
ll_cms_transport_check (const LlKeyTransport *transport, EVP_PKEY *key, GError **error)
{
  LlCmsOid oid;
  g_auto (Padding) padding = { 0 };
  if (EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA && parse_padding (transport->algorithm, &padding))
    return TRUE;
  ll_error_set (error, LL_ERROR_UNSUPPORTED,
                "the way in which the message key is encrypted for us is not supported: key transport %s",
                ll_cms_oid (transport->algorithm->algorithm, oid));
  return FALSE;
}

/* Takes @got instead of the random octets when @good, without a branch that could be measured. */
static void
choose (LlSecret *cek, const guint8 *got, gboolean good)
{
  guint8 mask = (guint8)(0 - (guint)good);
  guint8 *key = ll_secret_data (cek);
  for (gsize i = 0; i < ll_secret_length (cek); i++)
    key[i] = (guint8)((got[i] & mask) | (key[i] & (guint8)~mask));
}

/* RFC 3218 2.3 (million message attack): wrong padding, wrong length and a wrong key all go on
 * with a random key and fail where the content fails. */
gboolean
ll_cms_transport_unwrap (const LlKeyTransport *transport, EVP_PKEY *key, LlSecret *cek)
{
  g_auto (Padding) padding = { 0 };
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);
  gsize size = MAX ((gsize)MAX (EVP_PKEY_get_size (key), 0), ll_secret_length (cek));
  g_autoptr (LlSecret) got = ll_secret_new (size);
  gboolean good = context != NULL && parse_padding (transport->algorithm, &padding)
                  && EVP_PKEY_decrypt_init (context) > 0 && set_padding (context, &padding);
  good = good
         & (gboolean)(EVP_PKEY_decrypt (context, ll_secret_data (got), &size,
                                        ASN1_STRING_get0_data (transport->encrypted_key),
                                        (size_t)ASN1_STRING_length (transport->encrypted_key))
                      > 0);
  good = good & (gboolean)(size == ll_secret_length (cek));
  choose (cek, ll_secret_data (got), good);
  ERR_clear_error ();
  return good;
}

static X509_ALGOR *
new_algorithm (const char *oid, int type, void *value)
{
  X509_ALGOR *algorithm = X509_ALGOR_new ();
  ASN1_OBJECT *object = OBJ_txt2obj (oid, 1);
  if (algorithm != NULL && object != NULL && X509_ALGOR_set0 (algorithm, object, type, value) == 1)
    return algorithm;
  X509_ALGOR_free (algorithm);
  ASN1_OBJECT_free (object);
  return NULL;
}

static ASN1_STRING *
pack (const void *value, const ASN1_ITEM *item)
{
  ASN1_STRING *string = ASN1_STRING_type_new (V_ASN1_SEQUENCE);
  guint8 *der = NULL;
  int n = ASN1_item_i2d (value, &der, item);
  if (n <= 0 || string == NULL)
    {
      ASN1_STRING_free (string);
      return NULL;
    }
  ASN1_STRING_set0 (string, der, n);
  return string;
}

/* RFC 4055 4.1 and 2.1: with NULL as the parameter of the digest. */
static X509_ALGOR *
oaep_sha256_algorithm (void)
{
  RSA_OAEP_PARAMS *parameters = RSA_OAEP_PARAMS_new ();
  X509_ALGOR *result = NULL;
  parameters->hashFunc = new_algorithm ("2.16.840.1.101.3.4.2.1", V_ASN1_NULL, NULL);
  parameters->maskGenFunc
      = new_algorithm (OID_MGF1, V_ASN1_SEQUENCE, pack (parameters->hashFunc, ASN1_ITEM_rptr (X509_ALGOR)));
  if (parameters->hashFunc != NULL && parameters->maskGenFunc != NULL)
    result = new_algorithm (OID_OAEP, V_ASN1_SEQUENCE, pack (parameters, ASN1_ITEM_rptr (RSA_OAEP_PARAMS)));
  RSA_OAEP_PARAMS_free (parameters);
  return result;
}

static gboolean
encrypt_key (LlKeyTransport *transport, EVP_PKEY *key, const Padding *padding, LlSecret *cek)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);
  gsize size = (gsize)MAX (EVP_PKEY_get_size (key), 0);
  g_autofree guint8 *out = g_malloc (size);
  return context != NULL && EVP_PKEY_encrypt_init (context) > 0 && set_padding (context, padding)
         && EVP_PKEY_encrypt (context, out, &size, ll_secret_data (cek), ll_secret_length (cek)) > 0
         && ASN1_OCTET_STRING_set (transport->encrypted_key, out, (int)size) == 1;
}

LlRecipientInfo *
ll_cms_transport_wrap (X509 *recipient, LlSecret *cek, gboolean oaep, GError **error)
{
  g_autoptr (LlRecipientInfo) info = LlRecipientInfo_new ();
  LlKeyTransport *transport = M_ASN1_new_of (LlKeyTransport);
  info->type = LL_RECIPIENT_TRANSPORT;
  info->d.transport = transport;
  transport->rid->type = LL_RID_ISSUER_SERIAL;
  transport->rid->d.issuer_serial = ll_cms_issuer_serial (recipient);
  X509_ALGOR_free (transport->algorithm);
  transport->algorithm = oaep ? oaep_sha256_algorithm () : new_algorithm (OID_RSA, V_ASN1_NULL, NULL);

  g_auto (Padding) padding = { 0 };
  if (transport->rid->d.issuer_serial != NULL && transport->algorithm != NULL
      && ASN1_INTEGER_set (transport->version, 0) == 1 && parse_padding (transport->algorithm, &padding)
      && encrypt_key (transport, X509_get0_pubkey (recipient), &padding, cek))
    return g_steal_pointer (&info);
  ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("encrypting the message key"));
  return NULL;
}
