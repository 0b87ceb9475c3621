/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The derivations of RFC 5753 and RFC 8418, done here a second time with nothing but hashes, and content
 * that no program at hand writes: authenticated attributes, ChaCha20-Poly1305.
 */
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#include "envelope-testing.h"

#define AES256_WRAP "300b 0609 60864801650304012d"
#define X963_SHA256 "1.3.132.1.11.1"
#define X963_SHA384 "1.3.132.1.11.2"
#define X963_SHA512 "1.3.132.1.11.3"
#define HKDF_SHA256 "1.2.840.113549.1.9.16.3.19"
#define HKDF_SHA384 "1.2.840.113549.1.9.16.3.20"
#define HKDF_SHA512 "1.2.840.113549.1.9.16.3.21"

typedef struct
{
  guint kind;
  const char *scheme, *digest;
  gboolean hkdf;
  const char *ukm; /* hex (nullable) */
} Way;

static const Way all_ways[] = {
  { X25519_KEY, HKDF_SHA256, "SHA256", TRUE, NULL },
  { X25519_KEY, HKDF_SHA256, "SHA256", TRUE, "0102030405060708" },
  { X25519_KEY, HKDF_SHA384, "SHA384", TRUE, NULL },
  { X25519_KEY, HKDF_SHA512, "SHA512", TRUE, "aabb" },
  { X25519_KEY, X963_SHA256, "SHA256", FALSE, NULL },
  { X25519_KEY, X963_SHA512, "SHA512", FALSE, "aabbcc" },
  { X448_KEY, HKDF_SHA512, "SHA512", TRUE, NULL },
  { X448_KEY, HKDF_SHA512, "SHA512", TRUE, "00" },
  { P256_KEY, X963_SHA256, "SHA256", FALSE, NULL },
  { P256_KEY, X963_SHA256, "SHA256", FALSE, "0102030405060708" },
  { P384_KEY, X963_SHA384, "SHA384", FALSE, "01" },
  { P521_KEY, X963_SHA512, "SHA512", FALSE, NULL },
};

/* RFC 5753 7.2, written by hand for a key of 256 bits. */
static GByteArray *
shared_info (const char *ukm)
{
  g_autoptr (GByteArray) fields = test_hex (AES256_WRAP);
  GByteArray *out = g_byte_array_new ();
  if (ukm != NULL)
    {
      g_autoptr (GByteArray) octets = test_hex (ukm);
      g_autoptr (GByteArray) string = g_byte_array_new ();
      test_put (string, 0x04, octets);
      test_put (fields, 0xa0, string);
    }
  g_autoptr (GByteArray) bits = test_hex ("0404 00000100");
  test_put (fields, 0xa2, bits);
  test_put (out, 0x30, fields);
  return out;
}

/* RFC 5869 2, one block of output. */
static void
hkdf (const EVP_MD *digest, const GByteArray *salt, const GByteArray *secret, const GByteArray *info,
      guint8 kek[32])
{
  guint8 zeros[EVP_MAX_MD_SIZE] = { 0 };
  guint8 prk[EVP_MAX_MD_SIZE], okm[EVP_MAX_MD_SIZE];
  guint n = (guint)EVP_MD_get_size (digest);
  g_autoptr (GByteArray) text = g_byte_array_new ();
  assert_non_null (HMAC (digest, salt != NULL ? salt->data : zeros, (int)(salt != NULL ? salt->len : n),
                         secret->data, secret->len, prk, &n));
  g_byte_array_append (text, info->data, info->len);
  g_byte_array_append (text, (const guint8 *)"\x01", 1);
  assert_non_null (HMAC (digest, prk, (int)n, text->data, text->len, okm, &n));
  memcpy (kek, okm, 32);
}

/* SEC 1 3.6.1, one block of output. */
static void
x963 (const EVP_MD *digest, const GByteArray *secret, const GByteArray *info, guint8 kek[32])
{
  guint8 out[EVP_MAX_MD_SIZE];
  guint n = 0;
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_byte_array_append (text, secret->data, secret->len);
  g_byte_array_append (text, (const guint8 *)"\x00\x00\x00\x01", 4);
  g_byte_array_append (text, info->data, info->len);
  assert_int_equal (EVP_Digest (text->data, text->len, out, &n, digest, NULL), 1);
  memcpy (kek, out, 32);
}

static void
derive_kek (const Way *way, EVP_PKEY *own, EVP_PKEY *peer, guint8 kek[32])
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (own, NULL);
  gsize n = 200;
  g_autoptr (GByteArray) secret = g_byte_array_new ();
  g_byte_array_set_size (secret, 200);
  assert_int_equal (EVP_PKEY_derive_init (context), 1);
  assert_int_equal (EVP_PKEY_derive_set_peer (context, peer), 1);
  assert_int_equal (EVP_PKEY_derive (context, secret->data, &n), 1);
  g_byte_array_set_size (secret, (guint)n);
  const EVP_MD *digest = EVP_get_digestbyname (way->digest);
  g_autoptr (GByteArray) info = shared_info (way->ukm);
  g_autoptr (GByteArray) salt = way->ukm != NULL ? test_hex (way->ukm) : NULL;
  if (way->hkdf)
    hkdf (digest, salt, secret, info, kek);
  else
    x963 (digest, secret, info, kek);
}

static void
aes_wrap (gboolean encrypt, const guint8 kek[32], const guint8 *in, gsize length, guint8 *out)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  int n = 0;
  EVP_CIPHER_CTX_set_flags (context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  assert_int_equal (EVP_CipherInit_ex (context, EVP_aes_256_wrap (), NULL, kek, NULL, encrypt), 1);
  assert_int_equal (EVP_CipherUpdate (context, out, &n, in, (int)length), 1);
  assert_int_equal (n, encrypt ? length + 8 : length - 8);
}

typedef struct
{
  const EVP_CIPHER *cipher;
  const guint8 *key, *nonce;
  const GByteArray *aad;
} Content;

static void
encrypt_content (const Content *content, GByteArray *out, GByteArray *mac)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  int n = 0;
  g_byte_array_set_size (out, strlen (TEXT));
  g_byte_array_set_size (mac, 16);
  assert_int_equal (EVP_EncryptInit_ex (context, content->cipher, NULL, content->key, content->nonce), 1);
  if (content->aad != NULL)
    assert_int_equal (EVP_EncryptUpdate (context, NULL, &n, content->aad->data, (int)content->aad->len), 1);
  assert_int_equal (EVP_EncryptUpdate (context, out->data, &n, (const guint8 *)TEXT, (int)strlen (TEXT)), 1);
  assert_int_equal (EVP_EncryptFinal_ex (context, out->data, &n), 1);
  assert_int_equal (EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_GET_TAG, 16, mac->data), 1);
}

/* Puts the scheme, the ephemeral key and @wrapped into the one entry of @parts. */
static void
set_agreement (Parts *parts, const Way *way, EVP_PKEY *ephemeral, const guint8 *wrapped, gsize length)
{
  LlKeyAgreement *agreement = sk_LlRecipientInfo_value (parts->recipients, 0)->d.agreement;
  guint8 *point = NULL;
  gsize n = EVP_PKEY_get1_encoded_public_key (ephemeral, &point);
  ASN1_BIT_STRING *bits = agreement->originator->d.key->public_key;
  ASN1_BIT_STRING_set (bits, point, (int)n);
  bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
  OPENSSL_free (point);
  ASN1_OBJECT_free (agreement->algorithm->algorithm);
  agreement->algorithm->algorithm = OBJ_txt2obj (way->scheme, 1);
  if (way->ukm != NULL)
    {
      g_autoptr (GByteArray) ukm = test_hex (way->ukm);
      agreement->ukm = ASN1_OCTET_STRING_new ();
      ASN1_OCTET_STRING_set (agreement->ukm, ukm->data, (int)ukm->len);
    }
  ASN1_OCTET_STRING_set (parts_encrypted_key (parts), wrapped, (int)length);
}

static EVP_PKEY *
key_like (EVP_PKEY *like)
{
  EVP_PKEY *key = NULL;
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, like, NULL);
  assert_int_equal (EVP_PKEY_keygen_init (context), 1);
  assert_int_equal (EVP_PKEY_keygen (context, &key), 1);
  return key;
}

/* A message to @recipient made here: the frame is the library's, every octet of key and content ours. */
static Parts *
make_message (const Way *way, LlKeyHandle *recipient, Content *content, const guint8 key[32])
{
  guint8 kek[32], wrapped[40];
  g_autoptr (GByteArray) frame = seal (recipient, LL_SMIME_AES256_GCM, FALSE);
  Parts *parts = parts_split (frame);
  g_autoptr (EVP_PKEY) ephemeral = key_like (recipient->key);
  derive_kek (way, ephemeral, X509_get0_pubkey (recipient->certificate), kek);
  aes_wrap (TRUE, kek, key, 32, wrapped);
  set_agreement (parts, way, ephemeral, wrapped, sizeof wrapped);
  content->key = key;
  content->nonce = parts->algorithm->data + parts->algorithm->len - 15;
  encrypt_content (content, parts->content, parts->mac);
  return parts;
}

static void
test_reads_what_was_made_here (void **state)
{
  static const guint8 key[32] = "0123456789abcdef0123456789abcde";
  for (gsize i = 0; i < G_N_ELEMENTS (all_ways); i++)
    {
      LlKeyHandle *recipient = identity (state, all_ways[i].kind);
      Content content = { .cipher = EVP_aes_256_gcm () };
      g_autoptr (Parts) parts = make_message (&all_ways[i], recipient, &content, key);
      g_autoptr (GByteArray) sealed = parts_join (parts);
      g_autoptr (GError) error = NULL;
      g_autoptr (GByteArray) got = unseal_with (sealed, recipient, &error);
      if (got == NULL)
        fail_msg ("case %zu: %s", i, error->message);
      assert_true (is_text (got));
    }
}

/* Another scheme, or other keying material, than the one that was used. */
static void
test_wrong_derivation (void **state)
{
  static const guint8 key[32] = "0123456789abcdef0123456789abcde";
  static const Way wrong[] = {
    { X25519_KEY, HKDF_SHA384, "SHA256", TRUE, NULL },
    { X25519_KEY, X963_SHA256, "SHA256", TRUE, NULL },
    { P256_KEY, X963_SHA384, "SHA256", FALSE, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      LlKeyHandle *recipient = identity (state, wrong[i].kind);
      Content content = { .cipher = EVP_aes_256_gcm () };
      g_autoptr (Parts) parts = make_message (&wrong[i], recipient, &content, key);
      g_autoptr (GByteArray) sealed = parts_join (parts);
      assert_refused (sealed, recipient, LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
    }
  LlKeyHandle *recipient = identity (state, X25519_KEY);
  Content content = { .cipher = EVP_aes_256_gcm () };
  g_autoptr (Parts) parts = make_message (&all_ways[1], recipient, &content, key);
  LlKeyAgreement *agreement = sk_LlRecipientInfo_value (parts->recipients, 0)->d.agreement;
  ASN1_OCTET_STRING_set (agreement->ukm, (const guint8 *)"other", 5);
  g_autoptr (GByteArray) sealed = parts_join (parts);
  assert_refused (sealed, recipient, LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
}

static EVP_PKEY *
peer_of (const LlKeyAgreement *agreement, EVP_PKEY *own)
{
  const ASN1_BIT_STRING *point = agreement->originator->d.key->public_key;
  const guint8 *octets = ASN1_STRING_get0_data (point);
  gsize n = (gsize)ASN1_STRING_length (point);
  if (EVP_PKEY_get_base_id (own) != EVP_PKEY_EC)
    return EVP_PKEY_new_raw_public_key (EVP_PKEY_get_base_id (own), NULL, octets, n);
  EVP_PKEY *peer = EVP_PKEY_new ();
  assert_int_equal (EVP_PKEY_copy_parameters (peer, own), 1);
  assert_int_equal (EVP_PKEY_set1_encoded_public_key (peer, octets, n), 1);
  return peer;
}

/* The same the other way: what the library wrote is opened here. */
static void
test_writes_what_is_read_here (void **state)
{
  static const gsize written[] = { 0, 6, 8, 11 };
  for (gsize i = 0; i < G_N_ELEMENTS (written); i++)
    {
      const Way *way = &all_ways[written[i]];
      LlKeyHandle *recipient = identity (state, way->kind);
      g_autoptr (GByteArray) sealed = seal (recipient, LL_SMIME_AES256_GCM, FALSE);
      g_autoptr (Parts) parts = parts_split (sealed);
      LlKeyAgreement *agreement = sk_LlRecipientInfo_value (parts->recipients, 0)->d.agreement;
      LlCmsOid oid;
      assert_string_equal (ll_cms_oid (agreement->algorithm->algorithm, oid), way->scheme);
      assert_null (agreement->ukm);
      assert_int_equal (ASN1_INTEGER_get (agreement->version), 3);
      g_autoptr (GByteArray) wrap = test_hex (AES256_WRAP);
      assert_int_equal (ASN1_STRING_length (agreement->algorithm->parameter->value.sequence), wrap->len);
      assert_memory_equal (ASN1_STRING_get0_data (agreement->algorithm->parameter->value.sequence),
                           wrap->data, wrap->len);

      g_autoptr (EVP_PKEY) peer = peer_of (agreement, recipient->key);
      guint8 kek[32], key[40];
      const ASN1_OCTET_STRING *wrapped = parts_encrypted_key (parts);
      derive_kek (way, recipient->key, peer, kek);
      aes_wrap (FALSE, kek, ASN1_STRING_get0_data (wrapped), (gsize)ASN1_STRING_length (wrapped), key);
      const Content content
          = { EVP_aes_256_gcm (), key, parts->algorithm->data + parts->algorithm->len - 15, NULL };
      g_autoptr (GByteArray) again = g_byte_array_new ();
      g_autoptr (GByteArray) mac = g_byte_array_new ();
      encrypt_content (&content, again, mac);
      assert_memory_equal (again->data, parts->content->data, again->len);
      assert_memory_equal (mac->data, parts->mac->data, 16);
    }
}

/* Two attributes in DER order: a short one first. */
#define ATTRIBUTE_A "3010 0603 2a0304 3109 0407 61747472303031"
#define ATTRIBUTE_B "3012 0603 2a0305 310b 0409 617474723030313131"

static void
test_authenticated_attributes (void **state)
{
  static const guint8 key[32] = "0123456789abcdef0123456789abcde";
  /* RFC 5083 2.2: over the DER of a SET OF, however they travel. */
  static const char *const orders[] = { "a126" ATTRIBUTE_A ATTRIBUTE_B, "a126" ATTRIBUTE_B ATTRIBUTE_A };
  LlKeyHandle *recipient = identity (state, P256_KEY);
  for (gsize i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (GByteArray) aad = test_hex ("3126" ATTRIBUTE_A ATTRIBUTE_B);
      Content content = { .cipher = EVP_aes_256_gcm (), .aad = aad };
      g_autoptr (Parts) parts = make_message (&all_ways[8], recipient, &content, key);
      g_autoptr (GByteArray) without = parts_join (parts);
      assert_refused (without, recipient, LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
      g_byte_array_unref (parts->attributes);
      parts->attributes = test_hex (orders[i]);
      g_autoptr (GByteArray) with = parts_join (parts);
      assert_unseals (with, recipient);
      parts->attributes->data[parts->attributes->len - 1] ^= 1;
      g_autoptr (GByteArray) changed = parts_join (parts);
      assert_refused (changed, recipient, LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
    }
}

/* Attributes nobody authenticated. */
static void
test_added_attributes (void **state)
{
  g_autoptr (GByteArray) sealed = seal (identity (state, P256_KEY), LL_SMIME_AES256_GCM, FALSE);
  g_autoptr (Parts) parts = parts_split (sealed);
  g_byte_array_unref (parts->attributes);
  parts->attributes = test_hex ("a112" ATTRIBUTE_A);
  g_autoptr (GByteArray) changed = parts_join (parts);
  assert_refused (changed, identity (state, P256_KEY), LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
}

/* RFC 8103 */
static void
test_chacha20 (void **state)
{
  static const guint8 key[32] = "0123456789abcdef0123456789abcde";
  LlKeyHandle *recipient = identity (state, X25519_KEY);
  Content content = { .cipher = EVP_aes_256_gcm () };
  g_autoptr (Parts) parts = make_message (&all_ways[0], recipient, &content, key);
  g_byte_array_unref (parts->algorithm);
  parts->algorithm = test_hex ("301b 060b 2a864886f70d0109100312 040c 0102030405060708090a0b0c");
  content
      = (Content){ EVP_chacha20_poly1305 (), key, parts->algorithm->data + parts->algorithm->len - 12, NULL };
  encrypt_content (&content, parts->content, parts->mac);
  g_autoptr (GByteArray) sealed = parts_join (parts);
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  g_autoptr (LlDecryption) decryption = ll_decryption_new ();
  g_autoptr (GError) error = NULL;
  g_ptr_array_add (keys, recipient);
  g_autoptr (GByteArray) got = unseal (sealed, keys, decryption, &error);
  if (got == NULL)
    fail_msg ("%s", error->message);
  assert_true (is_text (got));
  assert_string_equal (decryption->cipher, "CHACHA20-POLY1305");
  assert_int_equal (decryption->status, LL_ENCRYPTION_OK);

  parts->mac->data[15] ^= 1;
  g_autoptr (GByteArray) bad = parts_join (parts);
  assert_refused (bad, recipient, LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
  g_byte_array_set_size (parts->mac, 12);
  g_autoptr (GByteArray) cut = parts_join (parts);
  assert_refused (cut, recipient, LL_ERROR_UNSUPPORTED, "tag");
}

/* Another curve is named than ours, with a point that would lie on it. */
static void
test_other_curve (void **state)
{
  static const guint8 key[32] = "0123456789abcdef0123456789abcde";
  LlKeyHandle *recipient = identity (state, P256_KEY);
  Content content = { .cipher = EVP_aes_256_gcm () };
  g_autoptr (Parts) parts = make_message (&all_ways[8], recipient, &content, key);
  X509_ALGOR *algorithm
      = sk_LlRecipientInfo_value (parts->recipients, 0)->d.agreement->originator->d.key->algorithm;
  algorithm->parameter = ASN1_TYPE_new ();
  ASN1_TYPE_set1 (algorithm->parameter, V_ASN1_OBJECT, OBJ_nid2obj (NID_X9_62_prime256v1));
  g_autoptr (GByteArray) named = parts_join (parts);
  assert_unseals (named, recipient);
  ASN1_TYPE_set1 (algorithm->parameter, V_ASN1_OBJECT, OBJ_nid2obj (NID_secp384r1));
  g_autoptr (GByteArray) other = parts_join (parts);
  assert_refused (other, recipient, LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_reads_what_was_made_here),
    cmocka_unit_test (test_wrong_derivation),
    cmocka_unit_test (test_writes_what_is_read_here),
    cmocka_unit_test (test_authenticated_attributes),
    cmocka_unit_test (test_added_attributes),
    cmocka_unit_test (test_chacha20),
    cmocka_unit_test (test_other_curve),
  };
  return cmocka_run_group_tests (tests, test_identities_set_up, test_identities_tear_down);
}
