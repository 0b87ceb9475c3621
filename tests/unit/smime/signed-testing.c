/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signed-testing.h"

#include <string.h>

void
signed_init (Signed *test)
{
  test->root = pki_root ("P-256:root", "Root");
  test->source = pki_source_new ();
  pki_source_anchor (test->source, test->root);
}

void
signed_clear (Signed *test)
{
  X509_free (test->root);
  pki_source_free (test->source);
}

X509 *
signed_leaf (const Signed *test, const char *key)
{
  return pki_leaf (key, "alice@example.org", test->root, "P-256:root");
}

GByteArray *
signed_make (X509 *certificate, const char *key, gboolean pss, const char *content, gboolean detached)
{
  g_autoptr (LlKeyHandle) handle = ll_key_handle_new (certificate, pki_key (key));
  g_autoptr (LlSpool) in = test_spool (content, strlen (content));
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  g_autoptr (GError) error = NULL;
  const LlSmimeOptions options = { .rsa_pss = pss };
  if (!ll_cms_sign (handle, NULL, &options, ll_spool_octets (in), detached, sink, NULL, &error))
    fail_msg ("%s", error->message);
  assert_true (ll_sink_finish (sink, NULL));
  return test_bytes (ll_spool_octets (out));
}

GPtrArray *
signed_verify (const Signed *test, const GByteArray *signature, const SignedLook *look, GError **error)
{
  g_autoptr (LlSpool) der = test_spool (signature->data, signature->len);
  g_autoptr (LlSpool) content = NULL;
  LlVerifyRequest request = { .content_is_lf = look->is_lf, .at = look->at, .out = look->out };
  if (look->content)
    {
      content
          = test_spool (look->content, look->content_length ? look->content_length : strlen (look->content));
      request.content = ll_spool_octets (content);
    }
  request.signature = ll_spool_octets (der);
  g_autoptr (LlCms) cms = ll_cms_open (request.signature, error);
  GPtrArray *signers = NULL;
  if (!cms || !ll_cms_verify (cms, &test->source->base, &request, &signers, error))
    {
      assert_null (signers);
      return NULL;
    }
  return signers;
}

void
signed_assert (const Signed *test, const GByteArray *signature, const SignedLook *look,
               LlSignatureStatus status, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) signers = signed_verify (test, signature, look, &error);
  if (!signers)
    fail_msg ("%s", error->message);
  assert_int_equal (signers->len, 1);
  const LlSigner *signer = g_ptr_array_index (signers, 0);
  g_autofree char *reason = pki_words (signer->reason);
  if (signer->status != status)
    fail_msg ("%s instead of %s: %s", ll_signature_status_name (signer->status),
              ll_signature_status_name (status), reason);
  assert_non_null (signer->fingerprint);
  assert_int_equal (signer->reason == NULL, status == LL_SIGNATURE_VALID);
  pki_assert_words (signer->reason, words);
  for (guint i = 0; i < signer->identities->len; i++)
    assert_int_equal (((LlIdentity *)g_ptr_array_index (signer->identities, i))->trust,
                      status == LL_SIGNATURE_VALID ? LL_TRUST_FULL : LL_TRUST_UNKNOWN);
}

LlSignedInfo *
signed_parse (const GByteArray *der)
{
  const unsigned char *at = der->data;
  LlSignedInfo *info = d2i_LlSignedInfo (NULL, &at, der->len);
  assert_non_null (info);
  return info;
}

GByteArray *
signed_encode (const LlSignedInfo *info)
{
  unsigned char *der = NULL;
  int length = i2d_LlSignedInfo (info, &der);
  assert_true (length > 0);
  GByteArray *bytes = g_byte_array_new ();
  g_byte_array_append (bytes, der, (guint)length);
  OPENSSL_free (der);
  return bytes;
}

LlSignerInfo *
signed_signer (const LlSignedInfo *info, int i)
{
  LlSignerInfo *si = sk_LlSignerInfo_value (info->signed_data->signers, i);
  assert_non_null (si);
  return si;
}

void
signed_again (LlSignerInfo *si, const char *key, const LlSignatureScheme *scheme)
{
  g_autoptr (GBytes) der = ll_attributes_to_sign (si->signed_attributes);
  assert_true (ll_signature_make (scheme, pki_key (key), g_bytes_get_data (der, NULL), g_bytes_get_size (der),
                                  si->signature));
}
