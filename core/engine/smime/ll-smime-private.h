/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share: the opened CMS structure, certificates judged
 * for a purpose, and the operations the engine table is made of.
 */
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "ll-smime.h"

G_BEGIN_DECLS

/* ---- ll-cms-open.c: ContentInfo as it streams by (RFC 5652 3) ---- */

typedef enum
{
  LL_CMS_SIGNED,
  LL_CMS_ENVELOPED,
  LL_CMS_AUTH_ENVELOPED, /* RFC 5083 */
  LL_CMS_COMPRESSED,
  LL_CMS_OTHER,
} LlCmsType;

typedef struct
{
  LlCmsType type;
  char *oid;              /* of the ContentInfo, dotted */
  char *content_oid;      /* eContentType or the encrypted contentType, dotted (nullable) */
  gboolean has_content;   /* eContent or encryptedContent is there */
  guint64 content_length; /* octets of it, all segments together */
  /* The ContentInfo without its content octets, definite lengths, ready for d2i.  SIGNED,
   * ENVELOPED and AUTH_ENVELOPED only. */
  GBytes *skeleton;
  /*< private >*/
  LlOctets der;
  guint64 content_at;
  LlSpool *decoded; /* when the input was PEM */
} LlCms;

/**
 * ll_cms_open:
 * @octets: BER, DER or PEM; definite or indefinite lengths, segmented strings
 * Constant memory however large the content is; everything else is bounded by LL_LIMIT_SIGNATURE.
 * Errors: MALFORMED (also for octets behind the structure, E-9), LIMIT, IO
 */
LlCms *ll_cms_open (LlOctets octets, GError **error);
void ll_cms_free (LlCms *cms);
/** ll_cms_copy_content: streams the content octets into @out, which is not finished. */
gboolean ll_cms_copy_content (const LlCms *cms, LlSink *out, GError **error);

/* ---- ll-cms-enveloped.c ---- */

/** ll_cms_decrypt: @keys (element-type LlKeyHandle).  All failures of key, padding and content are one
 *  LL_ERROR_DECRYPT_FAILED (E-2). */
gboolean ll_cms_decrypt (const LlCms *cms, GPtrArray *keys, LlSpool *out, LlDecryption *decryption,
                         GError **error);

/** ll_cms_encrypt: one RecipientInfo each for @recipients (element-type X509), nobody else; writes
 *  DER with definite lengths to @out.  @out_smime_type (transfer full). */
gboolean ll_cms_encrypt (GPtrArray *recipients, const LlSmimeOptions *options, LlOctets content, LlSink *out,
                         char **out_smime_type, GError **error);

/** ll_cms_can_encrypt_to: (nullable): NULL when ll_cms_encrypt() has a way for this public key, else why not.
 */
LlText *ll_cms_can_encrypt_to (X509 *certificate);

/* ---- ll-cms-check.c ---- */

/** ll_cms_check_recipients: whether the encrypted @result can be opened by the owners of @recipients
 *  (element-type X509) and by nobody else.  Errors: RECIPIENT_MISMATCH, IO */
gboolean ll_cms_check_recipients (LlOctets result, const GPtrArray *recipients, GError **error);

/* ---- ll-cms-signed.c ---- */

/** ll_cms_verify: as LlEngineOps.verify, on an opened SIGNED structure. */
gboolean ll_cms_verify (const LlCms *cms, LlKeySource *source, const LlVerifyRequest *request,
                        GPtrArray **out_signers, GError **error);

/** ll_cms_count_signed: what a SIGNED structure holds.  Errors: MALFORMED */
gboolean ll_cms_count_signed (const LlCms *cms, guint *out_signers, guint *out_certificates, GError **error);

/** ll_cms_sign: DER SignedData by @signer with @chain (element-type X509, nullable) inside. */
gboolean ll_cms_sign (const LlKeyHandle *signer, GPtrArray *chain, const LlSmimeOptions *options,
                      LlOctets content, gboolean detached, LlSink *out, char **out_micalg, GError **error);

/* ---- ll-certificate.c, ll-path.c ---- */

typedef enum
{
  LL_PURPOSE_SIGN,
  LL_PURPOSE_ENCRYPT,
} LlPurpose;

/** ll_certificate_unusable: (transfer full) (nullable): why the certificate itself cannot serve @purpose at
 *  @at (0: now): validity, key usage, extended key usage, key strength (F-8, G-1); NULL when it can. */
LlText *ll_certificate_unusable (X509 *certificate, LlPurpose purpose, gint64 at);

/** ll_certificate_name: (transfer full): common name or subject, UTF-8, for showing (escape it). */
char *ll_certificate_name (X509 *certificate);
char *ll_x509_name (const X509_NAME *name);

/* The single questions of ll_certificate_unusable(), for who must tell them apart. */
LlText *ll_certificate_wrong_purpose (X509 *certificate, LlPurpose purpose);
LlText *ll_certificate_weak (X509 *certificate);
gboolean ll_certificate_valid_at (X509 *certificate, gint64 at);

/** ll_asn1_time: seconds since the epoch, -1 when it is no time. */
gint64 ll_asn1_time (const ASN1_TIME *time);
/** ll_date: (transfer full): "2026-11-24", UTC. */
char *ll_date (gint64 time);

typedef struct
{
  LlSignatureStatus
      status;     /* VALID, VALID_UNTRUSTED, KEY_EXPIRED, KEY_REVOKED, WEAK or UNSUPPORTED (wrong purpose) */
  LlText *reason; /* (nullable) */
} LlPathResult;

/** ll_path_check: builds and checks the chain for the e-mail purpose against the source's anchors; @extra
 *  (element-type X509) (nullable): certificates that came along, never trusted.  No network. */
gboolean ll_path_check (X509 *certificate, LlPurpose purpose, GPtrArray *extra, LlKeySource *source,
                        gint64 at, LlPathResult *out, GError **error);
void ll_path_result_clear (LlPathResult *result);

/** ll_path_intermediates: (transfer full) (element-type X509): what a reader needs between @certificate and
 *  an anchor, as far as @source knows it; neither @certificate nor a self-signed one is among it. */
GPtrArray *ll_path_intermediates (X509 *certificate, LlKeySource *source, GError **error);

/** ll_x509_array: (transfer full) (element-type X509): empty, owning what is added. */
GPtrArray *ll_x509_array (void);
void ll_x509_array_add (GPtrArray *array, X509 *certificate); /* adds a new reference */
/** ll_x509_array_take: @array as a key source returned it, its references now owned by it; NULL is empty. */
GPtrArray *ll_x509_array_take (GPtrArray *array);
/** ll_key_handles_load: (transfer full) (element-type LlKeyHandle): our own keys, owning them; NULL on error.
 */
GPtrArray *ll_key_handles_load (LlKeySource *source, GError **error);
/** ll_asn1_check_elements: before a whole structure is given to d2i: whether it is of a bearable number of
 *  elements.  Errors: LIMIT, MALFORMED */
gboolean ll_asn1_check_elements (GBytes *ber, GError **error);

/** ll_openssl_error: turns OpenSSL's error queue into @error and empties it. */
void ll_openssl_error (GError **error, LlErrorCode code, const char *what);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlCms, ll_cms_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LlPathResult, ll_path_result_clear)

G_END_DECLS
