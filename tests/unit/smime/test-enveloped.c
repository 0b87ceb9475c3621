/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/rand.h>
#include <string.h>

#include "envelope-testing.h"

static void
test_round_trips (void **state)
{
  for (guint kind = 0; kind < N_KINDS; kind++)
    for (guint c = 0; c < N_CIPHERS; c++)
      for (gint oaep = 0; oaep <= (kind == 0); oaep++)
        {
          g_autoptr (GByteArray) sealed = seal (identity (state, kind), test_ciphers[c].cipher, oaep);
          g_autoptr (LlDecryption) decryption = ll_decryption_new ();
          g_autoptr (GError) error = NULL;
          g_autoptr (GByteArray) got = unseal (sealed, identities (state), decryption, &error);
          if (got == NULL)
            fail_msg ("%s %s: %s", test_kinds[kind], test_ciphers[c].name, error->message);
          assert_true (is_text (got));
          assert_int_equal (decryption->status, test_ciphers[c].status);
          assert_string_equal (decryption->cipher, test_ciphers[c].name);
          assert_int_equal (decryption->recipients->len, 1);
          g_autofree char *name = g_strdup_printf ("Test Authority, serial number 100%u", kind);
          assert_string_equal (g_ptr_array_index (decryption->recipients, 0), name);
        }
}

/* Padding and chunks: around the sizes where they could go wrong. */
static void
test_sizes (void **state)
{
  static const gsize sizes[] = { 0, 1, 15, 16, 17, 65535, 65536, 65537, 200000 };
  g_autoptr (GPtrArray) recipients = g_ptr_array_new ();
  g_ptr_array_add (recipients, identity (state, 1)->certificate);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint c = 0; c < N_CIPHERS; c++)
      {
        g_autofree guint8 *data = g_malloc (sizes[i] + 1);
        assert_int_equal (RAND_bytes (data, (int)sizes[i] + 1), 1);
        g_autoptr (GByteArray) sealed
            = seal_octets (recipients, test_ciphers[c].cipher, FALSE, data, sizes[i]);
        g_autoptr (GByteArray) got = unseal_with (sealed, identity (state, 1), NULL);
        assert_non_null (got);
        assert_int_equal (got->len, sizes[i]);
        if (got->len > 0)
          assert_memory_equal (got->data, data, got->len);
      }
}

static void
test_many_recipients (void **state)
{
  g_autoptr (GPtrArray) recipients = g_ptr_array_new ();
  for (guint i = 0; i < N_KINDS; i++)
    g_ptr_array_add (recipients, identity (state, i)->certificate);
  for (guint c = 0; c < N_CIPHERS; c++)
    {
      g_autoptr (GByteArray) sealed
          = seal_octets (recipients, test_ciphers[c].cipher, FALSE, TEXT, strlen (TEXT));
      for (guint i = 0; i < N_KINDS; i++)
        assert_unseals (sealed, identity (state, i));
    }
}

/* RFC 5652 6.1 and RFC 5083 2.1; nobody is there that was not asked for. */
static void
test_structure (void **state)
{
  static const struct
  {
    guint kind;
    LlSmimeCipher cipher;
    guint8 version;
  } cases[] = {
    { 0, LL_SMIME_AES256_CBC, 0 },
    { 1, LL_SMIME_AES256_CBC, 2 },
    { 0, LL_SMIME_AES256_GCM, 0 },
    { 4, LL_SMIME_AES256_GCM, 0 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) sealed = seal (identity (state, cases[i].kind), cases[i].cipher, FALSE);
      g_autoptr (Parts) parts = parts_split (sealed);
      g_autoptr (GByteArray) joined = parts_join (parts);
      assert_int_equal (parts->version->data[2], cases[i].version);
      assert_int_equal (sk_LlRecipientInfo_num (parts->recipients), 1);
      assert_unseals (joined, identity (state, cases[i].kind));
      assert_int_equal (parts->attributes->len, 0);
      assert_int_equal (parts->mac->len, cases[i].cipher == LL_SMIME_AES256_GCM ? 16 : 0);
    }
}

/* A key that is used anew each time, and a nonce. */
static void
test_fresh (void **state)
{
  g_autoptr (GByteArray) one = seal (identity (state, 1), LL_SMIME_AES256_GCM, FALSE);
  g_autoptr (GByteArray) two = seal (identity (state, 1), LL_SMIME_AES256_GCM, FALSE);
  g_autoptr (Parts) a = parts_split (one);
  g_autoptr (Parts) b = parts_split (two);
  assert_memory_not_equal (a->content->data, b->content->data, a->content->len);
  assert_true (a->algorithm->len == b->algorithm->len);
  assert_memory_not_equal (a->algorithm->data, b->algorithm->data, a->algorithm->len);
}

static void
test_expired_key_opens (void **state)
{
  LlKeyHandle *handle = identity (state, 1);
  X509 *certificate = test_certificate (handle->key, "Old Authority", 7, TRUE);
  LlKeyHandle *expired = ll_key_handle_new (certificate, handle->key);
  g_autoptr (GByteArray) sealed = seal (expired, LL_SMIME_AES256_CBC, FALSE);
  assert_unseals (sealed, expired);
  /* The same key under another certificate is another recipient. */
  assert_refused (sealed, handle, LL_ERROR_NO_SECRET_KEY, "Old Authority, serial number 07");
  ll_key_handle_free (expired);
  X509_free (certificate);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_round_trips),     cmocka_unit_test (test_sizes),
    cmocka_unit_test (test_many_recipients), cmocka_unit_test (test_structure),
    cmocka_unit_test (test_fresh),           cmocka_unit_test (test_expired_key_opens),
  };
  return cmocka_run_group_tests (tests, test_identities_set_up, test_identities_tear_down);
}
