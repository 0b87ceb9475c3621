/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which algorithms a signature is made of, read from or written to its AlgorithmIdentifiers, and
 * the one operation on the key.  A new algorithm is a new row in ll-signature-scheme.c.
 *
 *   LlSignatureScheme scheme;
 *   LlText *why_not = ll_signature_scheme_read (si->signature_algorithm, si->digest_algorithm, &scheme);
 */
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "ll-text.h"

G_BEGIN_DECLS

typedef struct
{
  int nid;
  const char *name;   /* of the verdict: "SHA256" */
  const char *micalg; /* RFC 8551 3.5.3.2; NULL: never signed with */
  gboolean weak;      /* computed, so that an altered content is told from an old one; proves nothing */
  const EVP_MD *(*md) (void);
} LlDigest;

/** ll_digest_by_nid: (transfer none) (nullable): */
const LlDigest *ll_digest_by_nid (int nid);
const LlDigest *ll_digest_by_algorithm (const X509_ALGOR *algorithm);

typedef struct
{
  int key_type; /* EVP_PKEY_RSA, EVP_PKEY_EC, EVP_PKEY_ED25519 */
  const LlDigest *digest;
  gboolean pss;
  int salt_length; /* of PSS */
} LlSignatureScheme;

/**
 * ll_signature_scheme_read:
 * Returns: (transfer full) (nullable): why such a signature cannot be judged: an algorithm that is not
 *   known here, or digests that differ between the places that name one (RFC 8933, 4056; security.md F-10)
 */
LlText *ll_signature_scheme_read (const X509_ALGOR *signature, const X509_ALGOR *digest,
                                  LlSignatureScheme *out);

/** ll_signature_scheme_for_key: FALSE when there is no way to sign with @key. */
gboolean ll_signature_scheme_for_key (EVP_PKEY *key, gboolean prefer_pss, LlSignatureScheme *out);

/** ll_signature_scheme_write: sets both AlgorithmIdentifiers. */
gboolean ll_signature_scheme_write (const LlSignatureScheme *scheme, X509_ALGOR *signature,
                                    X509_ALGOR *digest);

gboolean ll_signature_verify (const LlSignatureScheme *scheme, EVP_PKEY *key, const void *data, gsize length,
                              const ASN1_OCTET_STRING *signature);
/** ll_signature_verify_digest: of what has @digest; never for Ed25519, which has no such form. */
gboolean ll_signature_verify_digest (const LlSignatureScheme *scheme, EVP_PKEY *key, const guint8 *digest,
                                     const ASN1_OCTET_STRING *signature);

/** ll_signature_make: fills @signature.  FALSE leaves the reason in OpenSSL's queue. */
gboolean ll_signature_make (const LlSignatureScheme *scheme, EVP_PKEY *key, const void *data, gsize length,
                            ASN1_OCTET_STRING *signature);

G_END_DECLS
