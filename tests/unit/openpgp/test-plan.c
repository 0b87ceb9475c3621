/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.md D-1 to D-7, D-12: which key for which address, and a refusal that names
 * everybody for whom there is not exactly one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gpg-home.h"
#include "ll-gpg.h"

static GpgHome *home;
static char *alice, *bob, *two_a, *two_b, *stranger, *signs_only;

static void
sh (const char *script)
{
  g_free (gpg_sh (home, script));
}

static LlKeyPlan *
plan_of (const LlPlanRequest *request, GPtrArray *decisions, GError **error)
{
  return home->engine->ops->plan (home->engine, request, decisions, error);
}

static LlKeyPlan *
plan_to (const char *const *recipients, GError **error)
{
  const LlPlanRequest request
      = { .sender = "alice@example.org", .sign = TRUE, .recipients = recipients, .self = TRUE };
  return plan_of (&request, NULL, error);
}

static gboolean
has_recipient (const LlKeyPlan *plan, const char *fingerprint, gboolean hidden)
{
  for (guint i = 0; i < plan->recipients->len; i++)
    {
      const LlPlanKey *key = g_ptr_array_index (plan->recipients, i);
      if (strcmp (key->fingerprint, fingerprint) == 0)
        return key->hidden == hidden;
    }
  return FALSE;
}

static void
set_untrusted (const char *fingerprint)
{
  g_autofree char *script
      = g_strdup_printf ("echo %s:2: | gpg --batch --quiet --import-ownertrust", fingerprint);
  sh (script);
}

static void
add_uid (const char *fingerprint, const char *uid)
{
  g_autofree char *script = g_strdup_printf (
      "gpg --batch --quiet --allow-freeform-uid --quick-add-uid %s '%s'", fingerprint, uid);
  sh (script);
}

static int
setup (void **state)
{
  home = gpg_home_new ();
  alice = gpg_key (home, "Alice <alice@example.org>", "future-default", "default");
  bob = gpg_key (home, "Bob <bob@Example.NET>", "future-default", "default");
  two_a = gpg_key (home, "Two <two@example.org>", "future-default", "default");
  two_b = gpg_key (home, "Second <two@example.org>", "future-default", "default");
  stranger = gpg_key (home, "Stranger <stranger@example.org>", "future-default", "default");
  signs_only = gpg_key (home, "Signs <signs@example.org>", "ed25519", "sign");
  set_untrusted (stranger);
  sh ("gpg --batch --quiet --pinentry-mode loopback --passphrase '' --faked-system-time 20200101T000000 "
      "--quick-gen-key 'Old <old@example.org>' future-default default 20210101T000000");
  g_autofree char *revoked = gpg_key (home, "Rev <rev@example.org>", "future-default", "default");
  g_autofree char *script = g_strdup_printf (
      "sed 's/^:---/---/' openpgp-revocs.d/%s.rev | gpg --batch --quiet --import", revoked);
  sh (script);
  return 0;
}

static int
teardown (void **state)
{
  g_clear_pointer (&home, gpg_home_free);
  char **all[] = { &alice, &bob, &two_a, &two_b, &stranger, &signs_only };
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    g_clear_pointer (all[i], g_free);
  return 0;
}

/* ---- chosen ---- */

static void
signer_recipient_and_self (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "bob@example.net", NULL };
  g_autoptr (LlKeyPlan) plan = plan_to (to, &error);
  assert_null (error);
  assert_string_equal (plan->signer->fingerprint, alice);
  assert_int_equal (plan->recipients->len, 2);
  assert_true (has_recipient (plan, bob, FALSE));
  assert_true (has_recipient (plan, alice, FALSE));
}

static void
only_signing (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlKeyPlan) plan = plan_to (NULL, &error);
  assert_string_equal (plan->signer->fingerprint, alice);
  assert_int_equal (plan->recipients->len, 0);
}

static void
hidden_recipients (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "alice@example.org", NULL };
  const char *bcc[] = { "bob@example.net", "alice@example.org", NULL };
  const LlPlanRequest request = { .sender = "alice@example.org", .recipients = to, .hidden = bcc };
  g_autoptr (LlKeyPlan) plan = plan_of (&request, NULL, &error);
  assert_int_equal (plan->recipients->len, 2);
  assert_true (has_recipient (plan, bob, TRUE));
  assert_true (has_recipient (plan, alice, FALSE));
  assert_null (plan->signer);
}

static void
self_without_signing (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "bob@example.net", NULL };
  const LlPlanRequest request = { .sender = "alice@example.org", .recipients = to, .self = TRUE };
  g_autoptr (LlKeyPlan) plan = plan_of (&request, NULL, &error);
  assert_int_equal (plan->recipients->len, 2);
  assert_true (has_recipient (plan, alice, FALSE));
}

static void
named_by_fingerprint (void **state)
{
  g_autoptr (GError) error = NULL;
  const LlPlanRequest request = { .sender = "two@example.org", .sign = TRUE, .sign_as = two_b };
  g_autoptr (LlKeyPlan) plan = plan_of (&request, NULL, &error);
  assert_string_equal (plan->signer->fingerprint, two_b);
}

/* The sender writes to the own address, for which there are two keys: the chosen one. */
static void
own_address_is_not_ambiguous (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "two@example.org", "bob@example.net", NULL };
  const LlPlanRequest request
      = { .sender = "two@example.org", .sign = TRUE, .sign_as = two_b, .recipients = to, .self = TRUE };
  g_autoptr (LlKeyPlan) plan = plan_of (&request, NULL, &error);
  assert_null (error);
  assert_int_equal (plan->recipients->len, 2);
  assert_true (has_recipient (plan, two_b, FALSE));
}

static void
decisions_are_told (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) decisions = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_key_decision_free);
  const char *to[] = { "bob@example.net", "old@example.org", NULL };
  const LlPlanRequest request = { .sender = "alice@example.org", .sign = TRUE, .recipients = to };
  assert_null (plan_of (&request, decisions, &error));
  assert_int_equal (decisions->len, 3);
  const LlKeyDecision *first = g_ptr_array_index (decisions, 0);
  assert_true (first->chosen && first->for_signing);
  const LlKeyDecision *last = g_ptr_array_index (decisions, 2);
  assert_false (last->chosen);
  g_autofree char *reason = ll_text_format (last->reason, NULL, NULL);
  assert_string_equal (reason, "expired on 2021-01-01");
}

/* ---- refused ---- */

static void
refuses (const char *address, LlErrorCode code, const char *part)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "bob@example.net", address, NULL };
  assert_null (plan_to (to, &error));
  assert_true (is_error (error, code, address));
  assert_true (is_error (error, code, part));
}

static void
no_such_key (void **state)
{
  refuses ("nobody@example.org", LL_ERROR_NO_KEY, "no key");
  /* a part of an address, or another form of it, is another address */
  refuses ("ob@example.net", LL_ERROR_NO_KEY, "no key");
  refuses ("BOB@example.net", LL_ERROR_NO_KEY, "no key");
}

static void
unusable_keys (void **state)
{
  refuses ("old@example.org", LL_ERROR_NO_KEY, "expired on 2021-01-01");
  refuses ("rev@example.org", LL_ERROR_NO_KEY, "revoked");
  refuses ("signs@example.org", LL_ERROR_NO_KEY, "signing only");
  refuses ("stranger@example.org", LL_ERROR_NO_KEY, "gpg --quick-lsign-key");
}

static void
ambiguous (void **state)
{
  refuses ("two@example.org", LL_ERROR_AMBIGUOUS_KEY, two_a);
  refuses ("two@example.org", LL_ERROR_AMBIGUOUS_KEY, two_b);
}

static void
everybody_is_named (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *to[] = { "nobody@example.org", "bob@example.net", "old@example.org", "two@example.org", NULL };
  assert_null (plan_to (to, &error));
  assert_true (is_error (error, LL_ERROR_NO_KEY, "nobody@example.org"));
  assert_true (is_error (error, LL_ERROR_NO_KEY, "old@example.org"));
  assert_true (is_error (error, LL_ERROR_NO_KEY, "two@example.org"));
  assert_null (strstr (error->message, "bob@example.net"));
}

static void
nobody_at_all (void **state)
{
  g_autoptr (GError) error = NULL;
  const char *none[] = { NULL };
  assert_null (plan_to (none, &error));
  assert_true (is_error (error, LL_ERROR_NO_RECIPIENTS, ""));
}

/* A user ID the owner of a trusted key added to it, and nobody vouched for. */
static void
another_user_id_of_a_trusted_key (void **state)
{
  g_autofree char *key = gpg_key (home, "Friend <friend@example.org>", "future-default", "default");
  set_untrusted (key);
  g_autofree char *sign
      = g_strdup_printf ("gpg --batch --quiet --yes -u %s --quick-lsign-key %s", alice, key);
  sh (sign);
  add_uid (key, "Boss <boss@example.org>");
  add_uid (key, "x <a@example.org> <chief@example.org>");
  refuses ("boss@example.org", LL_ERROR_NO_KEY, "nothing says");
  refuses ("chief@example.org", LL_ERROR_NO_KEY, "");
  g_autoptr (GError) error = NULL;
  const char *to[] = { "friend@example.org", NULL };
  g_autoptr (LlKeyPlan) plan = plan_to (to, &error);
  assert_non_null (plan);
  g_autofree char *revoke
      = g_strdup_printf ("gpg --batch --quiet --yes --quick-revoke-uid %s 'Boss <boss@example.org>'", key);
  sh (revoke);
  refuses ("boss@example.org", LL_ERROR_NO_KEY, "revoked");
}

static void
disabled_key (void **state)
{
  g_autofree char *key = gpg_key (home, "Dis <dis@example.org>", "future-default", "default");
  g_autofree char *script
      = g_strdup_printf ("gpg --batch --quiet --command-fd 0 --edit-key %s disable quit </dev/null", key);
  sh (script);
  refuses ("dis@example.org", LL_ERROR_NO_KEY, "disabled");
}

static void
refuses_sender (const LlPlanRequest *request, LlErrorCode code, const char *part)
{
  g_autoptr (GError) error = NULL;
  assert_null (plan_of (request, NULL, &error));
  assert_true (is_error (error, code, part));
}

static void
signer_is_never_guessed (void **state)
{
  refuses_sender (&(LlPlanRequest){ .sender = "nobody@example.org", .sign = TRUE }, LL_ERROR_NO_KEY,
                  "nobody@example.org");
  refuses_sender (&(LlPlanRequest){ .sender = "two@example.org", .sign = TRUE }, LL_ERROR_AMBIGUOUS_KEY,
                  "-u FINGERPRINT");
  refuses_sender (&(LlPlanRequest){ .sender = "two@example.org", .sign = TRUE }, LL_ERROR_AMBIGUOUS_KEY,
                  two_a);
  refuses_sender (&(LlPlanRequest){ .sender = "old@example.org", .sign = TRUE }, LL_ERROR_NO_KEY, "expired");
  /* a key that does not speak for the sender would only make a signature "by somebody else" */
  refuses_sender (&(LlPlanRequest){ .sender = "bob@example.net", .sign = TRUE, .sign_as = alice },
                  LL_ERROR_NO_KEY, "bob@example.net");
  refuses_sender (&(LlPlanRequest){ .sender = "alice@example.org", .sign = TRUE, .sign_as = "DEADBEEF" },
                  LL_ERROR_USAGE, "fingerprint");
  refuses_sender (
      &(LlPlanRequest){ .sender = "alice@example.org", .sign = TRUE, .sign_as = "nobody@example.org" },
      LL_ERROR_NO_KEY, "nobody@example.org does not");
}

static void
self_that_cannot_read (void **state)
{
  const char *to[] = { "bob@example.net", NULL };
  refuses_sender (
      &(LlPlanRequest){ .sender = "signs@example.org", .sign = TRUE, .recipients = to, .self = TRUE },
      LL_ERROR_NO_KEY, "--no-self");
  g_autoptr (GError) error = NULL;
  const LlPlanRequest request = { .sender = "signs@example.org", .sign = TRUE, .recipients = to };
  g_autoptr (LlKeyPlan) plan = plan_of (&request, NULL, &error);
  assert_int_equal (plan->recipients->len, 1);
}

/* An own key that came without its owner trust: gpg signs with it and does not encrypt to it. */
static void
own_key_without_trust (void **state)
{
  g_autofree char *key = gpg_key (home, "Moved <moved@example.org>", "future-default", "default");
  set_untrusted (key);
  const char *to[] = { "bob@example.net", NULL };
  const char *me[] = { "moved@example.org", NULL };
  refuses_sender (
      &(LlPlanRequest){ .sender = "moved@example.org", .sign = TRUE, .recipients = to, .self = TRUE },
      LL_ERROR_NO_KEY, "--import-ownertrust");
  refuses_sender (&(LlPlanRequest){ .sender = "moved@example.org", .sign = TRUE, .recipients = me },
                  LL_ERROR_NO_KEY, "--import-ownertrust");
  refuses_sender (&(LlPlanRequest){ .sender = "moved@example.org", .recipients = to, .self = TRUE },
                  LL_ERROR_NO_KEY, "--import-ownertrust");
  g_autoptr (GError) error = NULL;
  const LlPlanRequest request = { .sender = "moved@example.org", .sign = TRUE, .recipients = to };
  g_autoptr (LlKeyPlan) plan = plan_of (&request, NULL, &error);
  assert_non_null (plan);
}

static void
no_agent (void **state)
{
  gpg_save (home, "gpg.conf", "agent-program /bin/false\n", 25);
  sh ("gpgconf --homedir \"$GNUPGHOME\" --kill gpg-agent");
  refuses_sender (&(LlPlanRequest){ .sender = "alice@example.org", .sign = TRUE }, LL_ERROR_ENGINE,
                  "gpg-agent");
  sh ("rm gpg.conf");
}

/* "trust-model always" in gpg.conf does not make a stranger's key one to encrypt to. */
static void
configuration_cannot_trust (void **state)
{
  gpg_save (home, "gpg.conf", "trust-model always\nalways-trust\n", 33);
  refuses ("stranger@example.org", LL_ERROR_NO_KEY, "nothing says");
  sh ("rm gpg.conf");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (signer_recipient_and_self),
    cmocka_unit_test (only_signing),
    cmocka_unit_test (hidden_recipients),
    cmocka_unit_test (self_without_signing),
    cmocka_unit_test (named_by_fingerprint),
    cmocka_unit_test (own_address_is_not_ambiguous),
    cmocka_unit_test (decisions_are_told),
    cmocka_unit_test (no_such_key),
    cmocka_unit_test (unusable_keys),
    cmocka_unit_test (ambiguous),
    cmocka_unit_test (everybody_is_named),
    cmocka_unit_test (nobody_at_all),
    cmocka_unit_test (another_user_id_of_a_trusted_key),
    cmocka_unit_test (disabled_key),
    cmocka_unit_test (signer_is_never_guessed),
    cmocka_unit_test (self_that_cannot_read),
    cmocka_unit_test (own_key_without_trust),
    cmocka_unit_test (no_agent),
    cmocka_unit_test (configuration_cannot_trust),
  };
  return cmocka_run_group_tests (tests, setup, teardown);
}
