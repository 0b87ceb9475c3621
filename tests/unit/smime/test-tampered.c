/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signatures that must not pass: altered, rebuilt or made to be mistaken for another. */
#include <openssl/bn.h>
#include <openssl/param_build.h>
#include <string.h>

#include "ll-limits.h"

#include "signed-testing.h"

typedef struct
{
  Signed base;
  X509 *certificate;
  LlSignedInfo *info; /* a good detached one, to be spoiled */
  LlSignatureScheme scheme;
} Spoil;

static void
spoil_init (Spoil *spoil, const char *key)
{
  signed_init (&spoil->base);
  spoil->certificate = signed_leaf (&spoil->base, key);
  g_autoptr (GByteArray) der = signed_make (spoil->certificate, key, FALSE, SIGNED_TEXT, TRUE);
  spoil->info = signed_parse (der);
  assert_true (ll_signature_scheme_for_key (pki_key (key), FALSE, &spoil->scheme));
}

static void
spoil_clear (Spoil *spoil)
{
  signed_clear (&spoil->base);
  X509_free (spoil->certificate);
  LlSignedInfo_free (spoil->info);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Spoil, spoil_clear)

static const SignedLook DETACHED = { .content = SIGNED_TEXT };

static void
spoil_assert (const Spoil *spoil, LlSignatureStatus status, const char *words)
{
  g_autoptr (GByteArray) der = signed_encode (spoil->info);
  signed_assert (&spoil->base, der, &DETACHED, status, words);
}

static void
set_attribute (LlSignerInfo *si, int nid, int type, const void *data, int length)
{
  int at = X509at_get_attr_by_NID (si->signed_attributes, nid, -1);
  if (at >= 0)
    X509_ATTRIBUTE_free (X509at_delete_attr (si->signed_attributes, at));
  if (data)
    assert_non_null (X509at_add1_attr_by_NID (&si->signed_attributes, nid, type, data, length));
}

static void
set_certificate (LlSignedInfo *info, X509 *certificate)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (certificate, &der);
  const unsigned char *at = der;
  ASN1_TYPE_free (sk_ASN1_TYPE_pop (info->signed_data->certificates));
  sk_ASN1_TYPE_push (info->signed_data->certificates, d2i_ASN1_TYPE (NULL, &at, length));
  OPENSSL_free (der);
}

static void
test_good (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "rsa");
  spoil_assert (&spoil, LL_SIGNATURE_VALID, "");
  signed_again (signed_signer (spoil.info, 0), "rsa", &spoil.scheme);
  spoil_assert (&spoil, LL_SIGNATURE_VALID, "");
}

/* What no signature covers: the version numbers, the list of digests in front, and which certificates there
 * are. */
static gboolean
may_differ (const GByteArray *der, guint at)
{
  /* ContentInfo, oid, [0], SignedData: version and digestAlgorithms begin at 4 + 11 + 4 + 4 */
  return at >= 23 && at < 23 + 3 + 17;
}

/* Every octet of a signature, one after the other: nothing but what is listed above may leave it valid. */
static void
test_every_octet (void **state)
{
  static const char *const KEYS[] = { "P-256", "ED25519" };
  for (gsize k = 0; k < G_N_ELEMENTS (KEYS); k++)
    {
      g_auto (Signed) test = { 0 };
      signed_init (&test);
      g_autoptr (X509) certificate = signed_leaf (&test, KEYS[k]);
      g_autoptr (GByteArray) der = signed_make (certificate, KEYS[k], FALSE, SIGNED_TEXT, TRUE);
      guint refused = 0;
      for (guint i = 0; i < der->len; i++)
        {
          der->data[i] ^= 0x01;
          g_autoptr (GError) error = NULL;
          g_autoptr (GPtrArray) signers = signed_verify (&test, der, &DETACHED, &error);
          der->data[i] ^= 0x01;
          refused += signers == NULL;
          for (guint j = 0; signers && j < signers->len; j++)
            if (((LlSigner *)g_ptr_array_index (signers, j))->status == LL_SIGNATURE_VALID
                && !may_differ (der, i))
              {
                /* version of SignerInfo is not signed either */
                if (i > 3 && der->data[i] == 1 && der->data[i - 1] == 1 && der->data[i - 2] == 2)
                  continue;
                fail_msg ("%s: octet %u of %u", KEYS[k], i, der->len);
              }
        }
      assert_in_range (refused, 20, der->len);
    }
}

static void
test_content_octets (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "P-256");
  g_autoptr (GByteArray) der = signed_make (certificate, "P-256", FALSE, SIGNED_TEXT, TRUE);
  char text[] = SIGNED_TEXT;
  for (gsize i = 0; i < sizeof text - 1; i++)
    {
      text[i] ^= 0x20;
      signed_assert (&test, der, &(SignedLook){ .content = text, .content_length = sizeof text - 1 },
                     LL_SIGNATURE_BAD, "changed");
      text[i] ^= 0x20;
      if (i > 0)
        signed_assert (&test, der, &(SignedLook){ .content = text, .content_length = i }, LL_SIGNATURE_BAD,
                       "changed");
    }
}

/* ---- opaque ---- */

/* The content is handed out, for it may be read, and never called signed (security.md A-8). */
static void
test_opaque_altered (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "P-256");
  g_autoptr (GByteArray) der = signed_make (certificate, "P-256", FALSE, "AAAAAAAA", FALSE);
  guint8 *at = memmem (der->data, der->len, "AAAAAAAA", 8);
  assert_non_null (at);
  at[3] = 'B';
  g_autoptr (LlSpool) out = ll_spool_new ();
  signed_assert (&test, der, &(SignedLook){ .out = out }, LL_SIGNATURE_BAD, "changed");
  g_autoptr (GByteArray) content = test_bytes (ll_spool_octets (out));
  assert_int_equal (content->len, 8);
  assert_memory_equal (content->data, "AAABAAAA", 8);
}

/* security.md F-1 (the class of CVE-2018-18509): two contents. */
static void
test_two_contents (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "P-256");
  g_autoptr (GByteArray) der = signed_make (certificate, "P-256", FALSE, SIGNED_TEXT, FALSE);
  signed_assert (&test, der, &(SignedLook){ .content = "Something else\r\n" }, LL_SIGNATURE_BAD,
                 "content of its own");
  signed_assert (&test, der, &DETACHED, LL_SIGNATURE_BAD, "content of its own");
}

static void
test_no_content (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  g_autoptr (GByteArray) der = signed_encode (spoil.info);
  g_autoptr (GError) error = NULL;
  assert_null (signed_verify (&spoil.base, der, &(SignedLook){ 0 }, &error));
  test_assert_code (error, LL_ERROR_MALFORMED);
}

static void
test_trailing (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  g_autoptr (GByteArray) der = signed_encode (spoil.info);
  g_byte_array_append (der, (const guint8 *)"", 1);
  g_autoptr (GError) error = NULL;
  assert_null (signed_verify (&spoil.base, der, &DETACHED, &error));
  test_assert_code (error, LL_ERROR_MALFORMED);
}

/* ---- content types ---- */

static void
test_content_type (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  /* Outside only. */
  spoil.info->signed_data->encapsulated->type = OBJ_nid2obj (NID_id_smime_ct_TSTInfo);
  spoil_assert (&spoil, LL_SIGNATURE_UNSUPPORTED, "not a mail message");
  /* Outside and in the attributes, properly signed (security.md F-2). */
  LlSignerInfo *si = signed_signer (spoil.info, 0);
  set_attribute (si, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj (NID_id_smime_ct_TSTInfo), -1);
  signed_again (si, "P-256", &spoil.scheme);
  spoil_assert (&spoil, LL_SIGNATURE_UNSUPPORTED, "not a mail message");
  /* Attributes only. */
  spoil.info->signed_data->encapsulated->type = OBJ_nid2obj (NID_pkcs7_data);
  spoil_assert (&spoil, LL_SIGNATURE_BAD, "another type");
}

static void
test_opaque_content_type (void **state)
{
  char *folder = test_folder ();
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "rsa");
  pki_write (folder, "a", certificate, "rsa");
  test_write (folder, "text", SIGNED_TEXT, strlen (SIGNED_TEXT));
  assert_true (
      test_run (folder, "openssl cms -sign -nodetach -binary -signer a.pem -econtent_type id-smime-ct-TSTInfo"
                        " -in text -outform DER -out out"));
  g_autoptr (GByteArray) der = test_read (folder, "out");
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (GError) error = NULL;
  assert_null (signed_verify (&test, der, &(SignedLook){ .out = out }, &error));
  test_assert_code (error, LL_ERROR_UNSUPPORTED);
  assert_int_equal (ll_spool_length (out), 0);
  test_folder_remove (folder);
}

/* ---- attributes ---- */

static void
test_attributes (void **state)
{
  static const struct
  {
    int nid;
    int type;
    const char *data;
    const char *words;
  } cases[] = {
    { NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, NULL, "does not say properly" },
    { NID_pkcs9_contentType, V_ASN1_OBJECT, NULL, "does not say properly" },
    { NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, "", "changed" },
    { NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, "short", "changed" },
    { NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, "0123456789abcdef0123456789abcdef", "changed" },
    { NID_pkcs9_messageDigest, V_ASN1_UTF8STRING, "0123456789abcdef0123456789abcdef",
      "does not say properly" },
    { NID_pkcs9_contentType, V_ASN1_OCTET_STRING, "data", "does not say properly" },
    { NID_id_smime_aa_signingCertificateV2, V_ASN1_OCTET_STRING, "x", "another certificate" },
    { NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE, "\x30\x03\x02\x01\x01", "another certificate" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Spoil) spoil = { 0 };
      spoil_init (&spoil, "P-256");
      LlSignerInfo *si = signed_signer (spoil.info, 0);
      set_attribute (si, cases[i].nid, cases[i].type, cases[i].data,
                     cases[i].data ? (int)strlen (cases[i].data) : 0);
      signed_again (si, "P-256", &spoil.scheme);
      spoil_assert (&spoil, LL_SIGNATURE_BAD, cases[i].words);
    }
}

/* Two digests, one of them right: which one counts would be a matter of taste. */
static void
test_double_attributes (void **state)
{
  static const int NIDS[]
      = { NID_pkcs9_messageDigest, NID_pkcs9_contentType, NID_id_smime_aa_signingCertificateV2 };
  for (gsize i = 0; i < G_N_ELEMENTS (NIDS); i++)
    for (guint form = 0; form < 2; form++)
      {
        g_auto (Spoil) spoil = { 0 };
        spoil_init (&spoil, "P-256");
        LlSignerInfo *si = signed_signer (spoil.info, 0);
        X509_ATTRIBUTE *attribute = X509at_get_attr (
            si->signed_attributes, X509at_get_attr_by_NID (si->signed_attributes, NIDS[i], -1));
        if (form == 0)
          assert_true (sk_X509_ATTRIBUTE_push (si->signed_attributes, X509_ATTRIBUTE_dup (attribute)) > 0);
        else
          /* A SET sorts behind all the others, so that the right value stays the first. */
          assert_true (X509_ATTRIBUTE_set1_data (attribute, V_ASN1_SET, "\x31\x00", 2));
        signed_again (si, "P-256", &spoil.scheme);
        spoil_assert (&spoil, LL_SIGNATURE_BAD, "");
      }
}

/* [0] present and empty: neither with attributes nor without. */
static void
test_empty_attributes (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  LlSignerInfo *si = signed_signer (spoil.info, 0);
  while (sk_X509_ATTRIBUTE_num (si->signed_attributes) > 0)
    X509_ATTRIBUTE_free (X509at_delete_attr (si->signed_attributes, 0));
  assert_true (
      ll_signature_make (&spoil.scheme, pki_key ("P-256"), SIGNED_TEXT, strlen (SIGNED_TEXT), si->signature));
  spoil_assert (&spoil, LL_SIGNATURE_BAD, "does not say properly");
}

/* Attributes stripped: the signature was over them, not over the content. */
static void
test_stripped_attributes (void **state)
{
  static const char *const KEYS[] = { "rsa", "P-256", "ED25519" };
  for (gsize i = 0; i < G_N_ELEMENTS (KEYS); i++)
    {
      g_auto (Spoil) spoil = { 0 };
      spoil_init (&spoil, KEYS[i]);
      LlSignerInfo *si = signed_signer (spoil.info, 0);
      g_autoptr (GBytes) attributes = ll_attributes_to_sign (si->signed_attributes);
      g_clear_pointer (&si->signed_attributes, ll_attributes_free);
      spoil_assert (&spoil, LL_SIGNATURE_BAD, "not made by this key");
      /* security.md F-9: and what was signed, sent as content, is a signature nobody made. */
      gsize length = 0;
      const char *content = g_bytes_get_data (attributes, &length);
      g_autoptr (GByteArray) der = signed_encode (spoil.info);
      signed_assert (&spoil.base, der, &(SignedLook){ .content = content, .content_length = length },
                     LL_SIGNATURE_UNSUPPORTED, "mistaken");
    }
}

/* Without attributes at all: as it is for RSA and ECDSA, whole and short content for Ed25519. */
static void
test_bare (void **state)
{
  static const char *const KEYS[] = { "rsa", "P-256", "ED25519" };
  for (gsize i = 0; i < G_N_ELEMENTS (KEYS); i++)
    for (guint is_long = 0; is_long < 2; is_long++)
      {
        g_auto (Spoil) spoil = { 0 };
        spoil_init (&spoil, KEYS[i]);
        g_autoptr (GString) text = g_string_new ("1: short");
        while (text->len < 70000 && is_long)
          g_string_append (text, SIGNED_TEXT);
        LlSignerInfo *si = signed_signer (spoil.info, 0);
        g_clear_pointer (&si->signed_attributes, ll_attributes_free);
        assert_true (
            ll_signature_make (&spoil.scheme, pki_key (KEYS[i]), text->str, text->len, si->signature));
        g_autoptr (GByteArray) der = signed_encode (spoil.info);
        gboolean too_long = is_long && strcmp (KEYS[i], "ED25519") == 0;
        signed_assert (&spoil.base, der, &(SignedLook){ .content = text->str },
                       too_long ? LL_SIGNATURE_UNSUPPORTED : LL_SIGNATURE_VALID, "");
        text->str[5] ^= 1;
        signed_assert (&spoil.base, der, &(SignedLook){ .content = text->str },
                       too_long ? LL_SIGNATURE_UNSUPPORTED : LL_SIGNATURE_BAD, "");
      }
}

/* ---- algorithms ---- */

static void
set_oid (X509_ALGOR *algorithm, const char *oid)
{
  X509_ALGOR_set0 (algorithm, OBJ_txt2obj (oid, 1), V_ASN1_UNDEF, NULL);
}

static void
test_unknown_algorithms (void **state)
{
  static const struct
  {
    const char *signature, *digest, *words;
  } cases[] = {
    { "2.16.840.1.101.3.4.3.17", NULL, "ML-DSA-44" },
    { "2.16.840.1.101.3.4.3.18", NULL, "ML-DSA-65" },
    { "2.16.840.1.101.3.4.3.31", NULL, "SLH-DSA-SHAKE-256f" },
    { "1.3.101.113", NULL, "ED448" },
    { "2.16.840.1.101.3.4.3.2", NULL, "dsa_with_SHA256" },
    { "1.2.3.4.5", NULL, "1.2.3.4.5" },
    { NULL, "1.2.3.4.5", "1.2.3.4.5" },
    { NULL, "2.16.840.1.101.3.4.2.11", "shake128" },
    { NULL, "1.2.840.113549.2.4", "md4" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Spoil) spoil = { 0 };
      spoil_init (&spoil, "rsa");
      LlSignerInfo *si = signed_signer (spoil.info, 0);
      if (cases[i].signature)
        set_oid (si->signature_algorithm, cases[i].signature);
      if (cases[i].digest)
        set_oid (si->digest_algorithm, cases[i].digest);
      spoil_assert (&spoil, LL_SIGNATURE_UNSUPPORTED, cases[i].words);
    }
}

/* security.md F-10, RFC 8933: the digest has to be the same everywhere. */
static void
test_digest_mismatch (void **state)
{
  static const struct
  {
    const char *key;
    int signature, digest;
    LlSignatureStatus status;
  } cases[] = {
    { "rsa", NID_sha256WithRSAEncryption, NID_sha256, LL_SIGNATURE_VALID },
    { "rsa", NID_sha512WithRSAEncryption, NID_sha256, LL_SIGNATURE_UNSUPPORTED },
    { "rsa", NID_sha1WithRSAEncryption, NID_sha256, LL_SIGNATURE_UNSUPPORTED },
    { "rsa", NID_sha256WithRSAEncryption, NID_sha1, LL_SIGNATURE_UNSUPPORTED },
    { "P-256", NID_ecdsa_with_SHA384, NID_sha256, LL_SIGNATURE_UNSUPPORTED },
    { "P-256", NID_X9_62_id_ecPublicKey, NID_sha256, LL_SIGNATURE_VALID },
    { "P-256", NID_ecdsa_with_SHA256, NID_sha512, LL_SIGNATURE_UNSUPPORTED },
    { "P-256", NID_sha256WithRSAEncryption, NID_sha256, LL_SIGNATURE_BAD },
    { "ED25519", NID_ED25519, NID_sha256, LL_SIGNATURE_UNSUPPORTED },
    { "ED25519", NID_ecdsa_with_SHA512, NID_sha512, LL_SIGNATURE_BAD },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Spoil) spoil = { 0 };
      spoil_init (&spoil, cases[i].key);
      LlSignerInfo *si = signed_signer (spoil.info, 0);
      X509_ALGOR_set0 (si->signature_algorithm, OBJ_nid2obj (cases[i].signature), V_ASN1_UNDEF, NULL);
      X509_ALGOR_set0 (si->digest_algorithm, OBJ_nid2obj (cases[i].digest), V_ASN1_UNDEF, NULL);
      spoil_assert (&spoil, cases[i].status, "");
    }
}

/* PSS parameters as DER: hash, MGF1 hash, salt, all kinds of disagreement. */
static void
test_pss_parameters (void **state)
{
#define SHA256_ALG "300b0609608648016503040201"
#define SHA512_ALG "300b0609608648016503040203"
#define MGF1(alg)                                                                                            \
  "a11a3018"                                                                                                 \
  "06092a864886f70d010108" alg
  static const struct
  {
    const char *hex;
    LlSignatureStatus status;
    const char *words;
  } cases[] = {
    { "3030 a00d" SHA256_ALG MGF1 (SHA256_ALG) "a203020120", LL_SIGNATURE_VALID, "" },
    { "3035 a00d" SHA256_ALG MGF1 (SHA256_ALG) "a203020120 a303020101", LL_SIGNATURE_VALID, "" },
    { "3035 a00d" SHA256_ALG MGF1 (SHA256_ALG) "a203020120 a303020102", LL_SIGNATURE_UNSUPPORTED,
      "parameters" },
    { "3030 a00d" SHA256_ALG MGF1 (SHA512_ALG) "a203020120", LL_SIGNATURE_UNSUPPORTED, "different digests" },
    { "3030 a00d" SHA512_ALG MGF1 (SHA512_ALG) "a203020120", LL_SIGNATURE_UNSUPPORTED, "different digests" },
    { "3030 a00d" SHA512_ALG MGF1 (SHA256_ALG) "a203020120", LL_SIGNATURE_UNSUPPORTED, "different digests" },
    { "3012 a00d" SHA256_ALG "a203020120" /* short */, LL_SIGNATURE_UNSUPPORTED, "parameters" },
    { "3014 a00d" SHA256_ALG "a203020120", LL_SIGNATURE_UNSUPPORTED,
      "different digests" }, /* MGF1 SHA-1 by default */
    { "3000", LL_SIGNATURE_UNSUPPORTED, "different digests" },
    { "3030 a00d" SHA256_ALG MGF1 (SHA256_ALG) "a203020114", LL_SIGNATURE_BAD, "" },
    { "3030 a00d" SHA256_ALG MGF1 (SHA256_ALG) "a2030201ff", LL_SIGNATURE_UNSUPPORTED, "parameters" },
    { "", LL_SIGNATURE_UNSUPPORTED, "parameters" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Spoil) spoil = { 0 };
      spoil_init (&spoil, "rsa");
      assert_true (ll_signature_scheme_for_key (pki_key ("rsa"), TRUE, &spoil.scheme));
      LlSignerInfo *si = signed_signer (spoil.info, 0);
      signed_again (si, "rsa", &spoil.scheme);
      g_autoptr (GByteArray) parameter = test_hex (cases[i].hex);
      ASN1_STRING *sequence = ASN1_STRING_new ();
      ASN1_STRING_set (sequence, parameter->data, (int)parameter->len);
      if (parameter->len > 0)
        X509_ALGOR_set0 (si->signature_algorithm, OBJ_nid2obj (NID_rsassaPss), V_ASN1_SEQUENCE, sequence);
      else
        {
          ASN1_STRING_free (sequence);
          X509_ALGOR_set0 (si->signature_algorithm, OBJ_nid2obj (NID_rsassaPss), V_ASN1_UNDEF, NULL);
        }
      g_autoptr (GByteArray) der = signed_encode (spoil.info);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) signers = signed_verify (&spoil.base, der, &DETACHED, &error);
      if (!signers)
        {
          assert_int_not_equal (cases[i].status, LL_SIGNATURE_VALID);
          continue;
        }
      const LlSigner *signer = g_ptr_array_index (signers, 0);
      g_autofree char *reason = pki_words (signer->reason);
      if (signer->status != cases[i].status || !strstr (reason, cases[i].words))
        fail_msg ("case %zu: %s: %s", i, ll_signature_status_name (signer->status), reason);
    }
}

/* A modulus of twelve thousand bits with a large exponent keeps a reader busy and proves nothing more. */
static void
test_long_key (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "rsa");
  BIGNUM *n = BN_new (), *e = BN_new ();
  assert_true (BN_rand (n, 12000, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) && BN_set_word (e, 65537));
  OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new ();
  assert_true (OSSL_PARAM_BLD_push_BN (build, "n", n) && OSSL_PARAM_BLD_push_BN (build, "e", e));
  OSSL_PARAM *params = OSSL_PARAM_BLD_to_param (build);
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "RSA", NULL);
  g_autoptr (EVP_PKEY) key = NULL;
  assert_true (EVP_PKEY_fromdata_init (context) > 0
               && EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
  X509_set_pubkey (spoil.certificate, key);
  assert_true (X509_sign (spoil.certificate, pki_key ("P-256:root"), EVP_sha256 ()) > 0);
  set_certificate (spoil.info, spoil.certificate);
  spoil_assert (&spoil, LL_SIGNATURE_UNSUPPORTED, "too long");
  OSSL_PARAM_free (params);
  OSSL_PARAM_BLD_free (build);
  BN_free (n);
  BN_free (e);
}

/* A salt of any length is read, though only one is written. */
static void
test_pss_salt (void **state)
{
  static const int SALTS[] = { 0, 20, 32, 64, 222 };
  for (gsize i = 0; i < G_N_ELEMENTS (SALTS); i++)
    {
      g_auto (Spoil) spoil = { 0 };
      spoil_init (&spoil, "rsa");
      assert_true (ll_signature_scheme_for_key (pki_key ("rsa"), TRUE, &spoil.scheme));
      assert_int_equal (spoil.scheme.salt_length, 32);
      spoil.scheme.salt_length = SALTS[i];
      LlSignerInfo *si = signed_signer (spoil.info, 0);
      assert_true (ll_signature_scheme_write (&spoil.scheme, si->signature_algorithm, si->digest_algorithm));
      signed_again (si, "rsa", &spoil.scheme);
      spoil_assert (&spoil, LL_SIGNATURE_VALID, "");
    }
}

/* ---- which certificate ---- */

/* RFC 5035 1: a second certificate for the same key, same issuer and number, another name. */
static void
test_substituted_certificate (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  const PkiSpec spec = { .name = "Mallory",
                         .san = "email:mallory@example.org",
                         .key_id = TRUE,
                         .serial = ASN1_INTEGER_get (X509_get0_serialNumber (spoil.certificate)) };
  g_autoptr (X509) other = pki_issue ("P-256", &spec, spoil.base.root, "P-256:root");
  set_certificate (spoil.info, other);
  spoil_assert (&spoil, LL_SIGNATURE_BAD, "another certificate");
  /* Without the attribute nothing tells them apart, which is why we always write it. */
  LlSignerInfo *si = signed_signer (spoil.info, 0);
  set_attribute (si, NID_id_smime_aa_signingCertificateV2, 0, NULL, 0);
  signed_again (si, "P-256", &spoil.scheme);
  spoil_assert (&spoil, LL_SIGNATURE_VALID, "");
}

/* A certificate of the same issuer and number for another key, beside the real one: the real one is found. */
static void
test_decoy_certificate (void **state)
{
  for (guint first = 0; first < 2; first++)
    {
      g_auto (Spoil) spoil = { 0 };
      spoil_init (&spoil, "P-256");
      const PkiSpec spec
          = { .name = "Decoy", .serial = ASN1_INTEGER_get (X509_get0_serialNumber (spoil.certificate)) };
      g_autoptr (X509) decoy = pki_issue ("P-256:decoy", &spec, spoil.base.root, "P-256:root");
      sk_ASN1_TYPE_push (spoil.info->signed_data->certificates, ASN1_TYPE_new ());
      set_certificate (spoil.info, decoy);
      spoil_assert (&spoil, LL_SIGNATURE_VALID, "");
      set_certificate (spoil.info, spoil.certificate);
      spoil_assert (&spoil, LL_SIGNATURE_VALID, "");
      ASN1_TYPE_free (sk_ASN1_TYPE_shift (spoil.info->signed_data->certificates));
      set_certificate (spoil.info, decoy);
      spoil_assert (&spoil, LL_SIGNATURE_BAD, "");
    }
}

/* One odd thing among the certificates must not hide the signature. */
static void
test_junk_certificates (void **state)
{
  static const char *const JUNK[] = { "3000", "a103020100", "3003020101", "0500" };
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  for (gsize i = 0; i < G_N_ELEMENTS (JUNK); i++)
    {
      g_autoptr (GByteArray) octets = test_hex (JUNK[i]);
      const unsigned char *at = octets->data;
      ASN1_TYPE *any = d2i_ASN1_TYPE (NULL, &at, octets->len);
      assert_non_null (any);
      sk_ASN1_TYPE_unshift (spoil.info->signed_data->certificates, any);
    }
  spoil_assert (&spoil, LL_SIGNATURE_VALID, "");
}

static void
test_no_certificate (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  ASN1_TYPE_free (sk_ASN1_TYPE_pop (spoil.info->signed_data->certificates));
  spoil_assert (&spoil, LL_SIGNATURE_NO_KEY, "not there");
  spoil_assert (&spoil, LL_SIGNATURE_NO_KEY, "CN=Root");
  pki_source_intermediate (spoil.base.source, spoil.certificate);
  spoil_assert (&spoil, LL_SIGNATURE_VALID, "");
}

/* ---- signers ---- */

static void
test_no_signers (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "P-256");
  g_autoptr (GByteArray) der = signed_make (certificate, "P-256", FALSE, SIGNED_TEXT, TRUE);
  g_autoptr (LlSignedInfo) info = signed_parse (der);
  LlSignerInfo_free (sk_LlSignerInfo_pop (info->signed_data->signers));
  g_autoptr (GByteArray) none = signed_encode (info);
  g_autoptr (GPtrArray) detached = signed_verify (&test, none, &DETACHED, NULL);
  assert_non_null (detached);
  assert_int_equal (detached->len, 0);
  g_autoptr (GPtrArray) opaque = signed_verify (&test, none, &(SignedLook){ 0 }, NULL);
  assert_non_null (opaque);
  assert_int_equal (opaque->len, 0);
}

static void
append_signer (LlSignedInfo *info, const LlSignerInfo *si)
{
  unsigned char *der = NULL;
  int length = i2d_LlSignerInfo (si, &der);
  const unsigned char *at = der;
  sk_LlSignerInfo_push (info->signed_data->signers, d2i_LlSignerInfo (NULL, &at, length));
  OPENSSL_free (der);
}

/* security.md F-4 (JF C2): each is listed with what it is worth. */
static void
test_two_signers (void **state)
{
  char *folder = test_folder ();
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) alice = signed_leaf (&test, "rsa");
  g_autoptr (X509) mallory = pki_leaf ("P-256", "mallory@example.org", test.root, "P-256:root");
  pki_write (folder, "a", alice, "rsa");
  pki_write (folder, "m", mallory, "P-256");
  test_write (folder, "text", SIGNED_TEXT, strlen (SIGNED_TEXT));
  assert_true (test_run (
      folder, "openssl cms -sign -binary -signer a.pem -signer m.pem -in text -outform DER -out out"));
  g_autoptr (GByteArray) der = test_read (folder, "out");
  for (int bad = -1; bad < 2; bad++)
    {
      g_autoptr (LlSignedInfo) info = signed_parse (der);
      if (bad >= 0)
        signed_signer (info, bad)->signature->data[20] ^= 1;
      g_autoptr (GByteArray) spoiled = signed_encode (info);
      /* Encoding sorts the SET: read again to know who is where. */
      g_autoptr (GPtrArray) signers = signed_verify (&test, spoiled, &DETACHED, NULL);
      assert_int_equal (signers->len, 2);
      guint n_bad = 0, n_valid = 0;
      for (guint i = 0; i < 2; i++)
        {
          const LlSigner *signer = g_ptr_array_index (signers, i);
          n_bad += signer->status == LL_SIGNATURE_BAD;
          n_valid += signer->status == LL_SIGNATURE_VALID;
        }
      assert_int_equal (n_bad, bad >= 0);
      assert_int_equal (n_valid, bad >= 0 ? 1 : 2);
    }
  test_folder_remove (folder);
}

static void
test_many_signers (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  for (guint i = 1; i < LL_LIMIT_SIGNERS; i++)
    append_signer (spoil.info, signed_signer (spoil.info, 0));
  g_autoptr (GByteArray) most = signed_encode (spoil.info);
  g_autoptr (GPtrArray) signers = signed_verify (&spoil.base, most, &DETACHED, NULL);
  assert_int_equal (signers->len, LL_LIMIT_SIGNERS);
  append_signer (spoil.info, signed_signer (spoil.info, 0));
  g_autoptr (GByteArray) more = signed_encode (spoil.info);
  g_autoptr (GError) error = NULL;
  assert_null (signed_verify (&spoil.base, more, &DETACHED, &error));
  test_assert_code (error, LL_ERROR_LIMIT);
}

/* Four megabytes of tiny elements would become hundreds of memory; a hostile key id asks for every
 * certificate. */
static void
test_too_many_elements (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  for (guint i = 0; i < 200000; i++)
    {
      ASN1_TYPE *any = ASN1_TYPE_new ();
      ASN1_TYPE_set (any, V_ASN1_NULL, NULL);
      sk_ASN1_TYPE_push (spoil.info->signed_data->certificates, any);
    }
  g_autoptr (GByteArray) der = signed_encode (spoil.info);
  g_autoptr (GError) error = NULL;
  assert_null (signed_verify (&spoil.base, der, &DETACHED, &error));
  test_assert_code (error, LL_ERROR_LIMIT);
}

static void
test_many_candidates (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  LlSignerInfo *si = signed_signer (spoil.info, 0);
  const PkiSpec spec
      = { .name = "Decoy", .serial = ASN1_INTEGER_get (X509_get0_serialNumber (spoil.certificate)) };
  g_autoptr (X509) decoy = pki_issue ("rsa:decoy", &spec, spoil.base.root, "P-256:root");
  ASN1_TYPE_free (sk_ASN1_TYPE_pop (spoil.info->signed_data->certificates));
  for (guint i = 0; i < 1000; i++)
    {
      sk_ASN1_TYPE_push (spoil.info->signed_data->certificates, ASN1_TYPE_new ());
      set_certificate (spoil.info, decoy);
    }
  si->signature->data[10] ^= 1;
  for (guint i = 1; i < LL_LIMIT_SIGNERS; i++)
    append_signer (spoil.info, si);
  g_autoptr (GByteArray) der = signed_encode (spoil.info);
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GPtrArray) signers = signed_verify (&spoil.base, der, &DETACHED, NULL);
  assert_int_equal (signers->len, LL_LIMIT_SIGNERS);
  assert_int_equal (((LlSigner *)g_ptr_array_index (signers, 0))->status, LL_SIGNATURE_BAD);
  assert_true (g_get_monotonic_time () - start < 2 * G_USEC_PER_SEC);
}

/* ---- line ends ---- */

static void
test_line_ends (void **state)
{
  static const struct
  {
    const char *made, *stored;
    gboolean is_lf;
    LlSignatureStatus status;
  } cases[] = {
    { "a\r\nb\r\n", "a\nb\n", TRUE, LL_SIGNATURE_VALID },
    { "a\r\nb\r\n", "a\nb\n", FALSE, LL_SIGNATURE_BAD },
    { "a\r\nb\r\n", "a\r\nb\r\n", TRUE, LL_SIGNATURE_VALID },
    { "a\nb\n", "a\nb\n", TRUE, LL_SIGNATURE_VALID }, /* signed as binary */
    { "a\nb\n", "a\nb\n", FALSE, LL_SIGNATURE_VALID },
    { "a\nb\n", "a\r\nb\r\n", TRUE, LL_SIGNATURE_BAD },
    { "a\nb\n", "a\r\nb\r\n", FALSE, LL_SIGNATURE_BAD },
    { "a\r\r\nb\r\n", "a\r\nb\r\n", FALSE, LL_SIGNATURE_BAD },
    { "a\r\nb\r\n", "a\r\r\nb\r\n", TRUE, LL_SIGNATURE_BAD },
    { "a\r\nb\r\n", "a \nb\n", TRUE, LL_SIGNATURE_BAD },
    { "a\r\nb\r\n", "a\nb", TRUE, LL_SIGNATURE_BAD },
    { "a\r\nb\r\n", "a\nb\n\n", TRUE, LL_SIGNATURE_BAD },
  };
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "P-256");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) der = signed_make (certificate, "P-256", FALSE, cases[i].made, TRUE);
      signed_assert (&test, der, &(SignedLook){ .content = cases[i].stored, .is_lf = cases[i].is_lf },
                     cases[i].status, "");
    }
}

/* ---- whose key ---- */

static void
assert_leaf (const Signed *test, X509 *certificate, const char *key, gint64 at, LlSignatureStatus status,
             const char *words)
{
  g_autoptr (GByteArray) der = signed_make (certificate, key, FALSE, SIGNED_TEXT, TRUE);
  signed_assert (test, der, &(SignedLook){ .content = SIGNED_TEXT, .at = at }, status, words);
  /* Altered content is bad, whatever the certificate is worth. */
  signed_assert (test, der, &(SignedLook){ .content = "other", .at = at }, LL_SIGNATURE_BAD, "changed");
}

static void
test_untrusted (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) self_signed = pki_leaf ("P-256", "alice@example.org", NULL, NULL);
  assert_leaf (&test, self_signed, "P-256", 0, LL_SIGNATURE_VALID_UNTRUSTED, "self-signed");
  g_autoptr (X509) other_root = pki_root ("P-256:other", "Other");
  g_autoptr (X509) foreign = pki_leaf ("P-256", "alice@example.org", other_root, "P-256:other");
  assert_leaf (&test, foreign, "P-256", 0, LL_SIGNATURE_VALID_UNTRUSTED, "not known");
  pki_source_anchor (test.source, self_signed);
  assert_leaf (&test, self_signed, "P-256", 0, LL_SIGNATURE_VALID, "");
}

static void
test_purpose (void **state)
{
  static const struct
  {
    const char *usage, *extended;
    const char *words;
  } cases[] = {
    { "keyAgreement", NULL, "not for signing" },
    { NULL, "serverAuth", "not for mail" },
    { "keyCertSign", NULL, "not for signing" },
  };
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const PkiSpec spec = {
        .name = "A", .san = "email:alice@example.org", .usage = cases[i].usage, .extended = cases[i].extended
      };
      g_autoptr (X509) certificate = pki_issue ("P-256", &spec, test.root, "P-256:root");
      assert_leaf (&test, certificate, "P-256", 0, LL_SIGNATURE_UNSUPPORTED, cases[i].words);
    }
}

/* security.md F-6 */
static void
test_expiry (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  X509_free (test.root);
  const PkiSpec old_root
      = { .name = "Root", .basic = "critical,CA:TRUE", .from = -900 * PKI_DAY, .until = 900 * PKI_DAY };
  test.root = pki_issue ("P-256:root", &old_root, NULL, NULL);
  pki_source_anchor (test.source, test.root);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const PkiSpec spec = { .name = "A", .from = -400 * PKI_DAY, .until = -30 * PKI_DAY };
  g_autoptr (X509) certificate = pki_issue ("P-256", &spec, test.root, "P-256:root");
  assert_leaf (&test, certificate, "P-256", 0, LL_SIGNATURE_KEY_EXPIRED, "expired on");
  assert_leaf (&test, certificate, "P-256", now - 100 * PKI_DAY, LL_SIGNATURE_VALID, "");
  assert_leaf (&test, certificate, "P-256", now - 700 * PKI_DAY, LL_SIGNATURE_KEY_EXPIRED,
               "not valid before");
  const PkiSpec later = { .name = "A", .from = 30 * PKI_DAY, .until = 60 * PKI_DAY };
  g_autoptr (X509) coming = pki_issue ("P-256", &later, test.root, "P-256:root");
  assert_leaf (&test, coming, "P-256", 0, LL_SIGNATURE_KEY_EXPIRED, "not valid before");
  assert_leaf (&test, coming, "P-256", now + 40 * PKI_DAY, LL_SIGNATURE_VALID, "");
}

/* The signer's own time lies within the validity: it is told, and changes nothing. */
static void
test_claimed_time (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (GByteArray) der = signed_encode (spoil.info);
  const SignedLook later = { .content = SIGNED_TEXT, .at = now + 400 * PKI_DAY };
  const PkiSpec root
      = { .name = "Root", .basic = "critical,CA:TRUE", .until = 900 * PKI_DAY, .from = -PKI_DAY };
  g_autoptr (X509) long_root = pki_issue ("P-256:root", &root, NULL, NULL);
  pki_source_anchor (spoil.base.source, long_root);
  signed_assert (&spoil.base, der, &later, LL_SIGNATURE_KEY_EXPIRED, "word alone");
  /* Judged before it began, though made within: no word of expiry then. */
  const SignedLook before = { .content = SIGNED_TEXT, .at = now - 30 * PKI_DAY };
  signed_assert (&spoil.base, der, &before, LL_SIGNATURE_KEY_EXPIRED, "not valid before");
  signed_assert (&spoil.base, der, &DETACHED, LL_SIGNATURE_VALID, "");
}

static void
test_odd_times (void **state)
{
  static const struct
  {
    int type;
    const char *text;
    gint64 time;
  } cases[] = {
    { V_ASN1_UTCTIME, "260102030405Z", 1767323045 },
    { V_ASN1_GENERALIZEDTIME, "20260102030405Z", 1767323045 },
    { V_ASN1_UTCTIME, "nonsense", -1 },
    { V_ASN1_UTCTIME, "", -1 },
    { V_ASN1_OCTET_STRING, "260102030405Z", -1 },
    { V_ASN1_UTCTIME, NULL, -1 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Spoil) spoil = { 0 };
      spoil_init (&spoil, "P-256");
      LlSignerInfo *si = signed_signer (spoil.info, 0);
      set_attribute (si, NID_pkcs9_signingTime, cases[i].type, cases[i].text,
                     cases[i].text ? (int)strlen (cases[i].text) : 0);
      signed_again (si, "P-256", &spoil.scheme);
      g_autoptr (GByteArray) der = signed_encode (spoil.info);
      g_autoptr (GPtrArray) signers = signed_verify (&spoil.base, der, &DETACHED, NULL);
      const LlSigner *signer = g_ptr_array_index (signers, 0);
      assert_int_equal (signer->status, LL_SIGNATURE_VALID);
      assert_int_equal (signer->time, cases[i].time);
    }
}

static void
test_broken_store (void **state)
{
  g_auto (Spoil) spoil = { 0 };
  spoil_init (&spoil, "P-256");
  spoil.base.source->fail = TRUE;
  g_autoptr (GByteArray) der = signed_encode (spoil.info);
  g_autoptr (GError) error = NULL;
  assert_null (signed_verify (&spoil.base, der, &DETACHED, &error));
  test_assert_code (error, LL_ERROR_IO);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_good),
    cmocka_unit_test (test_every_octet),
    cmocka_unit_test (test_content_octets),
    cmocka_unit_test (test_opaque_altered),
    cmocka_unit_test (test_two_contents),
    cmocka_unit_test (test_no_content),
    cmocka_unit_test (test_trailing),
    cmocka_unit_test (test_content_type),
    cmocka_unit_test (test_opaque_content_type),
    cmocka_unit_test (test_attributes),
    cmocka_unit_test (test_double_attributes),
    cmocka_unit_test (test_empty_attributes),
    cmocka_unit_test (test_stripped_attributes),
    cmocka_unit_test (test_bare),
    cmocka_unit_test (test_unknown_algorithms),
    cmocka_unit_test (test_digest_mismatch),
    cmocka_unit_test (test_pss_parameters),
    cmocka_unit_test (test_long_key),
    cmocka_unit_test (test_pss_salt),
    cmocka_unit_test (test_substituted_certificate),
    cmocka_unit_test (test_decoy_certificate),
    cmocka_unit_test (test_junk_certificates),
    cmocka_unit_test (test_no_certificate),
    cmocka_unit_test (test_no_signers),
    cmocka_unit_test (test_two_signers),
    cmocka_unit_test (test_many_signers),
    cmocka_unit_test (test_too_many_elements),
    cmocka_unit_test (test_many_candidates),
    cmocka_unit_test (test_line_ends),
    cmocka_unit_test (test_untrusted),
    cmocka_unit_test (test_purpose),
    cmocka_unit_test (test_expiry),
    cmocka_unit_test (test_claimed_time),
    cmocka_unit_test (test_odd_times),
    cmocka_unit_test (test_broken_store),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
