/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "envelope-testing.h"

/* One octet changed at @at. */
static GByteArray *
flipped (const GByteArray *bytes, guint at)
{
  GByteArray *copy = g_byte_array_new ();
  g_byte_array_append (copy, bytes->data, bytes->len);
  copy->data[at] ^= 0x01;
  return copy;
}

static void
test_no_secret_key (void **state)
{
  g_autoptr (GPtrArray) recipients = g_ptr_array_new ();
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();
  g_autoptr (LlDecryption) decryption = ll_decryption_new ();
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < N_KINDS; i++)
    g_ptr_array_add (recipients, identity (state, i)->certificate);
  g_autoptr (GByteArray) sealed = seal_octets (recipients, LL_SMIME_AES256_CBC, FALSE, TEXT, strlen (TEXT));
  assert_null (unseal (sealed, nobody, decryption, &error));
  test_assert_code (error, LL_ERROR_NO_SECRET_KEY);
  assert_non_null (strstr (error->message, "Test Authority, serial number 100"));
  assert_non_null (strstr (error->message, "(+2)"));
}

static void
test_encrypt_refused (void **state)
{
  static const struct
  {
    const char *kind, *word;
  } cases[] = {
    { "rsa1024", "1024" },
    { "ED25519", "ED25519" },
    { "secp256k1", "secp256k1" },
    { "brainpoolP256r1", "brainpool" },
  };
  const LlSmimeOptions options = { .cipher = LL_SMIME_AES256_CBC };
  g_autoptr (LlSpool) in = test_spool (TEXT, strlen (TEXT));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LlKeyHandle *handle = test_identity (cases[i].kind, "Test Authority", 1);
      g_autoptr (LlText) reason = ll_cms_can_encrypt_to (handle->certificate);
      assert_non_null (reason);
      g_autofree char *text = ll_text_format (reason, NULL, NULL);
      assert_non_null (strstr (text, cases[i].word));

      g_autoptr (GPtrArray) recipients = g_ptr_array_new ();
      g_autoptr (LlSpool) out = ll_spool_new ();
      g_autoptr (LlSink) sink = ll_spool_sink (out);
      g_autoptr (GError) error = NULL;
      g_ptr_array_add (recipients, identity (state, 0)->certificate);
      g_ptr_array_add (recipients, handle->certificate);
      assert_false (ll_cms_encrypt (recipients, &options, ll_spool_octets (in), sink, NULL, &error));
      test_assert_code (error, LL_ERROR_UNSUPPORTED);
      assert_non_null (strstr (error->message, cases[i].word));
      assert_int_equal (ll_spool_length (out), 0);
      ll_key_handle_free (handle);
    }
  for (guint i = 0; i < N_KINDS; i++)
    assert_null (ll_cms_can_encrypt_to (identity (state, i)->certificate));
}

static void
test_encrypt_to_nobody (void **state)
{
  const LlSmimeOptions options = { .cipher = LL_SMIME_AES256_CBC };
  g_autoptr (LlSpool) in = test_spool (TEXT, strlen (TEXT));
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  g_autoptr (GPtrArray) recipients = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  assert_false (ll_cms_encrypt (recipients, &options, ll_spool_octets (in), sink, NULL, &error));
  test_assert_code (error, LL_ERROR_NO_RECIPIENTS);
  assert_int_equal (ll_spool_length (out), 0);
}

/* Any octet changed anywhere: an authenticated message is the same or is not opened at all. */
static void
test_flip_authenticated (void **state)
{
  static const guint some[] = { 0, 1, 4 };
  for (guint k = 0; k < G_N_ELEMENTS (some); k++)
    {
      guint opened = 0;
      g_autoptr (GByteArray) sealed = seal (identity (state, some[k]), LL_SMIME_AES256_GCM, FALSE);
      for (guint at = 0; at < sealed->len; at += some[k] == RSA_KEY && at > 400 ? 5 : 1)
        {
          g_autoptr (GByteArray) bad = flipped (sealed, at);
          g_autoptr (GError) error = NULL;
          g_autoptr (GByteArray) got = unseal_with (bad, identity (state, some[k]), &error);
          assert_true ((got == NULL) == (error != NULL));
          if (got != NULL)
            assert_true (is_text (got));
          opened += got != NULL;
        }
      /* Version numbers, the type of the content and the like. */
      assert_true (opened <= 16);
    }
}

/* CBC cannot notice a change in the content, so it may never be called intact (E-4); a change
 * of the keys is noticed. */
static void
test_flip_unauthenticated (void **state)
{
  for (guint kind = 0; kind < 2; kind++)
    {
      g_autoptr (GByteArray) sealed = seal (identity (state, kind), LL_SMIME_AES256_CBC, FALSE);
      for (guint at = 0; at < sealed->len; at += kind == RSA_KEY ? 3 : 1)
        {
          g_autoptr (GByteArray) bad = flipped (sealed, at);
          g_autoptr (LlDecryption) decryption = ll_decryption_new ();
          g_autoptr (GError) error = NULL;
          g_autoptr (GByteArray) got = unseal (bad, identities (state), decryption, &error);
          assert_int_not_equal (decryption->status, LL_ENCRYPTION_OK);
          assert_true ((got == NULL) == (error != NULL));
        }
    }
}

static void
test_flip_encrypted_key (void **state)
{
  static const guint ends[] = { 0, 1, 2, 5 };
  for (guint c = 0; c < N_CIPHERS; c += 2)
    for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
      for (gint oaep = 0; oaep <= (ends[i] == 0); oaep++)
        {
          LlKeyHandle *key = identity (state, ends[i]);
          g_autoptr (GByteArray) sealed = seal (key, test_ciphers[c].cipher, oaep);
          g_autoptr (Parts) parts = parts_split (sealed);
          ASN1_OCTET_STRING *encrypted = parts_encrypted_key (parts);
          int n = ASN1_STRING_length (encrypted);
          for (int at = 0; at<n; at += n> 100 ? 37 : 9)
            {
              ((guint8 *)ASN1_STRING_get0_data (encrypted))[at] ^= 0x10;
              g_autoptr (GByteArray) bad = parts_join (parts);
              assert_refused (bad, key, LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
              ((guint8 *)ASN1_STRING_get0_data (encrypted))[at] ^= 0x10;
            }
        }
}

static void
test_truncated (void **state)
{
  for (guint c = 0; c < N_CIPHERS; c += 2)
    {
      g_autoptr (GByteArray) sealed = seal (identity (state, 1), test_ciphers[c].cipher, FALSE);
      for (guint n = 0; n < sealed->len; n++)
        {
          const GByteArray cut = { sealed->data, n };
          assert_refused (&cut, identity (state, 1), LL_ERROR_MALFORMED, n == 0 ? "empty" : "truncated");
        }
      g_byte_array_append (sealed, (const guint8 *)"\n", 1);
      assert_refused (sealed, identity (state, 1), LL_ERROR_MALFORMED, "follow");
    }
}

typedef void (*Damage) (Parts *parts);

static void
shorten_content (Parts *parts)
{
  g_byte_array_set_size (parts->content, parts->content->len - 16);
}

static void
uneven_content (Parts *parts)
{
  g_byte_array_set_size (parts->content, parts->content->len - 1);
}

static void
empty_content (Parts *parts)
{
  g_byte_array_set_size (parts->content, 0);
}

static void
flip_content (Parts *parts)
{
  parts->content->data[3] ^= 1;
}

static void
flip_mac (Parts *parts)
{
  parts->mac->data[0] ^= 1;
}

static void
flip_key (Parts *parts)
{
  ((guint8 *)ASN1_STRING_get0_data (parts_encrypted_key (parts)))[1] ^= 1;
}

static void
cut_key (Parts *parts)
{
  static const guint8 octets[8] = { 0 };
  ASN1_OCTET_STRING_set (parts_encrypted_key (parts), octets, sizeof octets);
}

static void
no_key (Parts *parts)
{
  ASN1_OCTET_STRING_set (parts_encrypted_key (parts), (const guint8 *)"", 0);
}

static void
flip_iv (Parts *parts)
{
  parts->algorithm->data[parts->algorithm->len - 4] ^= 1;
}

/* Whatever goes wrong, the answer is the same to the letter (E-2). */
static void
test_one_answer (void **state)
{
  static const struct
  {
    guint kind;
    LlSmimeCipher cipher;
    Damage damage;
  } cases[] = {
    { 0, LL_SMIME_AES256_CBC, shorten_content },
    { 0, LL_SMIME_AES256_CBC, uneven_content },
    { 0, LL_SMIME_AES256_CBC, empty_content },
    { 0, LL_SMIME_AES256_CBC, flip_key },
    { 0, LL_SMIME_AES256_CBC, cut_key },
    { 0, LL_SMIME_AES256_CBC, no_key },
    { 1, LL_SMIME_AES256_CBC, flip_key },
    { 1, LL_SMIME_AES256_CBC, cut_key },
    { 1, LL_SMIME_AES256_CBC, no_key },
    { 1, LL_SMIME_AES256_CBC, shorten_content },
    { 0, LL_SMIME_AES256_GCM, flip_content },
    { 0, LL_SMIME_AES256_GCM, flip_mac },
    { 0, LL_SMIME_AES256_GCM, flip_key },
    { 0, LL_SMIME_AES256_GCM, flip_iv },
    { 0, LL_SMIME_AES256_GCM, empty_content },
    { 4, LL_SMIME_AES256_GCM, flip_key },
    { 4, LL_SMIME_AES256_GCM, flip_content },
    { 0, LL_SMIME_AES128_CBC, NULL },
    { 1, LL_SMIME_AES128_CBC, NULL },
    { 4, LL_SMIME_AES256_GCM, NULL },
  };
  g_autofree char *first = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LlKeyHandle *key = identity (state, cases[i].kind);
      LlKeyHandle *stranger = test_identity (test_kinds[cases[i].kind], "Another", 1);
      LlKeyHandle *wrong = ll_key_handle_new (key->certificate, stranger->key);
      g_autoptr (GByteArray) sealed = seal (key, cases[i].cipher, FALSE);
      g_autoptr (Parts) parts = parts_split (sealed);
      if (cases[i].damage != NULL)
        cases[i].damage (parts);
      g_autoptr (GByteArray) bad = parts_join (parts);
      g_autoptr (GError) error = NULL;
      g_autoptr (GByteArray) got = unseal_with (bad, cases[i].damage != NULL ? key : wrong, &error);
      if (got != NULL)
        fail_msg ("case %u was opened", i);
      test_assert_code (error, LL_ERROR_DECRYPT_FAILED);
      if (first == NULL)
        first = g_strdup (error->message);
      assert_string_equal (error->message, first);
      ll_key_handle_free (wrong);
      ll_key_handle_free (stranger);
    }
}

/* ---- parameters that weaken ---- */

#define OID_AES256_CBC "0609 60864801650304012a"
#define OID_AES256_GCM "0609 60864801650304012e"
#define NONCE "040c 000102030405060708090a0b"
#define NONCE_64                                                                                             \
  "0440 00000000000000000000000000000000 00000000000000000000000000000000"                                   \
  "00000000000000000000000000000000 00000000000000000000000000000000"
#define IV "0410 000102030405060708090a0b0c0d0e0f"

static void
test_parameters (void **state)
{
  static const struct
  {
    LlSmimeCipher cipher;
    const char *algorithm; /* hex; NULL: as it was */
    guint mac_length;
    const char *word;
  } cases[] = {
    { LL_SMIME_AES256_GCM, NULL, 4, "tag" },
    { LL_SMIME_AES256_GCM, NULL, 8, "tag" },
    { LL_SMIME_AES256_GCM, NULL, 12, "tag" },
    { LL_SMIME_AES256_GCM, NULL, 15, "tag" },
    { LL_SMIME_AES256_GCM, NULL, 0, "tag" },
    { LL_SMIME_AES256_GCM, "301b" OID_AES256_GCM "300e" NONCE, 12, "tag" }, /* the default of RFC 5084 */
    { LL_SMIME_AES256_GCM, "301b" OID_AES256_GCM "300e" NONCE, 16, "tag" },
    { LL_SMIME_AES256_GCM, "301e" OID_AES256_GCM "3011" NONCE "020104", 4, "tag" },
    { LL_SMIME_AES256_GCM, "301e" OID_AES256_GCM "3011" NONCE "020104", 16, "tag" },
    { LL_SMIME_AES256_GCM, "301e" OID_AES256_GCM "3011" NONCE "02010c", 12, "tag" },
    { LL_SMIME_AES256_GCM, "301e" OID_AES256_GCM "3011" NONCE "0201f0", 16, "tag" },
    { LL_SMIME_AES256_GCM, "3052" OID_AES256_GCM "3045" NONCE_64 "020110", 16, "nonce" },
    { LL_SMIME_AES256_GCM, "3012" OID_AES256_GCM "3005 0400 020110", 16, "nonce" },
    { LL_SMIME_AES256_GCM, "3019" OID_AES256_GCM NONCE, 16, "malformed" },
    { LL_SMIME_AES256_GCM, "300b" OID_AES256_GCM, 16, "malformed" },
    { LL_SMIME_AES256_GCM, "301d" OID_AES256_CBC IV, 16, "does not belong" },
    { LL_SMIME_AES256_GCM, "301d 0609 60864801650304012b" IV, 16, "not supported" }, /* OFB */
    { LL_SMIME_AES256_GCM, "301e 0609 60864801650304012f 3011" NONCE "020110", 16,
      "not supported" }, /* CCM */
    { LL_SMIME_AES256_CBC, "301e" OID_AES256_GCM "3011" NONCE "020110", 0, "does not belong" },
    { LL_SMIME_AES256_CBC, "301b 060b 2a864886f70d0109100312" NONCE, 0, "does not belong" },
    { LL_SMIME_AES256_CBC, "3015" OID_AES256_CBC "0408 0001020304050607", 0, "length" },
    { LL_SMIME_AES256_CBC, "300d" OID_AES256_CBC "0500", 0, "length" },
    { LL_SMIME_AES256_CBC, "300b" OID_AES256_CBC, 0, "length" },
    { LL_SMIME_AES256_CBC, "3019 0608 2a864886f70d0302 300d 0201 3a 0408 0001020304050607", 0, "RC2" },
    { LL_SMIME_AES256_CBC, "3011 0605 2b0e030207 0408 0001020304050607", 0, "DES" },
    { LL_SMIME_AES256_CBC, "300c 0608 2a864886f70d0304 0500", 0, "RC4" },
    { LL_SMIME_AES256_CBC, "3006 0604 2a030405", 0, "1.2.3.4.5" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) sealed = seal (identity (state, 1), cases[i].cipher, FALSE);
      g_autoptr (Parts) parts = parts_split (sealed);
      if (cases[i].algorithm != NULL)
        {
          g_byte_array_unref (parts->algorithm);
          parts->algorithm = test_hex (cases[i].algorithm);
          parts->algorithm->data[1] = (guint8)(parts->algorithm->len - 2);
        }
      g_byte_array_set_size (parts->mac, cases[i].mac_length);
      g_autoptr (GByteArray) bad = parts_join (parts);
      g_autoptr (GError) error = NULL;
      g_autoptr (GByteArray) got = unseal_with (bad, identity (state, 1), &error);
      if (got != NULL)
        fail_msg ("case %u was opened", i);
      test_assert_code (error, LL_ERROR_UNSUPPORTED);
      if (strstr (error->message, cases[i].word) == NULL)
        fail_msg ("case %u: %s", i, error->message);
    }
}

/* ---- kinds of recipients that cannot be opened ---- */

#define KEM_BEFORE "a4 53 060b 2a864886f70d0109100d03 3044 020100 8004 01020304 300b 0609 60864801650304"
#define KEM_AFTER                                                                                            \
  "0403 010203 300d 060b 2a864886f70d010910031c 020120 300b 0609 60864801650304012d 0408 0102030405060708"

static void
replace_recipients (Parts *parts, const char *hex)
{
  g_autoptr (GByteArray) der = test_hex (hex);
  const guint8 *p = der->data;
  LlRecipientInfo *info = d2i_LlRecipientInfo (NULL, &p, (long)der->len);
  assert_non_null (info);
  assert_ptr_equal (p, der->data + der->len);
  LlRecipientInfo_free (sk_LlRecipientInfo_pop (parts->recipients));
  sk_LlRecipientInfo_push (parts->recipients, info);
}

static void
test_other_recipients (void **state)
{
  static const struct
  {
    const char *hex, *word;
  } cases[] = {
    { KEM_BEFORE "0402" KEM_AFTER, "post-quantum (ML-KEM-768)" },
    { KEM_BEFORE "0403" KEM_AFTER, "post-quantum (ML-KEM-1024)" },
    { KEM_BEFORE "0409" KEM_AFTER, "post-quantum (ML-KEM)" },
    { "a4 11 060b 2a864886f70d0109100d03 0402 0102", "post-quantum (ML-KEM)" },
    { "a4 0a 0604 2a030405 0402 0102", "another kind" },
    { "a3 18 020100 300b 0609 608648016503040105 0406 010203040506", "password" },
    { "a2 1c 020104 3006 0404 01020304 3006 0604 2a030405 0407 01020304050607", "another kind" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) sealed = seal (identity (state, 1), LL_SMIME_AES256_CBC, FALSE);
      g_autoptr (Parts) parts = parts_split (sealed);
      replace_recipients (parts, cases[i].hex);
      g_autoptr (GByteArray) changed = parts_join (parts);
      assert_refused (changed, identity (state, 1), LL_ERROR_UNSUPPORTED, cases[i].word);
    }
  g_autoptr (GByteArray) sealed = seal (identity (state, 1), LL_SMIME_AES256_CBC, FALSE);
  g_autoptr (Parts) parts = parts_split (sealed);
  LlRecipientInfo_free (sk_LlRecipientInfo_pop (parts->recipients));
  g_autoptr (GByteArray) changed = parts_join (parts);
  assert_refused (changed, identity (state, 1), LL_ERROR_NO_SECRET_KEY, "nobody");
}

/* With one of them in front, ours is still found. */
static void
test_beside_others (void **state)
{
  g_autoptr (GByteArray) der = test_hex (KEM_BEFORE "0402" KEM_AFTER);
  const guint8 *p = der->data;
  g_autoptr (GByteArray) sealed = seal (identity (state, 1), LL_SMIME_AES256_CBC, FALSE);
  g_autoptr (Parts) parts = parts_split (sealed);
  sk_LlRecipientInfo_unshift (parts->recipients, d2i_LlRecipientInfo (NULL, &p, (long)der->len));
  g_autoptr (GByteArray) changed = parts_join (parts);
  assert_unseals (changed, identity (state, 1));
}

static void
set_oid (X509_ALGOR *algorithm, const char *oid)
{
  ASN1_OBJECT_free (algorithm->algorithm);
  algorithm->algorithm = OBJ_txt2obj (oid, 1);
}

static void
test_unknown_ways (void **state)
{
  g_autoptr (GByteArray) sealed = seal (identity (state, 0), LL_SMIME_AES256_CBC, FALSE);
  g_autoptr (Parts) parts = parts_split (sealed);
  set_oid (sk_LlRecipientInfo_value (parts->recipients, 0)->d.transport->algorithm, "1.2.3.4.5");
  g_autoptr (GByteArray) transport = parts_join (parts);
  assert_refused (transport, identity (state, 0), LL_ERROR_UNSUPPORTED, "key transport 1.2.3.4.5");

  g_autoptr (GByteArray) agreed = seal (identity (state, 1), LL_SMIME_AES256_CBC, FALSE);
  g_autoptr (Parts) others = parts_split (agreed);
  /* MQV, RFC 5753 3.2 */
  set_oid (sk_LlRecipientInfo_value (others->recipients, 0)->d.agreement->algorithm, "1.3.132.1.15.1");
  g_autoptr (GByteArray) agreement = parts_join (others);
  assert_refused (agreement, identity (state, 1), LL_ERROR_UNSUPPORTED, "key agreement 1.3.132.1.15.1");
}

/* A point of another curve, none at all, or one that gives a known secret. */
static void
test_bad_points (void **state)
{
  static const struct
  {
    guint kind;
    const char *hex;
  } cases[] = {
    { 1, "" },
    { 1, "00" },
    { 1, "04 0000000000000000000000000000000000000000000000000000000000000001"
         "0000000000000000000000000000000000000000000000000000000000000001" },
    { 1, "04 00" },
    { 4, "0000000000000000000000000000000000000000000000000000000000000000" },
    { 4, "0100000000000000000000000000000000000000000000000000000000000000" },
    { 4, "00" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) point = test_hex (cases[i].hex);
      g_autoptr (GByteArray) sealed = seal (identity (state, cases[i].kind), LL_SMIME_AES256_CBC, FALSE);
      g_autoptr (Parts) parts = parts_split (sealed);
      LlOriginatorKey *key = sk_LlRecipientInfo_value (parts->recipients, 0)->d.agreement->originator->d.key;
      ASN1_BIT_STRING_set (key->public_key, point->data, (int)point->len);
      g_autoptr (GByteArray) bad = parts_join (parts);
      assert_refused (bad, identity (state, cases[i].kind), LL_ERROR_DECRYPT_FAILED, "cannot be decrypted");
    }
}

static void
test_not_encrypted (void **state)
{
  g_autoptr (GByteArray) bytes = test_hex (
      "3027 0609 2a864886f70d010702 a01a 3018 020101 3100 300b 0609 2a864886f70d010701 a000 3100");
  bytes->data[1] = (guint8)(bytes->len - 2);
  bytes->data[14] = (guint8)(bytes->len - 15);
  bytes->data[16] = (guint8)(bytes->len - 17);
  bytes->data[23] = 11;
  g_autoptr (LlSpool) spool = test_spool (bytes->data, bytes->len);
  g_autoptr (GError) error = NULL;
  g_autoptr (LlCms) cms = ll_cms_open (ll_spool_octets (spool), &error);
  if (cms == NULL)
    fail_msg ("%s", error->message);
  g_autoptr (LlDecryption) decryption = ll_decryption_new ();
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_false (ll_cms_decrypt (cms, identities (state), out, decryption, &error));
  test_assert_code (error, LL_ERROR_NOT_ENCRYPTED);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_no_secret_key),
    cmocka_unit_test (test_encrypt_refused),
    cmocka_unit_test (test_encrypt_to_nobody),
    cmocka_unit_test (test_flip_authenticated),
    cmocka_unit_test (test_flip_unauthenticated),
    cmocka_unit_test (test_flip_encrypted_key),
    cmocka_unit_test (test_truncated),
    cmocka_unit_test (test_one_answer),
    cmocka_unit_test (test_parameters),
    cmocka_unit_test (test_other_recipients),
    cmocka_unit_test (test_beside_others),
    cmocka_unit_test (test_unknown_ways),
    cmocka_unit_test (test_bad_points),
    cmocka_unit_test (test_not_encrypted),
  };
  return cmocka_run_group_tests (tests, test_identities_set_up, test_identities_tear_down);
}
