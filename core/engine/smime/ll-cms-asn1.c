/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-cms-asn1.h"

/* clang-format off: the macros are not statements */

ASN1_SEQUENCE (LlIssuerSerial) = {
  ASN1_SIMPLE (LlIssuerSerial, issuer, X509_NAME),
  ASN1_SIMPLE (LlIssuerSerial, serial, ASN1_INTEGER),
} ASN1_SEQUENCE_END (LlIssuerSerial)

ASN1_CHOICE (LlRecipientId) = {
  ASN1_SIMPLE (LlRecipientId, d.issuer_serial, LlIssuerSerial),
  ASN1_IMP (LlRecipientId, d.key_id, ASN1_OCTET_STRING, 0),
} static_ASN1_CHOICE_END (LlRecipientId)

ASN1_SEQUENCE (LlKeyTransport) = {
  ASN1_SIMPLE (LlKeyTransport, version, ASN1_INTEGER),
  ASN1_SIMPLE (LlKeyTransport, rid, LlRecipientId),
  ASN1_SIMPLE (LlKeyTransport, algorithm, X509_ALGOR),
  ASN1_SIMPLE (LlKeyTransport, encrypted_key, ASN1_OCTET_STRING),
} ASN1_SEQUENCE_END (LlKeyTransport)

ASN1_SEQUENCE (LlRecipientKeyId) = {
  ASN1_SIMPLE (LlRecipientKeyId, key_id, ASN1_OCTET_STRING),
  ASN1_OPT (LlRecipientKeyId, date, ASN1_GENERALIZEDTIME),
  ASN1_OPT (LlRecipientKeyId, other, ASN1_ANY),
} static_ASN1_SEQUENCE_END (LlRecipientKeyId)

ASN1_CHOICE (LlAgreementId) = {
  ASN1_SIMPLE (LlAgreementId, d.issuer_serial, LlIssuerSerial),
  ASN1_IMP (LlAgreementId, d.key, LlRecipientKeyId, 0),
} static_ASN1_CHOICE_END (LlAgreementId)

ASN1_SEQUENCE (LlRecipientEncryptedKey) = {
  ASN1_SIMPLE (LlRecipientEncryptedKey, rid, LlAgreementId),
  ASN1_SIMPLE (LlRecipientEncryptedKey, encrypted_key, ASN1_OCTET_STRING),
} ASN1_SEQUENCE_END (LlRecipientEncryptedKey)

ASN1_SEQUENCE (LlOriginatorKey) = {
  ASN1_SIMPLE (LlOriginatorKey, algorithm, X509_ALGOR),
  ASN1_SIMPLE (LlOriginatorKey, public_key, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END (LlOriginatorKey)

ASN1_CHOICE (LlOriginator) = {
  ASN1_SIMPLE (LlOriginator, d.issuer_serial, LlIssuerSerial),
  ASN1_IMP (LlOriginator, d.key_id, ASN1_OCTET_STRING, 0),
  ASN1_IMP (LlOriginator, d.key, LlOriginatorKey, 1),
} static_ASN1_CHOICE_END (LlOriginator)

ASN1_SEQUENCE (LlKeyAgreement) = {
  ASN1_SIMPLE (LlKeyAgreement, version, ASN1_INTEGER),
  ASN1_EXP (LlKeyAgreement, originator, LlOriginator, 0),
  ASN1_EXP_OPT (LlKeyAgreement, ukm, ASN1_OCTET_STRING, 1),
  ASN1_SIMPLE (LlKeyAgreement, algorithm, X509_ALGOR),
  ASN1_SEQUENCE_OF (LlKeyAgreement, keys, LlRecipientEncryptedKey),
} ASN1_SEQUENCE_END (LlKeyAgreement)

ASN1_SEQUENCE (LlOtherRecipient) = {
  ASN1_SIMPLE (LlOtherRecipient, type, ASN1_OBJECT),
  ASN1_SIMPLE (LlOtherRecipient, value, ASN1_ANY),
} static_ASN1_SEQUENCE_END (LlOtherRecipient)

ASN1_CHOICE (LlRecipientInfo) = {
  ASN1_SIMPLE (LlRecipientInfo, d.transport, LlKeyTransport),
  ASN1_IMP (LlRecipientInfo, d.agreement, LlKeyAgreement, 1),
  ASN1_IMP (LlRecipientInfo, d.raw, ASN1_SEQUENCE, 2),
  ASN1_IMP (LlRecipientInfo, d.raw, ASN1_SEQUENCE, 3),
  ASN1_IMP (LlRecipientInfo, d.other, LlOtherRecipient, 4),
} ASN1_CHOICE_END (LlRecipientInfo)

ASN1_ITEM_TEMPLATE (LlRecipientInfos) =
  ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SET_OF, 0, LlRecipientInfos, LlRecipientInfo)
ASN1_ITEM_TEMPLATE_END (LlRecipientInfos)

ASN1_SEQUENCE (LlEncryptedContent) = {
  ASN1_SIMPLE (LlEncryptedContent, type, ASN1_OBJECT),
  ASN1_SIMPLE (LlEncryptedContent, algorithm, X509_ALGOR),
} static_ASN1_SEQUENCE_END (LlEncryptedContent)

ASN1_SEQUENCE (LlEnveloped) = {
  ASN1_SIMPLE (LlEnveloped, version, ASN1_INTEGER),
  ASN1_IMP_OPT (LlEnveloped, originator, ASN1_SEQUENCE, 0),
  ASN1_SET_OF (LlEnveloped, recipients, LlRecipientInfo),
  ASN1_SIMPLE (LlEnveloped, content, LlEncryptedContent),
  ASN1_IMP_SET_OF_OPT (LlEnveloped, attributes, X509_ATTRIBUTE, 1),
} static_ASN1_SEQUENCE_END (LlEnveloped)

ASN1_SEQUENCE (LlAuthEnveloped) = {
  ASN1_SIMPLE (LlAuthEnveloped, version, ASN1_INTEGER),
  ASN1_IMP_OPT (LlAuthEnveloped, originator, ASN1_SEQUENCE, 0),
  ASN1_SET_OF (LlAuthEnveloped, recipients, LlRecipientInfo),
  ASN1_SIMPLE (LlAuthEnveloped, content, LlEncryptedContent),
  ASN1_IMP_SET_OF_OPT (LlAuthEnveloped, attributes, X509_ATTRIBUTE, 1),
  ASN1_SIMPLE (LlAuthEnveloped, mac, ASN1_OCTET_STRING),
  ASN1_IMP_SET_OF_OPT (LlAuthEnveloped, unauthenticated, X509_ATTRIBUTE, 2),
} static_ASN1_SEQUENCE_END (LlAuthEnveloped)

ASN1_SEQUENCE (LlEnvelopedInfo) = {
  ASN1_SIMPLE (LlEnvelopedInfo, type, ASN1_OBJECT),
  ASN1_EXP (LlEnvelopedInfo, enveloped, LlEnveloped, 0),
} ASN1_SEQUENCE_END (LlEnvelopedInfo)

ASN1_SEQUENCE (LlAuthEnvelopedInfo) = {
  ASN1_SIMPLE (LlAuthEnvelopedInfo, type, ASN1_OBJECT),
  ASN1_EXP (LlAuthEnvelopedInfo, enveloped, LlAuthEnveloped, 0),
} ASN1_SEQUENCE_END (LlAuthEnvelopedInfo)

/* In DER order, whatever the order they came in. */
ASN1_ITEM_TEMPLATE (LlAttributeSet) =
  ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SET_OF, 0, LlAttributeSet, X509_ATTRIBUTE)
ASN1_ITEM_TEMPLATE_END (LlAttributeSet)

ASN1_SEQUENCE (LlSharedInfo) = {
  ASN1_SIMPLE (LlSharedInfo, key_info, X509_ALGOR),
  ASN1_EXP_OPT (LlSharedInfo, party_info, ASN1_OCTET_STRING, 0),
  ASN1_EXP (LlSharedInfo, key_bits, ASN1_OCTET_STRING, 2),
} ASN1_SEQUENCE_END (LlSharedInfo)

ASN1_SEQUENCE (LlGcmParameters) = {
  ASN1_SIMPLE (LlGcmParameters, nonce, ASN1_OCTET_STRING),
  ASN1_OPT (LlGcmParameters, tag_length, ASN1_INTEGER),
} ASN1_SEQUENCE_END (LlGcmParameters)

ASN1_SEQUENCE (LlKemRecipient) = {
  ASN1_SIMPLE (LlKemRecipient, version, ASN1_INTEGER),
  ASN1_SIMPLE (LlKemRecipient, rid, LlRecipientId),
  ASN1_SIMPLE (LlKemRecipient, kem, X509_ALGOR),
  ASN1_SIMPLE (LlKemRecipient, ciphertext, ASN1_OCTET_STRING),
  ASN1_SIMPLE (LlKemRecipient, kdf, X509_ALGOR),
  ASN1_SIMPLE (LlKemRecipient, kek_length, ASN1_INTEGER),
  ASN1_EXP_OPT (LlKemRecipient, ukm, ASN1_OCTET_STRING, 0),
  ASN1_SIMPLE (LlKemRecipient, wrap, X509_ALGOR),
  ASN1_SIMPLE (LlKemRecipient, encrypted_key, ASN1_OCTET_STRING),
} ASN1_SEQUENCE_END (LlKemRecipient)

IMPLEMENT_ASN1_FUNCTIONS (LlRecipientInfo)
IMPLEMENT_ASN1_FUNCTIONS (LlRecipientEncryptedKey)
IMPLEMENT_ASN1_FUNCTIONS (LlEnvelopedInfo)
IMPLEMENT_ASN1_FUNCTIONS (LlAuthEnvelopedInfo)
IMPLEMENT_ASN1_FUNCTIONS (LlSharedInfo)
IMPLEMENT_ASN1_FUNCTIONS (LlGcmParameters)
IMPLEMENT_ASN1_FUNCTIONS (LlKemRecipient)
/* clang-format on */

const char *
ll_cms_oid (const ASN1_OBJECT *object, LlCmsOid buffer)
{
  int n = object != NULL ? OBJ_obj2txt (buffer, (int)sizeof (LlCmsOid), object, 1) : 0;
  if (n <= 0 || n >= (int)sizeof (LlCmsOid))
    buffer[0] = '\0';
  return buffer;
}

X509_ALGOR *
ll_cms_inner_algorithm (const X509_ALGOR *algorithm)
{
  const ASN1_TYPE *parameter = algorithm->parameter;
  if (parameter == NULL || ASN1_TYPE_get (parameter) != V_ASN1_SEQUENCE)
    return NULL;
  return ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (X509_ALGOR), parameter);
}

LlIssuerSerial *
ll_cms_issuer_serial (X509 *certificate)
{
  LlIssuerSerial *name = M_ASN1_new_of (LlIssuerSerial);
  ASN1_INTEGER *serial = ASN1_INTEGER_dup (X509_get0_serialNumber (certificate));
  if (name == NULL || serial == NULL
      || X509_NAME_set (&name->issuer, X509_get_issuer_name (certificate)) != 1)
    {
      ASN1_INTEGER_free (serial);
      if (name != NULL)
        M_ASN1_free_of (name, LlIssuerSerial);
      return NULL;
    }
  ASN1_INTEGER_free (name->serial);
  name->serial = serial;
  return name;
}
