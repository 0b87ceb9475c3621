/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of signatures share: an authority, signing and verifying in one call, and taking a signature
 * apart.
 */
#pragma once

#include "ll-signature-scheme.h"
#include "ll-signed-attributes.h"
#include "pki-testing.h"

#define SIGNED_TEXT "Content-Type: text/plain\r\n\r\nHello, \xc3\xa4 world.\r\nFrom here on.\r\n"

/* An anchored root "P-256:root" and whatever certificates are made below it. */
typedef struct
{
  X509 *root;
  PkiSource *source;
} Signed;

void signed_init (Signed *test);
void signed_clear (Signed *test);
X509 *signed_leaf (const Signed *test, const char *key);

GByteArray *signed_make (X509 *certificate, const char *key, gboolean pss, const char *content,
                         gboolean detached);

/* How a signature is looked at; all zero: opaque, now. */
typedef struct
{
  const char *content;
  gsize content_length; /* 0: of the string */
  gboolean is_lf;
  gint64 at;
  LlSpool *out;
} SignedLook;

/* NULL with @error. */
GPtrArray *signed_verify (const Signed *test, const GByteArray *signature, const SignedLook *look,
                          GError **error);
/* The one signer's status must be @status and its reason have @words. */
void signed_assert (const Signed *test, const GByteArray *signature, const SignedLook *look,
                    LlSignatureStatus status, const char *words);

LlSignedInfo *signed_parse (const GByteArray *der);
GByteArray *signed_encode (const LlSignedInfo *info);
LlSignerInfo *signed_signer (const LlSignedInfo *info, int i);
/* Signs the attributes again after they were changed. */
void signed_again (LlSignerInfo *si, const char *key, const LlSignatureScheme *scheme);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Signed, signed_clear)
