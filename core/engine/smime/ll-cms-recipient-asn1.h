/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ASN.1 of RecipientInfo: RFC 5652 6.2, RFC 5753 for key agreement, RFC 9629 for what we only
 * recognise.  Of a CHOICE, "type" counts the alternatives from 0.
 */
#pragma once

#include <glib.h>
#include <openssl/asn1t.h>
#include <openssl/x509.h>

G_BEGIN_DECLS

typedef struct
{
  X509_NAME *issuer;
  ASN1_INTEGER *serial;
} LlIssuerSerial;

/* Which alternative of a CHOICE is there: the order of the template. */
enum
{
  LL_RID_ISSUER_SERIAL,
  LL_RID_KEY_ID,
};

typedef struct
{
  int type;
  union
  {
    LlIssuerSerial *issuer_serial;
    ASN1_OCTET_STRING *key_id;
  } d;
} LlRecipientId;

typedef struct
{
  ASN1_INTEGER *version;
  LlRecipientId *rid;
  X509_ALGOR *algorithm;
  ASN1_OCTET_STRING *encrypted_key;
} LlKeyTransport;

typedef struct
{
  ASN1_OCTET_STRING *key_id;
  ASN1_GENERALIZEDTIME *date;
  ASN1_TYPE *other;
} LlRecipientKeyId;

/* KeyAgreeRecipientIdentifier */
typedef struct
{
  int type;
  union
  {
    LlIssuerSerial *issuer_serial;
    LlRecipientKeyId *key;
  } d;
} LlAgreementId;

typedef struct
{
  LlAgreementId *rid;
  ASN1_OCTET_STRING *encrypted_key;
} LlRecipientEncryptedKey;

DEFINE_STACK_OF (LlRecipientEncryptedKey)

typedef struct
{
  X509_ALGOR *algorithm;
  ASN1_BIT_STRING *public_key;
} LlOriginatorKey;

enum
{
  LL_ORIGINATOR_ISSUER_SERIAL,
  LL_ORIGINATOR_KEY_ID,
  LL_ORIGINATOR_KEY,
};

typedef struct
{
  int type;
  union
  {
    LlIssuerSerial *issuer_serial;
    ASN1_OCTET_STRING *key_id;
    LlOriginatorKey *key;
  } d;
} LlOriginator;

typedef struct
{
  ASN1_INTEGER *version;
  LlOriginator *originator;
  ASN1_OCTET_STRING *ukm;
  X509_ALGOR *algorithm;
  STACK_OF (LlRecipientEncryptedKey) * keys;
} LlKeyAgreement;

typedef struct
{
  ASN1_OBJECT *type;
  ASN1_TYPE *value;
} LlOtherRecipient;

enum
{
  LL_RECIPIENT_TRANSPORT,
  LL_RECIPIENT_AGREEMENT,
  LL_RECIPIENT_SHARED_KEY,
  LL_RECIPIENT_PASSWORD,
  LL_RECIPIENT_OTHER,
};

typedef struct
{
  int type;
  union
  {
    LlKeyTransport *transport;
    LlKeyAgreement *agreement;
    ASN1_STRING *raw; /* kekri and pwri: recognised, never opened */
    LlOtherRecipient *other;
  } d;
} LlRecipientInfo;

DEFINE_STACK_OF (LlRecipientInfo)
typedef STACK_OF (LlRecipientInfo) LlRecipientInfos;
DECLARE_ASN1_ITEM (LlRecipientInfos)

/* RFC 9629 3 */
typedef struct
{
  ASN1_INTEGER *version;
  LlRecipientId *rid;
  X509_ALGOR *kem;
  ASN1_OCTET_STRING *ciphertext;
  X509_ALGOR *kdf;
  ASN1_INTEGER *kek_length;
  ASN1_OCTET_STRING *ukm;
  X509_ALGOR *wrap;
  ASN1_OCTET_STRING *encrypted_key;
} LlKemRecipient;

DECLARE_ASN1_ITEM (LlIssuerSerial)
DECLARE_ASN1_ITEM (LlKeyTransport)
DECLARE_ASN1_ITEM (LlKeyAgreement)
DECLARE_ASN1_ITEM (LlOriginatorKey)
DECLARE_ASN1_FUNCTIONS (LlRecipientInfo)
DECLARE_ASN1_FUNCTIONS (LlRecipientEncryptedKey)
DECLARE_ASN1_FUNCTIONS (LlKemRecipient)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlRecipientInfo, LlRecipientInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlKemRecipient, LlKemRecipient_free)

G_END_DECLS
