/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-signed-asn1.h"

#include <openssl/err.h>

#include "ll-smime-private.h"

/* clang-format off */
ASN1_SEQUENCE (LlSignerName) = {
  ASN1_SIMPLE (LlSignerName, issuer, X509_NAME),
  ASN1_SIMPLE (LlSignerName, serial, ASN1_INTEGER),
} ASN1_SEQUENCE_END (LlSignerName)

ASN1_CHOICE (LlSignerId) = {
  ASN1_SIMPLE (LlSignerId, d.issuer_serial, LlSignerName),
  ASN1_IMP (LlSignerId, d.key_id, ASN1_OCTET_STRING, 0),
} static_ASN1_CHOICE_END (LlSignerId)

ASN1_SEQUENCE (LlSignerInfo) = {
  ASN1_SIMPLE (LlSignerInfo, version, ASN1_INTEGER),
  ASN1_SIMPLE (LlSignerInfo, sid, LlSignerId),
  ASN1_SIMPLE (LlSignerInfo, digest_algorithm, X509_ALGOR),
  ASN1_IMP_SET_OF_OPT (LlSignerInfo, signed_attributes, X509_ATTRIBUTE, 0),
  ASN1_SIMPLE (LlSignerInfo, signature_algorithm, X509_ALGOR),
  ASN1_SIMPLE (LlSignerInfo, signature, ASN1_OCTET_STRING),
  ASN1_IMP_SET_OF_OPT (LlSignerInfo, unsigned_attributes, X509_ATTRIBUTE, 1),
} ASN1_SEQUENCE_END (LlSignerInfo)

ASN1_SEQUENCE (LlEncapsulated) = {
  ASN1_SIMPLE (LlEncapsulated, type, ASN1_OBJECT),
  ASN1_EXP_OPT (LlEncapsulated, content, ASN1_OCTET_STRING, 0),
} static_ASN1_SEQUENCE_END (LlEncapsulated)

ASN1_SEQUENCE (LlSignedData) = {
  ASN1_SIMPLE (LlSignedData, version, ASN1_INTEGER),
  ASN1_SET_OF (LlSignedData, digest_algorithms, X509_ALGOR),
  ASN1_SIMPLE (LlSignedData, encapsulated, LlEncapsulated),
  ASN1_IMP_SET_OF_OPT (LlSignedData, certificates, ASN1_ANY, 0),
  ASN1_IMP_SET_OF_OPT (LlSignedData, crls, ASN1_ANY, 1),
  ASN1_SET_OF (LlSignedData, signers, LlSignerInfo),
} static_ASN1_SEQUENCE_END (LlSignedData)

ASN1_SEQUENCE (LlSignedInfo) = {
  ASN1_SIMPLE (LlSignedInfo, type, ASN1_OBJECT),
  ASN1_EXP (LlSignedInfo, signed_data, LlSignedData, 0),
} ASN1_SEQUENCE_END (LlSignedInfo)

ASN1_SEQUENCE (LlEssCertId) = {
  ASN1_OPT (LlEssCertId, digest_algorithm, X509_ALGOR),
  ASN1_SIMPLE (LlEssCertId, digest, ASN1_OCTET_STRING),
  ASN1_OPT (LlEssCertId, issuer_serial, ASN1_ANY),
} static_ASN1_SEQUENCE_END (LlEssCertId)

ASN1_SEQUENCE (LlEssSigningCert) = {
  ASN1_SEQUENCE_OF (LlEssSigningCert, certificates, LlEssCertId),
  ASN1_SEQUENCE_OF_OPT (LlEssSigningCert, policies, ASN1_ANY),
} ASN1_SEQUENCE_END (LlEssSigningCert)

/* A signer that did not sort its SET OF signed what it sent (RFC 5652 5.4 wants DER, not all do). */
ASN1_ITEM_TEMPLATE (LlAttributesReceived) =
  ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF | ASN1_TFLG_IMPTAG | ASN1_TFLG_UNIVERSAL, V_ASN1_SET,
                         LlAttributesReceived, X509_ATTRIBUTE)
static_ASN1_ITEM_TEMPLATE_END (LlAttributesReceived)

ASN1_ITEM_TEMPLATE (LlAttributesToSign) =
  ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SET_ORDER, 0, LlAttributesToSign, X509_ATTRIBUTE)
static_ASN1_ITEM_TEMPLATE_END (LlAttributesToSign)
/* clang-format on */

IMPLEMENT_ASN1_FUNCTIONS (LlSignedInfo)
IMPLEMENT_ASN1_FUNCTIONS (LlSignerName)
IMPLEMENT_ASN1_FUNCTIONS (LlSignerInfo)
IMPLEMENT_ASN1_FUNCTIONS (LlEssSigningCert)

LlSignedInfo *
ll_signed_info_parse (GBytes *skeleton, GError **error)
{
  if (skeleton && !ll_asn1_check_elements (skeleton, error))
    return NULL;
  gsize length = 0;
  const unsigned char *start = skeleton ? g_bytes_get_data (skeleton, &length) : NULL;
  const unsigned char *at = start;
  g_autoptr (LlSignedInfo) info = start ? d2i_LlSignedInfo (NULL, &at, (long)length) : NULL;
  ERR_clear_error ();
  if (!info || at != start + length)
    {
      ll_error_set (error, LL_ERROR_MALFORMED,
                    "the S/MIME signature is damaged: its structure cannot be read");
      return NULL;
    }
  return g_steal_pointer (&info);
}

static GBytes *
encode (LlAttributes *attributes, const ASN1_ITEM *item)
{
  unsigned char *der = NULL;
  int length = ASN1_item_i2d ((ASN1_VALUE *)attributes, &der, item);
  ERR_clear_error ();
  if (length <= 0)
    return NULL;
  GBytes *bytes = g_bytes_new (der, (gsize)length);
  OPENSSL_free (der);
  return bytes;
}

GBytes *
ll_attributes_received (LlAttributes *attributes)
{
  return encode (attributes, ASN1_ITEM_rptr (LlAttributesReceived));
}

GBytes *
ll_attributes_to_sign (LlAttributes *attributes)
{
  return encode (attributes, ASN1_ITEM_rptr (LlAttributesToSign));
}
