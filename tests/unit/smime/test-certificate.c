/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "pki-testing.h"

/* "a b" for the addresses of a certificate, "-" when it is unusable. */
static char *
addresses_of (X509 *certificate)
{
  g_autoptr (GPtrArray) addresses = ll_certificate_addresses (certificate);
  if (!addresses)
    return g_strdup ("-");
  g_ptr_array_add (addresses, NULL);
  return g_strjoinv (" ", (char **)addresses->pdata);
}

static void
assert_addresses (const PkiSpec *spec, const char *expected)
{
  g_autoptr (X509) certificate = pki_issue ("P-256", spec, NULL, NULL);
  g_autofree char *addresses = addresses_of (certificate);
  assert_string_equal (addresses, expected);
}

/* security.md H-4: the subject speaks only when no alternative name does. */
static void
test_addresses (void **state)
{
  static const struct
  {
    const char *subject, *san, *expected;
  } cases[] = {
    { NULL, NULL, "" },
    { NULL, "email:alice@example.org", "alice@example.org" },
    { NULL, "email:alice@EXAMPLE.org", "alice@example.org" },
    { NULL, "email:Alice@example.org", "Alice@example.org" },
    { NULL, "email:alice@example.org,email:a@example.net", "alice@example.org a@example.net" },
    { NULL, "email:alice@example.org,email:alice@EXAMPLE.ORG", "alice@example.org" },
    { "subject@example.org", NULL, "subject@example.org" },
    { "subject@example.org", "email:alice@example.org", "alice@example.org" },
    { "subject@example.org", "DNS:example.org", "subject@example.org" },
    { NULL, "otherName:1.2.3.4;UTF8:alice@example.org", "" },
    { NULL, "DNS:alice@example.org", "" },
    { NULL, "URI:mailto:alice@example.org", "" },
    { "not an address", NULL, "" },
    { NULL, "email:alice example.org", "" },
    { "subject@example.org", "email:nobody", "" },
    { NULL, "otherName:1.3.6.1.5.5.7.8.9;IA5:alice@example.org", "-" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const PkiSpec spec = { .name = "A", .subject_email = cases[i].subject, .san = cases[i].san };
      assert_addresses (&spec, cases[i].expected);
    }
}

static GENERAL_NAMES *
names_with (int type, const char *data, int length)
{
  GENERAL_NAMES *names = GENERAL_NAMES_new ();
  GENERAL_NAME *name = GENERAL_NAME_new ();
  ASN1_STRING *value = ASN1_STRING_type_new (type == GEN_OTHERNAME ? V_ASN1_UTF8STRING : V_ASN1_IA5STRING);
  ASN1_STRING_set (value, data, length);
  if (type == GEN_OTHERNAME)
    {
      ASN1_TYPE *any = ASN1_TYPE_new ();
      ASN1_TYPE_set (any, V_ASN1_UTF8STRING, value);
      GENERAL_NAME_set0_othername (name, OBJ_nid2obj (NID_id_on_SmtpUTF8Mailbox), any);
    }
  else
    GENERAL_NAME_set0_value (name, type, value);
  sk_GENERAL_NAME_push (names, name);
  return names;
}

static void
test_utf8_mailbox (void **state)
{
  static const struct
  {
    const char *mailbox, *expected;
  } cases[] = {
    { "j\xc3\xb6rg@example.org", "j\xc3\xb6rg@example.org" },
    { "j\xc3\xb6rg@B\xc3\xbc"
      "cher.example",
      "j\xc3\xb6rg@xn--bcher-kva.example" },
    { "j\xc3\xb6rg@xn--bcher-kva.example", "j\xc3\xb6rg@xn--bcher-kva.example" },
    { "nobody", "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GENERAL_NAMES *names = names_with (GEN_OTHERNAME, cases[i].mailbox, -1);
      const PkiSpec spec = { .name = "A", .subject_email = "subject@example.org", .names = names };
      assert_addresses (&spec, cases[i].expected);
      GENERAL_NAMES_free (names);
    }
}

/* security.md H-5 (the class of CVE-2009-2408) */
static void
test_hostile_names (void **state)
{
  static const struct
  {
    int type;
    const char *data;
    int length;
  } cases[] = {
    { GEN_EMAIL, "alice@example.org\0.evil.example", 31 },
    { GEN_EMAIL, "alice@example.org\0", 18 },
    { GEN_EMAIL, "\0alice@example.org", 18 },
    { GEN_EMAIL, "al\xc3\xafs@example.org", 17 },
    { GEN_EMAIL, "alice@example.org\xff", 18 },
    { GEN_DNS, "example.org\0.evil.example", 25 },
    { GEN_OTHERNAME, "alice@example.org\0.evil.example", 31 },
    { GEN_OTHERNAME, "al\xff@example.org", 15 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GENERAL_NAMES *names = names_with (cases[i].type, cases[i].data, cases[i].length);
      const PkiSpec spec = { .name = "A", .subject_email = "alice@example.org", .names = names };
      g_autoptr (X509) certificate = pki_issue ("P-256", &spec, NULL, NULL);
      g_autofree char *addresses = addresses_of (certificate);
      assert_string_equal (addresses, "-");
      LlText *why = ll_certificate_unusable (certificate, LL_PURPOSE_SIGN, 0);
      pki_assert_words (why, "do not belong there");
      ll_text_free (why);
      GENERAL_NAMES_free (names);
    }
}

static void
test_hostile_subject (void **state)
{
  g_autoptr (X509) certificate = pki_leaf ("P-256", "alice@example.org", NULL, NULL);
  int at = X509_get_ext_by_NID (certificate, NID_subject_alt_name, -1);
  X509_EXTENSION_free (X509_delete_ext (certificate, at));
  X509_NAME_add_entry_by_NID (X509_get_subject_name (certificate), NID_pkcs9_emailAddress, V_ASN1_IA5STRING,
                              (const guint8 *)"alice@example.org\0.evil", 23, -1, 0);
  g_autofree char *addresses = addresses_of (certificate);
  assert_string_equal (addresses, "-");
}

/* Two of the extension, or one that does not parse. */
static void
test_broken_extension (void **state)
{
  g_autoptr (X509) twice = pki_leaf ("P-256", "alice@example.org", NULL, NULL);
  X509_EXTENSION *again = X509V3_EXT_conf_nid (NULL, NULL, NID_subject_alt_name, "email:eve@example.org");
  assert_int_equal (X509_add_ext (twice, again, -1), 1);
  X509_EXTENSION_free (again);
  g_autofree char *two = addresses_of (twice);
  assert_string_equal (two, "-");

  const PkiSpec spec = { .name = "A", .subject_email = "alice@example.org" };
  g_autoptr (X509) broken = pki_issue ("P-256", &spec, NULL, NULL);
  ASN1_OCTET_STRING *junk = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (junk, (const guint8 *)"\x30\x05\x81\x11", 4);
  X509_EXTENSION *extension = X509_EXTENSION_create_by_NID (NULL, NID_subject_alt_name, 0, junk);
  assert_int_equal (X509_add_ext (broken, extension, -1), 1);
  X509_EXTENSION_free (extension);
  ASN1_OCTET_STRING_free (junk);
  g_autofree char *none = addresses_of (broken);
  assert_string_equal (none, "-");
}

static void
test_name (void **state)
{
  g_autoptr (X509) named = pki_leaf ("P-256", "alice@example.org", NULL, NULL);
  g_autofree char *common = ll_certificate_name (named);
  assert_string_equal (common, "Alice Example");

  const PkiSpec nameless = { .subject_email = "alice@example.org" };
  g_autoptr (X509) plain = pki_issue ("P-256", &nameless, NULL, NULL);
  g_autofree char *subject = ll_certificate_name (plain);
  assert_string_equal (subject, "emailAddress=alice@example.org");

  const PkiSpec empty = { 0 };
  g_autoptr (X509) nobody = pki_issue ("P-256", &empty, NULL, NULL);
  g_autofree char *nothing = ll_certificate_name (nobody);
  assert_string_equal (nothing, "");

  g_autoptr (X509) odd = pki_issue ("P-256", &empty, NULL, NULL);
  X509_NAME_add_entry_by_NID (X509_get_subject_name (odd), NID_commonName, V_ASN1_UTF8STRING,
                              (const guint8 *)"Al\0ice", 6, -1, 0);
  g_autofree char *repaired = ll_certificate_name (odd);
  assert_true (g_utf8_validate (repaired, -1, NULL));
  assert_string_equal (repaired, "Al\xef\xbf\xbdice");
}

static void
test_fingerprint (void **state)
{
  char *folder = test_folder ();
  g_autoptr (X509) certificate = pki_leaf ("P-256", "alice@example.org", NULL, NULL);
  pki_write (folder, "a", certificate, NULL);
  assert_true (test_run (folder,
                         "openssl x509 -in a.crt -noout -fingerprint -sha256 | sed 's/.*=//' | tr -d ':\\n' "
                         "| tr A-F a-f >out"));
  g_autoptr (GByteArray) expected = test_read (folder, "out");
  g_autofree char *fingerprint = ll_certificate_fingerprint (certificate);
  assert_int_equal (strlen (fingerprint), 64);
  assert_int_equal (expected->len, 64);
  assert_memory_equal (fingerprint, expected->data, 64);
  test_folder_remove (folder);
}

/* security.md F-8, G-1.  NULL: usable. */
static void
test_usable (void **state)
{
  static const struct
  {
    const char *key, *usage, *extended;
    const char *sign, *encrypt;
  } cases[] = {
    { "rsa", NULL, NULL, NULL, NULL },
    { "rsa", "digitalSignature,keyEncipherment", "emailProtection", NULL, NULL },
    { "rsa", "nonRepudiation", NULL, NULL, "not for encryption" },
    { "rsa", "digitalSignature", NULL, NULL, "not for encryption" },
    { "rsa", "keyEncipherment", NULL, "not for signing", NULL },
    { "rsa", "dataEncipherment", NULL, "not for signing", "not for encryption" },
    { "rsa", "keyAgreement", NULL, "not for signing", "not for encryption" },
    { "rsa", "keyCertSign", NULL, "not for signing", "not for encryption" },
    { "rsa", NULL, "anyExtendedKeyUsage", NULL, NULL },
    { "rsa", NULL, "serverAuth,emailProtection", NULL, NULL },
    { "rsa", NULL, "serverAuth", "not for mail", "not for mail" },
    { "rsa", NULL, "clientAuth,codeSigning", "not for mail", "not for mail" },
    { "rsa", "digitalSignature,keyEncipherment", "1.2.3.4", "not for mail", "not for mail" },
    { "P-256", NULL, NULL, NULL, NULL },
    { "P-384", "digitalSignature,keyAgreement", "emailProtection", NULL, NULL },
    { "P-256", "keyAgreement", NULL, "not for signing", NULL },
    { "P-256", "digitalSignature", NULL, NULL, "not for encryption" },
    { "P-256", "keyEncipherment", NULL, "not for signing", "not for encryption" },
    { "ED25519", NULL, NULL, NULL, "kind of key" },
    { "ED25519", "digitalSignature,keyAgreement", NULL, NULL, "kind of key" },
    { "pss", NULL, NULL, NULL, "kind of key" },
    { "rsa1024", NULL, NULL, "1024 bits", "1024 bits" },
    { "P-224", NULL, NULL, "224 bits", "224 bits" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const PkiSpec spec = { .name = "A", .usage = cases[i].usage, .extended = cases[i].extended };
      g_autoptr (X509) certificate = pki_issue (cases[i].key, &spec, NULL, NULL);
      LlText *sign = ll_certificate_unusable (certificate, LL_PURPOSE_SIGN, 0);
      LlText *encrypt = ll_certificate_unusable (certificate, LL_PURPOSE_ENCRYPT, 0);
      if (!sign != !cases[i].sign || !encrypt != !cases[i].encrypt)
        fail_msg ("case %zu", i);
      pki_assert_words (sign, cases[i].sign ? cases[i].sign : "");
      pki_assert_words (encrypt, cases[i].encrypt ? cases[i].encrypt : "");
      ll_text_free (sign);
      ll_text_free (encrypt);
    }
}

static void
test_agreement_key (void **state)
{
  g_autoptr (X509) issuer = pki_root ("P-256", "Root");
  const PkiSpec spec = { .name = "A", .usage = "keyAgreement" };
  g_autoptr (X509) certificate = pki_issue ("X25519", &spec, issuer, "P-256");
  assert_null (ll_certificate_unusable (certificate, LL_PURPOSE_ENCRYPT, 0));
  LlText *why = ll_certificate_unusable (certificate, LL_PURPOSE_SIGN, 0);
  pki_assert_words (why, "kind of key");
  ll_text_free (why);
}

static void
test_validity (void **state)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const PkiSpec expired = { .name = "A", .from = -400 * PKI_DAY, .until = -30 * PKI_DAY };
  const PkiSpec future = { .name = "A", .from = 30 * PKI_DAY, .until = 400 * PKI_DAY };
  const PkiSpec far = { .name = "A", .from = -PKI_DAY, .until = 50 * 365 * PKI_DAY };
  const struct
  {
    const PkiSpec *spec;
    gint64 at;
    const char *why;
  } cases[] = {
    { &expired, 0, "expired on" },
    { &expired, now - 100 * PKI_DAY, NULL },
    { &expired, now - 500 * PKI_DAY, "not valid before" },
    { &expired, now - 30 * PKI_DAY - 5, NULL },
    { &expired, now - 30 * PKI_DAY + 60, "expired on" },
    { &future, 0, "not valid before" },
    { &future, now + 100 * PKI_DAY, NULL },
    { &future, now + 500 * PKI_DAY, "expired on" },
    { &far, 0, NULL },
    { &far, now + 40 * 365 * PKI_DAY, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (X509) certificate = pki_issue ("P-256", cases[i].spec, NULL, NULL);
      LlText *why = ll_certificate_unusable (certificate, LL_PURPOSE_SIGN, cases[i].at);
      if (!why != !cases[i].why)
        fail_msg ("case %zu", i);
      pki_assert_words (why, cases[i].why ? cases[i].why : "");
      assert_int_equal (ll_certificate_valid_at (certificate, cases[i].at), !cases[i].why);
      ll_text_free (why);
    }
}

/* A time that is none never makes a certificate valid. */
static void
test_broken_time (void **state)
{
  g_autoptr (X509) certificate = pki_leaf ("P-256", "alice@example.org", NULL, NULL);
  ASN1_STRING_set (X509_getm_notAfter (certificate), "9999999999999Z", 14);
  assert_false (ll_certificate_valid_at (certificate, 0));
  LlText *why = ll_certificate_unusable (certificate, LL_PURPOSE_SIGN, 0);
  assert_non_null (why);
  ll_text_free (why);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_addresses),        cmocka_unit_test (test_hostile_names),
    cmocka_unit_test (test_utf8_mailbox),     cmocka_unit_test (test_hostile_subject),
    cmocka_unit_test (test_broken_extension), cmocka_unit_test (test_name),
    cmocka_unit_test (test_fingerprint),      cmocka_unit_test (test_usable),
    cmocka_unit_test (test_agreement_key),    cmocka_unit_test (test_validity),
    cmocka_unit_test (test_broken_time),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
