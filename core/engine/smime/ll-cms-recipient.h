/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RecipientInfos of a message: which of them is ours, and what the others are called. */
#pragma once

#include "ll-cms-asn1.h"
#include "ll-secret.h"

G_BEGIN_DECLS

/* One of our keys and the entry that names it: a transport, or an agreement with its encrypted key.
 * Everything (transfer none). */
typedef struct
{
  const LlKeyHandle *handle;
  const LlKeyTransport *transport;
  const LlKeyAgreement *agreement;
  const ASN1_OCTET_STRING *encrypted_key;
} LlCmsMatch;

/**
 * ll_cms_recipient_find:
 * @keys: (element-type LlKeyHandle)
 * By issuer and serial number or by key identifier, also for expired certificates, never by trying
 * (security.md E-1).
 * Errors: NO_SECRET_KEY, naming who can read it; UNSUPPORTED when only kinds that we cannot open
 * are there, or the way to our key is not known here
 */
gboolean ll_cms_recipient_find (const LlRecipientInfos *infos, GPtrArray *keys, LlCmsMatch *out_match,
                                GError **error);

/** ll_cms_recipient_unwrap: FALSE says nothing but that it failed; @cek then keeps what it held. */
gboolean ll_cms_recipient_unwrap (const LlCmsMatch *match, LlSecret *cek);

/** ll_cms_recipient_names: (transfer full) (element-type utf8): short descriptions, for showing. */
GPtrArray *ll_cms_recipient_names (const LlRecipientInfos *infos);

/** ll_cms_recipient_wrap: the entry for @recipient.  Errors: UNSUPPORTED, ENGINE */
LlRecipientInfo *ll_cms_recipient_wrap (X509 *recipient, LlSecret *cek, gboolean oaep, GError **error);

G_END_DECLS
