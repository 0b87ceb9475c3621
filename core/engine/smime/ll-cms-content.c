/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-cms-content.h"

#include <openssl/err.h>
#include <string.h>

#include "ll-limits.h"

#define GCM_NONCE_LENGTH 12

gboolean
ll_cms_decrypt_failed (GError **error)
{
  ERR_clear_error ();
  ll_error_set (error, LL_ERROR_DECRYPT_FAILED,
                "the message cannot be decrypted: it was altered, or its key is not for us");
  return FALSE;
}

static gboolean
bad_parameters (GError **error, const LlContentCipher *cipher, const char *why)
{
  ll_error_set (error, LL_ERROR_UNSUPPORTED, "the parameters of the cipher %s are not acceptable: %s",
                cipher->name, why);
  return FALSE;
}

/* An OCTET STRING of exactly the cipher's length: CBC and ChaCha20-Poly1305. */
static gboolean
get_plain_iv (const X509_ALGOR *algorithm, const LlContentCipher *cipher, guint8 *iv, GError **error)
{
  const ASN1_TYPE *parameter = algorithm->parameter;
  if (parameter == NULL || ASN1_TYPE_get (parameter) != V_ASN1_OCTET_STRING
      || (gsize)ASN1_STRING_length (parameter->value.octet_string) != cipher->iv_length)
    return bad_parameters (error, cipher, N_ ("the initialization vector has another length"));
  memcpy (iv, ASN1_STRING_get0_data (parameter->value.octet_string), cipher->iv_length);
  return TRUE;
}

/* RFC 5084 3.2, where the tag has 12 octets unless it is said; we take nothing but 16. */
static gboolean
get_gcm_iv (const X509_ALGOR *algorithm, const LlContentCipher *cipher, guint8 *iv, GError **error)
{
  const ASN1_TYPE *parameter = algorithm->parameter;
  g_autoptr (LlGcmParameters) gcm = NULL;
  if (parameter != NULL && ASN1_TYPE_get (parameter) == V_ASN1_SEQUENCE)
    gcm = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (LlGcmParameters), parameter);
  if (gcm == NULL)
    return bad_parameters (error, cipher, N_ ("they are malformed"));
  if (ASN1_STRING_length (gcm->nonce) != GCM_NONCE_LENGTH)
    return bad_parameters (error, cipher, N_ ("the nonce has not 12 octets"));
  if (gcm->tag_length == NULL || ASN1_INTEGER_get (gcm->tag_length) != (long)LL_CMS_TAG_LENGTH)
    return bad_parameters (error, cipher, N_ ("the authentication tag has not 16 octets"));
  memcpy (iv, ASN1_STRING_get0_data (gcm->nonce), GCM_NONCE_LENGTH);
  return TRUE;
}

static const LlContentCipher ciphers[] = {
  { "2.16.840.1.101.3.4.1.2", "AES128-CBC", "AES-128-CBC", 16, 16, 16, FALSE, get_plain_iv },
  { "2.16.840.1.101.3.4.1.22", "AES192-CBC", "AES-192-CBC", 24, 16, 16, FALSE, get_plain_iv },
  { "2.16.840.1.101.3.4.1.42", "AES256-CBC", "AES-256-CBC", 32, 16, 16, FALSE, get_plain_iv },
  { "1.2.840.113549.3.7", "3DES", "DES-EDE3-CBC", 24, 8, 8, FALSE, get_plain_iv },
  { "2.16.840.1.101.3.4.1.6", "AES128-GCM", "AES-128-GCM", 16, 12, 1, TRUE, get_gcm_iv },
  { "2.16.840.1.101.3.4.1.26", "AES192-GCM", "AES-192-GCM", 24, 12, 1, TRUE, get_gcm_iv },
  { "2.16.840.1.101.3.4.1.46", "AES256-GCM", "AES-256-GCM", 32, 12, 1, TRUE, get_gcm_iv },
  { "1.2.840.113549.1.9.16.3.18", "CHACHA20-POLY1305", "ChaCha20-Poly1305", 32, 12, 1, TRUE, get_plain_iv },
};

static const struct
{
  const char *oid, *name;
} weak[] = {
  { "1.2.840.113549.3.2", "RC2" },
  { "1.2.840.113549.3.4", "RC4" },
  { "1.3.14.3.2.7", "DES" },
};

static const LlContentCipher *
unsupported (const char *oid, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (weak); i++)
    if (strcmp (oid, weak[i].oid) == 0)
      {
        ll_error_set (error, LL_ERROR_UNSUPPORTED,
                      "the message is encrypted with a weak cipher, %s, that is not accepted", weak[i].name);
        return NULL;
      }
  ll_error_set (error, LL_ERROR_UNSUPPORTED, "the cipher of the message is not supported: %s", oid);
  return NULL;
}

static const LlContentCipher *
find_cipher (const char *oid)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ciphers); i++)
    if (strcmp (oid, ciphers[i].oid) == 0)
      return &ciphers[i];
  return NULL;
}

const LlContentCipher *
ll_content_cipher_parse (const X509_ALGOR *algorithm, gboolean aead, guint8 iv[LL_CMS_IV_MAX], GError **error)
{
  LlCmsOid oid;
  const LlContentCipher *cipher = find_cipher (ll_cms_oid (algorithm->algorithm, oid));
  if (cipher == NULL)
    return unsupported (oid, error);
  if (cipher->aead != aead)
    {
      bad_parameters (error, cipher, N_ ("it does not belong into this kind of structure"));
      return NULL;
    }
  return cipher->get_iv (algorithm, cipher, iv, error) ? cipher : NULL;
}

const LlContentCipher *
ll_content_cipher_for (LlSmimeCipher cipher)
{
  static const char *const oids[] = {
    [LL_SMIME_AES256_CBC] = "2.16.840.1.101.3.4.1.42",
    [LL_SMIME_AES128_CBC] = "2.16.840.1.101.3.4.1.2",
    [LL_SMIME_AES256_GCM] = "2.16.840.1.101.3.4.1.46",
    [LL_SMIME_AES128_GCM] = "2.16.840.1.101.3.4.1.6",
  };
  g_assert ((gsize)cipher < G_N_ELEMENTS (oids));
  return find_cipher (oids[cipher]);
}

static ASN1_STRING *
gcm_parameters (const guint8 *nonce)
{
  g_autoptr (LlGcmParameters) gcm = LlGcmParameters_new ();
  ASN1_STRING *packed = ASN1_STRING_type_new (V_ASN1_SEQUENCE);
  guint8 *der = NULL;
  gcm->tag_length = ASN1_INTEGER_new ();
  ASN1_OCTET_STRING_set (gcm->nonce, nonce, GCM_NONCE_LENGTH);
  ASN1_INTEGER_set (gcm->tag_length, LL_CMS_TAG_LENGTH);
  int n = i2d_LlGcmParameters (gcm, &der);
  ASN1_STRING_set0 (packed, der, MAX (n, 0));
  return packed;
}

static ASN1_STRING *
plain_parameters (const LlContentCipher *cipher, const guint8 *iv)
{
  ASN1_STRING *string = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (string, iv, (int)cipher->iv_length);
  return string;
}

X509_ALGOR *
ll_content_cipher_algorithm (const LlContentCipher *cipher, const guint8 *iv)
{
  X509_ALGOR *algorithm = X509_ALGOR_new ();
  ASN1_OBJECT *object = OBJ_txt2obj (cipher->oid, 1);
  gboolean gcm = cipher->get_iv == get_gcm_iv;
  ASN1_STRING *parameters = gcm ? gcm_parameters (iv) : plain_parameters (cipher, iv);
  if (X509_ALGOR_set0 (algorithm, object, gcm ? V_ASN1_SEQUENCE : V_ASN1_OCTET_STRING, parameters) == 1)
    return algorithm;
  X509_ALGOR_free (algorithm);
  ASN1_OBJECT_free (object);
  ASN1_STRING_free (parameters);
  return NULL;
}

guint64
ll_content_cipher_length (const LlContentCipher *cipher, guint64 length)
{
  if (cipher->aead)
    return length;
  /* Padding is at least one octet (RFC 5652 6.3). */
  return (length / cipher->block_length + 1) * cipher->block_length;
}

EVP_CIPHER_CTX *
ll_content_cipher_start (const LlContentCipher *cipher, gboolean encrypt, LlSecret *key, const guint8 *iv,
                         const GByteArray *aad)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  g_autoptr (EVP_CIPHER) algorithm = EVP_CIPHER_fetch (NULL, cipher->algorithm, NULL);
  int n = 0;
  if (context == NULL || algorithm == NULL || ll_secret_length (key) != cipher->key_length
      || EVP_CipherInit_ex2 (context, algorithm, ll_secret_data (key), iv, encrypt, NULL) != 1)
    return NULL;
  if (aad != NULL && EVP_CipherUpdate (context, NULL, &n, aad->data, (int)aad->len) != 1)
    return NULL;
  return g_steal_pointer (&context);
}

/* ---- the sink ---- */

#define BUFFER (LL_CHUNK + 2 * EVP_MAX_BLOCK_LENGTH)

typedef struct
{
  EVP_CIPHER_CTX *context;
  LlSink *next;
  guint8 *buffer;
} CipherSink;

static gboolean
failed (CipherSink *sink, GError **error)
{
  if (!EVP_CIPHER_CTX_is_encrypting (sink->context))
    return ll_cms_decrypt_failed (error);
  ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("encrypting the message"));
  return FALSE;
}

static gboolean
cipher_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  CipherSink *sink = self;
  while (length > 0)
    {
      gsize piece = MIN (length, LL_CHUNK);
      int n = 0;
      if (EVP_CipherUpdate (sink->context, sink->buffer, &n, data, (int)piece) != 1)
        return failed (sink, error);
      if (!ll_sink_write (sink->next, sink->buffer, (gsize)n, error))
        return FALSE;
      data += piece;
      length -= piece;
    }
  return TRUE;
}

static gboolean
cipher_finish (gpointer self, GError **error)
{
  CipherSink *sink = self;
  int n = 0;
  if (EVP_CipherFinal_ex (sink->context, sink->buffer, &n) != 1)
    return failed (sink, error);
  return ll_sink_write (sink->next, sink->buffer, (gsize)n, error) && ll_sink_finish (sink->next, error);
}

static void
cipher_free (gpointer self)
{
  CipherSink *sink = self;
  ll_sink_free (sink->next);
  OPENSSL_cleanse (sink->buffer, BUFFER);
  g_free (sink->buffer);
  g_free (sink);
}

LlSink *
ll_sink_cipher (EVP_CIPHER_CTX *context, LlSink *next)
{
  static const LlSinkOps ops = { cipher_write, cipher_finish, cipher_free };
  CipherSink *sink = g_new0 (CipherSink, 1);
  sink->context = context;
  sink->next = next;
  sink->buffer = g_malloc (BUFFER);
  return ll_sink_new (&ops, sink);
}
