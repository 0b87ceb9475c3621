/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The S/MIME engine: CMS (RFC 5652, 5083, 8551) with OpenSSL, streaming.  Keys and
 * certificates come from a key source.
 */
#pragma once

#include "ll-engine.h"

G_BEGIN_DECLS

typedef enum
{
  LL_SMIME_AES256_CBC, /* EnvelopedData: what every client reads */
  LL_SMIME_AES128_CBC,
  LL_SMIME_AES256_GCM, /* AuthEnvelopedData */
  LL_SMIME_AES128_GCM,
} LlSmimeCipher;

typedef struct
{
  LlKeySource *source; /* (transfer none): outlives the engine */
  LlSmimeCipher cipher;
  gboolean rsa_oaep; /* key transport by OAEP-SHA256 instead of PKCS#1 v1.5 */
  gboolean rsa_pss;  /* sign with PSS instead of PKCS#1 v1.5 */
} LlSmimeOptions;

LlEngine *ll_smime_engine_new (const LlSmimeOptions *options);

/**
 * ll_certificate_addresses:
 * rfc822Name and SmtpUTF8Mailbox of the subject alternative names; the subject's
 * emailAddress only when there is none of these (security.md H-4).  A name with an embedded NUL or
 * octets its type does not allow makes the certificate unusable: NULL (H-5).
 * Returns: (transfer full) (element-type utf8) (nullable): normalized
 */
GPtrArray *ll_certificate_addresses (struct x509_st *certificate);

/** ll_certificate_fingerprint: (transfer full): sha256 of the DER, lower-case hex */
char *ll_certificate_fingerprint (struct x509_st *certificate);

G_END_DECLS
