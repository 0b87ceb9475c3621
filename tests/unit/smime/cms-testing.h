/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the CMS tests share: octets, a folder for the real programs, keys and certificates. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "ll-key-source.h"
#include "ll-smime-private.h"

LlSpool *test_spool (const void *data, gsize length);
LlSpool *test_spool_file (const char *path);
GByteArray *test_bytes (LlOctets octets);

/* DER: one element around @inner, and octets given as hex. */
void test_put (GByteArray *out, guint8 tag, const GByteArray *inner);
GByteArray *test_hex (const char *hex);

void test_assert_code (GError *error, LlErrorCode code);

/* A temporary folder; the commands run in it. */
char *test_folder (void);
void test_folder_remove (char *folder);
char *test_path (const char *folder, const char *name);
void test_write (const char *folder, const char *name, const void *data, gsize length);
GByteArray *test_read (const char *folder, const char *name);
/* Runs a shell command in @folder; TRUE when it exits with 0. */
gboolean test_run (const char *folder, const char *command);

/* A certificate for @key, by a throw-away authority; with a subject key identifier. */
X509 *test_certificate (EVP_PKEY *key, const char *issuer, long serial, gboolean expired);
/* Key and certificate; @kind: "rsa", "P-256", "P-384", "P-521", "X25519", "X448", "ED25519", "rsa1024" */
LlKeyHandle *test_identity (const char *kind, const char *issuer, long serial);
/* Writes @name.pem (certificate and key), @name.crt and @name.key */
void test_write_identity (const char *folder, const char *name, const LlKeyHandle *handle);
