/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms-testing.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

LlSpool *
test_spool (const void *data, gsize length)
{
  LlSpool *spool = ll_spool_new ();
  assert_true (ll_spool_append (spool, data, length, NULL));
  return spool;
}

LlSpool *
test_spool_file (const char *path)
{
  LlSpool *spool = ll_spool_new ();
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  assert_true (fd >= 0);
  assert_true (ll_spool_append_fd (spool, fd, NULL));
  close (fd);
  return spool;
}

GByteArray *
test_bytes (LlOctets octets)
{
  GByteArray *bytes = g_byte_array_new ();
  gsize n = 0;
  g_byte_array_set_size (bytes, (guint)octets.length);
  if (octets.length > 0)
    assert_true (ll_octets_read (octets, 0, bytes->data, bytes->len, &n, NULL));
  assert_int_equal (n, octets.length);
  return bytes;
}

void
test_put (GByteArray *out, guint8 tag, const GByteArray *inner)
{
  guint8 header[6] = { tag, 0x84 };
  for (guint i = 0; i < 4; i++)
    header[2 + i] = (guint8)(inner->len >> (24 - 8 * i));
  if (inner->len < 0x80)
    header[1] = (guint8)inner->len;
  g_byte_array_append (out, header, inner->len < 0x80 ? 2 : 6);
  g_byte_array_append (out, inner->data, inner->len);
}

GByteArray *
test_hex (const char *hex)
{
  GByteArray *bytes = g_byte_array_new ();
  for (; *hex != '\0'; hex++)
    if (g_ascii_isxdigit (hex[0]))
      {
        guint8 octet = (guint8)(g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));
        g_byte_array_append (bytes, &octet, 1);
        hex++;
      }
  return bytes;
}

void
test_assert_code (GError *error, LlErrorCode code)
{
  assert_non_null (error);
  if (!g_error_matches (error, LL_ERROR, (int)code))
    fail_msg ("%s instead of %s: %s", ll_error_code_name ((LlErrorCode)error->code),
              ll_error_code_name (code), error->message);
}

char *
test_folder (void)
{
  char *folder = g_dir_make_tmp ("letterlock-cms-XXXXXX", NULL);
  assert_non_null (folder);
  return folder;
}

void
test_folder_remove (char *folder)
{
  const char *const argv[] = { "rm", "-rf", "--", folder, NULL };
  assert_true (
      g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free (folder);
}

char *
test_path (const char *folder, const char *name)
{
  return g_build_filename (folder, name, NULL);
}

void
test_write (const char *folder, const char *name, const void *data, gsize length)
{
  g_autofree char *path = test_path (folder, name);
  assert_true (g_file_set_contents (path, data, (gssize)length, NULL));
}

GByteArray *
test_read (const char *folder, const char *name)
{
  g_autofree char *path = test_path (folder, name);
  char *data;
  gsize n;
  assert_true (g_file_get_contents (path, &data, &n, NULL));
  return g_byte_array_new_take ((guint8 *)data, n);
}

gboolean
test_run (const char *folder, const char *command)
{
  const char *const argv[] = { "sh", "-c", command, NULL };
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  int status = 0;
  assert_true (
      g_spawn_sync (folder, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status, NULL));
  return g_spawn_check_wait_status (status, NULL);
}

static void
add_extension (X509 *certificate, int nid, const char *value)
{
  X509V3_CTX context;
  X509V3_set_ctx (&context, certificate, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  assert_non_null (extension);
  assert_int_equal (X509_add_ext (certificate, extension, -1), 1);
  X509_EXTENSION_free (extension);
}

X509 *
test_certificate (EVP_PKEY *key, const char *issuer, long serial, gboolean expired)
{
  X509 *certificate = X509_new ();
  EVP_PKEY *authority = EVP_EC_gen ("P-256");
  X509_set_version (certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), serial);
  X509_gmtime_adj (X509_getm_notBefore (certificate), -2000000);
  X509_gmtime_adj (X509_getm_notAfter (certificate), expired ? -1000000 : 1000000);
  X509_NAME_add_entry_by_txt (X509_get_subject_name (certificate), "CN", MBSTRING_UTF8,
                              (const guint8 *)"Somebody", -1, -1, 0);
  X509_NAME *name = X509_NAME_new ();
  X509_NAME_add_entry_by_txt (name, "O", MBSTRING_UTF8, (const guint8 *)"Tests", -1, -1, 0);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *)issuer, -1, -1, 0);
  X509_set_issuer_name (certificate, name);
  X509_NAME_free (name);
  X509_set_pubkey (certificate, key);
  add_extension (certificate, NID_subject_key_identifier, "hash");
  assert_true (X509_sign (certificate, authority, EVP_sha256 ()) > 0);
  EVP_PKEY_free (authority);
  return certificate;
}

LlKeyHandle *
test_identity (const char *kind, const char *issuer, long serial)
{
  EVP_PKEY *key = strcmp (kind, "rsa") == 0                            ? EVP_RSA_gen (2048)
                  : strcmp (kind, "rsa1024") == 0                      ? EVP_RSA_gen (1024)
                  : kind[0] == 'P' || kind[0] == 's' || kind[0] == 'b' ? EVP_EC_gen (kind)
                                                                       : EVP_PKEY_Q_keygen (NULL, NULL, kind);
  assert_non_null (key);
  X509 *certificate = test_certificate (key, issuer, serial, FALSE);
  LlKeyHandle *handle = ll_key_handle_new (certificate, key);
  X509_free (certificate);
  EVP_PKEY_free (key);
  return handle;
}

void
test_write_identity (const char *folder, const char *name, const LlKeyHandle *handle)
{
  static const char *const endings[] = { ".pem", ".crt", ".key" };
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *file = g_strconcat (name, endings[i], NULL);
      g_autofree char *path = test_path (folder, file);
      BIO *bio = BIO_new_file (path, "w");
      assert_non_null (bio);
      if (i != 2)
        assert_int_equal (PEM_write_bio_X509 (bio, handle->certificate), 1);
      if (i != 1)
        assert_int_equal (PEM_write_bio_PrivateKey (bio, handle->key, NULL, NULL, 0, NULL, NULL), 1);
      BIO_free (bio);
    }
}
