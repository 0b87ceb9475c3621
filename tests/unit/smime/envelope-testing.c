/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "envelope-testing.h"

#include <string.h>

const char *const test_kinds[N_KINDS] = { "rsa", "P-256", "P-384", "P-521", "X25519", "X448" };

const TestCipher test_ciphers[N_CIPHERS] = {
  { LL_SMIME_AES256_CBC, "AES256-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
  { LL_SMIME_AES128_CBC, "AES128-CBC", LL_ENCRYPTION_OK_UNAUTHENTICATED },
  { LL_SMIME_AES256_GCM, "AES256-GCM", LL_ENCRYPTION_OK },
  { LL_SMIME_AES128_GCM, "AES128-GCM", LL_ENCRYPTION_OK },
};

static void
free_handle (gpointer handle)
{
  ll_key_handle_free (handle);
}

int
test_identities_set_up (void **state)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (free_handle);
  for (guint i = 0; i < N_KINDS; i++)
    g_ptr_array_add (all, test_identity (test_kinds[i], "Test Authority", 0x1000 + (long)i));
  *state = all;
  return 0;
}

int
test_identities_tear_down (void **state)
{
  g_ptr_array_unref (*state);
  return 0;
}

GPtrArray *
identities (void **state)
{
  return *state;
}

LlKeyHandle *
identity (void **state, guint kind)
{
  return g_ptr_array_index (identities (state), kind);
}

GByteArray *
seal_octets (GPtrArray *recipients, LlSmimeCipher cipher, gboolean oaep, const void *data, gsize length)
{
  const LlSmimeOptions options = { .cipher = cipher, .rsa_oaep = oaep };
  g_autoptr (LlSpool) in = test_spool (data, length);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  g_autoptr (GError) error = NULL;
  g_autofree char *type = NULL;
  if (!ll_cms_encrypt (recipients, &options, ll_spool_octets (in), sink, &type, &error))
    fail_msg ("%s", error->message);
  assert_string_equal (type, cipher >= LL_SMIME_AES256_GCM ? "authEnveloped-data" : "enveloped-data");
  return test_bytes (ll_spool_octets (out));
}

GByteArray *
seal (const LlKeyHandle *recipient, LlSmimeCipher cipher, gboolean oaep)
{
  g_autoptr (GPtrArray) recipients = g_ptr_array_new ();
  g_ptr_array_add (recipients, recipient->certificate);
  return seal_octets (recipients, cipher, oaep, TEXT, strlen (TEXT));
}

GByteArray *
unseal (const GByteArray *bytes, GPtrArray *keys, LlDecryption *decryption, GError **error)
{
  g_autoptr (LlSpool) in = test_spool (bytes->data, bytes->len);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlCms) cms = ll_cms_open (ll_spool_octets (in), error);
  if (cms == NULL || !ll_cms_decrypt (cms, keys, out, decryption, error))
    {
      assert_int_equal (decryption->status, LL_ENCRYPTION_FAILED);
      return NULL;
    }
  return test_bytes (ll_spool_octets (out));
}

GByteArray *
unseal_with (const GByteArray *bytes, LlKeyHandle *key, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  g_autoptr (LlDecryption) decryption = ll_decryption_new ();
  g_ptr_array_add (keys, key);
  return unseal (bytes, keys, decryption, error);
}

gboolean
is_text (const GByteArray *got)
{
  return got->len == strlen (TEXT) && memcmp (got->data, TEXT, got->len) == 0;
}

void
assert_unseals (const GByteArray *bytes, LlKeyHandle *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) got = unseal_with (bytes, key, &error);
  if (got == NULL)
    fail_msg ("%s", error->message);
  assert_true (is_text (got));
}

void
assert_refused (const GByteArray *bytes, LlKeyHandle *key, LlErrorCode code, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) got = unseal_with (bytes, key, &error);
  assert_null (got);
  test_assert_code (error, code);
  if (strstr (error->message, word) == NULL)
    fail_msg ("%s", error->message);
}

typedef struct
{
  const guint8 *at, *end;
} Cursor;

/* The next element; whole, or its content only. */
static GByteArray *
take (Cursor *cursor, gboolean whole)
{
  const guint8 *start = cursor->at;
  long length;
  int tag, class;
  GByteArray *bytes = g_byte_array_new ();
  if (cursor->at == cursor->end)
    return bytes;
  assert_int_equal (ASN1_get_object (&cursor->at, &length, &tag, &class, cursor->end - cursor->at) & 0x81, 0);
  cursor->at += length;
  if (!whole)
    start = cursor->at - length;
  g_byte_array_append (bytes, start, (guint)(cursor->at - start));
  return bytes;
}

static Cursor
enter (Cursor *cursor)
{
  g_autoptr (GByteArray) inner = take (cursor, FALSE);
  return (Cursor){ cursor->at - inner->len, cursor->at };
}

Parts *
parts_split (const GByteArray *bytes)
{
  Parts *parts = g_new0 (Parts, 1);
  Cursor all = { bytes->data, bytes->data + bytes->len };
  Cursor info = enter (&all);
  assert_ptr_equal (all.at, all.end);
  g_autoptr (GByteArray) type = take (&info, TRUE);
  parts->authenticated = type->len == 13;
  Cursor body = enter (&info);
  Cursor fields = enter (&body);
  parts->version = take (&fields, TRUE);
  g_autoptr (GByteArray) recipients = take (&fields, TRUE);
  const guint8 *p = recipients->data;
  parts->recipients
      = (LlRecipientInfos *)ASN1_item_d2i (NULL, &p, recipients->len, ASN1_ITEM_rptr (LlRecipientInfos));
  assert_non_null (parts->recipients);
  Cursor content = enter (&fields);
  parts->type = take (&content, TRUE);
  parts->algorithm = take (&content, TRUE);
  parts->content = take (&content, FALSE);
  parts->attributes = g_byte_array_new ();
  parts->mac = take (&fields, FALSE);
  return parts;
}

static void
append (GByteArray *out, const GByteArray *more)
{
  g_byte_array_append (out, more->data, more->len);
}

GByteArray *
parts_join (const Parts *parts)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  g_autoptr (GByteArray) fields = g_byte_array_new ();
  g_autoptr (GByteArray) body = g_byte_array_new ();
  GByteArray *out = g_byte_array_new ();
  guint8 *der = NULL;
  int n = ASN1_item_i2d ((ASN1_VALUE *)parts->recipients, &der, ASN1_ITEM_rptr (LlRecipientInfos));
  assert_true (n > 0);
  append (content, parts->type);
  append (content, parts->algorithm);
  test_put (content, 0x80, parts->content);
  append (fields, parts->version);
  g_byte_array_append (fields, der, (guint)n);
  OPENSSL_free (der);
  test_put (fields, 0x30, content);
  append (fields, parts->attributes);
  if (parts->authenticated)
    test_put (fields, 0x04, parts->mac);
  test_put (body, 0x30, fields);
  g_autoptr (GByteArray) info
      = test_hex (parts->authenticated ? "060b2a864886f70d0109100117" : "06092a864886f70d010703");
  test_put (info, 0xa0, body);
  test_put (out, 0x30, info);
  return out;
}

ASN1_OCTET_STRING *
parts_encrypted_key (const Parts *parts)
{
  LlRecipientInfo *info = sk_LlRecipientInfo_value (parts->recipients, 0);
  return info->type == LL_RECIPIENT_TRANSPORT
             ? info->d.transport->encrypted_key
             : sk_LlRecipientEncryptedKey_value (info->d.agreement->keys, 0)->encrypted_key;
}

void
parts_free (Parts *parts)
{
  sk_LlRecipientInfo_pop_free (parts->recipients, LlRecipientInfo_free);
  g_byte_array_unref (parts->version);
  g_byte_array_unref (parts->type);
  g_byte_array_unref (parts->algorithm);
  g_byte_array_unref (parts->content);
  g_byte_array_unref (parts->attributes);
  g_byte_array_unref (parts->mac);
  g_free (parts);
}
