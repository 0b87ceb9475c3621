/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Against the programs that others use. */
#include <openssl/pem.h>
#include <string.h>

#include "envelope-testing.h"

static char *
folder_for (void **state)
{
  char *folder = test_folder ();
  for (guint i = 0; i < N_KINDS; i++)
    test_write_identity (folder, test_kinds[i], identity (state, i));
  test_write (folder, "text", TEXT, strlen (TEXT));
  return folder;
}

/* OpenSSL 3.0 knows no X25519 recipients. */
static void
test_openssl_reads (void **state)
{
  static const guint understood[] = { RSA_KEY, P256_KEY, P384_KEY, P521_KEY };
  char *folder = folder_for (state);
  for (guint k = 0; k < G_N_ELEMENTS (understood); k++)
    for (guint c = 0; c < N_CIPHERS; c++)
      for (gint oaep = 0; oaep <= (understood[k] == RSA_KEY); oaep++)
        {
          const char *kind = test_kinds[understood[k]];
          g_autoptr (GByteArray) sealed
              = seal (identity (state, understood[k]), test_ciphers[c].cipher, oaep);
          test_write (folder, "sealed", sealed->data, sealed->len);
          g_autofree char *command = g_strdup_printf (
              "openssl cms -decrypt -binary -inform DER -in sealed -inkey %s.key -recip %s.crt -out got",
              kind, kind);
          if (!test_run (folder, command))
            fail_msg ("%s %s: %s", kind, test_ciphers[c].name, command);
          g_autoptr (GByteArray) got = test_read (folder, "got");
          assert_true (is_text (got));
        }
  test_folder_remove (folder);
}

#define ENCRYPT "openssl cms -encrypt -binary -in text -outform DER -out sealed "

static void
test_openssl_writes (void **state)
{
  static const struct
  {
    const char *command;
    guint kind;
    const char *cipher;
    LlEncryptionStatus status;
  } cases[] = {
    { "-aes256 rsa.crt", RSA_KEY, "AES256-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes256 -stream rsa.crt", RSA_KEY, "AES256-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes192 -stream rsa.crt", RSA_KEY, "AES192-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes128 -keyid rsa.crt", RSA_KEY, "AES128-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-des3 rsa.crt", RSA_KEY, "3DES", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes-256-gcm rsa.crt", RSA_KEY, "AES256-GCM", LL_ENCRYPTION_OK },
    { "-aes-192-gcm -stream rsa.crt", RSA_KEY, "AES192-GCM", LL_ENCRYPTION_OK },
    { "-aes-128-gcm -stream -keyid rsa.crt", RSA_KEY, "AES128-GCM", LL_ENCRYPTION_OK },
    { "-aes256 -recip rsa.crt -keyopt rsa_padding_mode:oaep", RSA_KEY, "AES256-CBC",
      LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes-256-gcm -recip rsa.crt -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256", RSA_KEY,
      "AES256-GCM", LL_ENCRYPTION_OK },
    { "-aes-256-gcm -recip rsa.crt -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha384 -keyopt "
      "rsa_mgf1_md:sha1",
      RSA_KEY, "AES256-GCM", LL_ENCRYPTION_OK },
    { "-aes256 -recip rsa.crt -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha512 -keyopt "
      "rsa_mgf1_md:sha512 "
      "-keyopt rsa_oaep_label:010203",
      RSA_KEY, "AES256-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes256 P-256.crt", P256_KEY, "AES256-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes256 -stream -keyid P-256.crt", P256_KEY, "AES256-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes-128-gcm P-384.crt", P384_KEY, "AES128-GCM", LL_ENCRYPTION_OK },
    { "-aes-256-gcm -recip P-521.crt -keyopt ecdh_kdf_md:sha512", P521_KEY, "AES256-GCM", LL_ENCRYPTION_OK },
    { "-aes256 -recip P-256.crt -keyopt ecdh_kdf_md:sha224", P256_KEY, "AES256-CBC",
      LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes256 -recip P-384.crt -keyopt ecdh_kdf_md:sha384 -keyopt ecdh_cofactor_mode:1", P384_KEY,
      "AES256-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes256 -recip P-256.crt -keyopt ecdh_kdf_md:sha256 -wrap id-aes128-wrap", P256_KEY, "AES256-CBC",
      LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes256 -recip P-256.crt -keyopt ecdh_kdf_md:sha256 -wrap id-aes192-wrap", P256_KEY, "AES256-CBC",
      LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes256 P-521.crt rsa.crt P-256.crt", RSA_KEY, "AES256-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { "-aes256 -pwri_password secret rsa.crt", RSA_KEY, "AES256-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
  };
  char *folder = folder_for (state);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *command = g_strconcat (ENCRYPT, cases[i].command, NULL);
      if (!test_run (folder, command))
        fail_msg ("%s", command);
      g_autoptr (GByteArray) sealed = test_read (folder, "sealed");
      g_autoptr (GPtrArray) keys = g_ptr_array_new ();
      g_autoptr (LlDecryption) decryption = ll_decryption_new ();
      g_autoptr (GError) error = NULL;
      g_ptr_array_add (keys, identity (state, cases[i].kind));
      g_autoptr (GByteArray) got = unseal (sealed, keys, decryption, &error);
      if (got == NULL)
        fail_msg ("%s: %s", cases[i].command, error->message);
      assert_true (is_text (got));
      assert_string_equal (decryption->cipher, cases[i].cipher);
      assert_int_equal (decryption->status, cases[i].status);
    }
  test_folder_remove (folder);
}

static void
test_openssl_writes_what_we_refuse (void **state)
{
  static const struct
  {
    const char *command;
    LlErrorCode code;
    const char *word;
  } cases[] = {
    { "-rc2-40 -provider legacy -provider default rsa.crt", LL_ERROR_UNSUPPORTED, "RC2" },
    { "-des -provider legacy -provider default rsa.crt", LL_ERROR_UNSUPPORTED, "DES" },
    { "-camellia256 rsa.crt", LL_ERROR_UNSUPPORTED, "not supported" },
    { "-aes256 -pwri_password secret", LL_ERROR_UNSUPPORTED, "password" },
    { "-aes256 -secretkey 000102030405060708090a0b0c0d0e0f -secretkeyid 01", LL_ERROR_UNSUPPORTED,
      "another kind" },
    { "-aes256 P-256.crt", LL_ERROR_NO_SECRET_KEY, "Test Authority, serial number 1001" },
    { "-aes256 -keyid P-256.crt", LL_ERROR_NO_SECRET_KEY, "key identifier " },
  };
  char *folder = folder_for (state);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *command = g_strconcat (ENCRYPT, cases[i].command, NULL);
      if (!test_run (folder, command))
        fail_msg ("%s", command);
      g_autoptr (GByteArray) sealed = test_read (folder, "sealed");
      assert_refused (sealed, identity (state, RSA_KEY), cases[i].code, cases[i].word);
    }
  test_folder_remove (folder);
}

/* In PEM, and cut anywhere. */
static void
test_openssl_pem (void **state)
{
  char *folder = folder_for (state);
  assert_true (
      test_run (folder, "openssl cms -encrypt -binary -aes256 -in text -outform PEM -out sealed P-256.crt"));
  g_autoptr (GByteArray) sealed = test_read (folder, "sealed");
  assert_unseals (sealed, identity (state, P256_KEY));
  for (guint n = 0; n < sealed->len - 1; n += 3)
    {
      const GByteArray cut = { sealed->data, n };
      assert_refused (&cut, identity (state, P256_KEY), LL_ERROR_MALFORMED, "");
    }
  test_folder_remove (folder);
}

#define GPGSM                                                                                                \
  "export GNUPGHOME=$PWD/home; gpgsm --batch --disable-crl-checks --disable-policy-checks --pinentry-mode "  \
  "loopback "

static LlKeyHandle *
read_identity (const char *folder)
{
  g_autofree char *key_path = test_path (folder, "g.key");
  g_autofree char *certificate_path = test_path (folder, "g.crt");
  BIO *bio = BIO_new_file (key_path, "r");
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);
  BIO_free (bio);
  bio = BIO_new_file (certificate_path, "r");
  X509 *certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  BIO_free (bio);
  LlKeyHandle *handle = ll_key_handle_new (certificate, key);
  EVP_PKEY_free (key);
  X509_free (certificate);
  return handle;
}

/* gpgsm 2.2 knows PKCS #1 v1.5 and CBC (security.md F10). */
static void
test_gpgsm (void **state)
{
  static const char *const preparation
      = "echo x > pass && mkdir -m 700 home && echo allow-loopback-pinentry > home/gpg-agent.conf && "
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout g.key -out g.crt -subj /O=Tests/CN=G -days 30 && "
        "openssl pkcs12 -export -inkey g.key -in g.crt -passout pass:x -keypbe PBE-SHA1-3DES "
        "-certpbe PBE-SHA1-3DES -macalg sha1 -out g.p12 && "
        "openssl x509 -in g.crt -noout -fingerprint -sha1 | sed 's/.*=//; s/://g; s/$/ S relax/' > "
        "home/trustlist.txt";
  char *folder = folder_for (state);
  if (!test_run (folder, "command -v gpgsm"))
    {
      test_folder_remove (folder);
      skip ();
    }
  assert_true (test_run (folder, preparation));
  assert_true (test_run (folder, GPGSM "--passphrase-fd 0 --import g.p12 <pass"));
  LlKeyHandle *handle = read_identity (folder);

  assert_true (test_run (folder, GPGSM "-r 0x$(head -c 40 home/trustlist.txt) -o sealed --encrypt text"));
  g_autoptr (GByteArray) theirs = test_read (folder, "sealed");
  assert_unseals (theirs, handle);
  assert_true (
      test_run (folder, GPGSM "-r 0x$(head -c 40 home/trustlist.txt) --armor -o sealed.pem --encrypt text"));
  g_autoptr (GByteArray) armored = test_read (folder, "sealed.pem");
  assert_unseals (armored, handle);
  for (guint c = 0; c < 2; c++)
    {
      g_autoptr (GByteArray) ours = seal (handle, test_ciphers[c].cipher, FALSE);
      test_write (folder, "ours", ours->data, ours->len);
      gboolean ok = test_run (folder, GPGSM "--yes --passphrase-fd 0 -o got --decrypt ours <pass");
      if (!ok)
        test_run (folder, "GNUPGHOME=$PWD/home gpgconf --kill all");
      assert_true (ok);
      g_autoptr (GByteArray) got = test_read (folder, "got");
      assert_true (is_text (got));
    }
  assert_true (test_run (folder, "GNUPGHOME=$PWD/home gpgconf --kill all"));
  ll_key_handle_free (handle);
  test_folder_remove (folder);
}

/* Small structures that made other parsers fall over: no crash, no leak, no answer but an error. */
static char *
seeds_folder (void)
{
  const char *shared = g_getenv ("LETTERLOCK_SHARED");
  const char *source = g_getenv ("MESON_SOURCE_ROOT");
  if (shared != NULL)
    return g_build_filename (shared, "cms-fuzz-seeds", NULL);
  return g_build_filename (source != NULL ? source : LETTERLOCK_SOURCE_ROOT, "..", "shared", "data",
                           "cms-fuzz-seeds", NULL);
}

static void
feed (void **state, const GByteArray *bytes)
{
  g_autoptr (LlSpool) spool = test_spool (bytes->data, bytes->len);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  g_autoptr (LlDecryption) decryption = ll_decryption_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LlCms) cms = ll_cms_open (ll_spool_octets (spool), &error);
  assert_true ((cms == NULL) == (error != NULL));
  if (cms == NULL)
    return;
  assert_true (!cms->has_content || ll_cms_copy_content (cms, sink, NULL));
  assert_int_equal (ll_spool_length (out), cms->content_length);
  assert_false (ll_cms_decrypt (cms, identities (state), out, decryption, &error));
  assert_non_null (error);
}

static void
test_seeds (void **state)
{
  g_autofree char *path = seeds_folder ();
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  if (folder == NULL)
    skip ();
  for (const char *name = g_dir_read_name (folder); name != NULL; name = g_dir_read_name (folder))
    {
      g_autoptr (GByteArray) bytes = test_read (path, name);
      feed (state, bytes);
      /* The seeds that are there are mostly not whole: see what is behind the first error as well. */
      for (guint at = 0; at < MIN (bytes->len, 6); at++)
        {
          bytes->data[at] ^= 0x80;
          feed (state, bytes);
          bytes->data[at] ^= 0x80;
        }
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_openssl_reads),
    cmocka_unit_test (test_openssl_writes),
    cmocka_unit_test (test_openssl_writes_what_we_refuse),
    cmocka_unit_test (test_openssl_pem),
    cmocka_unit_test (test_gpgsm),
    cmocka_unit_test (test_seeds),
  };
  return cmocka_run_group_tests (tests, test_identities_set_up, test_identities_tear_down);
}
