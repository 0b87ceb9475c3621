/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of encrypted structures share: one identity of each kind, sealing and unsealing, and
 * a structure taken apart so that each part can be damaged.
 */
#pragma once

#include "cms-testing.h"
#include "ll-cms-asn1.h"

#define TEXT "Content-Type: text/plain\r\n\r\nNobody else shall read this. Nobody else shall read this.\r\n"

#define N_KINDS 6u
#define N_CIPHERS 4u

enum
{
  RSA_KEY,
  P256_KEY,
  P384_KEY,
  P521_KEY,
  X25519_KEY,
  X448_KEY,
};

typedef struct
{
  LlSmimeCipher cipher;
  const char *name;
  LlEncryptionStatus status;
} TestCipher;

extern const char *const test_kinds[N_KINDS];
extern const TestCipher test_ciphers[N_CIPHERS];

/* The state of the tests: (element-type LlKeyHandle), one of each kind, serial numbers from 0x1000. */
int test_identities_set_up (void **state);
int test_identities_tear_down (void **state);
GPtrArray *identities (void **state);
LlKeyHandle *identity (void **state, guint kind);

GByteArray *seal_octets (GPtrArray *recipients, LlSmimeCipher cipher, gboolean oaep, const void *data,
                         gsize length);
GByteArray *seal (const LlKeyHandle *recipient, LlSmimeCipher cipher, gboolean oaep);

/* What comes out; NULL with @error set. */
GByteArray *unseal (const GByteArray *bytes, GPtrArray *keys, LlDecryption *decryption, GError **error);
GByteArray *unseal_with (const GByteArray *bytes, LlKeyHandle *key, GError **error);

gboolean is_text (const GByteArray *got);
void assert_unseals (const GByteArray *bytes, LlKeyHandle *key);
void assert_refused (const GByteArray *bytes, LlKeyHandle *key, LlErrorCode code, const char *word);

typedef struct
{
  gboolean authenticated;
  GByteArray *version; /* DER of each */
  LlRecipientInfos *recipients;
  GByteArray *type;
  GByteArray *algorithm;
  GByteArray *content;    /* octets */
  GByteArray *attributes; /* DER, may be empty */
  GByteArray *mac;        /* octets */
} Parts;

Parts *parts_split (const GByteArray *bytes);
GByteArray *parts_join (const Parts *parts);
/* Of the one recipient. */
ASN1_OCTET_STRING *parts_encrypted_key (const Parts *parts);
void parts_free (Parts *parts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Parts, parts_free)
