/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small public key infrastructure for the tests of certificates and signatures: keys, certificates of every
 * kind, also wrong ones, and a key source in memory.
 */
#pragma once

#include <openssl/x509v3.h>

#include "cms-testing.h"
#include "ll-smime.h"

#define PKI_DAY ((gint64)24 * 60 * 60)

/* (transfer none): one key for each name as long as the program runs; the part before ":" is the kind:
 * "rsa", "rsa1024" and other lengths, "pss", "P-256", "P-384", "P-521", "ED25519", "X25519" */
EVP_PKEY *pki_key (const char *name);

typedef struct
{
  const char *name;          /* common name */
  const char *subject_email; /* (nullable) emailAddress in the subject */
  const char *san;           /* (nullable) "email:alice@example.org" as openssl.cnf has it */
  GENERAL_NAMES *names;      /* (nullable) instead of @san */
  const char *usage;         /* (nullable) "critical,digitalSignature" */
  const char *extended;      /* (nullable) "emailProtection" */
  const char *basic;         /* (nullable) "critical,CA:TRUE" */
  const char *constraints;   /* (nullable) name constraints */
  gint64 from, until;        /* seconds from now; both 0: from yesterday for a year */
  const EVP_MD *md;          /* NULL: SHA-256 */
  gboolean key_id;           /* subject key identifier */
  long serial;               /* 0: a new one */
} PkiSpec;

/* @issuer NULL: self-signed.  (transfer full) */
X509 *pki_issue (const char *key, const PkiSpec *spec, X509 *issuer, const char *issuer_key);
/* The usual end certificate: SAN @address, no usages. */
X509 *pki_leaf (const char *key, const char *address, X509 *issuer, const char *issuer_key);
X509 *pki_root (const char *key, const char *name);

typedef struct
{
  LlKeySource base;
  GPtrArray *certificates; /* all that find_certificates() knows, whatever their address */
  GPtrArray *intermediates;
  GPtrArray *anchors;
  GPtrArray *keys;
  gboolean fail;   /* every call fails with LL_ERROR_IO */
  guint key_calls; /* how often the keys were asked for */
} PkiSource;

PkiSource *pki_source_new (void);
void pki_source_free (PkiSource *source);
void pki_source_anchor (PkiSource *source, X509 *certificate);
void pki_source_intermediate (PkiSource *source, X509 *certificate);
void pki_source_certificate (PkiSource *source, X509 *certificate);
void pki_source_key (PkiSource *source, X509 *certificate, const char *key);

/* Writes @name.crt and, with @key, @name.key and @name.pem. */
void pki_write (const char *folder, const char *name, X509 *certificate, const char *key);
/* English, or "" for NULL.  (transfer full) */
char *pki_words (const LlText *text);
void pki_assert_words (const LlText *text, const char *part);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PkiSource, pki_source_free)
