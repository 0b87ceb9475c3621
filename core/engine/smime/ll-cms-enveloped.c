/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/err.h>
#include <openssl/rand.h>
#include <string.h>

#include "ll-ber.h"
#include "ll-cms-content.h"
#include "ll-cms-recipient.h"

#define OID_DATA "1.2.840.113549.1.7.1"
#define OID_ENVELOPED "1.2.840.113549.1.7.3"
#define OID_AUTH_ENVELOPED "1.2.840.113549.1.9.16.1.23"

/* ---- decrypting ---- */

/* Both structures, seen as one. */
typedef struct
{
  LlEnvelopedInfo *plain;
  LlAuthEnvelopedInfo *authenticated;
  /* inside one of them: */
  LlRecipientInfos *recipients;
  LlEncryptedContent *content;
  STACK_OF (X509_ATTRIBUTE) * attributes; /* authAttrs */
  ASN1_OCTET_STRING *mac;                 /* NULL for EnvelopedData */
} Envelope;

static void
envelope_clear (Envelope *envelope)
{
  LlEnvelopedInfo_free (envelope->plain);
  LlAuthEnvelopedInfo_free (envelope->authenticated);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Envelope, envelope_clear)

static gboolean
malformed (GError **error, const char *what)
{
  ERR_clear_error ();
  ll_error_set (error, LL_ERROR_MALFORMED, "the S/MIME structure is malformed (ASN.1): %s", what);
  return FALSE;
}

static void
envelope_point (Envelope *envelope)
{
  if (envelope->plain != NULL)
    {
      LlEnveloped *inside = envelope->plain->enveloped;
      envelope->recipients = inside->recipients;
      envelope->content = inside->content;
    }
  else if (envelope->authenticated != NULL)
    {
      LlAuthEnveloped *inside = envelope->authenticated->enveloped;
      envelope->recipients = inside->recipients;
      envelope->content = inside->content;
      envelope->attributes = inside->attributes;
      envelope->mac = inside->mac;
    }
}

static gboolean
envelope_parse (const LlCms *cms, Envelope *out, GError **error)
{
  gsize n = 0;
  if (cms->type != LL_CMS_ENVELOPED && cms->type != LL_CMS_AUTH_ENVELOPED)
    {
      ll_error_set (error, LL_ERROR_NOT_ENCRYPTED, "the S/MIME structure is not encrypted");
      return FALSE;
    }
  if (!ll_asn1_check_elements (cms->skeleton, error))
    return FALSE;
  const guint8 *start = g_bytes_get_data (cms->skeleton, &n);
  const guint8 *p = start;
  if (cms->type == LL_CMS_ENVELOPED)
    out->plain = d2i_LlEnvelopedInfo (NULL, &p, (long)n);
  else
    out->authenticated = d2i_LlAuthEnvelopedInfo (NULL, &p, (long)n);
  envelope_point (out);
  if (out->recipients == NULL || p != start + n)
    return malformed (error, N_ ("its recipients or algorithms are not what they should be"));
  if (!cms->has_content)
    return malformed (error, N_ ("the encrypted content is missing"));
  return TRUE;
}

/* RFC 5083 2.2: the attributes are authenticated as a SET OF, not with the tag they travel under. */
static GByteArray *
authenticated_octets (const Envelope *envelope)
{
  guint8 *der = NULL;
  if (envelope->attributes == NULL)
    return NULL;
  int n = ASN1_item_i2d ((const ASN1_VALUE *)envelope->attributes, &der, ASN1_ITEM_rptr (LlAttributeSet));
  GByteArray *octets = g_byte_array_new ();
  if (n > 0)
    g_byte_array_append (octets, der, (guint)n);
  OPENSSL_free (der);
  return octets;
}

static gboolean
set_tag (EVP_CIPHER_CTX *context, const ASN1_OCTET_STRING *mac)
{
  return EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_SET_TAG, ASN1_STRING_length (mac),
                              (void *)ASN1_STRING_get0_data (mac))
         == 1;
}

static gboolean
decrypt_content (const LlCms *cms, EVP_CIPHER_CTX *context, LlSpool *out, GError **error)
{
  g_autoptr (LlSink) sink = ll_sink_cipher (context, ll_spool_sink (out));
  return ll_cms_copy_content (cms, sink, error) && ll_sink_finish (sink, error);
}

/* With a key that could not be unwrapped the content is gone through all the same, with random octets
 * instead, so that neither answer nor time says at which step it failed (RFC 3218 2.3, E-2). */
static gboolean
decrypt_with (const LlCms *cms, const Envelope *envelope, const LlCmsMatch *match,
              const LlContentCipher *cipher, const guint8 *iv, LlSpool *out, GError **error)
{
  g_autoptr (LlSecret) key = ll_secret_new (cipher->key_length);
  g_autoptr (GByteArray) aad = authenticated_octets (envelope);
  if (RAND_bytes (ll_secret_data (key), (int)ll_secret_length (key)) != 1)
    return ll_cms_decrypt_failed (error);
  gboolean good = ll_cms_recipient_unwrap (match, key);
  g_autoptr (EVP_CIPHER_CTX) context = ll_content_cipher_start (cipher, FALSE, key, iv, aad);
  if (context == NULL || (cipher->aead && !set_tag (context, envelope->mac)))
    return ll_cms_decrypt_failed (error);
  if (!decrypt_content (cms, context, out, error))
    return FALSE;
  return good || ll_cms_decrypt_failed (error);
}

gboolean
ll_cms_decrypt (const LlCms *cms, GPtrArray *keys, LlSpool *out, LlDecryption *decryption, GError **error)
{
  guint8 iv[LL_CMS_IV_MAX];
  g_auto (Envelope) envelope = { 0 };
  LlCmsMatch match = { 0 };
  if (!envelope_parse (cms, &envelope, error))
    return FALSE;
  const LlContentCipher *cipher
      = ll_content_cipher_parse (envelope.content->algorithm, envelope.mac != NULL, iv, error);
  if (cipher == NULL)
    return FALSE;
  if (cipher->aead && ASN1_STRING_length (envelope.mac) != (int)LL_CMS_TAG_LENGTH)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED, "the parameters of the cipher %s are not acceptable: %s",
                    cipher->name, N_ ("the authentication tag has not 16 octets"));
      return FALSE;
    }
  if (!ll_cms_recipient_find (envelope.recipients, keys, &match, error)
      || !decrypt_with (cms, &envelope, &match, cipher, iv, out, error))
    return FALSE;
  decryption->status = cipher->aead ? LL_ENCRYPTION_OK : LL_ENCRYPTION_OK_UNAUTHENTICATED;
  g_free (decryption->cipher);
  decryption->cipher = g_strdup (cipher->name);
  g_ptr_array_unref (decryption->recipients);
  decryption->recipients = ll_cms_recipient_names (envelope.recipients);
  return TRUE;
}

/* ---- encrypting ---- */

static void
free_infos (LlRecipientInfos *infos)
{
  sk_LlRecipientInfo_pop_free (infos, LlRecipientInfo_free);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlRecipientInfos, free_infos)

static LlRecipientInfos *
wrap_all (GPtrArray *recipients, LlSecret *key, gboolean oaep, GError **error)
{
  g_autoptr (LlRecipientInfos) infos = sk_LlRecipientInfo_new_null ();
  for (guint i = 0; i < recipients->len; i++)
    {
      LlRecipientInfo *info = ll_cms_recipient_wrap (g_ptr_array_index (recipients, i), key, oaep, error);
      if (info == NULL)
        return NULL;
      sk_LlRecipientInfo_push (infos, info);
    }
  return g_steal_pointer (&infos);
}

/* RFC 5652 6.1: 0 with nothing but issuer and serial number, 2 as soon as there is key agreement;
 * RFC 5083 2.1: always 0. */
static guint8
structure_version (const LlRecipientInfos *infos, gboolean aead)
{
  for (int i = 0; !aead && i < sk_LlRecipientInfo_num (infos); i++)
    if (sk_LlRecipientInfo_value (infos, i)->type != LL_RECIPIENT_TRANSPORT)
      return 2;
  return 0;
}

static gboolean
append_item (GByteArray *out, const void *value, const ASN1_ITEM *item)
{
  guint8 *der = NULL;
  int n = ASN1_item_i2d (value, &der, item);
  if (n > 0)
    g_byte_array_append (out, der, (guint)n);
  OPENSSL_free (der);
  return n > 0;
}

static gboolean
append_oid (GByteArray *out, const char *oid)
{
  ASN1_OBJECT *object = OBJ_txt2obj (oid, 1);
  guint8 *der = NULL;
  int n = i2d_ASN1_OBJECT (object, &der);
  if (n > 0)
    g_byte_array_append (out, der, (guint)n);
  OPENSSL_free (der);
  ASN1_OBJECT_free (object);
  return n > 0;
}

/* Puts the header of a constructed element in front of @out, whose content goes on for @more octets. */
static void
wrap (GByteArray *out, LlBerClass class, guint8 tag, guint64 more)
{
  g_autoptr (GByteArray) header = g_byte_array_new ();
  ll_ber_put_header (header, class, TRUE, tag, out->len + more);
  g_byte_array_prepend (out, header->data, header->len);
}

/* Everything in front of the content.  Lengths are definite, since that of the content is known. */
static GByteArray *
make_header (const LlRecipientInfos *infos, const LlContentCipher *cipher, const guint8 *iv, guint64 length,
             guint64 after, GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GByteArray) front = g_byte_array_new ();
  g_autoptr (X509_ALGOR) algorithm = ll_content_cipher_algorithm (cipher, iv);
  const guint8 version[] = { LL_BER_INTEGER, 1, structure_version (infos, cipher->aead) };
  g_byte_array_append (front, version, sizeof version);
  if (algorithm == NULL || !append_item (front, infos, ASN1_ITEM_rptr (LlRecipientInfos))
      || !append_oid (out, OID_DATA) || !append_item (out, algorithm, ASN1_ITEM_rptr (X509_ALGOR)))
    {
      ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("writing the S/MIME structure"));
      return NULL;
    }
  ll_ber_put_header (out, LL_BER_CONTEXT, FALSE, 0, length);
  wrap (out, LL_BER_UNIVERSAL, LL_BER_SEQUENCE, length); /* EncryptedContentInfo */
  g_byte_array_prepend (out, front->data, front->len);
  wrap (out, LL_BER_UNIVERSAL, LL_BER_SEQUENCE, length + after); /* (Auth)EnvelopedData */
  wrap (out, LL_BER_CONTEXT, 0, length + after);
  g_autoptr (GByteArray) type = g_byte_array_new ();
  append_oid (type, cipher->aead ? OID_AUTH_ENVELOPED : OID_ENVELOPED);
  g_byte_array_prepend (out, type->data, type->len);
  wrap (out, LL_BER_UNIVERSAL, LL_BER_SEQUENCE, length + after); /* ContentInfo */
  return g_steal_pointer (&out);
}

static gboolean
write_tag (EVP_CIPHER_CTX *context, LlSink *out, GError **error)
{
  guint8 mac[2 + LL_CMS_TAG_LENGTH] = { LL_BER_OCTET_STRING, LL_CMS_TAG_LENGTH };
  if (EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_GET_TAG, LL_CMS_TAG_LENGTH, mac + 2) == 1)
    return ll_sink_write (out, mac, sizeof mac, error);
  ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("encrypting the message"));
  return FALSE;
}

static gboolean
write_content (EVP_CIPHER_CTX *context, LlOctets content, LlSink *out, GError **error)
{
  g_autoptr (LlSink) sink = ll_sink_cipher (context, ll_sink_borrow (out));
  return ll_octets_copy (content, sink, error) && ll_sink_finish (sink, error);
}

static gboolean
encrypt_with (GPtrArray *recipients, const LlContentCipher *cipher, gboolean oaep, LlOctets content,
              LlSink *out, GError **error)
{
  guint8 iv[LL_CMS_IV_MAX];
  g_autoptr (LlSecret) key = ll_secret_new (cipher->key_length);
  if (RAND_priv_bytes (ll_secret_data (key), (int)cipher->key_length) != 1
      || RAND_bytes (iv, (int)cipher->iv_length) != 1)
    {
      ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("making a random key"));
      return FALSE;
    }
  g_autoptr (LlRecipientInfos) infos = wrap_all (recipients, key, oaep, error);
  if (infos == NULL)
    return FALSE;
  g_autoptr (GByteArray) header
      = make_header (infos, cipher, iv, ll_content_cipher_length (cipher, content.length),
                     cipher->aead ? 2 + LL_CMS_TAG_LENGTH : 0, error);
  g_autoptr (EVP_CIPHER_CTX) context = ll_content_cipher_start (cipher, TRUE, key, iv, NULL);
  if (header == NULL)
    return FALSE;
  if (context == NULL)
    {
      ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("encrypting the message"));
      return FALSE;
    }
  return ll_sink_write (out, header->data, header->len, error) && write_content (context, content, out, error)
         && (!cipher->aead || write_tag (context, out, error));
}

gboolean
ll_cms_encrypt (GPtrArray *recipients, const LlSmimeOptions *options, LlOctets content, LlSink *out,
                char **out_smime_type, GError **error)
{
  const LlContentCipher *cipher = ll_content_cipher_for (options->cipher);
  if (recipients->len == 0)
    {
      ll_error_set (error, LL_ERROR_NO_RECIPIENTS, "there is nobody to encrypt to");
      return FALSE;
    }
  if (!encrypt_with (recipients, cipher, options->rsa_oaep, content, out, error))
    return FALSE;
  if (out_smime_type != NULL)
    *out_smime_type = g_strdup (cipher->aead ? "authEnveloped-data" : "enveloped-data");
  return TRUE;
}
