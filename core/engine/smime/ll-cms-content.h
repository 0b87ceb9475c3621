/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ciphers of encrypted content (RFC 3565, 5084, 8103, 3370) and a sink that runs one.  What is not
 * in the table is not supported; what is weak is refused by name (security.md E-6, E-7).
 */
#pragma once

#include "ll-cms-asn1.h"
#include "ll-secret.h"

G_BEGIN_DECLS

#define LL_CMS_IV_MAX 16u
/* Nothing shorter: a tag that is cut to 4 octets is forged in 2^32 tries, and OpenSSL accepts it. */
#define LL_CMS_TAG_LENGTH 16u

typedef struct LlContentCipher LlContentCipher;
struct LlContentCipher
{
  const char *oid;
  const char *name;      /* for showing, "AES256-CBC" */
  const char *algorithm; /* OpenSSL's name */
  gsize key_length, iv_length, block_length;
  gboolean aead;
  gboolean (*get_iv) (const X509_ALGOR *algorithm, const LlContentCipher *cipher, guint8 *iv, GError **error);
};

/**
 * ll_content_cipher_parse:
 * @aead: the structure is AuthEnvelopedData: its cipher must authenticate, others must not
 * Errors: UNSUPPORTED, MALFORMED
 */
const LlContentCipher *ll_content_cipher_parse (const X509_ALGOR *algorithm, gboolean aead,
                                                guint8 iv[LL_CMS_IV_MAX], GError **error);

/** ll_content_cipher_for: what the options name. */
const LlContentCipher *ll_content_cipher_for (LlSmimeCipher cipher);

/** ll_content_cipher_algorithm: (transfer full) (nullable): with @iv as parameter. */
X509_ALGOR *ll_content_cipher_algorithm (const LlContentCipher *cipher, const guint8 *iv);

/** ll_content_cipher_length: of @length octets when encrypted. */
guint64 ll_content_cipher_length (const LlContentCipher *cipher, guint64 length);

/** ll_content_cipher_start: (transfer full) (nullable): @aad (nullable) is authenticated with the content. */
EVP_CIPHER_CTX *ll_content_cipher_start (const LlContentCipher *cipher, gboolean encrypt, LlSecret *key,
                                         const guint8 *iv, const GByteArray *aad);

/**
 * ll_sink_cipher:
 * Runs what is written through @context, which must outlive it, into @next (transfer full).  Finishing
 * it checks padding or tag.
 * Errors: DECRYPT_FAILED, ENGINE when encrypting
 */
LlSink *ll_sink_cipher (EVP_CIPHER_CTX *context, LlSink *next);

/** ll_cms_decrypt_failed: the one error for whatever went wrong with keys or content (E-2); FALSE. */
gboolean ll_cms_decrypt_failed (GError **error);

G_END_DECLS
