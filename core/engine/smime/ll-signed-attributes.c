/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-signed-attributes.h"

#include <openssl/err.h>
#include <openssl/ess.h>

#include <string.h>

#include "ll-signature-scheme.h"
#include "ll-smime-private.h"

/* ---- reading ---- */

gboolean
ll_attributes_get (LlAttributes *attributes, int nid, int type, ASN1_TYPE **out_value)
{
  *out_value = NULL;
  int at = X509at_get_attr_by_NID (attributes, nid, -1);
  if (at < 0)
    return TRUE;
  X509_ATTRIBUTE *attribute = X509at_get_attr (attributes, at);
  if (X509at_get_attr_by_NID (attributes, nid, at) >= 0 || X509_ATTRIBUTE_count (attribute) != 1)
    return FALSE;
  ASN1_TYPE *value = X509_ATTRIBUTE_get0_type (attribute, 0);
  if (!value || (type != V_ASN1_UNDEF && ASN1_TYPE_get (value) != type))
    return FALSE;
  *out_value = value;
  return TRUE;
}

gint64
ll_attributes_signing_time (LlAttributes *attributes)
{
  ASN1_TYPE *value = NULL;
  if (!ll_attributes_get (attributes, NID_pkcs9_signingTime, V_ASN1_UNDEF, &value) || !value)
    return -1;
  if (ASN1_TYPE_get (value) != V_ASN1_UTCTIME && ASN1_TYPE_get (value) != V_ASN1_GENERALIZEDTIME)
    return -1;
  return ll_asn1_time (value->value.asn1_string);
}

static gboolean
ess_names (const ASN1_TYPE *value, int default_digest, X509 *certificate)
{
  const unsigned char *at = value->value.sequence->data;
  g_autoptr (LlEssSigningCert) ess = d2i_LlEssSigningCert (NULL, &at, value->value.sequence->length);
  ERR_clear_error ();
  if (!ess || sk_LlEssCertId_num (ess->certificates) < 1)
    return FALSE;
  /* The first names the signer; further ones the path (RFC 5035 5.4). */
  const LlEssCertId *id = sk_LlEssCertId_value (ess->certificates, 0);
  const LlDigest *digest = id->digest_algorithm ? ll_digest_by_algorithm (id->digest_algorithm)
                                                : ll_digest_by_nid (default_digest);
  guint8 actual[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  gboolean hashed = digest && X509_digest (certificate, digest->md (), actual, &length);
  ERR_clear_error ();
  return hashed && ASN1_STRING_length (id->digest) == (int)length
         && memcmp (ASN1_STRING_get0_data (id->digest), actual, length) == 0;
}

gboolean
ll_attributes_name_certificate (LlAttributes *attributes, X509 *certificate)
{
  static const struct
  {
    int nid;
    int default_digest;
  } KINDS[] = {
    { NID_id_smime_aa_signingCertificateV2, NID_sha256 },
    { NID_id_smime_aa_signingCertificate, NID_sha1 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (KINDS); i++)
    {
      ASN1_TYPE *value = NULL;
      if (!ll_attributes_get (attributes, KINDS[i].nid, V_ASN1_SEQUENCE, &value)
          || (value && !ess_names (value, KINDS[i].default_digest, certificate)))
        return FALSE;
    }
  return TRUE;
}

/* ---- making ---- */

/* What we can read back, best first.  OpenSSL's own list would offer RC2 and DES (security.md G-5). */
static const int CAPABILITIES[] = { NID_aes_256_gcm, NID_aes_128_gcm, NID_aes_256_cbc, NID_aes_128_cbc };

static gboolean
add (LlAttributes **attributes, int nid, int type, const void *value)
{
  /* A length of -1 hands over an ASN.1 object rather than octets. */
  return X509at_add1_attr_by_NID (attributes, nid, type, value, -1) != NULL;
}

static gboolean
add_sequence (LlAttributes **attributes, int nid, unsigned char *der, int length)
{
  gboolean good = length > 0 && X509at_add1_attr_by_NID (attributes, nid, V_ASN1_SEQUENCE, der, length);
  OPENSSL_free (der);
  return good;
}

static gboolean
add_time (LlAttributes **attributes, gint64 time)
{
  /* UTCTime until 2049, GeneralizedTime after (RFC 5652 11.3). */
  ASN1_TIME *asn1 = X509_time_adj (NULL, 0, &(time_t){ (time_t)time });
  gboolean good = asn1 && add (attributes, NID_pkcs9_signingTime, ASN1_STRING_type (asn1), asn1);
  ASN1_TIME_free (asn1);
  return good;
}

static gboolean
add_capabilities (LlAttributes **attributes)
{
  X509_ALGORS *list = sk_X509_ALGOR_new_null ();
  gboolean good = list != NULL;
  for (gsize i = 0; good && i < G_N_ELEMENTS (CAPABILITIES); i++)
    {
      X509_ALGOR *algorithm = X509_ALGOR_new ();
      good = algorithm && sk_X509_ALGOR_push (list, algorithm)
             && X509_ALGOR_set0 (algorithm, OBJ_nid2obj (CAPABILITIES[i]), V_ASN1_UNDEF, NULL);
    }
  unsigned char *der = NULL;
  int length = good ? i2d_X509_ALGORS (list, &der) : 0;
  sk_X509_ALGOR_pop_free (list, X509_ALGOR_free);
  return add_sequence (attributes, NID_SMIMECapabilities, der, length);
}

static gboolean
add_certificate (LlAttributes **attributes, X509 *certificate)
{
  ESS_SIGNING_CERT_V2 *ess = OSSL_ESS_signing_cert_v2_new_init (EVP_sha256 (), certificate, NULL, 1);
  unsigned char *der = NULL;
  int length = ess ? i2d_ESS_SIGNING_CERT_V2 (ess, &der) : 0;
  ESS_SIGNING_CERT_V2_free (ess);
  return add_sequence (attributes, NID_id_smime_aa_signingCertificateV2, der, length);
}

LlAttributes *
ll_attributes_new (X509 *certificate, const guint8 *digest, gsize digest_length, gint64 time)
{
  g_autoptr (LlAttributes) attributes = NULL;
  if (add (&attributes, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj (NID_pkcs7_data))
      && X509at_add1_attr_by_NID (&attributes, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest,
                                  (int)digest_length)
      && add_time (&attributes, time) && add_capabilities (&attributes)
      && add_certificate (&attributes, certificate))
    return g_steal_pointer (&attributes);
  return NULL;
}
