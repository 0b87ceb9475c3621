/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.md C-7, F-4, H-1, H-2, H-6: who a message is by. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <stdint.h>

#include <cmocka.h>

#include "ll-identity.h"

typedef struct
{
  LlSignatureStatus status;
  const char *address;
  LlTrust trust;
} Given;

static LlVerdict *
verdict_of (const Given *given, gsize n)
{
  LlVerdict *verdict = ll_verdict_new ();
  for (gsize i = 0; i < n; i++)
    {
      LlSigner *signer = ll_signer_new (LL_PROTOCOL_OPENPGP);
      signer->fingerprint = g_strdup ("0123");
      signer->status = given[i].status;
      if (given[i].address != NULL)
        g_ptr_array_add (signer->identities, ll_identity_new (given[i].address, NULL, given[i].trust));
      g_ptr_array_add (verdict->signers, signer);
    }
  return verdict;
}

static void
assert_status (const Given *given, gsize n, const char *sender, LlSignatureStatus expected)
{
  g_autoptr (LlVerdict) verdict = verdict_of (given, n);
  ll_identity_bind (verdict, sender);
  assert_string_equal (ll_signature_status_name (verdict->signature), ll_signature_status_name (expected));
}

#define ALICE "alice@example.org"
#define EVE "eve@example.net"

static void
one_signer (void **state)
{
  static const struct
  {
    Given given;
    const char *sender;
    LlSignatureStatus expected;
  } cases[] = {
    { { LL_SIGNATURE_VALID, ALICE, LL_TRUST_FULL }, ALICE, LL_SIGNATURE_VALID },
    { { LL_SIGNATURE_VALID, ALICE, LL_TRUST_FULL }, "alice@EXAMPLE.org", LL_SIGNATURE_VALID },
    { { LL_SIGNATURE_VALID, ALICE, LL_TRUST_FULL }, "Alice@example.org", LL_SIGNATURE_WRONG_SENDER },
    { { LL_SIGNATURE_VALID, ALICE, LL_TRUST_FULL }, EVE, LL_SIGNATURE_WRONG_SENDER },
    { { LL_SIGNATURE_VALID, ALICE, LL_TRUST_FULL }, NULL, LL_SIGNATURE_WRONG_SENDER },
    { { LL_SIGNATURE_VALID, ALICE, LL_TRUST_MARGINAL }, ALICE, LL_SIGNATURE_VALID_UNTRUSTED },
    { { LL_SIGNATURE_VALID, ALICE, LL_TRUST_NEVER }, ALICE, LL_SIGNATURE_VALID_UNTRUSTED },
    { { LL_SIGNATURE_VALID, NULL, 0 }, ALICE, LL_SIGNATURE_WRONG_SENDER },
    { { LL_SIGNATURE_VALID_UNTRUSTED, ALICE, LL_TRUST_FULL }, ALICE, LL_SIGNATURE_VALID_UNTRUSTED },
    { { LL_SIGNATURE_VALID_UNTRUSTED, EVE, LL_TRUST_UNKNOWN }, ALICE, LL_SIGNATURE_WRONG_SENDER },
    { { LL_SIGNATURE_KEY_EXPIRED, ALICE, LL_TRUST_FULL }, ALICE, LL_SIGNATURE_KEY_EXPIRED },
    { { LL_SIGNATURE_KEY_EXPIRED, EVE, LL_TRUST_FULL }, ALICE, LL_SIGNATURE_WRONG_SENDER },
    { { LL_SIGNATURE_KEY_REVOKED, NULL, 0 }, ALICE, LL_SIGNATURE_KEY_REVOKED },
    { { LL_SIGNATURE_VALID_UNTRUSTED, NULL, 0 }, ALICE, LL_SIGNATURE_WRONG_SENDER },
    { { LL_SIGNATURE_WEAK, ALICE, LL_TRUST_FULL }, ALICE, LL_SIGNATURE_WEAK },
    { { LL_SIGNATURE_BAD, ALICE, LL_TRUST_FULL }, ALICE, LL_SIGNATURE_BAD },
    { { LL_SIGNATURE_BAD, NULL, 0 }, EVE, LL_SIGNATURE_BAD },
    { { LL_SIGNATURE_NO_KEY, NULL, 0 }, ALICE, LL_SIGNATURE_NO_KEY },
    { { LL_SIGNATURE_UNSUPPORTED, NULL, 0 }, NULL, LL_SIGNATURE_UNSUPPORTED },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_status (&cases[i].given, 1, cases[i].sender, cases[i].expected);
}

static void
no_signer_is_none (void **state)
{
  assert_status (NULL, 0, ALICE, LL_SIGNATURE_NONE);
}

static void
one_bad_makes_all_bad (void **state)
{
  const Given given[] = { { LL_SIGNATURE_VALID, ALICE, LL_TRUST_FULL }, { LL_SIGNATURE_BAD, NULL, 0 } };
  assert_status (given, 2, ALICE, LL_SIGNATURE_BAD);
}

static void
another_good_signer_does_no_harm (void **state)
{
  const Given given[]
      = { { LL_SIGNATURE_VALID, EVE, LL_TRUST_FULL }, { LL_SIGNATURE_VALID, ALICE, LL_TRUST_FULL } };
  assert_status (given, 2, ALICE, LL_SIGNATURE_VALID);
  assert_status (given, 1, ALICE, LL_SIGNATURE_WRONG_SENDER);
}

/* A key may be trusted for one address and carry another that nobody certified (H-6). */
static void
trust_is_of_the_address_not_the_key (void **state)
{
  const Given given = { LL_SIGNATURE_VALID, EVE, LL_TRUST_ULTIMATE };
  g_autoptr (LlVerdict) verdict = verdict_of (&given, 1);
  LlSigner *signer = g_ptr_array_index (verdict->signers, 0);
  g_ptr_array_add (signer->identities, ll_identity_new (ALICE, NULL, LL_TRUST_UNKNOWN));
  ll_identity_bind (verdict, ALICE);
  assert_int_equal (verdict->signature, LL_SIGNATURE_VALID_UNTRUSTED);
  assert_string_equal (signer->shown->address, ALICE);
  assert_non_null (signer->reason);
}

static void
a_name_that_reads_like_an_address_is_left_out (void **state)
{
  static const char *const names[] = { "Alice <alice@example.org>",
                                       "alice@example.org",
                                       "Alice \xef\xbc\x9c"
                                       "alice\xef\xbc\xa0"
                                       "example.org\xef\xbc\x9e",
                                       "Alice\xe2\x80\xae",
                                       "Alice\n",
                                       "Ali\xff" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (LlIdentity) identity = ll_identity_new (EVE, names[i], LL_TRUST_FULL);
      assert_null (identity->name);
    }
  g_autoptr (LlIdentity) honest = ll_identity_new (ALICE, "J\xc3\xb6rg O'Neill (work)", LL_TRUST_FULL);
  assert_non_null (honest->name);
}

static void
raw_data_has_no_sender (void **state)
{
  const Given trusted = { LL_SIGNATURE_VALID, ALICE, LL_TRUST_FULL };
  const Given unknown = { LL_SIGNATURE_VALID, ALICE, LL_TRUST_UNKNOWN };
  g_autoptr (LlVerdict) good = verdict_of (&trusted, 1);
  g_autoptr (LlVerdict) doubtful = verdict_of (&unknown, 1);
  ll_identity_bind_raw (good);
  ll_identity_bind_raw (doubtful);
  assert_int_equal (good->signature, LL_SIGNATURE_VALID);
  assert_int_equal (doubtful->signature, LL_SIGNATURE_VALID_UNTRUSTED);
}

static void
summary_says_signed_only_when_valid (void **state)
{
  g_autoptr (LlVerdict) verdict = ll_verdict_new ();
  assert_string_equal (ll_verdict_summary (verdict), "none");
  verdict->encryption = LL_ENCRYPTION_OK_UNAUTHENTICATED;
  for (int status = LL_SIGNATURE_NONE; status <= LL_SIGNATURE_UNSUPPORTED; status++)
    {
      verdict->signature = (LlSignatureStatus)status;
      assert_string_equal (ll_verdict_summary (verdict),
                           status == LL_SIGNATURE_VALID ? "signed-and-encrypted" : "encrypted");
    }
  verdict->encryption = LL_ENCRYPTION_FAILED;
  verdict->signature = LL_SIGNATURE_NONE;
  assert_string_equal (ll_verdict_summary (verdict), "none");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (one_signer),
    cmocka_unit_test (no_signer_is_none),
    cmocka_unit_test (one_bad_makes_all_bad),
    cmocka_unit_test (another_good_signer_does_no_harm),
    cmocka_unit_test (trust_is_of_the_address_not_the_key),
    cmocka_unit_test (a_name_that_reads_like_an_address_is_left_out),
    cmocka_unit_test (raw_data_has_no_sender),
    cmocka_unit_test (summary_says_signed_only_when_valid),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
