/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.md C-6 to C-11, F1, F4, F5: what counts as signed, and by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gpg-home.h"
#include "ll-pgp-walk.h"

static GpgHome *home;
static char *alice, *mallory;

static const char content[] = "Content-Type: text/plain\r\n\r\nHello  \r\nFrom me\r\n";

static GPtrArray *
verify (LlSpool *signature, LlSpool *covered, gboolean is_lf, LlSpool *out, gint64 at, GError **error)
{
  GPtrArray *signers = NULL;
  const LlVerifyRequest request = { .signature = ll_spool_octets (signature),
                                    .content = covered != NULL ? ll_spool_octets (covered) : (LlOctets){ 0 },
                                    .content_is_lf = is_lf,
                                    .out = out,
                                    .at = at };
  return home->engine->ops->verify (home->engine, &request, &signers, error) ? signers : NULL;
}

static GPtrArray *
verify_file (const char *name, GError **error)
{
  g_autoptr (LlSpool) signature = gpg_load (home, name);
  g_autoptr (LlSpool) covered = gpg_load (home, "content");
  return verify (signature, covered, FALSE, NULL, 0, error);
}

static GPtrArray *
open_file (const char *name, LlSpool *out, GError **error)
{
  g_autoptr (LlSpool) signature = gpg_load (home, name);
  return verify (signature, NULL, FALSE, out, 0, error);
}

static const LlSigner *
signer_at (const GPtrArray *signers, guint i)
{
  assert_non_null (signers);
  assert_true (i < signers->len);
  return g_ptr_array_index (signers, i);
}

static LlSignatureStatus
status_of (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) signers = verify_file (name, &error);
  assert_null (error);
  assert_int_equal (signers->len, 1);
  return signer_at (signers, 0)->status;
}

static void
sh (const char *script)
{
  g_free (gpg_sh (home, script));
}

static int
setup (void **state)
{
  home = gpg_home_new ();
  alice = gpg_key (home, "Alice <alice@example.org>", "default", "default");
  mallory = gpg_key (home, "Mallory <mallory@evil.example>", "rsa2048", "default");
  gpg_save (home, "content", content, strlen (content));
  g_autofree char *distrust
      = g_strdup_printf ("echo %s:2: | gpg --batch --quiet --import-ownertrust", mallory);
  sh (distrust);
  sh ("gpg --batch --quiet -u alice@example.org --armor -o good.asc --detach-sign content");
  sh ("gpg --batch --quiet -u alice@example.org -o good.sig --detach-sign content");
  sh ("gpg --batch --quiet -u mallory@evil.example -o mallory.sig --detach-sign content");
  sh ("gpg --batch --quiet -u alice@example.org -o signed.pgp --sign content");
  sh ("gpg --batch --quiet --export mallory@evil.example > key.pgp");
  sh ("gpg --batch --quiet -r alice@example.org -o encrypted.pgp --encrypt content");
  return 0;
}

static int
teardown (void **state)
{
  g_clear_pointer (&home, gpg_home_free);
  g_clear_pointer (&alice, g_free);
  g_clear_pointer (&mallory, g_free);
  return 0;
}

/* ---- what holds ---- */

static void
detached_is_valid (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) signers = verify_file ("good.asc", &error);
  assert_null (error);
  const LlSigner *signer = signer_at (signers, 0);
  assert_int_equal (signer->status, LL_SIGNATURE_VALID);
  assert_string_equal (signer->fingerprint, alice);
  assert_int_equal (signer->identities->len, 1);
  const LlIdentity *identity = g_ptr_array_index (signer->identities, 0);
  assert_string_equal (identity->address, "alice@example.org");
  assert_string_equal (identity->name, "Alice");
  assert_int_equal (identity->trust, LL_TRUST_ULTIMATE);
  assert_true (signer->time > 0);
  assert_null (signer->reason);
  assert_non_null (signer->hash);
}

static void
binary_detached_is_valid (void **state)
{
  assert_int_equal (status_of ("good.sig"), LL_SIGNATURE_VALID);
}

static void
missing_armor_footer_is_valid (void **state)
{
  sh ("sed '/^-----END/d' good.asc > nofooter.asc");
  assert_int_equal (status_of ("nofooter.asc"), LL_SIGNATURE_VALID);
}

static void
text_mode_signature_is_valid (void **state)
{
  sh ("gpg --batch --quiet -u alice@example.org --textmode -o text.sig --detach-sign content");
  assert_int_equal (status_of ("text.sig"), LL_SIGNATURE_VALID);
}

static void
stored_with_lf (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) signature = gpg_load (home, "good.sig");
  g_autoptr (LlSpool) covered = spool_of_text ("Content-Type: text/plain\n\nHello  \nFrom me\n");
  g_autoptr (GPtrArray) signers = verify (signature, covered, TRUE, NULL, 0, &error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_VALID);
}

/* Somebody signed the form with LF itself. */
static void
signed_with_lf (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("printf 'a\\nb\\n' > lf; gpg --batch --quiet -u alice@example.org -o lf.sig --detach-sign lf");
  g_autoptr (LlSpool) signature = gpg_load (home, "lf.sig");
  g_autoptr (LlSpool) covered = gpg_load (home, "lf");
  g_autoptr (GPtrArray) signers = verify (signature, covered, TRUE, NULL, 0, &error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_VALID);
}

static void
subkey_signature_names_the_primary (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *zoe = gpg_key (home, "Zoe <zoe@example.org>", "ed25519", "cert");
  g_autofree char *script = g_strdup_printf (
      "gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-add-key %s ed25519 sign never;"
      "gpg --batch --quiet -u zoe@example.org -o zoe.sig --detach-sign content",
      zoe);
  sh (script);
  g_autoptr (GPtrArray) signers = verify_file ("zoe.sig", &error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_VALID);
  assert_string_equal (signer_at (signers, 0)->fingerprint, zoe);
}

static void
opaque_is_valid (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (GPtrArray) signers = open_file ("signed.pgp", out, &error);
  assert_null (error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_VALID);
  g_autofree char *text = text_of (out);
  assert_string_equal (text, content);
}

static void
clearsigned_is_valid (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  sh ("printf 'one\\n- two\\n-----BEGIN\\n' | gpg --batch --quiet -u alice@example.org --clearsign > "
      "clear.asc");
  g_autoptr (GPtrArray) signers = open_file ("clear.asc", out, &error);
  assert_null (error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_VALID);
  g_autofree char *text = text_of (out);
  assert_string_equal (text, "one\n- two\n-----BEGIN\n");
}

static void
compressed_by_bzip2_is_valid (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  sh ("gpg --batch --quiet -u alice@example.org --compress-algo bzip2 -o bz.pgp --sign content");
  g_autoptr (GPtrArray) signers = open_file ("bz.pgp", out, &error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_VALID);
}

static void
large_content (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("head -c 5000000 /dev/zero | tr '\\0' 'x' | fold -w 70 > big;"
      "gpg --batch --quiet -u alice@example.org -o big.sig --detach-sign big;"
      "gpg --batch --quiet -u alice@example.org -o big.pgp --sign < big");
  g_autoptr (LlSpool) signature = gpg_load (home, "big.sig");
  g_autoptr (LlSpool) covered = gpg_load (home, "big");
  g_autoptr (GPtrArray) signers = verify (signature, covered, FALSE, NULL, 0, &error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_VALID);
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (GPtrArray) again = open_file ("big.pgp", out, &error);
  assert_int_equal (signer_at (again, 0)->status, LL_SIGNATURE_VALID);
  assert_int_equal (ll_spool_length (out), ll_spool_length (covered));
}

/* ---- what does not ---- */

static void
altered_content_is_bad (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) signature = gpg_load (home, "good.sig");
  g_autoptr (LlSpool) covered = spool_of_text ("Content-Type: text/plain\r\n\r\nHello  \r\nFrom you\r\n");
  g_autoptr (GPtrArray) signers = verify (signature, covered, TRUE, NULL, 0, &error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_BAD);
  /* H-11: a key id identifies nobody */
  assert_int_equal (strlen (signer_at (signers, 0)->fingerprint), 16);
  assert_int_equal (signer_at (signers, 0)->identities->len, 0);
}

static void
untrusted_key (void **state)
{
  assert_int_equal (status_of ("mallory.sig"), LL_SIGNATURE_VALID_UNTRUSTED);
}

static void
good_and_bad_together (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("echo other > other; gpg --batch --quiet -u mallory@evil.example -o other.sig --detach-sign other;"
      "cat good.sig other.sig > onebad.sig; cat other.sig good.sig > badfirst.sig;"
      "cat good.sig mallory.sig > both.sig");
  gboolean bad = FALSE;
  g_autoptr (GPtrArray) first = verify_file ("onebad.sig", &error);
  for (guint i = 0; i < first->len; i++)
    bad = bad || signer_at (first, i)->status == LL_SIGNATURE_BAD;
  assert_true (bad);
  g_autoptr (GPtrArray) second = verify_file ("badfirst.sig", &error);
  assert_int_equal (signer_at (second, 0)->status, LL_SIGNATURE_BAD);
  g_autoptr (GPtrArray) both = verify_file ("both.sig", &error);
  assert_int_equal (both->len, 2);
}

static void
sha1_is_weak (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("gpg --batch --quiet -u mallory@evil.example --digest-algo SHA1 -o sha1.sig --detach-sign content");
  g_autoptr (GPtrArray) signers = verify_file ("sha1.sig", &error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_WEAK);
  assert_string_equal (signer_at (signers, 0)->hash, "SHA1");
}

static void
md5_is_weak (void **state)
{
  sh ("gpg --batch --quiet -u mallory@evil.example --allow-weak-digest-algos --digest-algo MD5 -o md5.sig "
      "--detach-sign content");
  assert_int_equal (status_of ("md5.sig"), LL_SIGNATURE_WEAK);
}

static void
from_the_future_is_bad (void **state)
{
  sh ("gpg --batch --quiet --faked-system-time 20301231T000000 -u alice@example.org -o future.sig "
      "--detach-sign content");
  assert_int_equal (status_of ("future.sig"), LL_SIGNATURE_BAD);
}

static void
judged_at_another_time (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) signature = gpg_load (home, "good.sig");
  g_autoptr (LlSpool) covered = gpg_load (home, "content");
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (GPtrArray) before = verify (signature, covered, FALSE, NULL, now - 86400, &error);
  assert_true (signer_at (before, 0)->status != LL_SIGNATURE_VALID);
  g_autoptr (GPtrArray) after = verify (signature, covered, FALSE, NULL, now + 86400, &error);
  assert_int_equal (signer_at (after, 0)->status, LL_SIGNATURE_VALID);
}

static void
expired_key (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("gpg --batch --quiet --pinentry-mode loopback --passphrase '' --faked-system-time 20200101T000000 "
      "--quick-gen-key 'Old <old@example.org>' ed25519 sign 20210101T000000;"
      "gpg --batch --quiet --faked-system-time 20200601T000000 -u old@example.org -o old.sig --detach-sign "
      "content");
  assert_int_equal (status_of ("old.sig"), LL_SIGNATURE_KEY_EXPIRED);
  g_autoptr (LlSpool) signature = gpg_load (home, "old.sig");
  g_autoptr (LlSpool) covered = gpg_load (home, "content");
  /* 2020-07-01: the key was alive */
  g_autoptr (GPtrArray) then = verify (signature, covered, FALSE, NULL, 1593561600, &error);
  assert_int_equal (signer_at (then, 0)->status, LL_SIGNATURE_VALID);
}

static void
revoked_key (void **state)
{
  g_autofree char *key = gpg_key (home, "Rev <rev@example.org>", "ed25519", "sign");
  g_autofree char *script
      = g_strdup_printf ("gpg --batch --quiet -u rev@example.org -o rev.sig --detach-sign content;"
                         "sed 's/^:---/---/' openpgp-revocs.d/%s.rev | gpg --batch --quiet --import",
                         key);
  sh (script);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) signers = verify_file ("rev.sig", &error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_KEY_REVOKED);
  /* whose it was can still be told */
  const LlIdentity *identity = g_ptr_array_index (signer_at (signers, 0)->identities, 0);
  assert_string_equal (identity->address, "rev@example.org");
  assert_int_equal (identity->trust, LL_TRUST_UNKNOWN);
}

static void
unknown_key (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GpgHome) elsewhere = gpg_home_new ();
  GPtrArray *signers = NULL;
  g_autoptr (LlSpool) signature = gpg_load (home, "good.sig");
  g_autoptr (LlSpool) covered = gpg_load (home, "content");
  const LlVerifyRequest request = { ll_spool_octets (signature), ll_spool_octets (covered), FALSE, NULL, 0 };
  assert_true (elsewhere->engine->ops->verify (elsewhere->engine, &request, &signers, &error));
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_NO_KEY);
  assert_string_equal (signer_at (signers, 0)->fingerprint, alice);
  g_ptr_array_unref (signers);
}

/* H-6: trust is of the user ID, and a user ID with two addresses speaks for none. */
static void
trust_is_of_the_user_id (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GpgHome) friend = gpg_home_new ();
  g_autofree char *key = gpg_key (friend, "Eve <eve@evil.example>", "ed25519", "default");
  g_autofree char *me = gpg_key (friend, "Me <me@example.org>", "ed25519", "default");
  g_autofree char *script = g_strdup_printf (
      "echo %s:2: | gpg --batch --quiet --import-ownertrust;"
      "gpg --batch --quiet -u %s --quick-lsign-key %s;"
      "gpg --batch --quiet --quick-add-uid %s 'Alice <alice@example.org>';"
      "gpg --batch --quiet --allow-freeform-uid --quick-add-uid %s 'x <me@example.org> <eve@evil.example>';"
      "printf hello > content; gpg --batch --quiet -u %s -o eve.sig --detach-sign content",
      key, me, key, key, key, key);
  g_free (gpg_sh (friend, script));
  GPtrArray *signers = NULL;
  g_autoptr (LlSpool) signature = gpg_load (friend, "eve.sig");
  g_autoptr (LlSpool) covered = gpg_load (friend, "content");
  const LlVerifyRequest request = { ll_spool_octets (signature), ll_spool_octets (covered), FALSE, NULL, 0 };
  assert_true (friend->engine->ops->verify (friend->engine, &request, &signers, &error));
  const LlSigner *signer = signer_at (signers, 0);
  assert_int_equal (signer->identities->len, 2);
  for (guint i = 0; i < signer->identities->len; i++)
    {
      const LlIdentity *identity = g_ptr_array_index (signer->identities, i);
      gboolean is_eve = strcmp (identity->address, "eve@evil.example") == 0;
      assert_true (is_eve || strcmp (identity->address, "alice@example.org") == 0);
      assert_int_equal (identity->trust >= LL_TRUST_FULL, is_eve);
    }
  g_ptr_array_unref (signers);
}

/* ---- what is no signature at all ---- */

static void
encrypted_as_signature (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_null (verify_file ("encrypted.pgp", &error));
  assert_true (is_error (error, LL_ERROR_UNSUPPORTED, "encrypted"));
  g_clear_error (&error);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_null (open_file ("encrypted.pgp", out, &error));
  assert_true (is_error (error, LL_ERROR_UNSUPPORTED, "encrypted"));
  assert_int_equal (ll_spool_length (out), 0);
}

static void
opaque_as_detached (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_null (verify_file ("signed.pgp", &error));
  assert_true (is_error (error, LL_ERROR_UNSUPPORTED, "signature"));
}

/* C-11: a self-signature of a key is a signature packet too. */
static void
certification_as_detached (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (home->path, "key.pgp", NULL);
  g_autofree char *data = NULL;
  gsize length, n;
  assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_autoptr (LlPgpWalk) walk = ll_pgp_walk_new ();
  assert_true (ll_pgp_walk_feed (walk, (const guint8 *)data, length, NULL));
  const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &n);
  gsize i = 0;
  while (packets[i].tag != LL_PGP_SIGNATURE)
    i++;
  gpg_save (home, "cert.sig", data + packets[i].offset, packets[i].end - packets[i].offset);
  assert_null (verify_file ("cert.sig", &error));
  assert_true (is_error (error, LL_ERROR_UNSUPPORTED, "document"));
}

static void
plain_literal_is_not_signed (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  sh ("gpg --batch --quiet --store -z 0 -o literal.pgp content");
  g_autoptr (GPtrArray) signers = open_file ("literal.pgp", out, &error);
  assert_null (error);
  assert_int_equal (signers->len, 0);
}

static void
version_6_signature (void **state)
{
  static const guint8 sig[] = { 0xc2, 0x08, 0x06, 0x00, 0x1b, 0x0a, 0, 0, 0, 0 };
  g_autoptr (GError) error = NULL;
  gpg_save (home, "v6.sig", sig, sizeof sig);
  assert_null (verify_file ("v6.sig", &error));
  assert_true (is_error (error, LL_ERROR_UNSUPPORTED, "RFC 9580"));
  g_clear_error (&error);
  /* beside one we can judge */
  sh ("cat good.sig v6.sig > mixed.sig");
  g_autoptr (GPtrArray) signers = verify_file ("mixed.sig", &error);
  assert_int_equal (signers->len, 2);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_VALID);
  assert_int_equal (signer_at (signers, 1)->status, LL_SIGNATURE_UNSUPPORTED);
}

/* ---- injected text (F1) and several messages (C-12) ---- */

/* Whatever happens, nothing but the signed text comes out, or nothing. */
static void
refuse_or_exact (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (GPtrArray) signers = open_file (name, out, &error);
  if (signers == NULL)
    {
      assert_true (is_error (error, LL_ERROR_MALFORMED, ""));
      return;
    }
  g_autofree char *text = text_of (out);
  assert_string_equal (text, content);
}

static void
refuse (const char *name, LlErrorCode code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_null (open_file (name, out, &error));
  if (!is_error (error, code, part))
    fail_msg ("%s", name);
}

static void
key_beside_signed (void **state)
{
  sh ("gpg --batch --quiet -z 0 -u alice@example.org -o flat.pgp --sign content;"
      "cat flat.pgp key.pgp > flat_key.pgp; cat key.pgp flat.pgp > key_flat.pgp;"
      "gpg --enarmor < flat_key.pgp | sed 's/ARMORED FILE/MESSAGE/' > flat_key.asc");
  refuse_or_exact ("flat.pgp");
  refuse ("flat_key.pgp", LL_ERROR_MALFORMED, "unexpected");
  refuse ("flat_key.asc", LL_ERROR_MALFORMED, "unexpected");
  refuse ("key_flat.pgp", LL_ERROR_MALFORMED, "unexpected");
}

static void
several_messages (void **state)
{
  sh ("cat flat.pgp flat.pgp > twice.pgp; cat flat.pgp literal.pgp > flat_lit.pgp;"
      "cat literal.pgp flat.pgp > lit_flat.pgp; cat flat.pgp encrypted.pgp > flat_enc.pgp");
  refuse ("twice.pgp", LL_ERROR_MALFORMED, "more than one");
  refuse ("flat_lit.pgp", LL_ERROR_MALFORMED, "more than one");
  refuse ("lit_flat.pgp", LL_ERROR_MALFORMED, "more than one");
  refuse ("flat_enc.pgp", LL_ERROR_MALFORMED, "more than one");
}

/* gpg compresses into a packet of indeterminate length: what follows is a part of it. */
static void
behind_compressed (void **state)
{
  sh ("cat signed.pgp key.pgp > signed_key.pgp; cat signed.pgp signed.pgp > signed_twice.pgp;"
      "cat signed.pgp literal.pgp > signed_lit.pgp; cat signed.pgp encrypted.pgp > signed_enc.pgp");
  refuse_or_exact ("signed_key.pgp");
  refuse_or_exact ("signed_twice.pgp");
  refuse_or_exact ("signed_lit.pgp");
  refuse_or_exact ("signed_enc.pgp");
}

/* A compressed packet (RFC 9580 5.6) of indeterminate length around @name. */
static void
compress (const char *name, const char *result, guint8 method)
{
  g_autofree char *script = g_strdup_printf ("printf '\\243\\%03o' > %s; python3 -c 'import sys,zlib; "
                                             "d=sys.stdin.buffer.read(); c=zlib.compressobj(9,8,%d);"
                                             "sys.stdout.buffer.write(c.compress(d)+c.flush())' < %s >> %s",
                                             method, result, method == 1 ? -15 : 15, name, result);
  sh (script);
}

static void
inside_compressed (void **state)
{
  compress ("flat.pgp", "c_flat.pgp", 1);
  compress ("flat_key.pgp", "c_flat_key.pgp", 2);
  compress ("encrypted.pgp", "c_encrypted.pgp", 2);
  refuse_or_exact ("c_flat.pgp");
  refuse_or_exact ("c_flat_key.pgp");
  refuse ("c_encrypted.pgp", LL_ERROR_UNSUPPORTED, "encrypted");
}

static void
deeply_compressed (void **state)
{
  sh ("cp flat.pgp deep.pgp");
  for (int i = 0; i < 8; i++)
    {
      compress ("deep.pgp", "deeper.pgp", 1);
      sh ("mv deeper.pgp deep.pgp");
    }
  refuse ("deep.pgp", LL_ERROR_LIMIT, "nested");
}

static void
text_around_clearsigned (void **state)
{
  sh ("(echo before; cat clear.asc) > before.asc; (cat clear.asc; echo after) > after.asc; cat clear.asc "
      "clear.asc > "
      "two.asc; (cat clear.asc; gpg --armor --export mallory@evil.example) > clear_key.asc;"
      "(gpg --armor --export mallory@evil.example; cat clear.asc) > key_clear.asc;"
      "sed '/^-----END/d' clear.asc > clear_cut.asc");
  refuse ("before.asc", LL_ERROR_MALFORMED, "");
  refuse ("after.asc", LL_ERROR_MALFORMED, "part of the text");
  refuse ("two.asc", LL_ERROR_MALFORMED, "several");
  refuse ("clear_key.asc", LL_ERROR_MALFORMED, "several");
  refuse ("key_clear.asc", LL_ERROR_MALFORMED, "");
  refuse ("clear_cut.asc", LL_ERROR_MALFORMED, "truncated");
}

static void
damaged_armor (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("head -n 4 good.asc > cut.asc; sed 's/^=..../=AAAA/' good.asc > crc.asc; (cat good.asc; echo x) > "
      "tail.asc");
  assert_null (verify_file ("cut.asc", &error));
  assert_true (is_error (error, LL_ERROR_MALFORMED, "truncated"));
  g_clear_error (&error);
  assert_null (verify_file ("crc.asc", &error));
  assert_true (is_error (error, LL_ERROR_MALFORMED, "checksum"));
  g_clear_error (&error);
  assert_null (verify_file ("tail.asc", &error));
  assert_true (is_error (error, LL_ERROR_MALFORMED, "outside"));
}

/* gpg.conf cannot cut the text, talk into the status lines or fetch keys. */
static void
configuration_has_no_effect (void **state)
{
  static const char conf[] = "max-output 5\nverbose\nskip-verify\noutput "
                             "/dev/full\nauto-key-retrieve\ntrust-model always\nno-such-option\n";
  gpg_save (home, "gpg.conf", conf, strlen (conf));
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (GPtrArray) signers = open_file ("signed.pgp", out, &error);
  assert_int_equal (signer_at (signers, 0)->status, LL_SIGNATURE_VALID);
  g_autofree char *text = text_of (out);
  assert_string_equal (text, content);
  assert_int_equal (status_of ("mallory.sig"), LL_SIGNATURE_VALID_UNTRUSTED);
  sh ("rm gpg.conf");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (detached_is_valid),
    cmocka_unit_test (binary_detached_is_valid),
    cmocka_unit_test (missing_armor_footer_is_valid),
    cmocka_unit_test (text_mode_signature_is_valid),
    cmocka_unit_test (stored_with_lf),
    cmocka_unit_test (signed_with_lf),
    cmocka_unit_test (subkey_signature_names_the_primary),
    cmocka_unit_test (opaque_is_valid),
    cmocka_unit_test (clearsigned_is_valid),
    cmocka_unit_test (compressed_by_bzip2_is_valid),
    cmocka_unit_test (large_content),
    cmocka_unit_test (altered_content_is_bad),
    cmocka_unit_test (untrusted_key),
    cmocka_unit_test (good_and_bad_together),
    cmocka_unit_test (sha1_is_weak),
    cmocka_unit_test (md5_is_weak),
    cmocka_unit_test (from_the_future_is_bad),
    cmocka_unit_test (judged_at_another_time),
    cmocka_unit_test (expired_key),
    cmocka_unit_test (revoked_key),
    cmocka_unit_test (unknown_key),
    cmocka_unit_test (trust_is_of_the_user_id),
    cmocka_unit_test (encrypted_as_signature),
    cmocka_unit_test (opaque_as_detached),
    cmocka_unit_test (certification_as_detached),
    cmocka_unit_test (plain_literal_is_not_signed),
    cmocka_unit_test (version_6_signature),
    cmocka_unit_test (key_beside_signed),
    cmocka_unit_test (several_messages),
    cmocka_unit_test (behind_compressed),
    cmocka_unit_test (inside_compressed),
    cmocka_unit_test (deeply_compressed),
    cmocka_unit_test (text_around_clearsigned),
    cmocka_unit_test (damaged_armor),
    cmocka_unit_test (configuration_has_no_effect),
  };
  return cmocka_run_group_tests (tests, setup, teardown);
}
