/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine table: what octets are, whose certificates are taken, and the whole way there and back. */
#include <string.h>

#include "signed-testing.h"

#define ALICE "alice@example.org"
#define BOB "bob@example.org"
#define CAROL "carol@example.org"

/* Alice is us, with a key; Bob and Carol have certificates; all below one root. */
typedef struct
{
  X509 *root, *alice, *bob, *carol;
  PkiSource *source;
  LlEngine *engine;
} World;

static LlEngine *
new_engine (PkiSource *source, LlSmimeCipher cipher)
{
  const LlSmimeOptions options = { .source = &source->base, .cipher = cipher };
  return ll_smime_engine_new (&options);
}

static void
world_init (World *world)
{
  world->root = pki_root ("P-256:root", "Root");
  world->alice = pki_leaf ("rsa:alice", ALICE, world->root, "P-256:root");
  world->bob = pki_leaf ("P-256:bob", BOB, world->root, "P-256:root");
  world->carol = pki_leaf ("rsa:carol", CAROL, world->root, "P-256:root");
  world->source = pki_source_new ();
  pki_source_anchor (world->source, world->root);
  pki_source_key (world->source, world->alice, "rsa:alice");
  pki_source_certificate (world->source, world->bob);
  pki_source_certificate (world->source, world->carol);
  world->engine = new_engine (world->source, LL_SMIME_AES256_CBC);
}

static void
world_clear (World *world)
{
  ll_engine_free (world->engine);
  pki_source_free (world->source);
  X509_free (world->root);
  X509_free (world->alice);
  X509_free (world->bob);
  X509_free (world->carol);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static void
free_decision (gpointer decision)
{
  ll_key_decision_free (decision);
}

static GPtrArray *
new_decisions (void)
{
  return g_ptr_array_new_with_free_func (free_decision);
}

static LlKeyPlan *
plan (const World *world, const LlPlanRequest *request, GPtrArray *decisions, GError **error)
{
  return world->engine->ops->plan (world->engine, request, decisions, error);
}

static void
assert_no_plan (const World *world, const LlPlanRequest *request, LlErrorCode code, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  assert_null (plan (world, request, NULL, &error));
  test_assert_code (error, code);
  for (; words && *words; words++)
    if (!strstr (error->message, *words))
      fail_msg ("\"%s\" is not in \"%s\"", *words, error->message);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define TO(...)                                                                                              \
  .recipients = (const char *const[]) { __VA_ARGS__, NULL }

static void
plan_free (const World *world, LlKeyPlan *key_plan)
{
  world->engine->ops->plan_free (key_plan);
}

/* ---- the table ---- */

static void
test_table (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  const LlEngineOps *ops = world.engine->ops;
  assert_int_equal (ops->protocol, LL_PROTOCOL_SMIME);
  assert_string_equal (ops->mime.signature_types[0], "application/pkcs7-signature");
  assert_string_equal (ops->mime.signature_types[1], "application/x-pkcs7-signature");
  assert_null (ops->mime.signature_types[2]);
  assert_string_equal (ops->mime.opaque_types[0], "application/pkcs7-mime");
  assert_string_equal (ops->mime.opaque_types[1], "application/x-pkcs7-mime");
  assert_null (ops->mime.encrypted_protocol);
  assert_string_equal (ops->mime.signature_filename, "smime.p7s");
  assert_string_equal (ops->mime.opaque_filename, "smime.p7m");
  assert_string_equal (ops->mime.raw_label, "CMS");
  assert_false (ops->mime.armored);
  assert_false (ops->mime.signs_inside);
}

/* ---- classify ---- */

static LlKind
kind_of (const World *world, const void *data, gsize length)
{
  g_autoptr (LlSpool) spool = test_spool (data, length);
  LlKind kind = (LlKind)-1;
  g_autoptr (GError) error = NULL;
  if (!world->engine->ops->classify (world->engine, ll_spool_octets (spool), &kind, &error))
    fail_msg ("%s", error->message);
  return kind;
}

static void
test_classify (void **state)
{
  static const struct
  {
    const char *command;
    LlKind kind;
  } cases[] = {
    { "openssl cms -sign -binary -signer a.pem -in text -outform DER -out out", LL_KIND_DETACHED_SIGNATURE },
    { "openssl cms -sign -binary -signer a.pem -nocerts -in text -outform PEM -out out",
      LL_KIND_DETACHED_SIGNATURE },
    { "openssl cms -sign -binary -nodetach -signer a.pem -in text -outform DER -out out", LL_KIND_SIGNED },
    { "openssl cms -sign -binary -nodetach -stream -signer a.pem -in text -outform DER -out out",
      LL_KIND_SIGNED },
    { "openssl crl2pkcs7 -nocrl -certfile a.pem -outform DER -out out", LL_KIND_CERTIFICATES },
    { "openssl cms -encrypt -binary -in text -outform DER -out out a.crt", LL_KIND_ENCRYPTED },
    { "openssl cms -encrypt -binary -aes-128-gcm -in text -outform DER -out out a.crt", LL_KIND_ENCRYPTED },
    { "openssl cms -data_create -binary -in text -outform DER -out out", LL_KIND_UNKNOWN },
    { "openssl x509 -in a.pem -outform DER -out out", LL_KIND_UNKNOWN },
    { "cp a.pem out", LL_KIND_UNKNOWN },
    { "cp text out", LL_KIND_UNKNOWN },
    { ": >out", LL_KIND_UNKNOWN },
  };
  char *folder = test_folder ();
  g_auto (World) world = { 0 };
  world_init (&world);
  pki_write (folder, "a", world.alice, "rsa:alice");
  test_write (folder, "text", SIGNED_TEXT, strlen (SIGNED_TEXT));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_true (test_run (folder, cases[i].command));
      g_autoptr (GByteArray) bytes = test_read (folder, "out");
      LlKind kind = kind_of (&world, bytes->data, bytes->len);
      if (kind != cases[i].kind)
        fail_msg ("%d: %s", kind, cases[i].command);
    }
  test_folder_remove (folder);
}

/* What set out to be CMS and is damaged is told from what is something else. */
static void
test_classify_damaged (void **state)
{
  static const char *const commands[] = {
    "head -c 300 whole >out",
    "cat whole text >out",
    "(echo '-----BEGIN CMS-----'; echo 'AAAA!'; echo '-----END CMS-----') >out",
  };
  char *folder = test_folder ();
  g_auto (World) world = { 0 };
  world_init (&world);
  pki_write (folder, "a", world.alice, "rsa:alice");
  test_write (folder, "text", SIGNED_TEXT, strlen (SIGNED_TEXT));
  assert_true (test_run (folder, "openssl cms -sign -binary -signer a.pem -in text -outform DER -out whole"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      assert_true (test_run (folder, commands[i]));
      g_autoptr (GByteArray) bytes = test_read (folder, "out");
      g_autoptr (LlSpool) spool = test_spool (bytes->data, bytes->len);
      g_autoptr (GError) error = NULL;
      LlKind kind;
      assert_false (world.engine->ops->classify (world.engine, ll_spool_octets (spool), &kind, &error));
      assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_MALFORMED));
    }
  test_folder_remove (folder);
}

/* Certificates and a content, nobody's signature: signed data that is not signed. */
static void
test_classify_rebuilt (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autoptr (GByteArray) der = signed_make (world.alice, "rsa:alice", FALSE, SIGNED_TEXT, FALSE);
  g_autoptr (LlSignedInfo) info = signed_parse (der);
  LlSignerInfo_free (sk_LlSignerInfo_pop (info->signed_data->signers));
  g_autoptr (GByteArray) content = signed_encode (info);
  assert_int_equal (kind_of (&world, content->data, content->len), LL_KIND_SIGNED);
  g_clear_pointer (&info->signed_data->encapsulated->content, ASN1_OCTET_STRING_free);
  g_autoptr (GByteArray) certificates = signed_encode (info);
  assert_int_equal (kind_of (&world, certificates->data, certificates->len), LL_KIND_CERTIFICATES);
  ASN1_TYPE_free (sk_ASN1_TYPE_pop (info->signed_data->certificates));
  g_autoptr (GByteArray) nothing = signed_encode (info);
  assert_int_equal (kind_of (&world, nothing->data, nothing->len), LL_KIND_UNKNOWN);
  g_autoptr (GByteArray) compressed
      = test_hex ("3080 060b2a864886f70d0109100109 a080 3080 020100 0000 0000 0000");
  assert_int_equal (kind_of (&world, compressed->data, compressed->len), LL_KIND_COMPRESSED);
}

/* ---- plan: the signer ---- */

static char *
plan_signer (const World *world, const LlPlanRequest *request)
{
  g_autoptr (GError) error = NULL;
  LlKeyPlan *key_plan = plan (world, request, NULL, &error);
  if (!key_plan)
    fail_msg ("%s", error->message);
  g_autoptr (LlSpool) in = test_spool ("x", 1);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  if (!world->engine->ops->sign (world->engine, key_plan, ll_spool_octets (in), TRUE, sink, NULL, &error))
    fail_msg ("%s", error->message);
  plan_free (world, key_plan);
  g_autoptr (GPtrArray) signers = NULL;
  const LlVerifyRequest verify = { .signature = ll_spool_octets (out), .content = ll_spool_octets (in) };
  assert_true (world->engine->ops->verify (world->engine, &verify, &signers, &error));
  assert_int_equal (signers->len, 1);
  return g_strdup (((LlSigner *)g_ptr_array_index (signers, 0))->fingerprint);
}

static char *
sha1_fingerprint (X509 *certificate)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  assert_true (X509_digest (certificate, EVP_sha1 (), digest, &length));
  GString *text = g_string_new (NULL);
  for (unsigned int i = 0; i < length; i++)
    g_string_append_printf (text, "%s%02X", i ? ":" : "", digest[i]);
  return g_string_free (text, FALSE);
}

static void
test_signer (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autofree char *expected = ll_certificate_fingerprint (world.alice);
  g_autofree char *sha1 = sha1_fingerprint (world.alice);
  const LlPlanRequest requests[] = {
    { .sender = ALICE, .sign = TRUE },
    { .sender = "alice@EXAMPLE.ORG", .sign = TRUE },
    { .sender = ALICE, .sign_as = ALICE, .sign = TRUE },
    { .sender = ALICE, .sign_as = expected, .sign = TRUE },
    { .sender = ALICE, .sign_as = sha1, .sign = TRUE },
    { .sign = TRUE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autofree char *fingerprint = plan_signer (&world, &requests[i]);
      assert_string_equal (fingerprint, expected);
    }
}

static void
test_no_signer (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autofree char *fingerprint = ll_certificate_fingerprint (world.alice);
  g_autofree char *part = g_strndup (fingerprint, 40); /* as long as a SHA-1 one, and none */
  g_autofree char *prefix = g_strndup (fingerprint, 16);
  g_autofree char *bob = ll_certificate_fingerprint (world.bob); /* not ours */
  const char *const names[]
      = { BOB, "Alice@example.org", "alice@example.org.evil", "alice", "", part, prefix, bob };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const LlPlanRequest as = { .sender = ALICE, .sign_as = names[i], .sign = TRUE };
      assert_no_plan (&world, &as, LL_ERROR_NO_KEY, WORDS (names[i], "--cert"));
      const LlPlanRequest from = { .sender = names[i], .sign = TRUE };
      if (i < 5)
        assert_no_plan (&world, &from, LL_ERROR_NO_KEY, WORDS (names[i]));
    }
}

/* D-2, H-1: what is named with -u must speak for the author all the same. */
static void
test_signer_for_another (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autofree char *fingerprint = ll_certificate_fingerprint (world.alice);
  const char *const names[] = { ALICE, fingerprint };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const LlPlanRequest as = { .sender = "other@example.org", .sign_as = names[i], .sign = TRUE };
      assert_no_plan (&world, &as, LL_ERROR_NO_KEY, WORDS ("other@example.org", "-u"));
    }
}

/* Each passed over with its reason, the good one taken. */
static void
test_signer_decisions (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  const PkiSpec specs[] = {
    { .name = "old", .san = "email:" ALICE, .from = -400 * PKI_DAY, .until = -30 * PKI_DAY },
    { .name = "new", .san = "email:" ALICE, .from = 30 * PKI_DAY, .until = 60 * PKI_DAY },
    { .name = "crypt", .san = "email:" ALICE, .usage = "keyEncipherment" },
    { .name = "web", .san = "email:" ALICE, .extended = "serverAuth" },
    { .name = "other", .san = "email:" BOB },
  };
  static const char *const REASONS[] = { "expired", "not valid before", "not for signing", "not for mail" };
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autoptr (X509) certificate = pki_issue ("rsa:alice", &specs[i], world.root, "P-256:root");
      pki_source_key (world.source, certificate, "rsa:alice");
    }
  g_autoptr (GPtrArray) decisions = new_decisions ();
  const LlPlanRequest request = { .sender = ALICE, .sign = TRUE };
  LlKeyPlan *key_plan = plan (&world, &request, decisions, NULL);
  assert_non_null (key_plan);
  plan_free (&world, key_plan);
  assert_int_equal (decisions->len, 5);
  for (guint i = 0; i < decisions->len; i++)
    {
      const LlKeyDecision *decision = g_ptr_array_index (decisions, i);
      assert_string_equal (decision->address, ALICE);
      assert_true (decision->for_signing);
      assert_int_equal (decision->chosen, i == 0);
      assert_int_equal (strlen (decision->fingerprint), 64);
      if (i > 0)
        pki_assert_words (decision->reason, REASONS[i - 1]);
    }
  /* And without the good one, the reason of the latest is in the error. */
  g_ptr_array_remove_index (world.source->keys, 0);
  assert_no_plan (&world, &request, LL_ERROR_NO_KEY, WORDS (ALICE, "not for"));
  g_ptr_array_set_size (world.source->keys, 1);
  assert_no_plan (&world, &request, LL_ERROR_NO_KEY, WORDS (ALICE, "expired on"));
}

static void
test_two_own (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autoptr (X509) second = pki_leaf ("P-256:alice2", ALICE, world.root, "P-256:root");
  pki_source_key (world.source, second, "P-256:alice2");
  pki_source_key (world.source, second, "P-256:alice2"); /* listed twice is not two */
  g_autofree char *first_fingerprint = ll_certificate_fingerprint (world.alice);
  g_autofree char *second_fingerprint = ll_certificate_fingerprint (second);
  const LlPlanRequest request = { .sender = ALICE, .sign = TRUE };
  assert_no_plan (&world, &request, LL_ERROR_AMBIGUOUS_KEY,
                  WORDS (ALICE, first_fingerprint, second_fingerprint));
  g_autoptr (GPtrArray) decisions = new_decisions ();
  assert_null (plan (&world, &request, decisions, NULL));
  assert_int_equal (decisions->len, 2);
  for (guint i = 0; i < 2; i++)
    assert_false (((LlKeyDecision *)g_ptr_array_index (decisions, i))->chosen);
  const LlPlanRequest named = { .sender = ALICE, .sign = TRUE, .sign_as = second_fingerprint };
  g_autofree char *fingerprint = plan_signer (&world, &named);
  assert_string_equal (fingerprint, second_fingerprint);
}

/* ---- plan: recipients ---- */

static GPtrArray *
chosen_for (const World *world, const LlPlanRequest *request)
{
  g_autoptr (GPtrArray) decisions = new_decisions ();
  g_autoptr (GError) error = NULL;
  LlKeyPlan *key_plan = plan (world, request, decisions, &error);
  if (!key_plan)
    fail_msg ("%s", error->message);
  plan_free (world, key_plan);
  GPtrArray *chosen = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < decisions->len; i++)
    {
      const LlKeyDecision *decision = g_ptr_array_index (decisions, i);
      if (decision->chosen && !decision->for_signing)
        g_ptr_array_add (chosen, g_strdup (decision->fingerprint));
    }
  return chosen;
}

static void
assert_chosen (const World *world, const LlPlanRequest *request, guint n, ...)
{
  g_autoptr (GPtrArray) chosen = chosen_for (world, request);
  assert_int_equal (chosen->len, n);
  va_list certificates;
  va_start (certificates, n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *fingerprint = ll_certificate_fingerprint (va_arg (certificates, X509 *));
      assert_string_equal (g_ptr_array_index (chosen, i), fingerprint);
    }
  va_end (certificates);
}

static void
test_recipients (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  assert_chosen (&world, &(LlPlanRequest){ .sender = ALICE, TO (BOB) }, 1, world.bob);
  assert_int_equal (world.source->key_calls, 0); /* nobody's passphrase is needed for that */
  assert_chosen (&world, &(LlPlanRequest){ .sender = ALICE, TO (BOB, CAROL) }, 2, world.bob, world.carol);
  assert_chosen (&world, &(LlPlanRequest){ .sender = ALICE, TO (BOB, BOB, "bob@EXAMPLE.org") }, 1, world.bob);
  assert_chosen (&world, &(LlPlanRequest){ .sender = ALICE, .self = TRUE, TO (BOB) }, 2, world.bob,
                 world.alice);
  assert_chosen (&world, &(LlPlanRequest){ .sender = ALICE, .self = TRUE, .sign = TRUE, TO (BOB, ALICE) }, 2,
                 world.bob, world.alice);
  assert_chosen (&world, &(LlPlanRequest){ .sender = ALICE, .self = TRUE, TO (ALICE) }, 1, world.alice);
}

static void
test_refused_requests (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  const LlPlanRequest nobody = { .sender = ALICE, .self = TRUE, .recipients = (const char *const[]){ NULL } };
  assert_no_plan (&world, &nobody, LL_ERROR_NO_RECIPIENTS, NULL);
  const LlPlanRequest hidden = { .sender = ALICE, TO (BOB), .hidden = (const char *const[]){ CAROL, NULL } };
  assert_no_plan (&world, &hidden, LL_ERROR_UNSUPPORTED, WORDS (CAROL, "separate copy"));
  const LlPlanRequest no_hidden = { .sender = ALICE, TO (BOB), .hidden = (const char *const[]){ NULL } };
  assert_chosen (&world, &no_hidden, 1, world.bob);
}

/* All who lack one are named at once, each with the reason. */
static void
test_all_missing (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  const LlPlanRequest request = {
    .sender = "dave@example.org", .sign = TRUE, .self = TRUE, TO (BOB, "eve@example.org", "frank@example.org")
  };
  assert_no_plan (&world, &request, LL_ERROR_NO_KEY,
                  WORDS ("dave@example.org (no certificate", "eve@example.org (", "frank@example.org (",
                         "--cert", "--ca"));
  g_autoptr (GError) error = NULL;
  assert_null (plan (&world, &request, NULL, &error));
  assert_null (strstr (error->message, BOB));
}

/* security.md G-1: what is wrong with the only certificate there is. */
static void
test_unusable_recipients (void **state)
{
  static const struct
  {
    const char *key;
    PkiSpec spec;
    const char *words;
  } cases[] = {
    { "rsa",
      { .name = "D", .san = "email:dave@example.org", .usage = "digitalSignature" },
      "not for encryption" },
    { "rsa", { .name = "D", .san = "email:dave@example.org", .extended = "serverAuth" }, "not for mail" },
    { "rsa",
      { .name = "D", .san = "email:dave@example.org", .until = -PKI_DAY, .from = -2 * PKI_DAY },
      "expired on" },
    { "rsa",
      { .name = "D", .san = "email:dave@example.org", .from = PKI_DAY, .until = 2 * PKI_DAY },
      "not valid before" },
    { "rsa1024", { .name = "D", .san = "email:dave@example.org" }, "1024 bits" },
    { "ED25519", { .name = "D", .san = "email:dave@example.org" }, "kind of key" },
    { "rsa", { .name = "D", .san = "email:other@example.org" }, "another address" },
    { "rsa",
      { .name = "D", .san = "email:other@example.org", .subject_email = "dave@example.org" },
      "another address" },
    { "rsa", { .name = "D", .san = "email:Dave@example.org" }, "another address" },
    { "rsa", { .name = "dave@example.org" }, "another address" },
    { "rsa", { .name = "D", .san = "email:dave@example.org" }, "digest" } /* SHA-1 */,
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (World) world = { 0 };
      world_init (&world);
      PkiSpec spec = cases[i].spec;
      spec.md = i == G_N_ELEMENTS (cases) - 1 ? EVP_sha1 () : NULL;
      g_autoptr (X509) dave = pki_issue (cases[i].key, &spec, world.root, "P-256:root");
      g_ptr_array_set_size (world.source->certificates, 0);
      pki_source_certificate (world.source, dave);
      const LlPlanRequest request = { .sender = ALICE, TO ("dave@example.org") };
      assert_no_plan (&world, &request, LL_ERROR_NO_KEY, WORDS ("dave@example.org", cases[i].words));
    }
}

/* security.md F-11, G-1: a certificate that arrived is nobody's before an authority or a pin says so. */
static void
test_untrusted_recipient (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autoptr (X509) self_signed = pki_leaf ("rsa", "dave@example.org", NULL, NULL);
  pki_source_certificate (world.source, self_signed);
  const LlPlanRequest request = { .sender = ALICE, TO ("dave@example.org") };
  assert_no_plan (&world, &request, LL_ERROR_NO_KEY, WORDS ("dave@example.org"));
  g_autoptr (X509) other_root = pki_root ("P-256:other", "Other");
  g_autoptr (X509) foreign = pki_leaf ("rsa", "dave@example.org", other_root, "P-256:other");
  pki_source_certificate (world.source, foreign);
  assert_no_plan (&world, &request, LL_ERROR_NO_KEY, WORDS ("dave@example.org"));
  pki_source_anchor (world.source, self_signed);
  assert_chosen (&world, &request, 1, self_signed);
  g_ptr_array_set_size (world.source->anchors, 0);
  assert_no_plan (&world, &request, LL_ERROR_NO_KEY, WORDS ("dave@example.org", "--ca"));
  /* Our own needs no authority. */
  assert_chosen (&world, &(LlPlanRequest){ .sender = ALICE, .self = TRUE, TO (ALICE) }, 1, world.alice);
}

static void
test_two_of_one (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autoptr (X509) second = pki_leaf ("rsa:bob2", BOB, world.root, "P-256:root");
  pki_source_certificate (world.source, second);
  pki_source_certificate (world.source, world.bob); /* again */
  g_autofree char *one = ll_certificate_fingerprint (world.bob);
  g_autofree char *two = ll_certificate_fingerprint (second);
  assert_no_plan (&world, &(LlPlanRequest){ .sender = ALICE, TO (BOB) }, LL_ERROR_AMBIGUOUS_KEY,
                  WORDS (BOB, one, two));
  assert_no_plan (&world, &(LlPlanRequest){ .sender = ALICE, TO (BOB, "eve@example.org") }, LL_ERROR_NO_KEY,
                  WORDS ("eve@example.org", BOB, one, two));
}

/* One pair for signing, another for reading, as many authorities issue them. */
static void
test_split_own (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_ptr_array_set_size (world.source->keys, 0);
  const PkiSpec sign = { .name = "Alice", .san = "email:" ALICE, .usage = "digitalSignature" };
  const PkiSpec crypt = { .name = "Alice", .san = "email:" ALICE, .usage = "keyEncipherment" };
  g_autoptr (X509) signing = pki_issue ("rsa:alice", &sign, world.root, "P-256:root");
  g_autoptr (X509) reading = pki_issue ("rsa:carol", &crypt, world.root, "P-256:root");
  pki_source_key (world.source, signing, "rsa:alice");
  const LlPlanRequest request = { .sender = ALICE, .sign = TRUE, .self = TRUE, TO (BOB) };
  assert_no_plan (&world, &request, LL_ERROR_NO_KEY, WORDS (ALICE, "not for encryption"));
  pki_source_key (world.source, reading, "rsa:carol");
  assert_chosen (&world, &request, 2, world.bob, reading);
  g_autofree char *expected = ll_certificate_fingerprint (signing);
  g_autofree char *fingerprint = plan_signer (&world, &(LlPlanRequest){ .sender = ALICE, .sign = TRUE });
  assert_string_equal (fingerprint, expected);
}

/* Two own that could read: the one that signs. */
static void
test_self_is_signer (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autoptr (X509) second = pki_leaf ("rsa:bob2", ALICE, world.root, "P-256:root");
  pki_source_key (world.source, second, "rsa:bob2");
  g_autofree char *fingerprint = ll_certificate_fingerprint (second);
  assert_chosen (
      &world,
      &(LlPlanRequest){ .sender = ALICE, .sign_as = fingerprint, .sign = TRUE, .self = TRUE, TO (BOB) }, 2,
      world.bob, second);
  assert_no_plan (&world, &(LlPlanRequest){ .sender = ALICE, .self = TRUE, TO (BOB) }, LL_ERROR_AMBIGUOUS_KEY,
                  WORDS (ALICE, fingerprint));
}

static void
test_broken_store (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  world.source->fail = TRUE;
  assert_no_plan (&world, &(LlPlanRequest){ .sender = ALICE, .sign = TRUE }, LL_ERROR_IO, NULL);
  assert_no_plan (&world, &(LlPlanRequest){ .sender = ALICE, TO (BOB) }, LL_ERROR_IO, NULL);
}

/* ---- there and back ---- */

static LlSpool *
encrypt_for (const World *world, const LlPlanRequest *request, const char *text, char **out_type)
{
  g_autoptr (GError) error = NULL;
  LlKeyPlan *key_plan = plan (world, request, NULL, &error);
  if (!key_plan)
    fail_msg ("%s", error->message);
  g_autoptr (LlSpool) in = test_spool (text, strlen (text));
  LlSpool *out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  if (!world->engine->ops->encrypt (world->engine, key_plan, ll_spool_octets (in), FALSE, sink, out_type,
                                    &error))
    fail_msg ("%s", error->message);
  plan_free (world, key_plan);
  return out;
}

static void
assert_decrypts (const World *world, X509 *certificate, const char *key, LlSpool *ciphertext,
                 LlEncryptionStatus status)
{
  g_autoptr (PkiSource) reader = pki_source_new ();
  pki_source_key (reader, certificate, key);
  g_autoptr (LlEngine) engine = new_engine (reader, LL_SMIME_AES256_CBC);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlDecryption) decryption = NULL;
  g_autoptr (GError) error = NULL;
  const LlDecryptRequest request = { .ciphertext = ll_spool_octets (ciphertext), .out = out };
  if (!engine->ops->decrypt (engine, &request, &decryption, &error))
    fail_msg ("%s", error->message);
  assert_int_equal (decryption->status, status);
  assert_int_equal (decryption->signers->len, 0);
  assert_false (decryption->was_signed);
  g_autoptr (GByteArray) text = test_bytes (ll_spool_octets (out));
  assert_int_equal (text->len, strlen (SIGNED_TEXT));
  assert_memory_equal (text->data, SIGNED_TEXT, text->len);
}

static void
test_encrypt (void **state)
{
  static const struct
  {
    LlSmimeCipher cipher;
    const char *type;
    LlEncryptionStatus status;
  } cases[] = {
    { LL_SMIME_AES256_CBC, "enveloped-data", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { LL_SMIME_AES128_CBC, "enveloped-data", LL_ENCRYPTION_OK_UNAUTHENTICATED },
    { LL_SMIME_AES256_GCM, "authEnveloped-data", LL_ENCRYPTION_OK },
    { LL_SMIME_AES128_GCM, "authEnveloped-data", LL_ENCRYPTION_OK },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (World) world = { 0 };
      world_init (&world);
      ll_engine_free (world.engine);
      world.engine = new_engine (world.source, cases[i].cipher);
      g_autofree char *type = NULL;
      const LlPlanRequest request = { .sender = ALICE, .self = TRUE, TO (BOB, CAROL) };
      g_autoptr (LlSpool) ciphertext = encrypt_for (&world, &request, SIGNED_TEXT, &type);
      assert_string_equal (type, cases[i].type);
      assert_decrypts (&world, world.alice, "rsa:alice", ciphertext, cases[i].status);
      assert_decrypts (&world, world.bob, "P-256:bob", ciphertext, cases[i].status);
      assert_decrypts (&world, world.carol, "rsa:carol", ciphertext, cases[i].status);
    }
}

static void
test_agreement_recipient (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  const PkiSpec spec = { .name = "Dave", .san = "email:dave@example.org", .usage = "keyAgreement" };
  g_autoptr (X509) dave = pki_issue ("X25519", &spec, world.root, "P-256:root");
  pki_source_certificate (world.source, dave);
  const LlPlanRequest request = { .sender = ALICE, TO ("dave@example.org", BOB) };
  g_autoptr (LlSpool) ciphertext = encrypt_for (&world, &request, SIGNED_TEXT, NULL);
  assert_decrypts (&world, dave, "X25519", ciphertext, LL_ENCRYPTION_OK_UNAUTHENTICATED);
}

static void
assert_not_decrypted (const World *world, const void *data, gsize length, LlErrorCode code)
{
  g_autoptr (LlSpool) in = test_spool (data, length);
  g_autoptr (LlSpool) out = ll_spool_new ();
  LlDecryption *decryption = NULL;
  g_autoptr (GError) error = NULL;
  const LlDecryptRequest request = { .ciphertext = ll_spool_octets (in), .out = out };
  assert_false (world->engine->ops->decrypt (world->engine, &request, &decryption, &error));
  test_assert_code (error, code);
  assert_null (decryption);
}

static void
test_decrypt_refused (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autoptr (LlSpool) for_bob
      = encrypt_for (&world, &(LlPlanRequest){ .sender = ALICE, TO (BOB) }, SIGNED_TEXT, NULL);
  g_autoptr (GByteArray) bytes = test_bytes (ll_spool_octets (for_bob));
  assert_not_decrypted (&world, bytes->data, bytes->len, LL_ERROR_NO_SECRET_KEY);
  assert_not_decrypted (&world, bytes->data, bytes->len - 1, LL_ERROR_MALFORMED);
  g_autoptr (GByteArray) opaque = signed_make (world.alice, "rsa:alice", FALSE, SIGNED_TEXT, FALSE);
  assert_not_decrypted (&world, opaque->data, opaque->len, LL_ERROR_NOT_ENCRYPTED);
  g_autoptr (GByteArray) compressed
      = test_hex ("3080 060b2a864886f70d0109100109 a080 3080 020100 0000 0000 0000");
  assert_not_decrypted (&world, compressed->data, compressed->len, LL_ERROR_UNSUPPORTED);
  assert_not_decrypted (&world, "junk", 4, LL_ERROR_MALFORMED);
}

/* security.md N 26: a signature part that is an encrypted message is no oracle. */
static void
test_verify_refused (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autoptr (LlSpool) encrypted = encrypt_for (
      &world, &(LlPlanRequest){ .sender = ALICE, .self = TRUE, TO (ALICE) }, SIGNED_TEXT, NULL);
  g_autoptr (LlSpool) content = test_spool ("x", 1);
  GPtrArray *signers = NULL;
  g_autoptr (GError) error = NULL;
  const LlVerifyRequest request
      = { .signature = ll_spool_octets (encrypted), .content = ll_spool_octets (content) };
  assert_false (world.engine->ops->verify (world.engine, &request, &signers, &error));
  test_assert_code (error, LL_ERROR_UNSUPPORTED);
  assert_null (signers);
}

/* Whatever is in the message that is not in the plan: made by another program, and found out. */
static void
test_recipient_mismatch (void **state)
{
  static const struct
  {
    const char *arguments;
    gboolean good; /* for Bob and Carol */
  } cases[] = {
    { "bob.crt carol.crt", TRUE },
    { "carol.crt bob.crt", TRUE },
    { "-keyid bob.crt carol.crt", TRUE },
    { "-aes-128-gcm bob.crt carol.crt", TRUE },
    { "bob.crt", FALSE },
    { "carol.crt", FALSE },
    { "bob.crt alice.crt", FALSE },
    { "bob.crt bob.crt", FALSE },
    { "carol.crt carol.crt", FALSE },
    { "bob.crt carol.crt alice.crt", FALSE },
    { "-aes-128-gcm bob.crt carol.crt alice.crt", FALSE },
    { "-pwri_password x bob.crt carol.crt", FALSE },
    { "-pwri_password x bob.crt", FALSE },
    { "-secretkey 000102030405060708090a0b0c0d0e0f -secretkeyid 01 bob.crt carol.crt", FALSE },
  };
  char *folder = test_folder ();
  g_auto (World) world = { 0 };
  world_init (&world);
  pki_write (folder, "alice", world.alice, NULL);
  pki_write (folder, "bob", world.bob, NULL);
  pki_write (folder, "carol", world.carol, NULL);
  test_write (folder, "text", SIGNED_TEXT, strlen (SIGNED_TEXT));
  g_autoptr (GPtrArray) recipients = ll_x509_array ();
  ll_x509_array_add (recipients, world.bob);
  ll_x509_array_add (recipients, world.carol);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *command = g_strdup_printf (
          "openssl cms -encrypt -binary -in text -outform DER -out out %s", cases[i].arguments);
      if (!test_run (folder, command))
        fail_msg ("%s", command);
      g_autofree char *path = test_path (folder, "out");
      g_autoptr (LlSpool) spool = test_spool_file (path);
      g_autoptr (GError) error = NULL;
      gboolean good = ll_cms_check_recipients (ll_spool_octets (spool), recipients, &error);
      if (good != cases[i].good)
        fail_msg ("%s", command);
      if (!good)
        test_assert_code (error, LL_ERROR_RECIPIENT_MISMATCH);
    }
  /* Two that cannot be told apart: nobody can say who of them can read it. */
  g_ptr_array_set_size (recipients, 0);
  ll_x509_array_add (recipients, world.bob);
  ll_x509_array_add (recipients, world.bob);
  assert_true (
      test_run (folder, "openssl cms -encrypt -binary -in text -outform DER -out out bob.crt bob.crt"));
  g_autofree char *path = test_path (folder, "out");
  g_autoptr (LlSpool) twice = test_spool_file (path);
  g_autoptr (GError) error = NULL;
  assert_false (ll_cms_check_recipients (ll_spool_octets (twice), recipients, &error));
  test_assert_code (error, LL_ERROR_RECIPIENT_MISMATCH);
  test_folder_remove (folder);
}

/* A plan for one thing is not used for another. */
static void
test_wrong_use (void **state)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  const LlEngineOps *ops = world.engine->ops;
  LlKeyPlan *sign_only = plan (&world, &(LlPlanRequest){ .sender = ALICE, .sign = TRUE }, NULL, NULL);
  LlKeyPlan *encrypt_only = plan (&world, &(LlPlanRequest){ .sender = ALICE, TO (BOB) }, NULL, NULL);
  g_autoptr (LlSpool) in = test_spool ("x", 1);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  g_autoptr (GError) first = NULL, second = NULL, third = NULL;
  assert_false (ops->encrypt (world.engine, sign_only, ll_spool_octets (in), FALSE, sink, NULL, &first));
  test_assert_code (first, LL_ERROR_USAGE);
  assert_false (ops->sign (world.engine, encrypt_only, ll_spool_octets (in), TRUE, sink, NULL, &second));
  test_assert_code (second, LL_ERROR_USAGE);
  assert_false (ops->encrypt (world.engine, encrypt_only, ll_spool_octets (in), TRUE, sink, NULL, &third));
  test_assert_code (third, LL_ERROR_USAGE);
  assert_int_equal (ll_spool_length (out), 0);
  ops->plan_free (sign_only);
  ops->plan_free (encrypt_only);
  ops->plan_free (NULL);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_table),
    cmocka_unit_test (test_classify),
    cmocka_unit_test (test_classify_damaged),
    cmocka_unit_test (test_classify_rebuilt),
    cmocka_unit_test (test_signer),
    cmocka_unit_test (test_no_signer),
    cmocka_unit_test (test_signer_for_another),
    cmocka_unit_test (test_signer_decisions),
    cmocka_unit_test (test_two_own),
    cmocka_unit_test (test_recipients),
    cmocka_unit_test (test_refused_requests),
    cmocka_unit_test (test_all_missing),
    cmocka_unit_test (test_unusable_recipients),
    cmocka_unit_test (test_untrusted_recipient),
    cmocka_unit_test (test_two_of_one),
    cmocka_unit_test (test_split_own),
    cmocka_unit_test (test_self_is_signer),
    cmocka_unit_test (test_broken_store),
    cmocka_unit_test (test_encrypt),
    cmocka_unit_test (test_agreement_recipient),
    cmocka_unit_test (test_decrypt_refused),
    cmocka_unit_test (test_verify_refused),
    cmocka_unit_test (test_recipient_mismatch),
    cmocka_unit_test (test_wrong_use),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
