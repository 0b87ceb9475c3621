/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SignedData (RFC 5652 5) without its content, and the signed attributes, as ASN.1
 * templates.  OpenSSL's own CMS_ContentInfo is not used for signatures: version 3.0 has no
 * Ed25519 there, wants the whole content in memory and leaves MD5 and differing digests alone.
 *
 *   g_autoptr (LlSignedInfo) info = ll_signed_info_parse (cms->skeleton, &error);
 */
#pragma once

#include <openssl/asn1t.h>
#include <openssl/x509.h>

#include "ll-error.h"

G_BEGIN_DECLS

typedef STACK_OF (X509_ATTRIBUTE) LlAttributes;

typedef struct
{
  X509_NAME *issuer;
  ASN1_INTEGER *serial;
} LlSignerName;

enum
{
  LL_SID_ISSUER_SERIAL,
  LL_SID_KEY_ID,
};

typedef struct
{
  int type;
  union
  {
    LlSignerName *issuer_serial;
    ASN1_OCTET_STRING *key_id;
  } d;
} LlSignerId;

typedef struct
{
  ASN1_INTEGER *version;
  LlSignerId *sid;
  X509_ALGOR *digest_algorithm;
  LlAttributes *signed_attributes; /* NULL: absent */
  X509_ALGOR *signature_algorithm;
  ASN1_OCTET_STRING *signature;
  LlAttributes *unsigned_attributes;
} LlSignerInfo;
DEFINE_STACK_OF (LlSignerInfo)

typedef struct
{
  ASN1_OBJECT *type;
  ASN1_OCTET_STRING *content; /* always NULL: a skeleton has none */
} LlEncapsulated;

typedef struct
{
  ASN1_INTEGER *version;
  STACK_OF (X509_ALGOR) * digest_algorithms;
  LlEncapsulated *encapsulated;
  /* Each is looked at on its own: one odd certificate must not hide the signature. */
  STACK_OF (ASN1_TYPE) * certificates;
  STACK_OF (ASN1_TYPE) * crls;
  STACK_OF (LlSignerInfo) * signers;
} LlSignedData;

typedef struct
{
  ASN1_OBJECT *type;
  LlSignedData *signed_data;
} LlSignedInfo;

/* ESSCertID and ESSCertIDv2 (RFC 5035 4, 5): the older one has no algorithm and means SHA-1. */
typedef struct
{
  X509_ALGOR *digest_algorithm; /* NULL: the default */
  ASN1_OCTET_STRING *digest;
  ASN1_TYPE *issuer_serial;
} LlEssCertId;
DEFINE_STACK_OF (LlEssCertId)

typedef struct
{
  STACK_OF (LlEssCertId) * certificates;
  STACK_OF (ASN1_TYPE) * policies;
} LlEssSigningCert;

DECLARE_ASN1_FUNCTIONS (LlSignedInfo)
DECLARE_ASN1_FUNCTIONS (LlSignerName)
DECLARE_ASN1_FUNCTIONS (LlSignerInfo)
DECLARE_ASN1_FUNCTIONS (LlEssSigningCert)

/** ll_signed_info_parse: Errors: MALFORMED, also for octets behind the structure */
LlSignedInfo *ll_signed_info_parse (GBytes *skeleton, GError **error);

/** ll_attributes_received: the SET OF as the signer made it, in the order received: what is verified. */
GBytes *ll_attributes_received (LlAttributes *attributes);
/** ll_attributes_to_sign: sorted as DER wants it. */
GBytes *ll_attributes_to_sign (LlAttributes *attributes);

static inline void
ll_attributes_free (LlAttributes *attributes)
{
  sk_X509_ATTRIBUTE_pop_free (attributes, X509_ATTRIBUTE_free);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlAttributes, ll_attributes_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlSignedInfo, LlSignedInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlEssSigningCert, LlEssSigningCert_free)

G_END_DECLS
