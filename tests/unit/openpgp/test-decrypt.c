/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.md C-1 to C-5, C-12, C-13, C-17, C-20, C-21, F2, F3: what comes out of an
 * encrypted message, and that nothing does when anything is wrong with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gio/gio.h>
#include <string.h>

#include "gpg-home.h"
#include "ll-pgp-walk.h"

static GpgHome *home;

static const char secret[] = "Content-Type: text/plain\r\n\r\nThe secret\r\n";

static void
sh (const char *script)
{
  g_free (gpg_sh (home, script));
}

static LlDecryption *
decrypt_with (LlEngine *engine, const char *name, LlSpool *out, gboolean may_prompt, GError **error)
{
  g_autoptr (LlSpool) ciphertext = gpg_load (home, name);
  LlDecryption *decryption = NULL;
  const LlDecryptRequest request
      = { .ciphertext = ll_spool_octets (ciphertext), .out = out, .may_prompt = may_prompt };
  return engine->ops->decrypt (engine, &request, &decryption, error) ? decryption : NULL;
}

static void
opens (const char *name, gboolean is_signed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlDecryption) decryption = decrypt_with (home->engine, name, out, FALSE, &error);
  if (error != NULL)
    print_error ("%s: %s\n", name, error->message);
  assert_non_null (decryption);
  assert_int_equal (decryption->status, LL_ENCRYPTION_OK);
  assert_int_equal (decryption->was_signed, is_signed);
  if (is_signed)
    assert_int_equal (((LlSigner *)g_ptr_array_index (decryption->signers, 0))->status, LL_SIGNATURE_VALID);
  g_autofree char *text = text_of (out);
  assert_string_equal (text, secret);
}

static void
refuses (const char *name, LlErrorCode code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_null (decrypt_with (home->engine, name, out, FALSE, &error));
  if (!is_error (error, code, part))
    fail_msg ("%s", name);
}

static void
save_flipped (const char *name, const char *result, gssize at)
{
  g_autofree char *path = g_build_filename (home->path, name, NULL);
  g_autofree char *data = NULL;
  gsize n;
  assert_true (g_file_get_contents (path, &data, &n, NULL));
  data[at < 0 ? (gssize)n + at : at] ^= 1;
  gpg_save (home, result, data, n);
}

static int
setup (void **state)
{
  home = gpg_home_new ();
  g_free (gpg_key (home, "Alice <alice@example.org>", "default", "default"));
  g_free (gpg_key (home, "Bob <bob@example.org>", "future-default", "default"));
  gpg_save (home, "secret", secret, strlen (secret));
  sh ("gpg --batch --quiet -r alice@example.org --armor -o plain.asc -e secret;"
      "gpg --batch --quiet -r alice@example.org -o plain.pgp -e secret;"
      "gpg --batch --quiet -z 0 -r alice@example.org -u bob@example.org -o signed_in.pgp -se secret;"
      "gpg --batch --quiet -z 0 -u bob@example.org -o signed.pgp -s secret;"
      "gpg --batch --quiet --store -z 0 -o literal.pgp secret;"
      "gpg --batch --quiet --export bob@example.org > key.pgp");
  return 0;
}

static int
teardown (void **state)
{
  g_clear_pointer (&home, gpg_home_free);
  return 0;
}

/* ---- what opens ---- */

static void
binary_and_armored (void **state)
{
  opens ("plain.pgp", FALSE);
  opens ("plain.asc", FALSE);
}

static void
details_are_told (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlDecryption) decryption = decrypt_with (home->engine, "plain.pgp", out, FALSE, &error);
  assert_string_equal (decryption->cipher, "AES256");
  assert_int_equal (decryption->recipients->len, 1);
  assert_int_equal (strlen (g_ptr_array_index (decryption->recipients, 0)), 16);
}

static void
signed_inside (void **state)
{
  opens ("signed_in.pgp", TRUE);
}

static void
hidden_recipient (void **state)
{
  sh ("gpg --batch --quiet -R bob@example.org -o hidden.pgp -e secret");
  opens ("hidden.pgp", FALSE);
}

/* gpg gives text literals back with the line ends of the system. */
static void
text_mode (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  sh ("gpg --batch --quiet --textmode -r alice@example.org -u bob@example.org -o textmode.pgp -se < secret;"
      "gpg --batch --quiet --textmode -z 0 -r alice@example.org -o textmode0.pgp -e secret");
  g_autoptr (LlDecryption) decryption = decrypt_with (home->engine, "textmode.pgp", out, FALSE, &error);
  assert_null (error);
  assert_int_equal (((LlSigner *)g_ptr_array_index (decryption->signers, 0))->status, LL_SIGNATURE_VALID);
  g_autofree char *text = text_of (out);
  assert_string_equal (text, "Content-Type: text/plain\n\nThe secret\n");
  g_autoptr (LlSpool) second = ll_spool_new ();
  g_autoptr (LlDecryption) again = decrypt_with (home->engine, "textmode0.pgp", second, FALSE, &error);
  assert_non_null (again);
}

static void
several_recipients (void **state)
{
  sh ("gpg --batch --quiet -r bob@example.org -r alice@example.org -o two.pgp -e secret");
  opens ("two.pgp", FALSE);
}

static void
without_armor_footer (void **state)
{
  sh ("sed '/^-----END/d' plain.asc > nofooter.asc");
  opens ("nofooter.asc", FALSE);
}

static void
every_key_algorithm (void **state)
{
  static const char *const algorithms[] = { "rsa2048", "nistp256", "nistp384", "brainpoolP256r1" };
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autofree char *uid = g_strdup_printf ("K%s <%s@example.org>", algorithms[i], algorithms[i]);
      g_autofree char *key = gpg_key (home, uid, algorithms[i], "sign");
      gboolean rsa = g_str_has_prefix (algorithms[i], "rsa");
      g_autofree char *script = g_strdup_printf (
          "gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-add-key %s %s encrypt never;"
          "gpg --batch --quiet --yes -r %s -u %s -o alg.pgp -se secret",
          key, rsa ? "rsa2048" : algorithms[i], key, key);
      sh (script);
      opens ("alg.pgp", TRUE);
    }
}

/* ---- altered messages: not one octet may come out ---- */

static void
no_integrity_protection (void **state)
{
  g_autofree char *path = g_build_filename (home->path, "plain.pgp", NULL);
  g_autofree char *data = NULL;
  gsize length, n;
  assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_autoptr (LlPgpWalk) walk = ll_pgp_walk_new ();
  assert_true (ll_pgp_walk_feed (walk, (const guint8 *)data, length, NULL));
  const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &n);
  assert_int_equal (packets[1].tag, LL_PGP_SEIPD);
  /* the same data in the old packet that has no checksum (EFAIL's downgrade) */
  data[packets[1].offset] = (char)(0xc0 | LL_PGP_ENCRYPTED);
  gpg_save (home, "nomdc.pgp", data, length);
  refuses ("nomdc.pgp", LL_ERROR_INTEGRITY, "protection");
}

static void
altered (void **state)
{
  save_flipped ("plain.pgp", "flip.pgp", -3);
  refuses ("flip.pgp", LL_ERROR_INTEGRITY, "altered");
  save_flipped ("plain.pgp", "flip.pgp", -30);
  refuses ("flip.pgp", LL_ERROR_INTEGRITY, "altered");
}

static void
truncated (void **state)
{
  sh ("head -c -30 plain.pgp > cut.pgp; head -n 8 plain.asc > cut.asc");
  refuses ("cut.pgp", LL_ERROR_INTEGRITY, "incomplete");
  refuses ("cut.asc", LL_ERROR_MALFORMED, "truncated: OpenPGP armor ends early");
  sh ("sed 's/^=..../=AAAA/' plain.asc > crc.asc");
  refuses ("crc.asc", LL_ERROR_MALFORMED, "armor checksum");
  sh ("sed '5s/./!/' plain.asc > junk.asc");
  refuses ("junk.asc", LL_ERROR_MALFORMED, "base64");
}

static void
large_and_altered (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("head -c 6000000 /dev/zero > zeros; gpg --batch --quiet -z 0 -r alice@example.org -o big.pgp -e zeros");
  g_autoptr (LlSpool) whole = ll_spool_new ();
  g_autoptr (LlDecryption) decryption = decrypt_with (home->engine, "big.pgp", whole, FALSE, &error);
  assert_non_null (decryption);
  assert_int_equal (ll_spool_length (whole), 6000000);
  save_flipped ("big.pgp", "bigflip.pgp", 5000000);
  refuses ("bigflip.pgp", LL_ERROR_INTEGRITY, "altered");
}

static void
configuration_cannot_allow_it (void **state)
{
  static const char conf[] = "ignore-mdc-error\nmax-output 10\nverbose\noutput /dev/full\nignore-crc-error\n"
                             "show-session-key\nunwrap\n";
  gpg_save (home, "gpg.conf", conf, strlen (conf));
  opens ("plain.pgp", FALSE);
  refuses ("flip.pgp", LL_ERROR_INTEGRITY, "altered");
  refuses ("nomdc.pgp", LL_ERROR_INTEGRITY, "protection");
  refuses ("crc.asc", LL_ERROR_MALFORMED, "armor checksum");
  sh ("rm gpg.conf");
}

/* ---- more than one message, and injected packets (F1) ---- */

static void
packets_beside (void **state)
{
  sh ("cat plain.pgp key.pgp > enc_key.pgp; cat key.pgp plain.pgp > key_enc.pgp;"
      "cat plain.pgp literal.pgp > enc_lit.pgp; cat literal.pgp plain.pgp > lit_enc.pgp;"
      "cat plain.pgp plain.pgp > enc_enc.pgp; cat plain.asc plain.asc > two.asc; (echo x; cat plain.asc) > "
      "x.asc");
  refuses ("enc_key.pgp", LL_ERROR_MALFORMED, "unexpected");
  refuses ("key_enc.pgp", LL_ERROR_NOT_ENCRYPTED, "key");
  refuses ("enc_lit.pgp", LL_ERROR_MALFORMED, "more than one");
  refuses ("lit_enc.pgp", LL_ERROR_NOT_ENCRYPTED, "");
  refuses ("enc_enc.pgp", LL_ERROR_MALFORMED, "more than one");
  refuses ("two.asc", LL_ERROR_MALFORMED, "several");
  refuses ("x.asc", LL_ERROR_MALFORMED, "");
}

/* Encrypts octets as they are: what is inside is packets of our choice. */
static void
wrap (const char *name, const char *result)
{
  g_autofree char *script = g_strdup_printf (
      "gpg --batch --quiet --no-literal -z 0 -r alice@example.org -o %s -e %s", result, name);
  sh (script);
}

static void
refuse_or_exact (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlDecryption) decryption = decrypt_with (home->engine, name, out, FALSE, &error);
  if (decryption == NULL)
    {
      assert_true (is_error (error, LL_ERROR_MALFORMED, ""));
      return;
    }
  g_autofree char *text = text_of (out);
  assert_string_equal (text, secret);
}

static void
packets_inside (void **state)
{
  sh ("cat signed.pgp key.pgp > in1; cat key.pgp signed.pgp > in2; cat literal.pgp key.pgp > in3;"
      "cat literal.pgp literal.pgp > in4; cat signed.pgp literal.pgp > in5; cat literal.pgp signed.pgp > in6;"
      "cp key.pgp in7; cat signed.pgp signed.pgp > in8; cat signed.pgp plain.pgp > in9");
  for (int i = 1; i <= 9; i++)
    {
      g_autofree char *in = g_strdup_printf ("in%d", i);
      g_autofree char *made = g_strdup_printf ("in%d.pgp", i);
      wrap (in, made);
      refuse_or_exact (made);
    }
}

static void
encrypted_in_encrypted (void **state)
{
  wrap ("plain.pgp", "nested.pgp");
  refuses ("nested.pgp", LL_ERROR_MALFORMED, "inside");
}

static void
compressed_forty_times (void **state)
{
  sh ("python3 -c 'import zlib\n"
      "d=open(\"literal.pgp\",\"rb\").read()\n"
      "for i in range(40):\n"
      "  c=zlib.compressobj(9,8,-15); b=b\"\\x01\"+c.compress(d)+c.flush(); "
      "d=b\"\\xc8\\xff\"+len(b).to_bytes(4,\"big\")+b\n"
      "open(\"deep\",\"wb\").write(d)'");
  wrap ("deep", "deep.pgp");
  refuses ("deep.pgp", LL_ERROR_LIMIT, "nested");
}

/* C-20: "decrypting" what is only signed. */
static void
not_encrypted (void **state)
{
  refuses ("signed.pgp", LL_ERROR_NOT_ENCRYPTED, "not encrypted");
  refuses ("literal.pgp", LL_ERROR_NOT_ENCRYPTED, "not encrypted");
  refuses ("key.pgp", LL_ERROR_NOT_ENCRYPTED, "key");
  sh ("echo hello > text; : > empty");
  refuses ("text", LL_ERROR_MALFORMED, "not an OpenPGP message");
  refuses ("empty", LL_ERROR_MALFORMED, "");
}

/* ---- what cannot be done here ---- */

static void
newer_versions (void **state)
{
  static const guint8 seipd2[] = { 0xc1, 12, 3, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0, 0xd2, 4, 2, 9, 2, 6 };
  static const guint8 pkesk6[] = { 0xc1, 4, 6, 0, 25, 0, 0xd2, 2, 2, 9 };
  gpg_save (home, "seipd2.pgp", seipd2, sizeof seipd2);
  gpg_save (home, "pkesk6.pgp", pkesk6, sizeof pkesk6);
  refuses ("seipd2.pgp", LL_ERROR_UNSUPPORTED, "RFC 9580");
  refuses ("pkesk6.pgp", LL_ERROR_UNSUPPORTED, "RFC 9580");
}

static void
only_a_password (void **state)
{
  sh ("gpg --batch --quiet --pinentry-mode loopback --passphrase x -o sym.pgp -c secret;"
      "gpg --batch --quiet --pinentry-mode loopback --passphrase x -r alice@example.org -o both.pgp -c -e "
      "secret");
  refuses ("sym.pgp", LL_ERROR_UNSUPPORTED, "password");
  /* with a key of ours beside it nobody is asked for the password */
  opens ("both.pgp", FALSE);
}

static void
no_secret_key (void **state)
{
  g_autoptr (GpgHome) elsewhere = gpg_home_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_null (decrypt_with (elsewhere->engine, "plain.pgp", out, FALSE, &error));
  g_autofree char *listed = gpg_sh (home, "gpg --batch --with-colons --list-keys alice@example.org | "
                                          "awk -F: '$1==\"sub\"{printf \"%s\", $5}'");
  assert_true (is_error (error, LL_ERROR_NO_SECRET_KEY, listed));
}

static void
too_much (void **state)
{
  sh ("head -c 540000000 /dev/zero | gpg --batch --quiet --compress-algo zlib -z 1 -r alice@example.org -o "
      "bomb.pgp -e");
  g_autoptr (LlSpool) ciphertext = gpg_load (home, "bomb.pgp");
  assert_true (ll_spool_length (ciphertext) < 5000000);
  refuses ("bomb.pgp", LL_ERROR_LIMIT, "decompressed size");
}

static void
many_hidden_recipients (void **state)
{
  g_autoptr (GByteArray) message = g_byte_array_new ();
  static const guint8 pkesk[] = { 0xc1, 12, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0 };
  for (int i = 0; i < 17; i++)
    g_byte_array_append (message, pkesk, sizeof pkesk);
  gpg_save (home, "manyhidden.pgp", message->data, message->len);
  refuses ("manyhidden.pgp", LL_ERROR_LIMIT, "hidden");
}

/* ---- passphrases and the agent ---- */

static void
needs_passphrase (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("gpg --batch --quiet --pinentry-mode loopback --passphrase geheim --quick-gen-key 'Pat "
      "<pat@example.org>' "
      "future-default default never; gpgconf --homedir \"$GNUPGHOME\" --kill gpg-agent;"
      "gpg --batch --quiet -r pat@example.org -o pat.pgp -e secret");
  refuses ("pat.pgp", LL_ERROR_NO_PASSPHRASE, "passphrase");
  /* may prompt, but the only pinentry is /bin/false */
  g_autoptr (LlEngine) prompting = gpg_home_engine (home, TRUE);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_null (decrypt_with (prompting, "pat.pgp", out, TRUE, &error));
  assert_true (is_error (error, LL_ERROR_NO_PASSPHRASE, "passphrase"));
}

static void
cached_passphrase_works (void **state)
{
  sh ("for g in $(gpg --batch --with-colons --with-keygrip --list-secret-keys pat@example.org | "
      "awk -F: '$1==\"grp\"{print $10}'); do "
      "printf 'PRESET_PASSPHRASE %s -1 67656865696D\\n' $g; done | gpg-connect-agent >/dev/null");
  opens ("pat.pgp", FALSE);
  sh ("gpgconf --homedir \"$GNUPGHOME\" --reload gpg-agent");
  refuses ("pat.pgp", LL_ERROR_NO_PASSPHRASE, "passphrase");
}

/* A pinentry that answers each question as a file says. */
static void
set_pinentry (const char *answer)
{
  g_autofree char *script = g_strdup_printf ("#!/bin/sh\necho OK ready\nwhile read -r c rest; do case $c in "
                                             "GETPIN) %s;; BYE) echo OK; exit;; *) echo OK;; esac; done\n",
                                             answer);
  gpg_save (home, "pinentry.sh", script, strlen (script));
  sh ("chmod +x pinentry.sh; printf 'pinentry-program %s/pinentry.sh\\nallow-preset-passphrase\\n' "
      "\"$GNUPGHOME\" > "
      "gpg-agent.conf; gpgconf --homedir \"$GNUPGHOME\" --kill gpg-agent");
}

static void
pinentry_answers (void **state)
{
  g_autoptr (LlEngine) prompting = gpg_home_engine (home, TRUE);
  g_autoptr (GError) error = NULL;

  set_pinentry ("echo 'ERR 83886179 Operation cancelled <Pinentry>'");
  g_autoptr (LlSpool) first = ll_spool_new ();
  assert_null (decrypt_with (prompting, "pat.pgp", first, TRUE, &error));
  assert_true (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_clear_error (&error);

  set_pinentry ("echo 'D wrong'; echo OK");
  g_autoptr (LlSpool) second = ll_spool_new ();
  assert_null (decrypt_with (prompting, "pat.pgp", second, TRUE, &error));
  assert_true (is_error (error, LL_ERROR_BAD_PASSPHRASE, "wrong"));
  g_clear_error (&error);

  set_pinentry ("echo 'D geheim'; echo OK");
  g_autoptr (LlSpool) third = ll_spool_new ();
  g_autoptr (LlDecryption) decryption = decrypt_with (prompting, "pat.pgp", third, TRUE, &error);
  assert_null (error);
  assert_non_null (decryption);
}

/* C-21: mail must not make the user be asked for a password, which is what gpg does when no key fits. */
static void
password_is_never_asked_for (void **state)
{
  g_autoptr (GpgHome) elsewhere = gpg_home_new ();
  g_autoptr (LlEngine) prompting = gpg_home_engine (home, TRUE);
  g_autoptr (GError) error = NULL;
  g_free (gpg_key (elsewhere, "Zed <zed@example.org>", "future-default", "default"));
  g_free (gpg_sh (elsewhere, "echo hello | gpg --batch --quiet --pinentry-mode loopback --passphrase x "
                             "-r zed@example.org -o both.pgp -c -e"));
  g_autoptr (LlSpool) message = gpg_load (elsewhere, "both.pgp");
  g_autoptr (GBytes) octets = ll_octets_load (ll_spool_octets (message), 1 << 20, "test", NULL);
  gpg_save (home, "zed.pgp", g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
  g_autofree char *answer = g_strdup_printf ("touch '%s/asked'; echo 'D x'; echo OK", home->path);
  set_pinentry (answer);
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_null (decrypt_with (prompting, "zed.pgp", out, TRUE, &error));
  assert_true (is_error (error, LL_ERROR_NO_SECRET_KEY, "none of your"));
  g_autofree char *asked = g_build_filename (home->path, "asked", NULL);
  assert_false (g_file_test (asked, G_FILE_TEST_EXISTS));
}

/* An agent that is there and does not work. */
static void
broken_agent (void **state)
{
  static const char conf[] = "agent-program /bin/false\n";
  gpg_save (home, "gpg.conf", conf, strlen (conf));
  sh ("gpgconf --homedir \"$GNUPGHOME\" --kill gpg-agent");
  refuses ("plain.pgp", LL_ERROR_ENGINE, "agent");
  sh ("rm gpg.conf");
  opens ("plain.pgp", FALSE);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (binary_and_armored),
    cmocka_unit_test (details_are_told),
    cmocka_unit_test (signed_inside),
    cmocka_unit_test (hidden_recipient),
    cmocka_unit_test (text_mode),
    cmocka_unit_test (several_recipients),
    cmocka_unit_test (without_armor_footer),
    cmocka_unit_test (every_key_algorithm),
    cmocka_unit_test (no_integrity_protection),
    cmocka_unit_test (altered),
    cmocka_unit_test (truncated),
    cmocka_unit_test (large_and_altered),
    cmocka_unit_test (configuration_cannot_allow_it),
    cmocka_unit_test (packets_beside),
    cmocka_unit_test (packets_inside),
    cmocka_unit_test (encrypted_in_encrypted),
    cmocka_unit_test (compressed_forty_times),
    cmocka_unit_test (not_encrypted),
    cmocka_unit_test (newer_versions),
    cmocka_unit_test (only_a_password),
    cmocka_unit_test (no_secret_key),
    cmocka_unit_test (too_much),
    cmocka_unit_test (many_hidden_recipients),
    cmocka_unit_test (needs_passphrase),
    cmocka_unit_test (cached_passphrase_works),
    cmocka_unit_test (pinentry_answers),
    cmocka_unit_test (password_is_never_asked_for),
    cmocka_unit_test (broken_agent),
  };
  return cmocka_run_group_tests (tests, setup, teardown);
}
