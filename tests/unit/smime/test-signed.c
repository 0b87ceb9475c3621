/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signatures against the real programs: what we make they verify, what they make we verify. */
#include <string.h>
#include <sys/resource.h>

#include "signed-testing.h"

static const struct
{
  const char *key;
  gboolean pss;
  const char *hash;
  const char *micalg;
  const char *openssl; /* options for "openssl cms -sign"; NULL: it cannot */
  gboolean gpgsm;
} KINDS[] = {
  { "rsa", FALSE, "SHA256", "sha-256", "-md sha256", TRUE },
  { "rsa", TRUE, "SHA256", "sha-256", "-md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1",
    TRUE },
  { "pss", FALSE, "SHA256", "sha-256", "-md sha256 -keyopt rsa_padding_mode:pss", FALSE },
  { "P-256", FALSE, "SHA256", "sha-256", "-md sha256", TRUE },
  { "P-384", FALSE, "SHA384", "sha-384", "-md sha384", TRUE },
  { "P-521", FALSE, "SHA512", "sha-512", "-md sha512", FALSE } /* gpgsm 2.2 has a bug there */,
  { "ED25519", FALSE, "SHA512", "sha-512", NULL, FALSE },
};

static void
assert_good_signer (const GPtrArray *signers, X509 *certificate, const char *hash)
{
  assert_int_equal (signers->len, 1);
  const LlSigner *signer = g_ptr_array_index (signers, 0);
  g_autofree char *reason = pki_words (signer->reason);
  if (signer->status != LL_SIGNATURE_VALID)
    fail_msg ("%s: %s", ll_signature_status_name (signer->status), reason);
  g_autofree char *fingerprint = ll_certificate_fingerprint (certificate);
  assert_int_equal (signer->protocol, LL_PROTOCOL_SMIME);
  assert_string_equal (signer->fingerprint, fingerprint);
  assert_string_equal (signer->hash, hash);
  assert_true (ABS (signer->time - g_get_real_time () / G_USEC_PER_SEC) < 60);
  assert_int_equal (signer->identities->len, 1);
  const LlIdentity *identity = g_ptr_array_index (signer->identities, 0);
  assert_string_equal (identity->address, "alice@example.org");
  assert_string_equal (identity->name, "Alice Example");
  assert_int_equal (identity->trust, LL_TRUST_FULL);
}

static void
test_round_trip (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (KINDS); i++)
    {
      g_auto (Signed) test = { 0 };
      signed_init (&test);
      g_autoptr (X509) certificate = signed_leaf (&test, KINDS[i].key);
      for (guint detached = 0; detached < 2; detached++)
        {
          g_autoptr (GByteArray) signature
              = signed_make (certificate, KINDS[i].key, KINDS[i].pss, SIGNED_TEXT, detached != 0);
          g_autoptr (LlSpool) out = ll_spool_new ();
          const SignedLook look = { .content = detached ? SIGNED_TEXT : NULL, .out = detached ? NULL : out };
          g_autoptr (GError) error = NULL;
          g_autoptr (GPtrArray) signers = signed_verify (&test, signature, &look, &error);
          assert_non_null (signers);
          assert_good_signer (signers, certificate, KINDS[i].hash);
          g_autoptr (GByteArray) content = test_bytes (ll_spool_octets (out));
          assert_int_equal (content->len, detached ? 0 : strlen (SIGNED_TEXT));
          if (!detached)
            assert_memory_equal (content->data, SIGNED_TEXT, content->len);
        }
    }
}

static void
test_empty_content (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "P-256");
  g_autoptr (GByteArray) opaque = signed_make (certificate, "P-256", FALSE, "", FALSE);
  signed_assert (&test, opaque, &(SignedLook){ 0 }, LL_SIGNATURE_VALID, "");
  g_autoptr (GByteArray) detached = signed_make (certificate, "P-256", FALSE, "", TRUE);
  signed_assert (&test, detached, &(SignedLook){ .content = "" }, LL_SIGNATURE_VALID, "");
  signed_assert (&test, detached, &(SignedLook){ .content = "\r\n" }, LL_SIGNATURE_BAD, "changed");
}

static void
test_micalg (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  for (gsize i = 0; i < G_N_ELEMENTS (KINDS); i++)
    {
      g_autoptr (X509) certificate = signed_leaf (&test, KINDS[i].key);
      g_autoptr (LlKeyHandle) handle = ll_key_handle_new (certificate, pki_key (KINDS[i].key));
      g_autoptr (LlSpool) in = test_spool ("x", 1);
      g_autoptr (LlSpool) out = ll_spool_new ();
      g_autoptr (LlSink) sink = ll_spool_sink (out);
      g_autofree char *micalg = NULL;
      const LlSmimeOptions options = { .rsa_pss = KINDS[i].pss };
      assert_true (ll_cms_sign (handle, NULL, &options, ll_spool_octets (in), TRUE, sink, &micalg, NULL));
      assert_string_equal (micalg, KINDS[i].micalg);
    }
}

/* ---- openssl ---- */

static void
write_test (const char *folder, const Signed *test, X509 *certificate, const char *key)
{
  pki_write (folder, "root", test->root, NULL);
  pki_write (folder, "a", certificate, key);
  test_write (folder, "text", SIGNED_TEXT, strlen (SIGNED_TEXT));
}

static void
test_openssl_verifies (void **state)
{
  char *folder = test_folder ();
  for (gsize i = 0; i < G_N_ELEMENTS (KINDS); i++)
    {
      g_auto (Signed) test = { 0 };
      signed_init (&test);
      g_autoptr (X509) certificate = signed_leaf (&test, KINDS[i].key);
      write_test (folder, &test, certificate, KINDS[i].key);
      g_autoptr (GByteArray) detached
          = signed_make (certificate, KINDS[i].key, KINDS[i].pss, SIGNED_TEXT, TRUE);
      g_autoptr (GByteArray) opaque
          = signed_make (certificate, KINDS[i].key, KINDS[i].pss, SIGNED_TEXT, FALSE);
      test_write (folder, "detached", detached->data, detached->len);
      test_write (folder, "opaque", opaque->data, opaque->len);
      /* OpenSSL 3.0 has no Ed25519 in CMS, but has to find the structure in order. */
      assert_true (test_run (folder, "openssl cms -cmsout -print -noout -inform DER -in opaque >printed"
                                     " && ! grep -iE 'rc2|des-|des3' printed && grep -q aes-256-gcm printed"
                                     " && grep -q signingCertificateV2 printed"
                                     " && openssl cms -cmsout -inform DER -in opaque -outform DER -out again"
                                     " && cmp opaque again"));
      if (!KINDS[i].openssl)
        continue;
      assert_true (test_run (folder, "openssl cms -verify -binary -cades -purpose smimesign -CAfile root.crt"
                                     " -inform DER -in detached -content text -out out && cmp text out"));
      assert_true (test_run (folder, "openssl cms -verify -binary -cades -purpose smimesign -CAfile root.crt"
                                     " -inform DER -in opaque -out out && cmp text out"));
      assert_false (test_run (folder, "echo >>text; openssl cms -verify -binary -CAfile root.crt"
                                      " -inform DER -in detached -content text -out out"));
    }
  test_folder_remove (folder);
}

static void
test_openssl_signs (void **state)
{
  /* The last three are BER: indefinite lengths, content in pieces. */
  static const char *const FORMS[] = { "-binary",
                                       "-binary -keyid",
                                       "-binary -nosmimecap -cades",
                                       "-binary -noattr",
                                       "-nodetach -binary",
                                       "-nodetach -binary -stream",
                                       "-nodetach -binary -indef -keyid",
                                       "-nodetach -binary -stream -noattr" };
  char *folder = test_folder ();
  for (gsize i = 0; i < G_N_ELEMENTS (KINDS); i++)
    for (gsize j = 0; KINDS[i].openssl && j < G_N_ELEMENTS (FORMS); j++)
      {
        g_auto (Signed) test = { 0 };
        signed_init (&test);
        g_autoptr (X509) certificate = signed_leaf (&test, KINDS[i].key);
        write_test (folder, &test, certificate, KINDS[i].key);
        /* OpenSSL 3.0 cannot stream with PSS asked for by an option. */
        if (strstr (KINDS[i].openssl, "keyopt")
            && (strstr (FORMS[j], "-stream") || strstr (FORMS[j], "-indef")))
          continue;
        g_autofree char *command
            = g_strdup_printf ("openssl cms -sign %s -signer a.pem %s -in text -outform DER -out out",
                               FORMS[j], KINDS[i].openssl);
        if (!test_run (folder, command))
          fail_msg ("%s", command);
        g_autoptr (GByteArray) signature = test_read (folder, "out");
        gboolean opaque = strstr (FORMS[j], "-nodetach") != NULL;
        g_autoptr (LlSpool) out = ll_spool_new ();
        const SignedLook look = { .content = opaque ? NULL : SIGNED_TEXT, .out = out };
        signed_assert (&test, signature, &look, LL_SIGNATURE_VALID, "");
        g_autoptr (GByteArray) content = test_bytes (ll_spool_octets (out));
        assert_int_equal (content->len, opaque ? strlen (SIGNED_TEXT) : 0);
        if (!opaque)
          signed_assert (&test, signature, &(SignedLook){ .content = SIGNED_TEXT " " }, LL_SIGNATURE_BAD, "");
      }
  test_folder_remove (folder);
}

/* security.md F-8: the digest is what it is, even where everything else is in order. */
static void
test_old_digests (void **state)
{
  static const struct
  {
    const char *key, *md, *hash;
    LlSignatureStatus status;
  } cases[] = {
    { "rsa", "md5", "MD5", LL_SIGNATURE_WEAK },
    { "rsa", "sha1", "SHA1", LL_SIGNATURE_WEAK },
    { "P-256", "sha1", "SHA1", LL_SIGNATURE_WEAK },
    { "rsa", "sha224", NULL, LL_SIGNATURE_UNSUPPORTED },
    { "rsa", "sha3-256", "SHA3-256", LL_SIGNATURE_VALID },
    { "rsa1024", "sha256", "SHA256", LL_SIGNATURE_WEAK },
  };
  char *folder = test_folder ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Signed) test = { 0 };
      signed_init (&test);
      g_autoptr (X509) certificate = signed_leaf (&test, cases[i].key);
      write_test (folder, &test, certificate, cases[i].key);
      g_autofree char *command = g_strdup_printf (
          "openssl cms -sign -binary -signer a.pem -md %s -in text -outform DER -out out", cases[i].md);
      assert_true (test_run (folder, command));
      g_autoptr (GByteArray) signature = test_read (folder, "out");
      signed_assert (&test, signature, &(SignedLook){ .content = SIGNED_TEXT }, cases[i].status, "");
      if (cases[i].status == LL_SIGNATURE_UNSUPPORTED)
        continue;
      g_autoptr (GPtrArray) signers
          = signed_verify (&test, signature, &(SignedLook){ .content = SIGNED_TEXT }, NULL);
      assert_string_equal (((LlSigner *)g_ptr_array_index (signers, 0))->hash, cases[i].hash);
      signed_assert (&test, signature, &(SignedLook){ .content = "other" }, LL_SIGNATURE_BAD, "changed");
    }
  test_folder_remove (folder);
}

/* ---- gpgsm ---- */

static void
test_gpgsm_verifies (void **state)
{
  char *folder = test_folder ();
  const PkiSpec spec = {
    .name = "Root", .basic = "critical,CA:TRUE", .usage = "critical,keyCertSign,cRLSign", .key_id = TRUE
  };
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  X509_free (test.root);
  test.root = pki_issue ("rsa:root", &spec, NULL, NULL);
  pki_write (folder, "root", test.root, NULL);
  test_write (folder, "text", SIGNED_TEXT, strlen (SIGNED_TEXT));
  assert_true (test_run (
      folder, "mkdir -m 700 home && printf 'disable-crl-checks\\nno-auto-check-trustdb\\n' "
              "| grep -v trustdb >home/gpgsm.conf && gpgsm --homedir home --batch --import root.crt"
              " && openssl x509 -in root.crt -noout -fingerprint -sha1 | sed 's/.*=//; s/$/ S relax/'"
              " >home/trustlist.txt"));
  for (gsize i = 0; i < G_N_ELEMENTS (KINDS); i++)
    {
      if (!KINDS[i].gpgsm)
        continue;
      const PkiSpec leaf = {
        .name = "Alice", .san = "email:alice@example.org", .key_id = TRUE, .usage = "digitalSignature"
      };
      g_autoptr (X509) certificate = pki_issue (KINDS[i].key, &leaf, test.root, "rsa:root");
      g_autoptr (GByteArray) signature
          = signed_make (certificate, KINDS[i].key, KINDS[i].pss, SIGNED_TEXT, TRUE);
      test_write (folder, "sig", signature->data, signature->len);
      if (!test_run (
              folder,
              "gpgsm --homedir home --batch --status-fd 1 --assume-binary --verify sig text >out 2>err;"
              " grep -q '^.GNUPG:. GOODSIG' out"))
        {
          g_autoptr (GByteArray) err = test_read (folder, "err");
          fail_msg ("%s: %.*s", KINDS[i].key, (int)err->len, (char *)err->data);
        }
      g_autoptr (GByteArray) opaque
          = signed_make (certificate, KINDS[i].key, KINDS[i].pss, SIGNED_TEXT, FALSE);
      test_write (folder, "opaque", opaque->data, opaque->len);
      assert_true (test_run (
          folder, "gpgsm --homedir home --batch --yes --status-fd 1 --assume-binary --output content"
                  " --verify opaque >out 2>err; grep -q '^.GNUPG:. GOODSIG' out && cmp content text"));
    }
  test_run (folder, "gpgconf --homedir home --kill all");
  test_folder_remove (folder);
}

static void
test_gpgsm_signs (void **state)
{
  char *folder = test_folder ();
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "rsa");
  write_test (folder, &test, certificate, "rsa");
  assert_true (test_run (
      folder,
      "mkdir -m 700 home && echo disable-crl-checks >home/gpgsm.conf"
      " && printf 'allow-loopback-pinentry\\ns2k-count 65536\\n' >home/gpg-agent.conf"
      " && openssl pkcs12 -export -inkey a.key -in a.crt -certfile root.crt -passout pass:x -keypbe "
      "PBE-SHA1-3DES"
      " -certpbe PBE-SHA1-3DES -macalg sha1 -out a.p12"
      " && echo x | gpgsm --homedir home --batch --pinentry-mode loopback --passphrase-fd 0 --import a.p12"
      " && openssl x509 -in root.crt -noout -fingerprint -sha1 | sed 's/.*=//; s/$/ S relax/' "
      ">home/trustlist.txt"));
  assert_true (test_run (folder,
                         "echo x | gpgsm --homedir home --batch --pinentry-mode loopback --passphrase-fd 0"
                         " --assume-binary -u alice@example.org --output out --detach-sign text"));
  g_autoptr (GByteArray) signature = test_read (folder, "out");
  signed_assert (&test, signature, &(SignedLook){ .content = SIGNED_TEXT }, LL_SIGNATURE_VALID, "");
  signed_assert (&test, signature, &(SignedLook){ .content = "x" SIGNED_TEXT }, LL_SIGNATURE_BAD, "");
  assert_true (test_run (folder,
                         "echo x | gpgsm --homedir home --batch --pinentry-mode loopback --passphrase-fd 0"
                         " --assume-binary -u alice@example.org --output opaque --sign text"));
  g_autoptr (GByteArray) opaque = test_read (folder, "opaque");
  g_autoptr (LlSpool) out = ll_spool_new ();
  signed_assert (&test, opaque, &(SignedLook){ .out = out }, LL_SIGNATURE_VALID, "");
  g_autoptr (GByteArray) content = test_bytes (ll_spool_octets (out));
  assert_int_equal (content->len, strlen (SIGNED_TEXT));
  assert_memory_equal (content->data, SIGNED_TEXT, content->len);
  test_run (folder, "gpgconf --homedir home --kill all");
  test_folder_remove (folder);
}

/* ---- refusals of the maker, and size ---- */

static void
test_sign_refused (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "P-256");
  g_autoptr (LlSpool) in = test_spool ("x", 1);
  static const struct
  {
    const char *key;
    LlErrorCode code;
  } cases[] = {
    { "X25519", LL_ERROR_ENGINE },
    { "P-256:wrong", LL_ERROR_ENGINE }, /* not the key of the certificate */
    { "rsa", LL_ERROR_ENGINE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LlKeyHandle) handle = ll_key_handle_new (certificate, pki_key (cases[i].key));
      g_autoptr (LlSpool) out = ll_spool_new ();
      g_autoptr (LlSink) sink = ll_spool_sink (out);
      g_autoptr (GError) error = NULL;
      char *micalg = NULL;
      assert_false (ll_cms_sign (handle, NULL, &(LlSmimeOptions){ 0 }, ll_spool_octets (in), FALSE, sink,
                                 &micalg, &error));
      test_assert_code (error, cases[i].code);
      assert_null (micalg);
      assert_int_equal (ll_spool_length (out), 0);
    }
}

static void
test_sign_unsupported (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "X25519");
  g_autoptr (LlKeyHandle) handle = ll_key_handle_new (certificate, pki_key ("X25519"));
  g_autoptr (LlSpool) in = test_spool ("x", 1);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  g_autoptr (GError) error = NULL;
  const LlSmimeOptions options = { 0 };
  assert_false (ll_cms_sign (handle, NULL, &options, ll_spool_octets (in), TRUE, sink, NULL, &error));
  test_assert_code (error, LL_ERROR_UNSUPPORTED);
  assert_int_equal (ll_spool_length (out), 0);
}

static void
test_chain (void **state)
{
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  const PkiSpec spec = { .name = "CA", .basic = "critical,CA:TRUE" };
  g_autoptr (X509) ca = pki_issue ("P-256:ca", &spec, test.root, "P-256:root");
  g_autoptr (X509) certificate = pki_leaf ("P-256", "alice@example.org", ca, "P-256:ca");
  g_autoptr (GByteArray) alone = signed_make (certificate, "P-256", FALSE, SIGNED_TEXT, TRUE);
  signed_assert (&test, alone, &(SignedLook){ .content = SIGNED_TEXT }, LL_SIGNATURE_VALID_UNTRUSTED,
                 "not known");

  g_autoptr (GPtrArray) chain = ll_x509_array ();
  ll_x509_array_add (chain, certificate);
  ll_x509_array_add (chain, ca);
  ll_x509_array_add (chain, test.root);
  g_autoptr (LlKeyHandle) handle = ll_key_handle_new (certificate, pki_key ("P-256"));
  g_autoptr (LlSpool) in = test_spool (SIGNED_TEXT, strlen (SIGNED_TEXT));
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  assert_true (
      ll_cms_sign (handle, chain, &(LlSmimeOptions){ 0 }, ll_spool_octets (in), TRUE, sink, NULL, NULL));
  g_autoptr (GByteArray) signature = test_bytes (ll_spool_octets (out));
  signed_assert (&test, signature, &(SignedLook){ .content = SIGNED_TEXT }, LL_SIGNATURE_VALID, "");
  g_autoptr (LlSignedInfo) info = signed_parse (signature);
  assert_int_equal (sk_ASN1_TYPE_num (info->signed_data->certificates), 2); /* no root, nothing twice */
}

/* 64 MiB through both directions without holding it; over 16 MiB the lengths take another form. */
static void
test_large (void **state)
{
  enum
  {
    MIB = 1024 * 1024,
    SIZE = 64
  };
  g_auto (Signed) test = { 0 };
  signed_init (&test);
  g_autoptr (X509) certificate = signed_leaf (&test, "P-256");
  g_autoptr (LlKeyHandle) handle = ll_key_handle_new (certificate, pki_key ("P-256"));
  g_autofree guint8 *block = g_malloc (MIB);
  g_autoptr (LlSpool) in = ll_spool_new ();
  struct rusage before, after;
  getrusage (RUSAGE_SELF, &before);
  for (guint i = 0; i < SIZE; i++)
    {
      memset (block, (int)i + 32, MIB);
      assert_true (ll_spool_append (in, block, MIB, NULL));
    }
  g_autoptr (LlSpool) signature = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (signature);
  assert_true (
      ll_cms_sign (handle, NULL, &(LlSmimeOptions){ 0 }, ll_spool_octets (in), FALSE, sink, NULL, NULL));
  g_autoptr (LlCms) cms = ll_cms_open (ll_spool_octets (signature), NULL);
  assert_non_null (cms);
  assert_int_equal (cms->content_length, SIZE * MIB);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (GPtrArray) signers = NULL;
  const LlVerifyRequest request = { .signature = ll_spool_octets (signature), .out = out };
  assert_true (ll_cms_verify (cms, &test.source->base, &request, &signers, NULL));
  assert_good_signer (signers, certificate, "SHA256");
  assert_int_equal (ll_spool_length (out), SIZE * MIB);
  getrusage (RUSAGE_SELF, &after);
#ifndef __SANITIZE_ADDRESS__
  assert_true (after.ru_maxrss - before.ru_maxrss < 16 * 1024);
#endif
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_round_trip),     cmocka_unit_test (test_empty_content),
    cmocka_unit_test (test_micalg),         cmocka_unit_test (test_openssl_verifies),
    cmocka_unit_test (test_openssl_signs),  cmocka_unit_test (test_old_digests),
    cmocka_unit_test (test_gpgsm_verifies), cmocka_unit_test (test_gpgsm_signs),
    cmocka_unit_test (test_sign_refused),   cmocka_unit_test (test_sign_unsupported),
    cmocka_unit_test (test_chain),          cmocka_unit_test (test_large),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
