/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-cms-agreement.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

#define KEK_MAX 32u
#define SECRET_MAX 128u

/* RFC 5753 7.1.4, RFC 8418 2.  For curves with cofactor 1, all that we can have, the cofactor
 * schemes derive the same. */
typedef struct
{
  const char *oid, *kdf, *digest;
} Scheme;

static const Scheme schemes[] = {
  { "1.3.133.16.840.63.0.2", "X963KDF", "SHA1" },     { "1.3.132.1.11.0", "X963KDF", "SHA224" },
  { "1.3.132.1.11.1", "X963KDF", "SHA256" },          { "1.3.132.1.11.2", "X963KDF", "SHA384" },
  { "1.3.132.1.11.3", "X963KDF", "SHA512" },          { "1.3.133.16.840.63.0.3", "X963KDF", "SHA1" },
  { "1.3.132.1.14.0", "X963KDF", "SHA224" },          { "1.3.132.1.14.1", "X963KDF", "SHA256" },
  { "1.3.132.1.14.2", "X963KDF", "SHA384" },          { "1.3.132.1.14.3", "X963KDF", "SHA512" },
  { "1.2.840.113549.1.9.16.3.19", "HKDF", "SHA256" }, { "1.2.840.113549.1.9.16.3.20", "HKDF", "SHA384" },
  { "1.2.840.113549.1.9.16.3.21", "HKDF", "SHA512" },
};

/* RFC 3565 2.3.2 */
typedef struct
{
  const char *oid, *cipher;
  gsize key_length;
} Wrap;

static const Wrap wraps[] = {
  { "2.16.840.1.101.3.4.1.5", "AES-128-WRAP", 16 },
  { "2.16.840.1.101.3.4.1.25", "AES-192-WRAP", 24 },
  { "2.16.840.1.101.3.4.1.45", "AES-256-WRAP", 32 },
};

#define OID_AES256_WRAP "2.16.840.1.101.3.4.1.45"

/* What we write for whom (security.md G-4), and the algorithm of the originator's key. */
static const struct
{
  int type;
  const char *group; /* NULL: the type says it */
  const char *key_oid;
  const char *scheme;
} ways[] = {
  { EVP_PKEY_EC, "prime256v1", "1.2.840.10045.2.1", "1.3.132.1.11.1" },
  { EVP_PKEY_EC, "secp384r1", "1.2.840.10045.2.1", "1.3.132.1.11.2" },
  { EVP_PKEY_EC, "secp521r1", "1.2.840.10045.2.1", "1.3.132.1.11.3" },
  { EVP_PKEY_X25519, NULL, "1.3.101.110", "1.2.840.113549.1.9.16.3.19" },
  { EVP_PKEY_X448, NULL, "1.3.101.111", "1.2.840.113549.1.9.16.3.21" },
};

static const Scheme *
find_scheme (const ASN1_OBJECT *object)
{
  LlCmsOid oid;
  ll_cms_oid (object, oid);
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (strcmp (oid, schemes[i].oid) == 0)
      return &schemes[i];
  return NULL;
}

static const Wrap *
find_wrap (const ASN1_OBJECT *object)
{
  LlCmsOid oid;
  ll_cms_oid (object, oid);
  for (gsize i = 0; i < G_N_ELEMENTS (wraps); i++)
    if (strcmp (oid, wraps[i].oid) == 0)
      return &wraps[i];
  return NULL;
}

/* The object identifier that the originator's key has when it agrees with @key. */
static const char *
key_oid (EVP_PKEY *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    if (EVP_PKEY_get_base_id (key) == ways[i].type)
      return ways[i].key_oid;
  return NULL;
}

static gboolean
unsupported (GError **error, const char *what, const ASN1_OBJECT *object)
{
  LlCmsOid oid;
  ll_error_set (error, LL_ERROR_UNSUPPORTED,
                "the way in which the message key is encrypted for us is not supported: %s %s", what,
                ll_cms_oid (object, oid));
  return FALSE;
}

gboolean
ll_cms_agreement_check (const LlKeyAgreement *agreement, EVP_PKEY *key, GError **error)
{
  g_autoptr (X509_ALGOR) wrap = ll_cms_inner_algorithm (agreement->algorithm);
  if (key_oid (key) == NULL || find_scheme (agreement->algorithm->algorithm) == NULL)
    return unsupported (error, N_ ("key agreement"), agreement->algorithm->algorithm);
  if (wrap == NULL || find_wrap (wrap->algorithm) == NULL)
    return unsupported (error, N_ ("key wrap"), wrap != NULL ? wrap->algorithm : NULL);
  /* RFC 5753 3.1: only ephemeral keys; for others we would need the sender's certificate. */
  if (agreement->originator->type != LL_ORIGINATOR_KEY)
    return unsupported (error, N_ ("key agreement with a certificate"), agreement->algorithm->algorithm);
  return TRUE;
}

/* ---- the key that wraps the content key ---- */

static gboolean
derive_secret (EVP_PKEY *own, EVP_PKEY *peer, guint8 secret[SECRET_MAX], gsize *out_length)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (own, NULL);
  gsize needed = 0;
  *out_length = SECRET_MAX;
  return context != NULL && EVP_PKEY_derive_init (context) > 0 && EVP_PKEY_derive_set_peer (context, peer) > 0
         && EVP_PKEY_derive (context, NULL, &needed) > 0 && needed <= SECRET_MAX
         && EVP_PKEY_derive (context, secret, out_length) > 0;
}

/* RFC 5753 7.2: ECC-CMS-SharedInfo, with the key wrap algorithm as the message has it. */
static int
shared_info (X509_ALGOR *wrap, const ASN1_OCTET_STRING *ukm, gsize kek_length, guint8 **out)
{
  guint32 bits = GUINT32_TO_BE ((guint32)kek_length * 8);
  ASN1_OCTET_STRING *key_bits = ASN1_OCTET_STRING_new ();
  LlSharedInfo info = { wrap, (ASN1_OCTET_STRING *)ukm, key_bits };
  int n = -1;
  *out = NULL;
  if (key_bits != NULL && ASN1_OCTET_STRING_set (key_bits, (const guint8 *)&bits, sizeof bits) == 1)
    n = i2d_LlSharedInfo (&info, out);
  ASN1_OCTET_STRING_free (key_bits);
  return n;
}

static gboolean
run_kdf (const Scheme *scheme, const guint8 *secret, gsize length, OSSL_PARAM *info, OSSL_PARAM *salt,
         guint8 *kek, gsize kek_length)
{
  g_autoptr (EVP_KDF) kdf = EVP_KDF_fetch (NULL, scheme->kdf, NULL);
  g_autoptr (EVP_KDF_CTX) context = kdf != NULL ? EVP_KDF_CTX_new (kdf) : NULL;
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *)scheme->digest, 0),
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_KEY, (void *)secret, length),
    *info,
    *salt,
    OSSL_PARAM_construct_end (),
  };
  return context != NULL && EVP_KDF_derive (context, kek, kek_length, parameters) > 0;
}

static gboolean
derive_kek (const Scheme *scheme, X509_ALGOR *wrap, gsize kek_length, const ASN1_OCTET_STRING *ukm,
            EVP_PKEY *own, EVP_PKEY *peer, guint8 *kek)
{
  guint8 secret[SECRET_MAX];
  guint8 *der = NULL;
  gsize length = 0;
  int n = shared_info (wrap, ukm, kek_length, &der);
  OSSL_PARAM info = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_INFO, der, (size_t)MAX (n, 0));
  OSSL_PARAM salt = OSSL_PARAM_construct_end ();
  /* RFC 8418 2.2: the user keying material is in the info and is the salt as well. */
  if (ukm != NULL && strcmp (scheme->kdf, "HKDF") == 0 && ASN1_STRING_length (ukm) > 0)
    salt = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_SALT, (void *)ASN1_STRING_get0_data (ukm),
                                              (size_t)ASN1_STRING_length (ukm));
  gboolean ok = n > 0 && derive_secret (own, peer, secret, &length)
                && run_kdf (scheme, secret, length, &info, &salt, kek, kek_length);
  OPENSSL_cleanse (secret, sizeof secret);
  OPENSSL_free (der);
  return ok;
}

/* RFC 3394: @in to @out, one direction or the other. */
static gboolean
aes_wrap (const Wrap *wrap, gboolean encrypt, const guint8 *kek, const guint8 *in, gsize length, guint8 *out,
          gsize *out_length)
{
  g_autoptr (EVP_CIPHER) cipher = EVP_CIPHER_fetch (NULL, wrap->cipher, NULL);
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  int n = 0;
  if (cipher == NULL || context == NULL)
    return FALSE;
  EVP_CIPHER_CTX_set_flags (context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  gboolean ok = EVP_CipherInit_ex2 (context, cipher, kek, NULL, encrypt, NULL) == 1
                && EVP_CipherUpdate (context, out, &n, in, (int)length) == 1 && n > 0;
  *out_length = (gsize)MAX (n, 0);
  return ok;
}

/* ---- reading ---- */

/* Parameters may be absent, NULL or the curve (RFC 5753 3.1.1); another curve than ours is an attack
 * or a mistake. */
static gboolean
is_same_curve (const X509_ALGOR *algorithm, EVP_PKEY *own)
{
  char group[64];
  if (algorithm->parameter == NULL || ASN1_TYPE_get (algorithm->parameter) == V_ASN1_NULL)
    return TRUE;
  return ASN1_TYPE_get (algorithm->parameter) == V_ASN1_OBJECT && EVP_PKEY_get_base_id (own) == EVP_PKEY_EC
         && EVP_PKEY_get_group_name (own, group, sizeof group, NULL) == 1
         && OBJ_obj2nid (algorithm->parameter->value.object) == OBJ_sn2nid (group);
}

/* The originator's public key, which must lie on the curve of ours. */
static EVP_PKEY *
peer_key (const LlOriginatorKey *originator, EVP_PKEY *own)
{
  LlCmsOid oid;
  const char *expected = key_oid (own);
  const guint8 *octets = ASN1_STRING_get0_data (originator->public_key);
  gsize length = (gsize)ASN1_STRING_length (originator->public_key);
  if (expected == NULL || strcmp (ll_cms_oid (originator->algorithm->algorithm, oid), expected) != 0
      || !is_same_curve (originator->algorithm, own) || length == 0)
    return NULL;
  if (EVP_PKEY_get_base_id (own) != EVP_PKEY_EC)
    return EVP_PKEY_new_raw_public_key (EVP_PKEY_get_base_id (own), NULL, octets, length);
  g_autoptr (EVP_PKEY) peer = EVP_PKEY_new ();
  if (peer == NULL || EVP_PKEY_copy_parameters (peer, own) != 1
      || EVP_PKEY_set1_encoded_public_key (peer, octets, length) != 1)
    return NULL;
  return g_steal_pointer (&peer);
}

static gboolean
unwrap (const LlKeyAgreement *agreement, const ASN1_OCTET_STRING *encrypted_key, EVP_PKEY *key, guint8 *kek,
        LlSecret *out)
{
  const Scheme *scheme = find_scheme (agreement->algorithm->algorithm);
  g_autoptr (X509_ALGOR) algorithm = ll_cms_inner_algorithm (agreement->algorithm);
  const Wrap *wrap = algorithm != NULL ? find_wrap (algorithm->algorithm) : NULL;
  gsize length = (gsize)ASN1_STRING_length (encrypted_key);
  gsize got = 0;
  if (scheme == NULL || wrap == NULL || agreement->originator->type != LL_ORIGINATOR_KEY
      || length != ll_secret_length (out) + 8)
    return FALSE;
  g_autoptr (EVP_PKEY) peer = peer_key (agreement->originator->d.key, key);
  if (peer == NULL || !derive_kek (scheme, algorithm, wrap->key_length, agreement->ukm, key, peer, kek))
    return FALSE;
  /* The cipher may write as much as it reads. */
  g_autoptr (LlSecret) room = ll_secret_new (length);
  if (!aes_wrap (wrap, FALSE, kek, ASN1_STRING_get0_data (encrypted_key), length, ll_secret_data (room), &got)
      || got != ll_secret_length (out))
    return FALSE;
  memcpy (ll_secret_data (out), ll_secret_data (room), got);
  return TRUE;
}

gboolean
ll_cms_agreement_unwrap (const LlKeyAgreement *agreement, const ASN1_OCTET_STRING *encrypted_key,
                         EVP_PKEY *key, LlSecret *cek)
{
  guint8 kek[KEK_MAX];
  gboolean ok = unwrap (agreement, encrypted_key, key, kek, cek);
  OPENSSL_cleanse (kek, sizeof kek);
  ERR_clear_error ();
  return ok;
}

/* ---- writing ---- */

static gssize
find_way (EVP_PKEY *key)
{
  char group[64] = "";
  int type = EVP_PKEY_get_base_id (key);
  if (type == EVP_PKEY_EC && EVP_PKEY_get_group_name (key, group, sizeof group, NULL) != 1)
    return -1;
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    if (type == ways[i].type && (ways[i].group == NULL || strcmp (group, ways[i].group) == 0))
      return (gssize)i;
  return -1;
}

gboolean
ll_cms_agreement_possible (EVP_PKEY *key)
{
  return find_way (key) >= 0;
}

static EVP_PKEY *
ephemeral_key (EVP_PKEY *like)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, like, NULL);
  EVP_PKEY *key = NULL;
  if (context == NULL || EVP_PKEY_keygen_init (context) <= 0 || EVP_PKEY_keygen (context, &key) <= 0)
    return NULL;
  /* The recipient's certificate may have its point compressed; we write what everyone reads. */
  if (EVP_PKEY_get_base_id (key) == EVP_PKEY_EC)
    EVP_PKEY_set_utf8_string_param (key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                    OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED);
  return key;
}

static gboolean
set_algorithm (X509_ALGOR *algorithm, const char *oid, int type, void *value)
{
  ASN1_OBJECT *object = OBJ_txt2obj (oid, 1);
  return object != NULL && X509_ALGOR_set0 (algorithm, object, type, value) == 1;
}

static gboolean
set_originator (LlOriginator *originator, EVP_PKEY *ephemeral, const char *oid)
{
  guint8 *octets = NULL;
  gsize n = EVP_PKEY_get1_encoded_public_key (ephemeral, &octets);
  LlOriginatorKey *key = M_ASN1_new_of (LlOriginatorKey);
  originator->type = LL_ORIGINATOR_KEY;
  originator->d.key = key;
  if (n == 0 || !set_algorithm (key->algorithm, oid, V_ASN1_UNDEF, NULL))
    {
      OPENSSL_free (octets);
      return FALSE;
    }
  ASN1_STRING_set0 (key->public_key, octets, (int)n);
  /* No unused bits, also when the last octets are 0. */
  key->public_key->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
  key->public_key->flags |= ASN1_STRING_FLAG_BITS_LEFT;
  return TRUE;
}

static gboolean
set_scheme (X509_ALGOR *algorithm, const char *scheme, X509_ALGOR *wrap)
{
  guint8 *der = NULL;
  int n = i2d_X509_ALGOR (wrap, &der);
  ASN1_STRING *packed = ASN1_STRING_type_new (V_ASN1_SEQUENCE);
  if (n <= 0 || packed == NULL)
    return FALSE;
  ASN1_STRING_set0 (packed, der, n);
  return set_algorithm (algorithm, scheme, V_ASN1_SEQUENCE, packed);
}

static LlRecipientEncryptedKey *
wrapped_key (X509 *recipient, const guint8 *octets, gsize length)
{
  LlRecipientEncryptedKey *key = LlRecipientEncryptedKey_new ();
  key->rid->type = LL_RID_ISSUER_SERIAL;
  key->rid->d.issuer_serial = ll_cms_issuer_serial (recipient);
  if (key->rid->d.issuer_serial != NULL
      && ASN1_OCTET_STRING_set (key->encrypted_key, octets, (int)length) == 1)
    return key;
  LlRecipientEncryptedKey_free (key);
  return NULL;
}

static gboolean
wrap_for (LlKeyAgreement *agreement, X509 *recipient, gsize way, guint8 *kek, LlSecret *cek)
{
  EVP_PKEY *public = X509_get0_pubkey (recipient);
  g_autoptr (EVP_PKEY) ephemeral = ephemeral_key (public);
  g_autoptr (X509_ALGOR) algorithm = X509_ALGOR_new ();
  guint8 out[KEK_MAX + 16];
  gsize n = 0;
  if (ephemeral == NULL || !set_algorithm (algorithm, OID_AES256_WRAP, V_ASN1_UNDEF, NULL))
    return FALSE;
  const Wrap *wrap = find_wrap (algorithm->algorithm);
  g_assert (ll_secret_length (cek) + 8 <= sizeof out);
  if (!set_originator (agreement->originator, ephemeral, ways[way].key_oid)
      || !set_scheme (agreement->algorithm, ways[way].scheme, algorithm)
      || !derive_kek (find_scheme (agreement->algorithm->algorithm), algorithm, wrap->key_length, NULL,
                      ephemeral, public, kek)
      || !aes_wrap (wrap, TRUE, kek, ll_secret_data (cek), ll_secret_length (cek), out, &n))
    return FALSE;
  LlRecipientEncryptedKey *key = wrapped_key (recipient, out, n);
  return key != NULL && sk_LlRecipientEncryptedKey_push (agreement->keys, key) > 0
         && ASN1_INTEGER_set (agreement->version, 3) == 1;
}

LlRecipientInfo *
ll_cms_agreement_wrap (X509 *recipient, LlSecret *cek, GError **error)
{
  gssize way = find_way (X509_get0_pubkey (recipient));
  if (way < 0)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED, "there is no way to encrypt to this kind of key");
      return NULL;
    }
  g_autoptr (LlRecipientInfo) info = LlRecipientInfo_new ();
  guint8 kek[KEK_MAX];
  info->type = LL_RECIPIENT_AGREEMENT;
  info->d.agreement = M_ASN1_new_of (LlKeyAgreement);
  gboolean ok = wrap_for (info->d.agreement, recipient, (gsize)way, kek, cek);
  OPENSSL_cleanse (kek, sizeof kek);
  if (ok)
    return g_steal_pointer (&info);
  ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("encrypting the message key"));
  return NULL;
}
