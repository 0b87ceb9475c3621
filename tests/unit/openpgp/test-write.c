/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.md D-2, D-4, D-8, D-9, D-10, F3, M-1: what is written, read by gpg and by sqop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gpg-home.h"
#include "ll-gpg.h"

static GpgHome *home;
static char *alice, *bob, *eve;

static const char text[] = "Content-Type: text/plain\r\n\r\nBetween us\r\n";

static void
sh (const char *script)
{
  g_free (gpg_sh (home, script));
}

static LlKeyPlan *
plan_for (const char *sender, const char *const *to, const char *const *hidden)
{
  g_autoptr (GError) error = NULL;
  const LlPlanRequest request = { .sender = sender, .sign = TRUE, .recipients = to, .hidden = hidden };
  LlKeyPlan *plan = home->engine->ops->plan (home->engine, &request, NULL, &error);
  g_assert_no_error (error);
  return plan;
}

static void
save_spool (const char *name, LlSpool *spool)
{
  g_autoptr (GBytes) all = ll_octets_load (ll_spool_octets (spool), 16 << 20, "test", NULL);
  gpg_save (home, name, g_bytes_get_data (all, NULL), g_bytes_get_size (all));
}

static gboolean
encrypt_to (const LlKeyPlan *plan, gboolean sign, LlSpool *out, GError **error)
{
  g_autoptr (LlSpool) content = spool_of_text (text);
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  char *smime_type = NULL;
  return home->engine->ops->encrypt (home->engine, plan, ll_spool_octets (content), sign, sink, &smime_type,
                                     error);
}

static gboolean
sign_with (const LlKeyPlan *plan, gboolean detached, LlSpool *out, char **micalg, GError **error)
{
  g_autoptr (LlSpool) content = spool_of_text (text);
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  return home->engine->ops->sign (home->engine, plan, ll_spool_octets (content), detached, sink, micalg,
                                  error);
}

static int
setup (void **state)
{
  home = gpg_home_new ();
  alice = gpg_key (home, "Alice <alice@example.org>", "future-default", "default");
  bob = gpg_key (home, "Bob <bob@example.org>", "rsa2048", "default");
  eve = gpg_key (home, "Eve <eve@example.org>", "future-default", "default");
  gpg_save (home, "text", text, strlen (text));
  g_autofree char *script = g_strdup_printf (
      "gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-add-key %s rsa2048 encr", bob);
  sh (script);
  return 0;
}

static int
teardown (void **state)
{
  g_clear_pointer (&home, gpg_home_free);
  g_clear_pointer (&alice, g_free);
  g_clear_pointer (&bob, g_free);
  g_clear_pointer (&eve, g_free);
  return 0;
}

static void
detached_signature (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", NULL, NULL);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autofree char *micalg = NULL;
  assert_true (sign_with (plan, TRUE, out, &micalg, &error));
  assert_true (strcmp (micalg, "pgp-sha512") == 0 || strcmp (micalg, "pgp-sha256") == 0);
  g_autofree char *armor = text_of (out);
  assert_true (g_str_has_prefix (armor, "-----BEGIN PGP SIGNATURE-----\n"));
  assert_null (strstr (armor, "Version:"));
  assert_null (strstr (armor, "Comment:"));
  save_spool ("made.asc", out);
  sh ("gpg --batch --status-fd 1 --verify made.asc text | grep GOODSIG");
}

static void
opaque_signature (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlKeyPlan) plan = plan_for ("bob@example.org", NULL, NULL);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_true (sign_with (plan, FALSE, out, NULL, &error));
  save_spool ("opaque.asc", out);
  sh ("gpg --batch --yes --output opened -d opaque.asc && cmp opened text");
}

static void
encrypted_and_signed (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "bob@example.org", "alice@example.org", NULL };
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", to, NULL);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_true (encrypt_to (plan, TRUE, out, &error));
  save_spool ("made.asc", out);
  sh ("gpg --batch --status-fd 1 --yes --output opened -d made.asc | grep GOODSIG; cmp opened text;"
      "gpg --batch --list-packets made.asc > packets; ! grep compressed packets; grep 'mdc_method: 2' "
      "packets;"
      "grep 'name=\"\"' packets; test $(grep -c 'pubkey enc' packets) = 2");
}

static void
only_encrypted (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "bob@example.org", NULL };
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", to, NULL);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_true (encrypt_to (plan, FALSE, out, &error));
  save_spool ("made.asc", out);
  sh ("gpg --batch --status-fd 1 --yes --output opened -d made.asc > st; ! grep NEWSIG st; cmp opened text");
}

static void
hidden_recipients (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "alice@example.org", NULL };
  const char *bcc[] = { "bob@example.org", NULL };
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", to, bcc);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_true (encrypt_to (plan, TRUE, out, &error));
  save_spool ("made.asc", out);
  sh ("gpg --batch --list-packets made.asc > packets; grep 'keyid 0000000000000000' packets;"
      "test $(grep -c 'pubkey enc' packets) = 2");
}

static void
all_hidden (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *bcc[] = { "bob@example.org", NULL };
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", NULL, bcc);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_true (encrypt_to (plan, TRUE, out, &error));
  save_spool ("made.asc", out);
  sh ("gpg --batch --list-packets made.asc > packets; test $(grep -c 'keyid 0000000000000000' packets) = 1;"
      "test $(grep -c 'pubkey enc' packets) = 1");
}

/* F3: gpg.conf that turns one key into another, adds a reader, or a weak hash. */
static void
configuration_has_no_effect (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *conf = g_strdup_printf (
      "group %s=%s\nencrypt-to %s\nhidden-encrypt-to %s\ndefault-key %s\ndigest-algo SHA1\nthrow-keyids\n"
      "personal-digest-preferences SHA1\ncomment hello\nemit-version\nmax-output 10\ncompress-algo zip\n",
      bob, eve, eve, eve, eve);
  gpg_save (home, "gpg.conf", conf, strlen (conf));
  const char *to[] = { "bob@example.org", NULL };
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", to, NULL);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_true (encrypt_to (plan, TRUE, out, &error));
  g_autoptr (LlSpool) signature = ll_spool_new ();
  g_autofree char *micalg = NULL;
  assert_true (sign_with (plan, TRUE, signature, &micalg, &error));
  assert_string_not_equal (micalg, "pgp-sha1");
  sh ("rm gpg.conf");
  save_spool ("made.asc", out);
  sh ("gpg --batch --list-packets made.asc > packets; test $(grep -c 'pubkey enc' packets) = 1;"
      "! grep hello made.asc; ! grep compressed packets");
}

/* D-4 itself: a plan that does not know what gpg will encrypt to. */
static void
produced_recipients_are_checked (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "bob@example.org", NULL };
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", to, NULL);
  LlPlanKey *key = g_ptr_array_index (plan->recipients, 0);
  for (guint i = 0; i < key->encryption_ids->len; i++)
    g_array_index (key->encryption_ids, guint64, i) ^= 1;
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_false (encrypt_to (plan, TRUE, out, &error));
  assert_true (is_error (error, LL_ERROR_RECIPIENT_MISMATCH, "nothing is released"));
  assert_int_equal (ll_spool_length (out), 0);
}

/* The key another one than planned: gpg would quietly sign with it. */
static void
made_signature_is_checked (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", NULL, NULL);
  g_free (plan->signer->fingerprint);
  plan->signer->fingerprint = g_strdup (eve);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_false (sign_with (plan, TRUE, out, NULL, &error));
  assert_true (is_error (error, LL_ERROR_ENGINE, "did not sign"));
  assert_int_equal (ll_spool_length (out), 0);
}

static void
secret_key_is_gone (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *gone = gpg_key (home, "Gone <gone@example.org>", "ed25519", "sign");
  g_autoptr (LlKeyPlan) plan = plan_for ("gone@example.org", NULL, NULL);
  g_autofree char *script = g_strdup_printf ("gpg --batch --quiet --yes --delete-secret-keys %s", gone);
  sh (script);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_false (sign_with (plan, TRUE, out, NULL, &error));
  assert_true (is_error (error, LL_ERROR_NO_SECRET_KEY, gone));
}

static void
signing_needs_a_passphrase (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("gpg --batch --quiet --pinentry-mode loopback --passphrase geheim --quick-gen-key 'Pat "
      "<pat@example.org>' "
      "ed25519 sign never; gpgconf --homedir \"$GNUPGHOME\" --kill gpg-agent");
  g_autoptr (LlKeyPlan) plan = plan_for ("pat@example.org", NULL, NULL);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_false (sign_with (plan, TRUE, out, NULL, &error));
  assert_true (is_error (error, LL_ERROR_NO_PASSPHRASE, "passphrase"));
  assert_int_equal (ll_spool_length (out), 0);
}

/* Between planning and writing the key became unusable. */
static void
recipient_expired_meanwhile (void **state)
{
  g_autoptr (GError) error = NULL;
  g_free (gpg_key (home, "Soon <soon@example.org>", "future-default", "default"));
  const char *to[] = { "soon@example.org", "bob@example.org", NULL };
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", to, NULL);
  sh ("gpg --batch --quiet --command-fd 0 --edit-key soon@example.org disable quit </dev/null");
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_false (encrypt_to (plan, TRUE, out, &error));
  assert_int_equal (ll_spool_length (out), 0);
}

/* ---- sqop, an implementation that is not GnuPG (M-1) ---- */

static void
with_sqop (void **state)
{
  g_autofree char *sqop = g_find_program_in_path ("sqop");
  if (sqop == NULL)
    skip ();
  sh ("sqop generate-key 'Sam <sam@example.org>' > sam.key; sqop extract-cert < sam.key > sam.cert;"
      "gpg --batch --quiet --import sam.key; gpg --batch --quiet -u alice@example.org --yes "
      "--quick-lsign-key "
      "$(gpg --batch --with-colons --list-keys sam@example.org | awk -F: '$1==\"fpr\"{print $10; exit}');"
      "gpg --batch --armor --export alice@example.org > alice.cert;"
      "gpg --batch --armor --export-secret-keys alice@example.org > alice.key");
  g_autoptr (GError) error = NULL;
  const char *to[] = { "sam@example.org", NULL };
  g_autoptr (LlKeyPlan) plan = plan_for ("alice@example.org", to, NULL);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_true (encrypt_to (plan, TRUE, out, &error));
  save_spool ("made.asc", out);
  sh ("sqop decrypt --verify-out ver --verify-with alice.cert sam.key < made.asc > opened; cmp opened text; "
      "test -s ver");
  g_autoptr (LlSpool) signature = ll_spool_new ();
  assert_true (sign_with (plan, TRUE, signature, NULL, &error));
  save_spool ("made.sig", signature);
  sh ("sqop verify made.sig alice.cert < text;"
      "sqop encrypt --sign-with sam.key alice.cert < text > from-sam.asc; sqop sign sam.key < text > "
      "sam.sig");

  g_autoptr (LlSpool) from_sam = gpg_load (home, "from-sam.asc");
  g_autoptr (LlSpool) plain = ll_spool_new ();
  g_autoptr (LlDecryption) decryption = NULL;
  const LlDecryptRequest request = { .ciphertext = ll_spool_octets (from_sam), .out = plain };
  assert_true (home->engine->ops->decrypt (home->engine, &request, &decryption, &error));
  const LlSigner *sam = g_ptr_array_index (decryption->signers, 0);
  assert_int_equal (sam->status, LL_SIGNATURE_VALID);
  g_autofree char *primary = gpg_sh (home, "gpg --batch --with-colons --list-keys sam@example.org | "
                                           "awk -F: '$1==\"fpr\"{printf \"%s\", $10; exit}'");
  assert_string_equal (sam->fingerprint, primary);

  g_autoptr (LlSpool) sig = gpg_load (home, "sam.sig");
  g_autoptr (LlSpool) content = spool_of_text (text);
  g_autoptr (GPtrArray) signers = NULL;
  const LlVerifyRequest verify = { .signature = ll_spool_octets (sig), .content = ll_spool_octets (content) };
  assert_true (home->engine->ops->verify (home->engine, &verify, &signers, &error));
  assert_int_equal (((LlSigner *)g_ptr_array_index (signers, 0))->status, LL_SIGNATURE_VALID);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (detached_signature),
    cmocka_unit_test (opaque_signature),
    cmocka_unit_test (encrypted_and_signed),
    cmocka_unit_test (only_encrypted),
    cmocka_unit_test (hidden_recipients),
    cmocka_unit_test (all_hidden),
    cmocka_unit_test (configuration_has_no_effect),
    cmocka_unit_test (produced_recipients_are_checked),
    cmocka_unit_test (made_signature_is_checked),
    cmocka_unit_test (secret_key_is_gone),
    cmocka_unit_test (signing_needs_a_passphrase),
    cmocka_unit_test (recipient_expired_meanwhile),
    cmocka_unit_test (with_sqop),
  };
  return cmocka_run_group_tests (tests, setup, teardown);
}
