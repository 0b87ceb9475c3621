/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys whose private half is elsewhere, as in a card or in gpg-agent; and messages larger than memory
 * should be.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "envelope-testing.h"

typedef int (*PrivateDecrypt) (int, const unsigned char *, unsigned char *, RSA *, int);
typedef int (*ComputeKey) (unsigned char **, size_t *, const EC_POINT *, const EC_KEY *);

/* What the "card" holds: found by the key that stands for it. */
static int
card_decrypt (int length, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
  RSA *inside = RSA_get_app_data (rsa);
  return RSA_private_decrypt (length, from, to, inside, padding);
}

static int
card_compute (unsigned char **out, size_t *out_length, const EC_POINT *point, const EC_KEY *key)
{
  EC_KEY *inside = EC_KEY_get_ex_data (key, 0);
  ComputeKey compute = NULL;
  EC_KEY_METHOD_get_compute_key (EC_KEY_OpenSSL (), &compute);
  return compute (out, out_length, point, inside);
}

/* The public half alone, with a method that asks the card. */
static LlKeyHandle *
rsa_in_card (const LlKeyHandle *soft, RSA_METHOD *method)
{
  RSA *inside = EVP_PKEY_get1_RSA (soft->key);
  RSA *rsa = RSA_new ();
  const BIGNUM *n, *e;
  RSA_get0_key (inside, &n, &e, NULL);
  RSA_set0_key (rsa, BN_dup (n), BN_dup (e), NULL);
  RSA_set_method (rsa, method);
  RSA_set_app_data (rsa, inside);
  EVP_PKEY *key = EVP_PKEY_new ();
  assert_int_equal (EVP_PKEY_set1_RSA (key, rsa), 1);
  LlKeyHandle *handle = ll_key_handle_new (soft->certificate, key);
  RSA_free (rsa);
  EVP_PKEY_free (key);
  return handle;
}

static void
test_rsa_in_card (void **state)
{
  const LlKeyHandle *soft = identity (state, RSA_KEY);
  RSA_METHOD *method = RSA_meth_dup (RSA_PKCS1_OpenSSL ());
  RSA_meth_set_priv_dec (method, card_decrypt);
  LlKeyHandle *handle = rsa_in_card (soft, method);
  for (guint c = 0; c < N_CIPHERS; c++)
    for (gint oaep = 0; oaep < 2; oaep++)
      {
        g_autoptr (GByteArray) sealed = seal (soft, test_ciphers[c].cipher, oaep);
        assert_unseals (sealed, handle);
        g_autoptr (Parts) parts = parts_split (sealed);
        ((guint8 *)ASN1_STRING_get0_data (parts_encrypted_key (parts)))[9] ^= 1;
        g_autoptr (GByteArray) bad = parts_join (parts);
        assert_refused (bad, handle, LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
      }
  RSA_free (RSA_get_app_data (EVP_PKEY_get0_RSA (handle->key)));
  ll_key_handle_free (handle);
  RSA_meth_free (method);
}

static LlKeyHandle *
ec_in_card (const LlKeyHandle *soft, EC_KEY_METHOD *method)
{
  EC_KEY *inside = EVP_PKEY_get1_EC_KEY (soft->key);
  EC_KEY *ec = EC_KEY_new ();
  EC_KEY_set_method (ec, method);
  EC_KEY_set_group (ec, EC_KEY_get0_group (inside));
  EC_KEY_set_public_key (ec, EC_KEY_get0_public_key (inside));
  EC_KEY_set_ex_data (ec, 0, inside);
  EVP_PKEY *key = EVP_PKEY_new ();
  assert_int_equal (EVP_PKEY_set1_EC_KEY (key, ec), 1);
  LlKeyHandle *handle = ll_key_handle_new (soft->certificate, key);
  EC_KEY_free (ec);
  EVP_PKEY_free (key);
  return handle;
}

static void
test_ec_in_card (void **state)
{
  EC_KEY_METHOD *method = EC_KEY_METHOD_new (EC_KEY_OpenSSL ());
  EC_KEY_METHOD_set_compute_key (method, card_compute);
  for (guint kind = P256_KEY; kind <= P521_KEY; kind++)
    {
      const LlKeyHandle *soft = identity (state, kind);
      LlKeyHandle *handle = ec_in_card (soft, method);
      g_autoptr (GByteArray) sealed = seal (soft, LL_SMIME_AES256_GCM, FALSE);
      assert_unseals (sealed, handle);
      g_autoptr (Parts) parts = parts_split (sealed);
      ((guint8 *)ASN1_STRING_get0_data (parts_encrypted_key (parts)))[9] ^= 1;
      g_autoptr (GByteArray) bad = parts_join (parts);
      assert_refused (bad, handle, LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
      EC_KEY_free (EC_KEY_get_ex_data (EVP_PKEY_get0_EC_KEY (handle->key), 0));
      ll_key_handle_free (handle);
    }
  EC_KEY_METHOD_free (method);
}

/* A handle whose key cannot do what the message asks. */
static void
test_wrong_kind_of_key (void **state)
{
  LlKeyHandle *rsa = identity (state, RSA_KEY);
  LlKeyHandle *ec = identity (state, P256_KEY);
  LlKeyHandle *mixed = ll_key_handle_new (rsa->certificate, ec->key);
  g_autoptr (GByteArray) transported = seal (rsa, LL_SMIME_AES256_CBC, FALSE);
  assert_refused (transported, mixed, LL_ERROR_UNSUPPORTED, "key transport");
  ll_key_handle_free (mixed);
  mixed = ll_key_handle_new (ec->certificate, rsa->key);
  g_autoptr (GByteArray) agreed = seal (ec, LL_SMIME_AES256_CBC, FALSE);
  assert_refused (agreed, mixed, LL_ERROR_UNSUPPORTED, "key agreement");
  ll_key_handle_free (mixed);
}

/* ---- memory ---- */

#define LARGE (64u << 20)

static void
reset_peak (void)
{
  int fd = open ("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (fd >= 0)
    {
      assert_int_equal (write (fd, "5", 1), 1);
      close (fd);
    }
}

static guint64
peak_kib (void)
{
  g_autofree char *status = NULL;
  assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  const char *line = strstr (status, "VmHWM:");
  assert_non_null (line);
  return g_ascii_strtoull (line + strlen ("VmHWM:"), NULL, 10);
}

static void
assert_small (void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(LL_SANITIZED)
  assert_true (peak_kib () < 40 * 1024);
#else
  (void)peak_kib;
#endif
}

static void
test_large (void **state)
{
  static const LlSmimeCipher both[] = { LL_SMIME_AES256_CBC, LL_SMIME_AES256_GCM };
  g_autofree guint8 *piece = g_malloc0 (1 << 20);
  g_autoptr (LlSpool) content = ll_spool_new ();
  for (guint i = 0; i < LARGE >> 20; i++)
    {
      piece[0] = (guint8)i;
      assert_true (ll_spool_append (content, piece, 1 << 20, NULL));
    }
  g_autoptr (GPtrArray) recipients = g_ptr_array_new ();
  g_ptr_array_add (recipients, identity (state, P256_KEY)->certificate);
  for (guint c = 0; c < G_N_ELEMENTS (both); c++)
    {
      reset_peak ();
      const LlSmimeOptions options = { .cipher = both[c] };
      g_autoptr (LlSpool) sealed = ll_spool_new ();
      g_autoptr (LlSink) sink = ll_spool_sink (sealed);
      assert_true (ll_cms_encrypt (recipients, &options, ll_spool_octets (content), sink, NULL, NULL));
      g_autoptr (LlCms) cms = ll_cms_open (ll_spool_octets (sealed), NULL);
      g_autoptr (LlSpool) out = ll_spool_new ();
      g_autoptr (LlDecryption) decryption = ll_decryption_new ();
      assert_non_null (cms);
      assert_true (ll_cms_decrypt (cms, identities (state), out, decryption, NULL));
      assert_int_equal (ll_spool_length (out), LARGE);
      for (guint i = 0; i < LARGE >> 20; i++)
        {
          gsize n = 0;
          guint8 octet = 0;
          assert_true (ll_octets_read (ll_spool_octets (out), (guint64)i << 20, &octet, 1, &n, NULL));
          assert_int_equal (octet, i);
        }
      assert_small ();
    }
}

/* A plaintext that is over the limit of its spool ends there. */
static void
test_limit (void **state)
{
  g_autoptr (GByteArray) sealed = seal (identity (state, P256_KEY), LL_SMIME_AES256_GCM, FALSE);
  g_autoptr (LlSpool) in = test_spool (sealed->data, sealed->len);
  g_autoptr (LlCms) cms = ll_cms_open (ll_spool_octets (in), NULL);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlDecryption) decryption = ll_decryption_new ();
  g_autoptr (GError) error = NULL;
  ll_spool_set_limit (out, 10, "plaintext");
  assert_non_null (cms);
  assert_false (ll_cms_decrypt (cms, identities (state), out, decryption, &error));
  test_assert_code (error, LL_ERROR_LIMIT);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_rsa_in_card),
    cmocka_unit_test (test_ec_in_card),
    cmocka_unit_test (test_wrong_kind_of_key),
    cmocka_unit_test (test_large),
    cmocka_unit_test (test_limit),
  };
  return cmocka_run_group_tests (tests, test_identities_set_up, test_identities_tear_down);
}
