/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki-testing.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

static EVP_PKEY *
generate (const char *kind)
{
  if (strcmp (kind, "rsa") == 0)
    return EVP_RSA_gen (2048);
  if (strncmp (kind, "rsa", 3) == 0)
    return EVP_RSA_gen ((unsigned int)g_ascii_strtoull (kind + 3, NULL, 10));
  if (kind[0] == 'P')
    return EVP_EC_gen (kind);
  if (strcmp (kind, "pss") != 0)
    return EVP_PKEY_Q_keygen (NULL, NULL, kind);
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "RSA-PSS", NULL);
  EVP_PKEY *key = NULL;
  assert_true (EVP_PKEY_keygen_init (context) > 0 && EVP_PKEY_CTX_set_rsa_keygen_bits (context, 2048) > 0
               && EVP_PKEY_generate (context, &key) > 0);
  return key;
}

EVP_PKEY *
pki_key (const char *name)
{
  static GHashTable *keys = NULL;
  if (!keys)
    keys = g_hash_table_new (g_str_hash, g_str_equal);
  EVP_PKEY *key = g_hash_table_lookup (keys, name);
  if (!key)
    {
      g_autofree char *kind = g_strndup (name, strcspn (name, ":"));
      key = generate (kind);
      assert_non_null (key);
      g_hash_table_insert (keys, g_strdup (name), key);
    }
  return key;
}

static void
extend (X509 *certificate, X509 *issuer, int nid, const char *value)
{
  if (!value)
    return;
  X509V3_CTX context;
  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  assert_non_null (extension);
  assert_int_equal (X509_add_ext (certificate, extension, -1), 1);
  X509_EXTENSION_free (extension);
}

static void
name_subject (X509 *certificate, const PkiSpec *spec)
{
  X509_NAME *subject = X509_get_subject_name (certificate);
  if (spec->name)
    X509_NAME_add_entry_by_NID (subject, NID_commonName, MBSTRING_UTF8, (const guint8 *)spec->name, -1, -1,
                                0);
  if (spec->subject_email)
    X509_NAME_add_entry_by_NID (subject, NID_pkcs9_emailAddress, MBSTRING_UTF8,
                                (const guint8 *)spec->subject_email, -1, -1, 0);
}

X509 *
pki_issue (const char *key, const PkiSpec *spec, X509 *issuer, const char *issuer_key)
{
  static long next_serial = 0x10000001;
  X509 *certificate = X509_new ();
  if (!issuer)
    issuer = certificate;
  X509_set_version (certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), spec->serial ? spec->serial : next_serial++);
  gint64 from = spec->from, until = spec->until;
  if (!from && !until)
    from = -PKI_DAY, until = 365 * PKI_DAY;
  X509_gmtime_adj (X509_getm_notBefore (certificate), (long)from);
  X509_gmtime_adj (X509_getm_notAfter (certificate), (long)until);
  name_subject (certificate, spec);
  X509_set_issuer_name (certificate, X509_get_subject_name (issuer));
  assert_int_equal (X509_set_pubkey (certificate, pki_key (key)), 1);
  if (spec->key_id)
    extend (certificate, issuer, NID_subject_key_identifier, "hash");
  extend (certificate, issuer, NID_basic_constraints, spec->basic);
  extend (certificate, issuer, NID_key_usage, spec->usage);
  extend (certificate, issuer, NID_ext_key_usage, spec->extended);
  extend (certificate, issuer, NID_name_constraints, spec->constraints);
  extend (certificate, issuer, NID_subject_alt_name, spec->san);
  if (spec->names)
    assert_int_equal (X509_add1_ext_i2d (certificate, NID_subject_alt_name, spec->names, 0, 0), 1);
  EVP_PKEY *signer = pki_key (issuer_key ? issuer_key : key);
  const EVP_MD *md = EVP_PKEY_get_base_id (signer) == EVP_PKEY_ED25519 ? NULL
                     : spec->md                                        ? spec->md
                                                                       : EVP_sha256 ();
  assert_true (X509_sign (certificate, signer, md) > 0);
  return certificate;
}

X509 *
pki_leaf (const char *key, const char *address, X509 *issuer, const char *issuer_key)
{
  g_autofree char *san = g_strconcat ("email:", address, NULL);
  const PkiSpec spec = { .name = "Alice Example", .san = san, .key_id = TRUE };
  return pki_issue (key, &spec, issuer, issuer_key);
}

X509 *
pki_root (const char *key, const char *name)
{
  const PkiSpec spec = {
    .name = name, .basic = "critical,CA:TRUE", .usage = "critical,keyCertSign,cRLSign", .key_id = TRUE
  };
  return pki_issue (key, &spec, NULL, NULL);
}

/* ---- key source ---- */

static gboolean
fails (LlKeySource *base, GError **error)
{
  if (((PkiSource *)base)->fail)
    ll_error_set (error, LL_ERROR_IO, "the store is broken");
  return ((PkiSource *)base)->fail;
}

static GPtrArray *
references (const GPtrArray *certificates)
{
  GPtrArray *copy = g_ptr_array_new ();
  for (guint i = 0; i < certificates->len; i++)
    {
      X509_up_ref (g_ptr_array_index (certificates, i));
      g_ptr_array_add (copy, g_ptr_array_index (certificates, i));
    }
  return copy;
}

static GPtrArray *
find_certificates (LlKeySource *base, const char *address, GError **error)
{
  return fails (base, error) ? NULL : references (((PkiSource *)base)->certificates);
}

static GPtrArray *
list_intermediates (LlKeySource *base, GError **error)
{
  return fails (base, error) ? NULL : references (((PkiSource *)base)->intermediates);
}

static GPtrArray *
list_anchors (LlKeySource *base, GError **error)
{
  return fails (base, error) ? NULL : references (((PkiSource *)base)->anchors);
}

static GPtrArray *
list_keys (LlKeySource *base, GError **error)
{
  PkiSource *source = (PkiSource *)base;
  source->key_calls++;
  if (fails (base, error))
    return NULL;
  GPtrArray *copy = g_ptr_array_new ();
  for (guint i = 0; i < source->keys->len; i++)
    {
      const LlKeyHandle *handle = g_ptr_array_index (source->keys, i);
      g_ptr_array_add (copy, ll_key_handle_new (handle->certificate, handle->key));
    }
  return copy;
}

static void
free_handle (gpointer handle)
{
  ll_key_handle_free (handle);
}

PkiSource *
pki_source_new (void)
{
  PkiSource *source = g_new0 (PkiSource, 1);
  source->base = (LlKeySource){ find_certificates, list_intermediates, list_anchors, list_keys };
  source->certificates = ll_x509_array ();
  source->intermediates = ll_x509_array ();
  source->anchors = ll_x509_array ();
  source->keys = g_ptr_array_new_with_free_func (free_handle);
  return source;
}

void
pki_source_free (PkiSource *source)
{
  if (!source)
    return;
  g_ptr_array_unref (source->certificates);
  g_ptr_array_unref (source->intermediates);
  g_ptr_array_unref (source->anchors);
  g_ptr_array_unref (source->keys);
  g_free (source);
}

void
pki_source_anchor (PkiSource *source, X509 *certificate)
{
  ll_x509_array_add (source->anchors, certificate);
}

void
pki_source_intermediate (PkiSource *source, X509 *certificate)
{
  ll_x509_array_add (source->intermediates, certificate);
}

void
pki_source_certificate (PkiSource *source, X509 *certificate)
{
  ll_x509_array_add (source->certificates, certificate);
}

void
pki_source_key (PkiSource *source, X509 *certificate, const char *key)
{
  g_ptr_array_add (source->keys, ll_key_handle_new (certificate, pki_key (key)));
}

/* ---- files and words ---- */

static void
write_file (const char *folder, const char *name, const char *ending, X509 *certificate, EVP_PKEY *key)
{
  g_autofree char *file = g_strconcat (name, ending, NULL);
  g_autofree char *path = test_path (folder, file);
  BIO *bio = BIO_new_file (path, "w");
  assert_non_null (bio);
  assert_true (!certificate || PEM_write_bio_X509 (bio, certificate));
  assert_true (!key || PEM_write_bio_PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL));
  BIO_free (bio);
}

void
pki_write (const char *folder, const char *name, X509 *certificate, const char *key)
{
  write_file (folder, name, ".crt", certificate, NULL);
  if (!key)
    return;
  write_file (folder, name, ".key", NULL, pki_key (key));
  write_file (folder, name, ".pem", certificate, pki_key (key));
}

char *
pki_words (const LlText *text)
{
  return text ? ll_text_format (text, NULL, NULL) : g_strdup ("");
}

void
pki_assert_words (const LlText *text, const char *part)
{
  g_autofree char *words = pki_words (text);
  if (!strstr (words, part))
    fail_msg ("\"%s\" is not in \"%s\"", part, words);
}
