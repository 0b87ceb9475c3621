/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ASN.1 of EnvelopedData and AuthEnvelopedData (RFC 5652 6, RFC 5083, RFC 5753) as OpenSSL
 * templates: OpenSSL has its own, but hides them and cannot do X25519, named key derivations or a
 * checked tag length with them.
 */
#pragma once

#include <openssl/asn1t.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>

#include "ll-cms-recipient-asn1.h"
#include "ll-smime-private.h"

G_BEGIN_DECLS

typedef struct
{
  ASN1_OBJECT *type;
  X509_ALGOR *algorithm;
} LlEncryptedContent; /* of a skeleton: the content itself is elsewhere */

typedef struct
{
  ASN1_INTEGER *version;
  ASN1_STRING *originator;
  LlRecipientInfos *recipients;
  LlEncryptedContent *content;
  STACK_OF (X509_ATTRIBUTE) * attributes;
} LlEnveloped;

typedef struct
{
  ASN1_INTEGER *version;
  ASN1_STRING *originator;
  LlRecipientInfos *recipients;
  LlEncryptedContent *content;
  STACK_OF (X509_ATTRIBUTE) * attributes; /* authAttrs */
  ASN1_OCTET_STRING *mac;
  STACK_OF (X509_ATTRIBUTE) * unauthenticated;
} LlAuthEnveloped;

/* The ContentInfo around each; the type has been looked at before. */
typedef struct
{
  ASN1_OBJECT *type;
  LlEnveloped *enveloped;
} LlEnvelopedInfo;

typedef struct
{
  ASN1_OBJECT *type;
  LlAuthEnveloped *enveloped;
} LlAuthEnvelopedInfo;

/* RFC 5083 2.2: authAttrs as they are authenticated. */
DECLARE_ASN1_ITEM (LlAttributeSet)

/* RFC 5753 7.2 */
typedef struct
{
  X509_ALGOR *key_info;
  ASN1_OCTET_STRING *party_info;
  ASN1_OCTET_STRING *key_bits;
} LlSharedInfo;

/* RFC 5084 3.2 */
typedef struct
{
  ASN1_OCTET_STRING *nonce;
  ASN1_INTEGER *tag_length;
} LlGcmParameters;

DECLARE_ASN1_FUNCTIONS (LlEnvelopedInfo)
DECLARE_ASN1_FUNCTIONS (LlAuthEnvelopedInfo)
DECLARE_ASN1_FUNCTIONS (LlSharedInfo)
DECLARE_ASN1_FUNCTIONS (LlGcmParameters)

/** ll_cms_oid: the dotted form, empty for what has none. */
typedef char LlCmsOid[96];
const char *ll_cms_oid (const ASN1_OBJECT *object, LlCmsOid buffer);

/** ll_cms_inner_algorithm: (nullable): the AlgorithmIdentifier that is the parameter of @algorithm. */
X509_ALGOR *ll_cms_inner_algorithm (const X509_ALGOR *algorithm);

/** ll_cms_issuer_serial: (nullable): of @certificate. */
LlIssuerSerial *ll_cms_issuer_serial (X509 *certificate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_ALGOR, X509_ALGOR_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_KDF, EVP_KDF_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_KDF_CTX, EVP_KDF_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_CIPHER, EVP_CIPHER_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlEnvelopedInfo, LlEnvelopedInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlAuthEnvelopedInfo, LlAuthEnvelopedInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlSharedInfo, LlSharedInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlGcmParameters, LlGcmParameters_free)

G_END_DECLS
