/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signed attributes (RFC 5652 11, RFC 5035, RFC 8551 2.5): what a signature says about itself.
 *
 *   ASN1_TYPE *digest;
 *   if (!ll_attributes_get (attributes, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, &digest) || !digest)
 *     bad ();
 */
#pragma once

#include "ll-signed-asn1.h"

G_BEGIN_DECLS

/**
 * ll_attributes_get:
 * @type: the ASN.1 type it has to have; V_ASN1_UNDEF: any
 * @out_value: (transfer none): NULL when there is none
 * Returns: FALSE when it is there, but not exactly once with one value of that type (RFC 5652 11)
 */
gboolean ll_attributes_get (LlAttributes *attributes, int nid, int type, ASN1_TYPE **out_value);

/** ll_attributes_signing_time: seconds since the epoch by the signer's own word; -1: not said. */
gint64 ll_attributes_signing_time (LlAttributes *attributes);

/**
 * ll_attributes_name_certificate:
 * FALSE when signingCertificate or signingCertificateV2 is there and means another one.  Nothing else
 * binds the certificate, and so the name, to the signature: a second one for the same key could be put
 * in its place (RFC 5035 1).
 */
gboolean ll_attributes_name_certificate (LlAttributes *attributes, X509 *certificate);

/**
 * ll_attributes_new:
 * The attributes of a signature over id-data with this digest by the owner of @certificate.
 * Returns: (transfer full) (nullable): NULL leaves the reason in OpenSSL's queue
 */
LlAttributes *ll_attributes_new (X509 *certificate, const guint8 *digest, gsize digest_length, gint64 time);

G_END_DECLS
