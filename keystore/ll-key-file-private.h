/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file with certificates and keys.  It is read once, into locked memory,
 * and looked through twice: at first for what lies open, and again with a
 * passphrase when its keys are needed.
 */
#pragma once

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "ll-key-source.h"

G_BEGIN_DECLS

typedef struct
{
  char *path;
  LlSecret *octets;
  gboolean has_keys; /* there are private keys in it, opened or not */
  gboolean opened;   /* nothing in it is still closed */
  gboolean sealed;   /* a PKCS#12 file: its certificates are closed too */
} LlKeyFile;

typedef struct
{
  GPtrArray *certificates; /* (element-type X509) */
  GPtrArray *keys;         /* (element-type EVP_PKEY) */
} LlKeyContents;

/**
 * ll_key_file_load:
 * @private: refuse it when others may read it
 */
LlKeyFile *ll_key_file_load (const char *path, gboolean private, GError **error);
void ll_key_file_free (LlKeyFile *file);

/**
 * ll_key_file_read:
 * @unlock: (nullable): NULL: only what needs no passphrase, and no private key
 * @contents: receives what was found
 */
typedef struct LlUnlock LlUnlock;
gboolean ll_key_file_read (LlKeyFile *file, LlUnlock *unlock, LlKeyContents *contents, GError **error);

LlKeyContents *ll_key_contents_new (void);
void ll_key_contents_free (LlKeyContents *contents);

/* ---- passphrases: ll-unlock.c ---- */

#define LL_UNLOCK_ATTEMPTS 3

struct LlUnlock
{
  LlPrompter *prompter; /* (nullable) */
  const char *path;
  LlSecret *last; /* (nullable): opened the previous object of this file */
};

/**
 * LlUnlockTry:
 * @passphrase: NUL-terminated, or NULL
 * Returns: FALSE with LL_ERROR_BAD_PASSPHRASE to be asked again; any other error ends it
 */
typedef gboolean (*LlUnlockTry) (const char *passphrase, gsize length, gpointer user_data, GError **error);

/** ll_unlock: the passphrase that worked before, then up to three asked for. */
gboolean ll_unlock (LlUnlock *unlock, LlUnlockTry attempt, gpointer user_data, GError **error);
void ll_unlock_clear (LlUnlock *unlock);
/** ll_unlock_refused: LL_ERROR_NO_PASSPHRASE for the file at @path. */
void ll_unlock_refused (const char *path, GError **error);

/* ---- ll-legacy.c ---- */

/* What only the legacy provider knows (RC2, single DES): a library context of its own, so that
 * nothing else in the process can come to use it. */
typedef struct LlLegacy LlLegacy;
LlLegacy *ll_legacy_new (GError **error);
void ll_legacy_free (LlLegacy *legacy);
OSSL_LIB_CTX *ll_legacy_context (LlLegacy *legacy);
/** ll_legacy_is_needed: whether OpenSSL's error queue says "unknown algorithm"; empties the queue. */
gboolean ll_legacy_is_needed (void);

/* ---- ll-pkcs12.c, ll-pkcs8.c ---- */

/** ll_pkcs12_open: @unlock NULL: FALSE without error when it needs a passphrase. */
gboolean ll_pkcs12_open (const guint8 *der, gsize length, LlUnlock *unlock, LlKeyContents *contents,
                         GError **error);

/** ll_pkcs8_open: (transfer full): an EncryptedPrivateKeyInfo. */
EVP_PKEY *ll_pkcs8_open (X509_SIG *encrypted, LlUnlock *unlock, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlKeyFile, ll_key_file_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlKeyContents, ll_key_contents_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlLegacy, ll_legacy_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LlUnlock, ll_unlock_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_SIG, X509_SIG_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS7, PKCS7_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS12, PKCS12_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)

G_END_DECLS
