/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What octets are, and what may be handed to gpg: packets made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gpg-home.h"
#include "ll-pgp-scan.h"

#define PKESK "\xc1\x0c\x03\x01\x02\x03\x04\x05\x06\x07\x08\x12\x00\x00"
#define PKESK6 "\xc1\x04\x06\x01\x02\x03"
#define SKESK "\xc3\x04\x04\x09\x00\x08"
#define SEIPD1 "\xd2\x04\x01zzz"
#define SEIPD2 "\xd2\x04\x02zzz"
#define AEAD "\xd4\x04\x01zzz"
#define SED "\xc9\x04zzzz"
#define SIG "\xc2\x06\x04\x00\x16\x0azz"
#define SIG6 "\xc2\x06\x06\x00\x16\x0azz"
#define CERT "\xc2\x06\x04\x13\x16\x0azz"
#define OPS "\xc4\x04\x03\x00\x0a\x16"
#define OPS6 "\xc4\x04\x06\x00\x0a\x16"
#define LITERAL "\xcb\x08\x62\x01zzzzzz"
#define MARKER "\xca\x03PGP"
#define KEY "\xc6\x04\x04zzz"
#define UID "\xcd\x03z@z"

/* A literal, so that a NUL inside does not end it. */
#define SPOOL(literal) spool_of (literal, sizeof literal - 1)

static LlKind
kind_of (LlSpool *spool)
{
  g_autoptr (GError) error = NULL;
  LlKind kind = LL_KIND_UNKNOWN;
  assert_true (ll_pgp_scan_kind (ll_spool_octets (spool), &kind, &error));
  ll_spool_unref (spool);
  return kind;
}

static void
check (LlPgpCheck function, LlSpool *spool, gboolean allowed, LlErrorCode code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlPgpWalk) walk = ll_pgp_scan_head (ll_spool_octets (spool), NULL, &error);
  ll_spool_unref (spool);
  if (walk == NULL || !function (walk, TRUE, &error))
    assert_true (!allowed && is_error (error, code, part));
  else
    assert_true (allowed);
}

#define ENCRYPTED_OK(octets) check (ll_pgp_check_encrypted, SPOOL (octets), TRUE, 0, NULL)
#define ENCRYPTED_NO(octets, code, part) check (ll_pgp_check_encrypted, SPOOL (octets), FALSE, code, part)
#define SIGNED_OK(octets) check (ll_pgp_check_signed, SPOOL (octets), TRUE, 0, NULL)
#define SIGNED_NO(octets, code, part) check (ll_pgp_check_signed, SPOOL (octets), FALSE, code, part)

static void
kinds (void **state)
{
  assert_int_equal (kind_of (SPOOL (PKESK SEIPD1)), LL_KIND_ENCRYPTED);
  assert_int_equal (kind_of (SPOOL (SKESK SEIPD1)), LL_KIND_ENCRYPTED);
  assert_int_equal (kind_of (SPOOL (MARKER PKESK SEIPD1)), LL_KIND_ENCRYPTED);
  assert_int_equal (kind_of (SPOOL (SED)), LL_KIND_ENCRYPTED);
  assert_int_equal (kind_of (SPOOL (SIG)), LL_KIND_DETACHED_SIGNATURE);
  assert_int_equal (kind_of (SPOOL (SIG SIG)), LL_KIND_DETACHED_SIGNATURE);
  assert_int_equal (kind_of (SPOOL (SIG LITERAL)), LL_KIND_SIGNED);
  assert_int_equal (kind_of (SPOOL (OPS LITERAL SIG)), LL_KIND_SIGNED);
  assert_int_equal (kind_of (SPOOL (LITERAL)), LL_KIND_SIGNED);
  assert_int_equal (kind_of (SPOOL (KEY UID)), LL_KIND_CERTIFICATES);
  assert_int_equal (kind_of (SPOOL ("\xa3\x03"
                                    "BZh")),
                    LL_KIND_COMPRESSED);
  assert_int_equal (kind_of (SPOOL ("\xa3\x01zzzz")), LL_KIND_COMPRESSED);
  assert_int_equal (kind_of (SPOOL ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nx\n")),
                    LL_KIND_CLEARSIGNED);
  assert_int_equal (kind_of (SPOOL ("Hello")), LL_KIND_UNKNOWN);
  assert_int_equal (kind_of (SPOOL ("")), LL_KIND_UNKNOWN);
  assert_int_equal (kind_of (SPOOL ("\xff\xff\xff")), LL_KIND_UNKNOWN);
  assert_int_equal (kind_of (SPOOL ("-----BEGIN PGP MESSAGE-----\n\n!!!!\n")), LL_KIND_ENCRYPTED);
  assert_int_equal (kind_of (SPOOL ("-----BEGIN PGP SIGNATURE-----\n\n")), LL_KIND_DETACHED_SIGNATURE);
  assert_int_equal (kind_of (SPOOL ("-----BEGIN PGP SECRETS-----\n\nAAAA\n")), LL_KIND_UNKNOWN);
  /* what the armor says of itself decides nothing */
  assert_int_equal (kind_of (SPOOL ("-----BEGIN PGP SIGNATURE-----\n\nwQwDAQIDBAUGBwgSAADSBAF6enp=\n")),
                    LL_KIND_ENCRYPTED);
}

static void
encrypted (void **state)
{
  ENCRYPTED_OK (PKESK SEIPD1);
  ENCRYPTED_OK (PKESK PKESK SEIPD1);
  ENCRYPTED_OK (MARKER PKESK SKESK SEIPD1 MARKER);
  ENCRYPTED_OK (PKESK AEAD);
  ENCRYPTED_NO (PKESK, LL_ERROR_MALFORMED, "truncated");
  ENCRYPTED_NO (SEIPD1, LL_ERROR_UNSUPPORTED, "password");
  ENCRYPTED_NO (SKESK SEIPD1, LL_ERROR_UNSUPPORTED, "password");
  ENCRYPTED_NO (PKESK SED, LL_ERROR_INTEGRITY, "protection");
  ENCRYPTED_NO (PKESK SEIPD2, LL_ERROR_UNSUPPORTED, "RFC 9580");
  ENCRYPTED_NO (PKESK6 SEIPD2, LL_ERROR_UNSUPPORTED, "RFC 9580");
  ENCRYPTED_NO (PKESK6 SEIPD1, LL_ERROR_UNSUPPORTED, "RFC 9580");
  ENCRYPTED_NO (PKESK SEIPD1 KEY, LL_ERROR_MALFORMED, "unexpected");
  ENCRYPTED_NO (PKESK SEIPD1 UID, LL_ERROR_MALFORMED, "unexpected");
  ENCRYPTED_NO (PKESK SEIPD1 SIG, LL_ERROR_MALFORMED, "unexpected");
  ENCRYPTED_NO (PKESK SEIPD1 LITERAL, LL_ERROR_MALFORMED, "more than one");
  ENCRYPTED_NO (PKESK SEIPD1 PKESK SEIPD1, LL_ERROR_MALFORMED, "more than one");
  ENCRYPTED_NO (PKESK SEIPD1 SEIPD1, LL_ERROR_MALFORMED, "more than one");
  ENCRYPTED_NO (PKESK KEY SEIPD1, LL_ERROR_MALFORMED, "unexpected");
  ENCRYPTED_NO (PKESK LITERAL, LL_ERROR_MALFORMED, "");
  ENCRYPTED_NO (OPS LITERAL SIG, LL_ERROR_NOT_ENCRYPTED, "not encrypted");
  ENCRYPTED_NO (LITERAL, LL_ERROR_NOT_ENCRYPTED, "not encrypted");
  ENCRYPTED_NO (KEY UID, LL_ERROR_NOT_ENCRYPTED, "key");
  ENCRYPTED_NO (UID, LL_ERROR_MALFORMED, "unexpected");
  ENCRYPTED_NO ("", LL_ERROR_MALFORMED, "");
}

static void
signed_messages (void **state)
{
  SIGNED_OK (OPS LITERAL SIG);
  SIGNED_OK (SIG LITERAL);
  SIGNED_OK (OPS OPS LITERAL SIG SIG);
  SIGNED_OK (MARKER OPS LITERAL MARKER SIG);
  SIGNED_OK (LITERAL); /* whether there is a signature at all, gpg tells */
  SIGNED_NO (SIG, LL_ERROR_MALFORMED, "without the content");
  SIGNED_NO (OPS LITERAL SIG KEY, LL_ERROR_MALFORMED, "unexpected");
  SIGNED_NO (KEY OPS LITERAL SIG, LL_ERROR_MALFORMED, "unexpected");
  SIGNED_NO (OPS LITERAL SIG UID, LL_ERROR_MALFORMED, "unexpected");
  SIGNED_NO (OPS LITERAL SIG LITERAL, LL_ERROR_MALFORMED, "more than one");
  SIGNED_NO (LITERAL OPS LITERAL SIG, LL_ERROR_MALFORMED, "more than one");
  SIGNED_NO (OPS LITERAL SIG PKESK SEIPD1, LL_ERROR_MALFORMED, "more than one");
  SIGNED_NO (PKESK SEIPD1, LL_ERROR_UNSUPPORTED, "encrypted");
  SIGNED_NO (SKESK SEIPD1, LL_ERROR_UNSUPPORTED, "encrypted");
  SIGNED_NO (SED, LL_ERROR_UNSUPPORTED, "encrypted");
  SIGNED_NO (OPS SEIPD1, LL_ERROR_UNSUPPORTED, "encrypted");
  SIGNED_NO (OPS6 LITERAL SIG6, LL_ERROR_UNSUPPORTED, "RFC 9580");
}

static GByteArray *
load (LlSpool *spool, guint *n, guint *unsupported, GError **error)
{
  GByteArray *all = ll_pgp_load_signatures (ll_spool_octets (spool), n, unsupported, error);
  ll_spool_unref (spool);
  return all;
}

static void
detached_signatures (void **state)
{
  guint n, unsupported;
  g_autoptr (GByteArray) two = load (SPOOL (SIG MARKER SIG), &n, &unsupported, NULL);
  assert_int_equal (n, 2);
  assert_int_equal (unsupported, 0);
  assert_int_equal (two->len, 2 * (sizeof SIG - 1));
  g_autoptr (GByteArray) mixed = load (SPOOL (SIG6 SIG), &n, &unsupported, NULL);
  assert_int_equal (n, 1);
  assert_int_equal (unsupported, 1);
  assert_memory_equal (mixed->data, SIG, sizeof SIG - 1);
}

static void
no_detached (LlSpool *spool, LlErrorCode code, const char *part)
{
  guint n, unsupported;
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) all = load (spool, &n, &unsupported, &error);
  assert_null (all);
  assert_true (is_error (error, code, part));
}

static void
no_detached_signatures (void **state)
{
  no_detached (SPOOL (CERT), LL_ERROR_UNSUPPORTED, "document");
  no_detached (SPOOL (SIG CERT), LL_ERROR_UNSUPPORTED, "document");
  no_detached (SPOOL (SIG LITERAL), LL_ERROR_UNSUPPORTED, "something else");
  no_detached (SPOOL (OPS LITERAL SIG), LL_ERROR_UNSUPPORTED, "something else");
  no_detached (SPOOL (SIG KEY), LL_ERROR_UNSUPPORTED, "something else");
  no_detached (SPOOL (PKESK SEIPD1), LL_ERROR_UNSUPPORTED, "encrypted");
  no_detached (SPOOL ("\xc2\x08\x04\x00"), LL_ERROR_MALFORMED, "truncated");
  no_detached (SPOOL (MARKER), LL_ERROR_MALFORMED, "no signature");
  no_detached (SPOOL (""), LL_ERROR_MALFORMED, "not an OpenPGP");
  no_detached (SPOOL ("hello"), LL_ERROR_MALFORMED, "not an OpenPGP");
  g_autoptr (LlSpool) many = ll_spool_new ();
  for (int i = 0; i < 33; i++)
    assert_true (ll_spool_append (many, SIG, sizeof SIG - 1, NULL));
  no_detached (ll_spool_ref (many), LL_ERROR_LIMIT, "32 signatures");
}

static void
clear (const char *text, gboolean allowed, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) spool = spool_of_text (text);
  if (ll_pgp_check_clearsigned (ll_spool_octets (spool), &error))
    assert_true (allowed);
  else
    assert_true (!allowed && is_error (error, LL_ERROR_MALFORMED, part));
}

#define CLEAR "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\ntext\n- ----- dashes\n"
#define CLEAR_SIG "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"

static void
clearsigned (void **state)
{
  clear (CLEAR CLEAR_SIG, TRUE, NULL);
  clear ("\r\n \n" CLEAR CLEAR_SIG "\n  \n", TRUE, NULL);
  clear (CLEAR CLEAR_SIG "after\n", FALSE, "part of the text");
  clear ("before\n" CLEAR CLEAR_SIG, FALSE, "part of the text");
  clear (CLEAR CLEAR_SIG CLEAR CLEAR_SIG, FALSE, "several");
  clear (CLEAR CLEAR CLEAR_SIG, FALSE, "several");
  clear (CLEAR "-----BEGIN PGP MESSAGE-----\n" CLEAR_SIG, FALSE, "several");
  clear (CLEAR, FALSE, "truncated");
  clear (CLEAR "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n", FALSE, "truncated");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (kinds),
    cmocka_unit_test (encrypted),
    cmocka_unit_test (signed_messages),
    cmocka_unit_test (detached_signatures),
    cmocka_unit_test (no_detached_signatures),
    cmocka_unit_test (clearsigned),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
