/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Key transport and key agreement: how a content key reaches one recipient (RFC 3370, 3560, 5753,
 * 8418).  Of a private key only EVP_PKEY_decrypt() and EVP_PKEY_derive() are used, since it may
 * live in a card.
 *
 * The check functions look at nothing secret and say what is not supported; the unwrap functions
 * say only yes or no (security.md E-2).
 */
#pragma once

#include "ll-cms-asn1.h"
#include "ll-secret.h"

G_BEGIN_DECLS

gboolean ll_cms_transport_check (const LlKeyTransport *transport, EVP_PKEY *key, GError **error);
gboolean ll_cms_agreement_check (const LlKeyAgreement *agreement, EVP_PKEY *key, GError **error);

/**
 * ll_cms_transport_unwrap:
 * @cek: its length is what the content cipher needs; holds random octets already, which stay when
 *   the answer is FALSE (RFC 3218 2.3)
 */
gboolean ll_cms_transport_unwrap (const LlKeyTransport *transport, EVP_PKEY *key, LlSecret *cek);
gboolean ll_cms_agreement_unwrap (const LlKeyAgreement *agreement, const ASN1_OCTET_STRING *encrypted_key,
                                  EVP_PKEY *key, LlSecret *cek);

/** ll_cms_transport_wrap: RSA, for @recipient.  Errors: ENGINE */
LlRecipientInfo *ll_cms_transport_wrap (X509 *recipient, LlSecret *cek, gboolean oaep, GError **error);
/** ll_cms_agreement_wrap: with an ephemeral key.  Errors: ENGINE, UNSUPPORTED */
LlRecipientInfo *ll_cms_agreement_wrap (X509 *recipient, LlSecret *cek, GError **error);

/** ll_cms_agreement_possible: whether ll_cms_agreement_wrap() has a way for this kind of key. */
gboolean ll_cms_agreement_possible (EVP_PKEY *key);

G_END_DECLS
