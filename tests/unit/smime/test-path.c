/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/x509v3.h>

#include "pki-testing.h"

/* Root, intermediate and their keys: "P-256:root", "P-256:ca". */
typedef struct
{
  X509 *root, *ca;
  PkiSource *source;
  GPtrArray *extra;
} Pki;

#define CA_SPEC                                                                                              \
  {                                                                                                          \
    .name = "CA", .basic = "critical,CA:TRUE", .usage = "critical,keyCertSign", .key_id = TRUE               \
  }

static void
pki_init (Pki *pki)
{
  const PkiSpec ca = CA_SPEC;
  pki->root = pki_root ("P-256:root", "Root");
  pki->ca = pki_issue ("P-256:ca", &ca, pki->root, "P-256:root");
  pki->source = pki_source_new ();
  pki->extra = ll_x509_array ();
  pki_source_anchor (pki->source, pki->root);
  ll_x509_array_add (pki->extra, pki->ca);
}

static void
pki_clear (Pki *pki)
{
  X509_free (pki->root);
  X509_free (pki->ca);
  pki_source_free (pki->source);
  g_ptr_array_unref (pki->extra);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pki, pki_clear)

static void
assert_path_at (Pki *pki, X509 *certificate, LlPurpose purpose, gint64 at, LlSignatureStatus status,
                const char *words)
{
  g_auto (LlPathResult) result = { 0 };
  g_autoptr (GError) error = NULL;
  assert_true (ll_path_check (certificate, purpose, pki->extra, &pki->source->base, at, &result, &error));
  g_autofree char *reason = pki_words (result.reason);
  if (result.status != status)
    fail_msg ("%s instead of %s: %s", ll_signature_status_name (result.status),
              ll_signature_status_name (status), reason);
  assert_int_equal (result.reason == NULL, status == LL_SIGNATURE_VALID);
  pki_assert_words (result.reason, words);
}

static void
assert_path (Pki *pki, X509 *certificate, LlPurpose purpose, LlSignatureStatus status, const char *words)
{
  assert_path_at (pki, certificate, purpose, 0, status, words);
}

static void
assert_both (Pki *pki, X509 *certificate, LlSignatureStatus status, const char *words)
{
  assert_path (pki, certificate, LL_PURPOSE_SIGN, status, words);
  assert_path (pki, certificate, LL_PURPOSE_ENCRYPT, status, words);
}

static void
test_good (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", pki.ca, "P-256:ca");
  assert_both (&pki, leaf, LL_SIGNATURE_VALID, "");

  /* The intermediate from the store instead of the message. */
  g_ptr_array_set_size (pki.extra, 0);
  assert_both (&pki, leaf, LL_SIGNATURE_VALID_UNTRUSTED, "not known");
  pki_source_intermediate (pki.source, pki.ca);
  assert_both (&pki, leaf, LL_SIGNATURE_VALID, "");
}

static void
test_usages (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  static const struct
  {
    const char *key, *usage, *extended;
    LlSignatureStatus sign, encrypt;
  } cases[] = {
    { "P-256", "digitalSignature", "emailProtection", LL_SIGNATURE_VALID, LL_SIGNATURE_UNSUPPORTED },
    { "P-256", "keyAgreement", "emailProtection", LL_SIGNATURE_UNSUPPORTED, LL_SIGNATURE_VALID },
    { "rsa", "keyEncipherment", "emailProtection", LL_SIGNATURE_UNSUPPORTED, LL_SIGNATURE_VALID },
    { "rsa", "digitalSignature", "anyExtendedKeyUsage", LL_SIGNATURE_VALID, LL_SIGNATURE_UNSUPPORTED },
    { "rsa", NULL, "serverAuth", LL_SIGNATURE_UNSUPPORTED, LL_SIGNATURE_UNSUPPORTED },
    { "rsa", "keyCertSign", NULL, LL_SIGNATURE_UNSUPPORTED, LL_SIGNATURE_UNSUPPORTED },
    { "ED25519", NULL, NULL, LL_SIGNATURE_VALID, LL_SIGNATURE_UNSUPPORTED },
    { "rsa1024", NULL, NULL, LL_SIGNATURE_WEAK, LL_SIGNATURE_WEAK },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const PkiSpec spec = { .name = "A", .usage = cases[i].usage, .extended = cases[i].extended };
      g_autoptr (X509) leaf = pki_issue (cases[i].key, &spec, pki.ca, "P-256:ca");
      assert_path (&pki, leaf, LL_PURPOSE_SIGN, cases[i].sign, "");
      assert_path (&pki, leaf, LL_PURPOSE_ENCRYPT, cases[i].encrypt, "");
    }
}

static void
test_untrusted (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  g_autoptr (X509) other_root = pki_root ("P-256:other", "Other root");
  g_autoptr (X509) foreign = pki_leaf ("rsa", "alice@example.org", other_root, "P-256:other");
  assert_both (&pki, foreign, LL_SIGNATURE_VALID_UNTRUSTED, "not known");
  /* A root in the message is no anchor. */
  ll_x509_array_add (pki.extra, other_root);
  assert_both (&pki, foreign, LL_SIGNATURE_VALID_UNTRUSTED, "root authority");
  /* Nor is one among the intermediates of the store. */
  pki_source_intermediate (pki.source, other_root);
  assert_both (&pki, foreign, LL_SIGNATURE_VALID_UNTRUSTED, "root authority");

  g_autoptr (X509) self_signed = pki_leaf ("rsa", "alice@example.org", NULL, NULL);
  assert_both (&pki, self_signed, LL_SIGNATURE_VALID_UNTRUSTED, "self-signed");
  ll_x509_array_add (pki.extra, self_signed);
  assert_both (&pki, self_signed, LL_SIGNATURE_VALID_UNTRUSTED, "self-signed");
}

static void
test_no_anchors (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  g_ptr_array_set_size (pki.source->anchors, 0);
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", pki.ca, "P-256:ca");
  assert_both (&pki, leaf, LL_SIGNATURE_VALID_UNTRUSTED, "--ca");
}

/* Same name as the trusted root, other key. */
static void
test_forged_issuer (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  const PkiSpec spec = { .name = "Root", .basic = "critical,CA:TRUE" };
  g_autoptr (X509) fake = pki_issue ("P-256:fake", &spec, NULL, NULL);
  const PkiSpec leaf_spec = { .name = "A", .san = "email:alice@example.org" };
  g_autoptr (X509) leaf = pki_issue ("rsa", &leaf_spec, fake, "P-256:fake");
  assert_both (&pki, leaf, LL_SIGNATURE_VALID_UNTRUSTED, "");
  ll_x509_array_add (pki.extra, fake);
  assert_both (&pki, leaf, LL_SIGNATURE_VALID_UNTRUSTED, "");
}

/* security.md F-5: a pin is the certificate itself among the anchors; an intermediate there is none. */
static void
test_pinned (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  g_ptr_array_set_size (pki.source->anchors, 0);
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", pki.ca, "P-256:ca");
  g_autoptr (X509) self_signed = pki_leaf ("rsa", "alice@example.org", NULL, NULL);
  g_autoptr (X509) default_like = pki_root ("rsa", "openssl req -x509");
  pki_source_anchor (pki.source, self_signed);
  assert_both (&pki, self_signed, LL_SIGNATURE_VALID, "");
  assert_both (&pki, leaf, LL_SIGNATURE_VALID_UNTRUSTED, "");
  pki_source_anchor (pki.source, pki.ca);
  assert_both (&pki, leaf, LL_SIGNATURE_VALID_UNTRUSTED, "");
  pki_source_anchor (pki.source, leaf);
  assert_both (&pki, leaf, LL_SIGNATURE_VALID, "");
  assert_both (&pki, default_like, LL_SIGNATURE_UNSUPPORTED, "not for");

  const PkiSpec expired = { .name = "A", .from = -400 * PKI_DAY, .until = -PKI_DAY };
  g_autoptr (X509) old = pki_issue ("rsa", &expired, NULL, NULL);
  pki_source_anchor (pki.source, old);
  assert_both (&pki, old, LL_SIGNATURE_KEY_EXPIRED, "expired on");
  const PkiSpec web = { .name = "A", .extended = "serverAuth" };
  g_autoptr (X509) tls = pki_issue ("rsa", &web, NULL, NULL);
  pki_source_anchor (pki.source, tls);
  assert_both (&pki, tls, LL_SIGNATURE_UNSUPPORTED, "not for mail");
  g_autoptr (X509) weak = pki_leaf ("rsa1024", "alice@example.org", NULL, NULL);
  pki_source_anchor (pki.source, weak);
  assert_both (&pki, weak, LL_SIGNATURE_WEAK, "1024");
}

/* An anchor as OpenSSL's own "req -x509" makes it, with a certificate of its own for mail, CA:TRUE. */
static void
test_self_signed_authority (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  const PkiSpec spec
      = { .name = "A", .san = "email:alice@example.org", .basic = "critical,CA:TRUE", .key_id = TRUE };
  g_autoptr (X509) certificate = pki_issue ("rsa", &spec, NULL, NULL);
  assert_both (&pki, certificate, LL_SIGNATURE_VALID_UNTRUSTED, "self-signed");
  pki_source_anchor (pki.source, certificate);
  assert_both (&pki, certificate, LL_SIGNATURE_VALID, "");
}

static void
test_time (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const PkiSpec old_root
      = { .name = "Old root", .basic = "critical,CA:TRUE", .from = -800 * PKI_DAY, .until = 400 * PKI_DAY };
  g_autoptr (X509) root = pki_issue ("P-256:old", &old_root, NULL, NULL);
  pki_source_anchor (pki.source, root);
  const PkiSpec spec = { .name = "A", .from = -400 * PKI_DAY, .until = -30 * PKI_DAY };
  g_autoptr (X509) leaf = pki_issue ("rsa", &spec, root, "P-256:old");
  assert_both (&pki, leaf, LL_SIGNATURE_KEY_EXPIRED, "expired on");
  assert_path_at (&pki, leaf, LL_PURPOSE_SIGN, now - 100 * PKI_DAY, LL_SIGNATURE_VALID, "");
  assert_path_at (&pki, leaf, LL_PURPOSE_SIGN, now - 500 * PKI_DAY, LL_SIGNATURE_KEY_EXPIRED,
                  "not valid before");
  const PkiSpec future = { .name = "A", .from = 5 * PKI_DAY, .until = 30 * PKI_DAY };
  g_autoptr (X509) coming = pki_issue ("rsa", &future, root, "P-256:old");
  assert_both (&pki, coming, LL_SIGNATURE_KEY_EXPIRED, "not valid before");
  assert_path_at (&pki, coming, LL_PURPOSE_ENCRYPT, now + 6 * PKI_DAY, LL_SIGNATURE_VALID, "");
  /* Expired wins over untrusted: it is what the person can do something about. */
  g_ptr_array_set_size (pki.source->anchors, 0);
  assert_both (&pki, leaf, LL_SIGNATURE_KEY_EXPIRED, "expired on");
}

static void
test_expired_authority (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  const PkiSpec spec
      = { .name = "Old CA", .basic = "critical,CA:TRUE", .from = -400 * PKI_DAY, .until = -PKI_DAY };
  g_autoptr (X509) ca = pki_issue ("P-256:ca", &spec, pki.root, "P-256:root");
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", ca, "P-256:ca");
  ll_x509_array_add (pki.extra, ca);
  assert_both (&pki, leaf, LL_SIGNATURE_KEY_EXPIRED, "chain has expired");
}

/* Somebody's end certificate, an authority for other things, or too deep a chain: none of them vouches. */
static void
test_bad_authorities (void **state)
{
  static const struct
  {
    PkiSpec spec;
    LlSignatureStatus status;
  } cases[] = {
    { { .name = "Bob", .san = "email:bob@example.org" }, LL_SIGNATURE_VALID_UNTRUSTED },
    { { .name = "Bob", .basic = "critical,CA:FALSE", .usage = "digitalSignature" },
      LL_SIGNATURE_VALID_UNTRUSTED },
    { { .name = "CA2", .basic = "critical,CA:TRUE", .usage = "critical,cRLSign" },
      LL_SIGNATURE_VALID_UNTRUSTED },
    { { .name = "Web CA", .basic = "critical,CA:TRUE", .extended = "serverAuth" }, LL_SIGNATURE_UNSUPPORTED },
    { { .name = "Other", .basic = "critical,CA:TRUE", .constraints = "permitted;email:example.net" },
      LL_SIGNATURE_VALID_UNTRUSTED },
    { { .name = "Other", .basic = "critical,CA:TRUE", .constraints = "excluded;email:example.org" },
      LL_SIGNATURE_VALID_UNTRUSTED },
    { { .name = "Mail CA", .basic = "critical,CA:TRUE", .extended = "emailProtection" }, LL_SIGNATURE_VALID },
    { { .name = "Own", .basic = "critical,CA:TRUE", .constraints = "permitted;email:example.org" },
      LL_SIGNATURE_VALID },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Pki) pki = { 0 };
      pki_init (&pki);
      g_autoptr (X509) ca = pki_issue ("P-256:bob", &cases[i].spec, pki.root, "P-256:root");
      const PkiSpec spec = { .name = "A", .san = "email:alice@example.org" };
      g_autoptr (X509) leaf = pki_issue ("rsa", &spec, ca, "P-256:bob");
      ll_x509_array_add (pki.extra, ca);
      assert_both (&pki, leaf, cases[i].status, "");
    }
}

static void
test_path_length (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  const PkiSpec limited = { .name = "L", .basic = "critical,CA:TRUE,pathlen:0" };
  g_autoptr (X509) first = pki_issue ("P-256:a", &limited, pki.root, "P-256:root");
  const PkiSpec second_spec = { .name = "M", .basic = "critical,CA:TRUE" };
  g_autoptr (X509) second = pki_issue ("P-256:b", &second_spec, first, "P-256:a");
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", second, "P-256:b");
  ll_x509_array_add (pki.extra, first);
  ll_x509_array_add (pki.extra, second);
  assert_both (&pki, leaf, LL_SIGNATURE_VALID_UNTRUSTED, "others below");
}

/* 10 between the certificate and the root are allowed, 11 are not. */
static void
test_depth (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  g_autoptr (X509) issuer = X509_dup (pki.root);
  for (guint i = 1; i <= 11; i++)
    {
      g_autofree char *name = g_strdup_printf ("CA %u", i);
      g_autofree char *key = g_strdup_printf ("P-256:d%u", i);
      g_autofree char *above = i == 1 ? g_strdup ("P-256:root") : g_strdup_printf ("P-256:d%u", i - 1);
      const PkiSpec spec = { .name = name, .basic = "critical,CA:TRUE", .key_id = TRUE };
      X509 *next = pki_issue (key, &spec, issuer, above);
      X509_free (issuer);
      issuer = next;
      ll_x509_array_add (pki.extra, issuer);
      g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", issuer, key);
      assert_both (&pki, leaf, i <= 10 ? LL_SIGNATURE_VALID : LL_SIGNATURE_VALID_UNTRUSTED, "");
    }
}

/* security.md F-8 */
static void
test_weak_chain (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  const PkiSpec sha1 = { .name = "A", .md = EVP_sha1 () };
  g_autoptr (X509) leaf = pki_issue ("rsa", &sha1, pki.ca, "P-256:ca");
  assert_both (&pki, leaf, LL_SIGNATURE_WEAK, "digest");
  const PkiSpec md5 = { .name = "A", .md = EVP_md5 () };
  g_autoptr (X509) rsa_root = pki_root ("rsa:root", "RSA root");
  pki_source_anchor (pki.source, rsa_root);
  g_autoptr (X509) older = pki_issue ("rsa", &md5, rsa_root, "rsa:root");
  assert_both (&pki, older, LL_SIGNATURE_WEAK, "digest");

  const PkiSpec small = { .name = "Small", .basic = "critical,CA:TRUE" };
  g_autoptr (X509) ca = pki_issue ("rsa1024", &small, pki.root, "P-256:root");
  g_autoptr (X509) below = pki_leaf ("rsa", "alice@example.org", ca, "rsa1024");
  ll_x509_array_add (pki.extra, ca);
  assert_both (&pki, below, LL_SIGNATURE_WEAK, "authority is too short");

  /* The digest of an anchor's own signature does not matter: it is trusted for itself. */
  const PkiSpec root = { .name = "Old style", .basic = "critical,CA:TRUE", .md = EVP_sha1 () };
  g_autoptr (X509) anchor = pki_issue ("rsa:old", &root, NULL, NULL);
  pki_source_anchor (pki.source, anchor);
  g_autoptr (X509) good = pki_leaf ("rsa", "alice@example.org", anchor, "rsa:old");
  assert_both (&pki, good, LL_SIGNATURE_VALID, "");
}

static void
test_critical_extension (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", pki.ca, "P-256:ca");
  ASN1_OBJECT *oid = OBJ_txt2obj ("1.2.3.4.5", 1);
  ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (value, (const guint8 *)"\x05", 2);
  X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ (NULL, oid, 1, value);
  X509_add_ext (leaf, extension, -1);
  assert_true (X509_sign (leaf, pki_key ("P-256:ca"), EVP_sha256 ()) > 0);
  assert_both (&pki, leaf, LL_SIGNATURE_VALID_UNTRUSTED, "could not be checked");
  X509_EXTENSION_free (extension);
  ASN1_OCTET_STRING_free (value);
  ASN1_OBJECT_free (oid);
}

static void
test_tampered (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", pki.ca, "P-256:ca");
  unsigned char *der = NULL;
  int length = i2d_X509 (leaf, &der);
  der[length - 1] ^= 1;
  const unsigned char *at = der;
  g_autoptr (X509) altered = d2i_X509 (NULL, &at, length);
  OPENSSL_free (der);
  assert_non_null (altered);
  assert_both (&pki, altered, LL_SIGNATURE_VALID_UNTRUSTED, "not signed by the authority");
}

/* Whoever sends thousands of certificates must not keep us busy: those behind the first 256 are not looked
 * at. */
static void
test_many_extra (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  const PkiSpec spec = { .name = "Unrelated", .basic = "critical,CA:TRUE" };
  g_autoptr (X509) unrelated = pki_issue ("P-256:fake", &spec, pki.root, "P-256:fake");
  for (guint i = 0; i < 20000; i++)
    ll_x509_array_add (pki.extra, unrelated);
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", pki.ca, "P-256:ca");
  gint64 start = g_get_monotonic_time ();
  assert_both (&pki, leaf, LL_SIGNATURE_VALID, "");
  assert_true (g_get_monotonic_time () - start < 2 * G_USEC_PER_SEC);
  g_ptr_array_remove_index (pki.extra, 0);
  ll_x509_array_add (pki.extra, pki.ca);
  assert_both (&pki, leaf, LL_SIGNATURE_VALID_UNTRUSTED, "not known");
}

static void
test_broken_store (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  pki.source->fail = TRUE;
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", pki.ca, "P-256:ca");
  g_auto (LlPathResult) result = { 0 };
  g_autoptr (GError) error = NULL;
  assert_false (ll_path_check (leaf, LL_PURPOSE_SIGN, NULL, &pki.source->base, 0, &result, &error));
  test_assert_code (error, LL_ERROR_IO);
  assert_int_not_equal (result.status, LL_SIGNATURE_VALID);
}

static void
test_intermediates (void **state)
{
  g_auto (Pki) pki = { 0 };
  pki_init (&pki);
  g_autoptr (X509) leaf = pki_leaf ("rsa", "alice@example.org", pki.ca, "P-256:ca");
  g_autoptr (X509) unrelated = pki_root ("P-256:other", "Other");
  pki_source_intermediate (pki.source, unrelated);
  pki_source_intermediate (pki.source, pki.root);
  pki_source_intermediate (pki.source, leaf);
  g_autoptr (GPtrArray) none = ll_path_intermediates (leaf, &pki.source->base, NULL);
  assert_int_equal (none->len, 0);
  pki_source_intermediate (pki.source, pki.ca);
  g_autoptr (GPtrArray) one = ll_path_intermediates (leaf, &pki.source->base, NULL);
  assert_int_equal (one->len, 1);
  assert_int_equal (X509_cmp (g_ptr_array_index (one, 0), pki.ca), 0);
  g_autoptr (X509) self_signed = pki_leaf ("rsa", "alice@example.org", NULL, NULL);
  g_autoptr (GPtrArray) alone = ll_path_intermediates (self_signed, &pki.source->base, NULL);
  assert_int_equal (alone->len, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_good),
    cmocka_unit_test (test_usages),
    cmocka_unit_test (test_untrusted),
    cmocka_unit_test (test_no_anchors),
    cmocka_unit_test (test_forged_issuer),
    cmocka_unit_test (test_pinned),
    cmocka_unit_test (test_self_signed_authority),
    cmocka_unit_test (test_time),
    cmocka_unit_test (test_expired_authority),
    cmocka_unit_test (test_bad_authorities),
    cmocka_unit_test (test_path_length),
    cmocka_unit_test (test_depth),
    cmocka_unit_test (test_weak_chain),
    cmocka_unit_test (test_critical_extension),
    cmocka_unit_test (test_tampered),
    cmocka_unit_test (test_many_extra),
    cmocka_unit_test (test_broken_store),
    cmocka_unit_test (test_intermediates),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
