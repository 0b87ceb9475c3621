/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/cms.h>
#include <string.h>

#include "cms-testing.h"

#define OID_DATA "0609 2a864886f70d010701"
#define OID_SIGNED "0609 2a864886f70d010702"
#define OID_ENVELOPED "0609 2a864886f70d010703"
#define OID_AUTH_ENVELOPED "060b 2a864886f70d0109100117"
#define OID_COMPRESSED "060b 2a864886f70d0109100109"
#define VERSION "020101"
#define ALGORITHM "300b 0609 608648016503040201"

static LlCms *
open_bytes (const GByteArray *bytes, GError **error)
{
  g_autoptr (LlSpool) spool = test_spool (bytes->data, bytes->len);
  LlCms *cms = ll_cms_open (ll_spool_octets (spool), error);
  /* The structure borrows the spool: keep it by way of the owned one. */
  if (cms != NULL && cms->decoded == NULL)
    cms->decoded = ll_spool_ref (spool);
  return cms;
}

static GByteArray *
content_of (const LlCms *cms)
{
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (spool);
  g_autoptr (GError) error = NULL;
  if (!ll_cms_copy_content (cms, sink, &error))
    fail_msg ("%s", error->message);
  GByteArray *bytes = test_bytes (ll_spool_octets (spool));
  assert_int_equal (bytes->len, cms->content_length);
  return bytes;
}

static void
assert_content (const LlCms *cms, const char *text)
{
  g_autoptr (GByteArray) bytes = content_of (cms);
  assert_true (cms->has_content);
  assert_int_equal (bytes->len, strlen (text));
  assert_memory_equal (bytes->data, text, bytes->len);
}

static LlCms *
open_hex (const char *hex)
{
  g_autoptr (GByteArray) bytes = test_hex (hex);
  g_autoptr (GError) error = NULL;
  LlCms *cms = open_bytes (bytes, &error);
  if (cms == NULL)
    fail_msg ("%s: %s", hex, error->message);
  return cms;
}

static void
refuse_hex (const char *hex, const char *word)
{
  g_autoptr (GByteArray) bytes = test_hex (hex);
  g_autoptr (GError) error = NULL;
  g_autoptr (LlCms) cms = open_bytes (bytes, &error);
  if (cms != NULL)
    fail_msg ("accepted: %s", hex);
  test_assert_code (error, LL_ERROR_MALFORMED);
  if (strstr (error->message, word) == NULL)
    fail_msg ("%s: %s", hex, error->message);
}

/* All indefinite, so that no length needs counting. */
#define SIGNED_WITH(content, tail)                                                                           \
  "3080" OID_SIGNED "a080 3080" VERSION "3100 3080" OID_DATA content "0000" tail "3100 0000 0000 0000"
#define ENVELOPED_WITH(content, tail)                                                                        \
  "3080" OID_ENVELOPED "a080 3080 020100 3100 3080" OID_DATA ALGORITHM content "0000" tail "0000 0000 0000"
#define AUTH_ENVELOPED_WITH(content, tail)                                                                   \
  "3080" OID_AUTH_ENVELOPED "a080 3080 020100 3100 3080" OID_DATA ALGORITHM content "0000" tail              \
  "0000 0000 0000"

static void
test_signed_forms (void **state)
{
  static const char *const forms[] = {
    "a080 0403616263 0000",
    "a005 0403616263",
    "a080 2480 0401 61 0402 6263 0000 0000",
    "a080 2407 0401 61 0402 6263 0000",
    "a080 2480 2480 0401 61 0400 2480 0000 0000 2404 0402 6263 0000 0000",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *hex = g_strdup_printf (SIGNED_WITH ("%s", "a080 3000 0000"), forms[i]);
      g_autoptr (LlCms) cms = open_hex (hex);
      assert_int_equal (cms->type, LL_CMS_SIGNED);
      assert_string_equal (cms->oid, "1.2.840.113549.1.7.2");
      assert_string_equal (cms->content_oid, "1.2.840.113549.1.7.1");
      assert_content (cms, "abc");
      /* The skeleton is the same whatever the content looks like. */
      g_autoptr (GByteArray) want
          = test_hex ("3029" OID_SIGNED "a01c 301a" VERSION "3100 300b" OID_DATA "a080 3000 0000 3100");
      assert_int_equal (g_bytes_get_size (cms->skeleton), want->len);
      assert_memory_equal (g_bytes_get_data (cms->skeleton, NULL), want->data, want->len);
    }
}

static void
test_signed_without_content (void **state)
{
  g_autoptr (LlCms) cms = open_hex (SIGNED_WITH ("", ""));
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (spool);
  g_autoptr (GError) error = NULL;
  assert_false (cms->has_content);
  assert_int_equal (cms->content_length, 0);
  assert_false (ll_cms_copy_content (cms, sink, &error));
  test_assert_code (error, LL_ERROR_MALFORMED);
  g_autoptr (LlCms) empty = open_hex (SIGNED_WITH ("a080 0400 0000", ""));
  assert_content (empty, "");
  g_autoptr (LlCms) pieces = open_hex (SIGNED_WITH ("a080 2480 0000 0000", ""));
  assert_content (pieces, "");
}

static void
test_enveloped_forms (void **state)
{
  g_autoptr (LlCms) primitive = open_hex (ENVELOPED_WITH ("8003616263", ""));
  assert_int_equal (primitive->type, LL_CMS_ENVELOPED);
  assert_content (primitive, "abc");
  g_autoptr (LlCms) pieces = open_hex (ENVELOPED_WITH ("a080 0402 6162 0401 63 0000", "a102 3000"));
  assert_content (pieces, "abc");
  g_autoptr (LlCms) absent = open_hex (ENVELOPED_WITH ("", ""));
  assert_false (absent->has_content);
  g_autoptr (LlCms) auth = open_hex (AUTH_ENVELOPED_WITH ("8003616263", "a102 3000 0401 00 a202 3000"));
  assert_int_equal (auth->type, LL_CMS_AUTH_ENVELOPED);
  assert_content (auth, "abc");
}

static void
test_other_types (void **state)
{
  g_autoptr (LlCms) compressed = open_hex ("3080" OID_COMPRESSED "a080 3080 020100 0000 0000 0000");
  assert_int_equal (compressed->type, LL_CMS_COMPRESSED);
  assert_null (compressed->skeleton);
  g_autoptr (LlCms) data = open_hex ("3080" OID_DATA "a080 0403616263 0000 0000");
  assert_int_equal (data->type, LL_CMS_OTHER);
  assert_null (data->skeleton);
  refuse_hex ("3080" OID_DATA "a080 0403616263 0000", "truncated");
}

static void
test_refused (void **state)
{
  static const char *const cases[][2] = {
    { "", "empty" },
    { "0a", "truncated" },
    { "0500", "does not begin" },
    { "1000", "does not begin" },
    { "3000", "missing" },
    { "3080" OID_SIGNED "0000", "missing" },
    { "3080 0680 0000", "no length" },
    { "3080 0600 a080 0500 0000 0000", "object identifier" },
    { "3080 0601 80 a080 0500 0000 0000", "object identifier" },
    { "3080" OID_SIGNED "a080 0000 0000", "missing" },
    { "3080" OID_SIGNED "a080 0500 0000 0000", "none belongs" },
    { "3080" OID_SIGNED "a080 3000 0000 0000", "missing" },
    { "3080" OID_SIGNED "a080 1000 0000 0000", "structure" },
    { "3080" OID_SIGNED "8000 0000", "structure" },
    { SIGNED_WITH ("", "") "00", "follow" },
    { SIGNED_WITH ("", "") "0a", "follow" },
    { SIGNED_WITH ("", "") "3000", "follow" },
    { SIGNED_WITH ("0403616263", ""), "none belongs" },            /* not [0] */
    { SIGNED_WITH ("8003616263", ""), "structure" },               /* implicit */
    { SIGNED_WITH ("a080 3000 0000", ""), "not an octet string" }, /* PKCS #7 1.5: any type */
    { SIGNED_WITH ("a080 0000", ""), "not an octet string" },
    { SIGNED_WITH ("a080 0401 61 0401 62 0000", ""), "none belongs" }, /* two contents */
    { SIGNED_WITH ("a080 0401 61 0000 a080 0401 62 0000", ""), "none belongs" },
    { SIGNED_WITH ("a080 2480 0c01 61 0000 0000", ""), "piece" },
    { SIGNED_WITH ("", "a100 a000"), "none belongs" }, /* wrong order */
    { SIGNED_WITH ("", "a000 a000"), "none belongs" },
    { SIGNED_WITH ("", "3100"), "none belongs" },
    { "3080" OID_SIGNED "a080 3080" VERSION "3100 3080" OID_DATA "0000 0000 0000 0000", "missing" },
    { ENVELOPED_WITH ("a080 0301 00 0000", ""), "piece" },
    { ENVELOPED_WITH ("0401 00", ""), "none belongs" },
    { ENVELOPED_WITH ("8000 8000", ""), "none belongs" },
    { ENVELOPED_WITH ("8000", "0401 00"), "none belongs" }, /* a mac */
    { AUTH_ENVELOPED_WITH ("8000", ""), "missing" },        /* no mac */
    { AUTH_ENVELOPED_WITH ("8000", "0401 00 a100"), "none belongs" },
    { "3084 7fffffff" OID_SIGNED, "truncated" },
    { "3080" OID_SIGNED "a084 7fffffff 3000", "truncated" },
    { "300f" OID_SIGNED "a084 7fffffff", "longer" },
    { "308a 01020304050607080900", "too large" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    refuse_hex (cases[i][0], cases[i][1]);
}

/* However short it is cut, it is never taken for whole. */
static void
cut_everywhere (const GByteArray *bytes)
{
  g_autoptr (LlCms) whole = open_bytes (bytes, NULL);
  assert_non_null (whole);
  for (guint n = 0; n < bytes->len; n++)
    {
      const GByteArray cut = { bytes->data, n };
      g_autoptr (GError) error = NULL;
      g_autoptr (LlCms) cms = open_bytes (&cut, &error);
      assert_null (cms);
      test_assert_code (error, LL_ERROR_MALFORMED);
      if (strstr (error->message, n == 0 ? "empty" : "truncated") == NULL)
        fail_msg ("%u of %u: %s", n, bytes->len, error->message);
    }
}

static void
test_cut (void **state)
{
  static const char *const forms[] = {
    SIGNED_WITH ("a080 2480 0401 61 0402 6263 0000 0000", "a080 3000 0000"),
    ENVELOPED_WITH ("a080 0402 6162 0401 63 0000", "a102 3000"),
    AUTH_ENVELOPED_WITH ("8003616263", "a102 3000 0401 00 a202 3000"),
    "3029" OID_SIGNED "a01c 301a" VERSION "3100 300b" OID_DATA "a004 3000 3000 3100",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (GByteArray) bytes = test_hex (forms[i]);
      cut_everywhere (bytes);
    }
}

static void
repeat (GByteArray *bytes, const char *hex, guint times)
{
  g_autoptr (GByteArray) one = test_hex (hex);
  for (guint i = 0; i < times; i++)
    g_byte_array_append (bytes, one->data, one->len);
}

static void
append_hex (GByteArray *bytes, const char *hex)
{
  repeat (bytes, hex, 1);
}

/* A hundred thousand levels, wherever something may nest (security.md N 17). */
static void
test_nested (void **state)
{
  static const struct
  {
    const char *before, *level;
  } cases[] = {
    { "", "3080" },
    { "3080" OID_DATA "a080", "3080" },
    { "3080" OID_SIGNED "a080 3080" VERSION, "3180" },
    { "3080" OID_SIGNED "a080 3080" VERSION "3100 3080" OID_DATA "a080", "2480" },
    { "3080" OID_ENVELOPED "a080 3080 020100 3100 3080" OID_DATA ALGORITHM "a080", "2480" },
  };
  gint64 start = g_get_monotonic_time ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      append_hex (bytes, cases[i].before);
      repeat (bytes, cases[i].level, 100000);
      repeat (bytes, "0000", 100010);
      g_autoptr (GError) error = NULL;
      g_autoptr (LlCms) cms = open_bytes (bytes, &error);
      assert_null (cms);
      test_assert_code (error, LL_ERROR_MALFORMED);
    }
  assert_true (g_get_monotonic_time () - start < G_USEC_PER_SEC * 3);
}

static void
test_skeleton_limit (void **state)
{
  /* As much again in certificates: definite and indefinite. */
  for (guint form = 0; form < 2; form++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      append_hex (bytes, "3080" OID_SIGNED "a080 3080" VERSION "3100 3080" OID_DATA "0000");
      append_hex (bytes, form == 0 ? "a084 00500000" : "a080 0484 00500000");
      g_byte_array_set_size (bytes, bytes->len + 0x500000);
      append_hex (bytes, form == 0 ? "" : "0000");
      append_hex (bytes, "3100 0000 0000 0000");
      g_autoptr (GError) error = NULL;
      g_autoptr (LlCms) cms = open_bytes (bytes, &error);
      assert_null (cms);
      test_assert_code (error, LL_ERROR_LIMIT);
    }
}

static void
test_many_segments (void **state)
{
  enum
  {
    SEGMENTS = 64 * 1024,
    SIZE = 1000
  };
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (GByteArray) before
      = test_hex ("3080" OID_SIGNED "a080 3080" VERSION "3100 3080" OID_DATA "a080 2480");
  g_autoptr (GByteArray) after = test_hex ("0000 0000 0000 3100 0000 0000 0000");
  g_autoptr (GByteArray) segment = test_hex ("0482 03e8");
  g_byte_array_set_size (segment, 4 + SIZE);
  assert_true (ll_spool_append (spool, before->data, before->len, NULL));
  for (guint i = 0; i < SEGMENTS; i++)
    {
      memset (segment->data + 4, (int)(i & 0xff), SIZE);
      assert_true (ll_spool_append (spool, segment->data, segment->len, NULL));
    }
  assert_true (ll_spool_append (spool, after->data, after->len, NULL));

  gint64 start = g_get_monotonic_time ();
  g_autoptr (LlCms) cms = ll_cms_open (ll_spool_octets (spool), NULL);
  assert_non_null (cms);
  assert_int_equal (cms->content_length, SEGMENTS * SIZE);
  g_autoptr (LlSpool) copy = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (copy);
  assert_true (ll_cms_copy_content (cms, sink, NULL));
  assert_int_equal (ll_spool_length (copy), SEGMENTS * SIZE);
  guint8 octet = 0;
  gsize n = 0;
  assert_true (ll_octets_read (ll_spool_octets (copy), 12345 * SIZE + 999, &octet, 1, &n, NULL));
  assert_int_equal (octet, 12345 & 0xff);
  assert_true (g_get_monotonic_time () - start < G_USEC_PER_SEC * 5);
}

/* What OpenSSL writes, DER and streamed, and that OpenSSL reads the skeleton. */
static void
test_openssl (void **state)
{
  static const struct
  {
    const char *command;
    LlCmsType type;
    gboolean has_content;
  } cases[] = {
    { "openssl cms -sign -binary -nodetach -signer a.pem -in text -outform DER -out out", LL_CMS_SIGNED,
      TRUE },
    { "openssl cms -sign -binary -nodetach -stream -signer a.pem -in text -outform DER -out out",
      LL_CMS_SIGNED, TRUE },
    { "openssl cms -sign -binary -signer a.pem -in text -outform DER -out out", LL_CMS_SIGNED, FALSE },
    { "openssl cms -sign -binary -nodetach -stream -signer a.pem -in text -outform PEM -out out",
      LL_CMS_SIGNED, TRUE },
    { "openssl smime -sign -binary -nodetach -signer a.pem -in text -outform PEM -out out", LL_CMS_SIGNED,
      TRUE },
    { "openssl cms -encrypt -binary -aes256 -in text -outform DER -out out a.crt", LL_CMS_ENVELOPED, TRUE },
    { "openssl cms -encrypt -binary -stream -aes256 -in text -outform DER -out out a.crt", LL_CMS_ENVELOPED,
      TRUE },
    { "openssl cms -encrypt -binary -stream -aes-256-gcm -in text -outform DER -out out a.crt",
      LL_CMS_AUTH_ENVELOPED, TRUE },
  };
  char *folder = test_folder ();
  LlKeyHandle *handle = test_identity ("rsa", "Authority", 1);
  test_write_identity (folder, "a", handle);
  g_autoptr (GString) text = g_string_new (NULL);
  while (text->len < 100000)
    g_string_append_printf (text, "line %zu\r\n", text->len);
  test_write (folder, "text", text->str, text->len);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_true (test_run (folder, cases[i].command));
      g_autoptr (GByteArray) bytes = test_read (folder, "out");
      g_autoptr (GError) error = NULL;
      g_autoptr (LlCms) cms = open_bytes (bytes, &error);
      if (cms == NULL)
        fail_msg ("%s: %s", cases[i].command, error->message);
      assert_int_equal (cms->type, cases[i].type);
      assert_int_equal (cms->has_content, cases[i].has_content);
      if (cms->type == LL_CMS_SIGNED && cms->has_content)
        assert_content (cms, text->str);
      gsize n;
      const guint8 *start = g_bytes_get_data (cms->skeleton, &n);
      const guint8 *p = start;
      CMS_ContentInfo *info = d2i_CMS_ContentInfo (NULL, &p, (long)n);
      assert_non_null (info);
      assert_ptr_equal (p, start + n);
      if (cms->type == LL_CMS_SIGNED)
        {
          STACK_OF (X509) *inside = CMS_get1_certs (info);
          assert_int_equal (sk_X509_num (inside), 1);
          assert_int_equal (X509_cmp (sk_X509_value (inside, 0), handle->certificate), 0);
          sk_X509_pop_free (inside, X509_free);
          assert_int_equal (sk_CMS_SignerInfo_num (CMS_get0_SignerInfos (info)), 1);
        }
      CMS_ContentInfo_free (info);
    }
  ll_key_handle_free (handle);
  test_folder_remove (folder);
}

static LlCms *
open_text (const char *text, GError **error)
{
  const GByteArray bytes = { (guint8 *)text, (guint)strlen (text) };
  return open_bytes (&bytes, error);
}

static char *
pem (const char *label, const char *hex, const char *end)
{
  g_autoptr (GByteArray) bytes = test_hex (hex);
  g_autofree char *base64 = g_base64_encode (bytes->data, bytes->len);
  return g_strconcat ("-----BEGIN ", label, "-----\r\n", base64, "\r\n", end, NULL);
}

static void
test_pem (void **state)
{
  static const char *const labels[]
      = { "CMS", "PKCS7", "PKCS #7 SIGNED DATA", "SIGNED MESSAGE", "ENCRYPTED MESSAGE" };
  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      g_autofree char *end = g_strconcat ("-----END ", labels[i], "-----\r\n\r\n", NULL);
      g_autofree char *text = pem (labels[i], SIGNED_WITH ("a080 0403616263 0000", ""), end);
      g_autoptr (GError) error = NULL;
      g_autoptr (LlCms) cms = open_text (text, &error);
      if (cms == NULL)
        fail_msg ("%s", error->message);
      assert_content (cms, "abc");
    }
}

static void
test_pem_refused (void **state)
{
  static const char *const cases[][3] = {
    { "CERTIFICATE", SIGNED_WITH ("", ""), "-----END CERTIFICATE-----\n" },
    { "CMS", SIGNED_WITH ("", ""), "-----END PKCS7-----\n" },
    { "CMS", SIGNED_WITH ("", ""), "-----END CMS----\n" },
    { "CMS", SIGNED_WITH ("", ""), "" },
    { "CMS", SIGNED_WITH ("", ""), "-----END CMS-----\nmore" },
    { "CMS", SIGNED_WITH ("", ""), "*\n-----END CMS-----\n" },
    { "CMS", SIGNED_WITH ("", "") "00", "-----END CMS-----\n" },
    { "CMS-----x\r\n-----", SIGNED_WITH ("", ""), "-----END CMS-----\n" },
    { "CMS-----\r\nProc-Type: 4", SIGNED_WITH ("", ""), "-----END CMS-----\n" },
    { "CMS", "", "-----END CMS-----\n" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = pem (cases[i][0], cases[i][1], cases[i][2]);
      g_autoptr (GError) error = NULL;
      g_autoptr (LlCms) cms = open_text (text, &error);
      if (cms != NULL)
        fail_msg ("accepted: %s", text);
      test_assert_code (error, LL_ERROR_MALFORMED);
    }
  /* Base64 alone is not PEM. */
  g_autoptr (GError) error = NULL;
  g_autoptr (LlCms) cms
      = open_text ("MIAGCSqGSIb3DQEHAqCAMIACAQExADALBgkqhkiG9w0BBwExAAAAAAAAAA==\n", &error);
  assert_null (cms);
  test_assert_code (error, LL_ERROR_MALFORMED);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_signed_forms),
    cmocka_unit_test (test_signed_without_content),
    cmocka_unit_test (test_enveloped_forms),
    cmocka_unit_test (test_other_types),
    cmocka_unit_test (test_refused),
    cmocka_unit_test (test_cut),
    cmocka_unit_test (test_nested),
    cmocka_unit_test (test_skeleton_limit),
    cmocka_unit_test (test_many_segments),
    cmocka_unit_test (test_openssl),
    cmocka_unit_test (test_pem),
    cmocka_unit_test (test_pem_refused),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
