/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.md A-1 to A-5, B-2, B-4, B-5, B-13: what the structure of a message allows to be said. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "credulous.h"
#include "ll-reveal.h"

#define HEAD "From: Alice <alice@example.org>\r\nTo: bob@example.org\r\nSubject: outside\r\n"
#define SIGNATURE "Content-Type: application/pgp-signature\r\n\r\nsignature\r\n"
#define SIGNED(boundary, part)                                                                               \
  "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=" boundary "\r\n\r\n"    \
  "--" boundary "\r\n" part "\r\n--" boundary "\r\n" SIGNATURE "--" boundary "--\r\n"
#define ENCRYPTED(boundary, part)                                                                            \
  "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=" boundary            \
  "\r\n\r\n--" boundary "\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--" boundary       \
  "\r\nContent-Type: application/octet-stream\r\n\r\n" part "\r\n--" boundary "--\r\n"
#define TEXT "Content-Type: text/plain\r\n\r\nHello Bob\r\n"

typedef struct
{
  Credulous engine;
  LlRevealed *revealed;
  GError *error;
} Result;

static void
result_clear (Result *result)
{
  ll_revealed_free (result->revealed);
  g_clear_error (&result->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

static void
reveal_with (Result *result, const char *message, const LlRevealOptions *options)
{
  g_autoptr (LlSpool) input = ll_spool_new ();
  assert_true (ll_spool_append (input, message, strlen (message), NULL));
  *result = (Result){ .engine = { .engine = { &credulous_ops } } };
  LlEngine *engines[] = { &result->engine.engine };
  result->revealed = ll_reveal (input, engines, 1, options, &result->error);
}

static void
reveal (Result *result, const char *message)
{
  static const LlRevealOptions options = { .decrypt = TRUE };
  reveal_with (result, message, &options);
  assert_non_null (result->revealed);
}

static gboolean
warns (const Result *result, const char *code)
{
  const GPtrArray *warnings = result->revealed->verdict->warnings;
  for (guint i = 0; i < warnings->len; i++)
    if (strcmp (((const LlWarning *)g_ptr_array_index (warnings, i))->code, code) == 0)
      return TRUE;
  return FALSE;
}

static void
assert_refused (const char *message, LlErrorCode code)
{
  g_auto (Result) r = { 0 };
  reveal (&r, message);
  assert_non_null (r.revealed->verdict->error);
  assert_true (g_error_matches (r.revealed->verdict->error, LL_ERROR, (gint)code));
  assert_null (r.revealed->payload);
  assert_string_equal (ll_verdict_summary (r.revealed->verdict), "none");
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  assert_false (ll_revealed_write (r.revealed, LL_WRITE_MESSAGE, sink, NULL));
  assert_int_equal (ll_spool_length (out), 0);
}

static char *
written (const Result *r, LlWriteForm form)
{
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (out);
  assert_true (ll_revealed_write (r->revealed, form, sink, NULL));
  g_autoptr (GBytes) bytes = ll_octets_load (ll_spool_octets (out), 1 << 20, "test", NULL);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
unprotected_mail_passes_unchanged (void **state)
{
  g_auto (Result) r = { 0 };
  const char *mail = "From x Mon\n"
                     "From: alice@example.org\nSubject: x\n\nHello\n";
  reveal (&r, mail);
  assert_string_equal (ll_verdict_summary (r.revealed->verdict), "none");
  assert_int_equal (r.revealed->eol, LL_EOL_LF);
  g_autofree char *out = written (&r, LL_WRITE_MESSAGE);
  assert_string_equal (out, mail);
}

static void
a_signed_message_covers_its_first_part (void **state)
{
  g_auto (Result) r = { 0 };
  const char *mail = HEAD SIGNED ("b", TEXT);
  reveal (&r, mail);
  assert_string_equal (ll_verdict_summary (r.revealed->verdict), "signed");
  assert_int_equal (r.engine.covered_offset, strstr (mail, TEXT) - mail);
  assert_int_equal (r.engine.covered_length, strlen (TEXT));
  g_autofree char *body = written (&r, LL_WRITE_BODY);
  assert_string_equal (body, TEXT);
}

static void
A_1_a_signed_part_below_mixed_says_nothing (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, HEAD "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" SIGNED (
                  "b", TEXT) "\r\n--m\r\n" TEXT "--m--\r\n");
  assert_string_equal (ll_verdict_summary (r.revealed->verdict), "none");
  assert_int_equal (r.engine.verified, 0);
  assert_int_equal (r.revealed->verdict->errant->len, 1);
  assert_int_equal (r.revealed->verdict->signers->len, 0);
}

static void
A_3_an_encrypted_part_below_mixed_is_not_opened (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, HEAD "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/html\r\n\r\n"
                   "<img src=\"http://eve.example/\r\n--m\r\n" ENCRYPTED ("b", TEXT) "\r\n--m--\r\n");
  assert_int_equal (r.engine.decrypted, 0);
  assert_int_equal (r.revealed->verdict->encryption, LL_ENCRYPTION_NONE);
  assert_int_equal (r.revealed->verdict->errant->len, 1);
  g_autoptr (GError) error = NULL;
  assert_false (ll_revealed_check_opened (r.revealed, &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_MIXED_CONTENT));
}

static void
A_9_inline_armor_is_named_and_not_opened (void **state)
{
  g_auto (Result) message = { 0 };
  g_auto (Result) cleartext = { 0 };
  reveal (&message, HEAD "\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nx\r\n-----END PGP MESSAGE-----\r\n");
  assert_true (warns (&message, "inline-pgp"));
  assert_false (ll_revealed_check_opened (message.revealed, NULL));
  assert_int_equal (message.engine.decrypted, 0);
  reveal (&cleartext, HEAD "\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nx\r\n");
  assert_true (warns (&cleartext, "inline-pgp"));
  assert_true (ll_revealed_check_opened (cleartext.revealed, NULL));
  assert_int_equal (cleartext.revealed->verdict->signature, LL_SIGNATURE_NONE);
}

static void
A_4_a_third_part_makes_it_malformed (void **state)
{
  assert_refused (HEAD "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" TEXT "--b\r\n" TEXT
                       "--b\r\n" SIGNATURE "--b--\r\n",
                  LL_ERROR_MALFORMED);
  assert_refused (HEAD "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" TEXT "--b--\r\n",
                  LL_ERROR_MALFORMED);
  assert_refused (HEAD "Content-Type: multipart/signed\r\n\r\n--b\r\n" TEXT "--b\r\n" SIGNATURE "--b--\r\n",
                  LL_ERROR_MALFORMED);
}

static void
I_4_a_missing_closing_boundary_is_truncation (void **state)
{
  assert_refused (HEAD "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" TEXT "--b\r\n" SIGNATURE,
                  LL_ERROR_MALFORMED);
}

static void
the_control_part_is_checked (void **state)
{
  assert_refused (HEAD
                  "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; "
                  "boundary=b\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 2\r\n"
                  "--b\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--b--\r\n",
                  LL_ERROR_MALFORMED);
}

static void
A_11_another_protocol_than_the_part_is_not_judged (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, HEAD
          "Content-Type: multipart/signed; protocol=\"application/x-other\"; boundary=b\r\n\r\n--b\r\n" TEXT
          "\r\n--b\r\n" SIGNATURE "--b--\r\n");
  assert_int_equal (r.revealed->verdict->signature, LL_SIGNATURE_UNSUPPORTED);
  assert_int_equal (r.engine.verified, 0);
  assert_non_null (r.revealed->payload);
}

static void
A_5_a_signature_outside_the_encryption_does_not_cover_the_text (void **state)
{
  g_auto (Result) r = { 0 };
  g_auto (Result) wrong = { 0 };
  reveal (&r, HEAD SIGNED ("s", ENCRYPTED ("e", TEXT)));
  assert_string_equal (ll_verdict_summary (r.revealed->verdict), "encrypted");
  assert_int_equal (r.revealed->verdict->signature, LL_SIGNATURE_UNSUPPORTED);
  assert_true (warns (&r, "outer-signature-only"));
  reveal (&wrong, "From: eve@example.net\r\n" SIGNED ("s", ENCRYPTED ("e", TEXT)));
  assert_int_equal (wrong.revealed->verdict->signature, LL_SIGNATURE_WRONG_SENDER);
}

static void
signed_inside_encrypted_is_one_verdict (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, HEAD ENCRYPTED ("e", SIGNED ("s", TEXT)));
  assert_string_equal (ll_verdict_summary (r.revealed->verdict), "signed-and-encrypted");
  assert_int_equal (r.revealed->verdict->layers->len, 2);
}

static void
encrypted_twice_is_refused (void **state)
{
  assert_refused (HEAD ENCRYPTED ("e", ENCRYPTED ("f", TEXT)), LL_ERROR_UNSUPPORTED);
}

static void
four_layers_are_too_many (void **state)
{
  assert_refused (HEAD SIGNED ("a", SIGNED ("b", SIGNED ("c", SIGNED ("d", TEXT)))), LL_ERROR_LIMIT);
}

static void
H_2_two_authors_are_none (void **state)
{
  g_auto (Result) two = { 0 };
  g_auto (Result) list = { 0 };
  reveal (&two, "From: alice@example.org\r\nFrom: eve@example.net\r\n" SIGNED ("b", TEXT));
  assert_int_equal (two.revealed->verdict->signature, LL_SIGNATURE_WRONG_SENDER);
  assert_null (two.revealed->verdict->sender_address);
  reveal (&list, "From: alice@example.org, eve@example.net\r\n" SIGNED ("b", TEXT));
  assert_int_equal (list.revealed->verdict->signature, LL_SIGNATURE_WRONG_SENDER);
}

#define HP_CIPHER(fields) "Content-Type: text/plain; hp=\"cipher\"\r\n" fields "\r\nHello\r\n"

static void
B_4_only_protected_fields_count (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (
      &r,
      "From: alice@example.org\r\nCc: eve@example.net\r\nSubject: [...]\r\nReceived: by relay\r\n" ENCRYPTED (
          "e", HP_CIPHER ("From: alice@example.org\r\nSubject: the plan\r\n"
                          "HP-Outer: Subject: [...]\r\nHP-Outer: From: alice@example.org\r\n")));
  assert_string_equal (ll_revealed_field (r.revealed, "Subject"), "the plan");
  assert_null (ll_revealed_field (r.revealed, "Cc"));
  assert_string_equal (ll_revealed_field (r.revealed, "Received"), "by relay");
  g_autofree char *out = written (&r, LL_WRITE_MESSAGE);
  assert_non_null (strstr (out, "Subject: the plan\r\n"));
  assert_null (strstr (out, "[...]"));
  assert_null (strstr (out, "eve@"));
  assert_null (strstr (out, "hp="));
  assert_null (strstr (out, "HP-Outer"));
  assert_non_null (strstr (out, "Received: by relay\r\n"));
  assert_true (g_str_has_suffix (out, "\r\n\r\nHello\r\n"));
}

static void
B_5_an_unsigned_inner_author_is_not_believed (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, "From: eve@example.net\r\n" ENCRYPTED ("e", HP_CIPHER ("From: alice@example.org\r\n")));
  assert_string_equal (r.revealed->verdict->sender_address, "eve@example.net");
  assert_true (warns (&r, "from-differs"));
  g_autofree char *out = written (&r, LL_WRITE_MESSAGE);
  assert_non_null (strstr (out, "From: eve@example.net\r\n"));
  assert_null (strstr (out, "alice@"));
}

static void
B_5_two_outer_authors_do_not_let_the_inner_one_in (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, "From: eve@example.net, mal@example.net\r\n" ENCRYPTED (
                  "e", HP_CIPHER ("From: alice@example.org\r\n")));
  g_autofree char *out = written (&r, LL_WRITE_MESSAGE);
  assert_null (strstr (out, "alice@"));
  assert_string_equal (ll_revealed_field (r.revealed, "From"), "eve@example.net, mal@example.net");
}

static void
a_payload_without_author_keeps_the_outer_one (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, HEAD ENCRYPTED ("e", HP_CIPHER ("Subject: inside\r\n")));
  assert_string_equal (r.revealed->verdict->sender_address, "alice@example.org");
  g_autofree char *out = written (&r, LL_WRITE_MESSAGE);
  assert_non_null (strstr (out, "From: Alice <alice@example.org>\r\n"));
}

/* Whoever wrote the payload must not be able to say what relays said. */
static void
a_payload_cannot_forge_or_erase_trace_fields (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, "Authentication-Results: mx; dkim=fail\r\nX-Spam-Flag: YES\r\n" HEAD ENCRYPTED (
                  "e", HP_CIPHER ("From: alice@example.org\r\nAuthentication-Results: mx; dkim=pass\r\n"
                                  "X-Spam-Flag: NO\r\nReceived: by nobody\r\nBcc: x@example.net\r\n"
                                  "Status: RO\r\n")));
  g_autofree char *out = written (&r, LL_WRITE_MESSAGE);
  assert_non_null (strstr (out, "dkim=fail"));
  assert_non_null (strstr (out, "X-Spam-Flag: YES"));
  assert_null (strstr (out, "dkim=pass"));
  assert_null (strstr (out, "X-Spam-Flag: NO"));
  assert_null (strstr (out, "by nobody"));
  assert_null (strstr (out, "Bcc"));
  assert_null (strstr (out, "Status: RO"));
}

static void
B_10_an_added_address_for_answers_does_not_survive (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, "Mail-Followup-To: eve@example.net\r\n" HEAD SIGNED (
                  "s", "Content-Type: text/plain; hp=clear\r\nFrom: alice@example.org\r\n\r\nHello\r\n"));
  assert_null (ll_revealed_field (r.revealed, "Mail-Followup-To"));
}

static void
I_3_a_repeated_content_type_is_malformed (void **state)
{
  assert_refused (HEAD "Content-Type: text/plain\r\n" SIGNED ("b", TEXT), LL_ERROR_MALFORMED);
}

static void
a_wrapped_layer_is_named (void **state)
{
  g_auto (Result) r = { 0 };
  g_autofree char *part = g_strdup (
      "Content-Type: message/rfc822; forwarded=no\r\n\r\nFrom: alice@example.org\r\n" ENCRYPTED ("e", TEXT));
  g_autofree char *mail = g_strdup_printf (HEAD SIGNED ("s", "%s"), part);
  reveal (&r, mail);
  assert_int_equal (r.engine.decrypted, 0);
  assert_false (ll_revealed_check_opened (r.revealed, NULL));
}

static void
B_5_a_signed_inner_author_is (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, "From: list@example.net\r\n" SIGNED (
                  "s", "Content-Type: text/plain; hp=clear\r\nFrom: alice@example.org\r\n\r\nHello\r\n"));
  assert_string_equal (ll_verdict_summary (r.revealed->verdict), "signed");
  assert_string_equal (r.revealed->verdict->sender_address, "alice@example.org");
  assert_true (warns (&r, "from-differs"));
}

static void
B_2_HP_Outer_outside_is_ignored (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, HEAD "HP-Outer: Subject: outside\r\n" ENCRYPTED (
                  "e", HP_CIPHER ("From: alice@example.org\r\nSubject: inside\r\n"
                                  "HP-Outer: Subject: [...]\r\n")));
  const GPtrArray *headers = r.revealed->verdict->headers;
  for (guint i = 0; i < headers->len; i++)
    {
      const LlVerdictHeader *header = g_ptr_array_index (headers, i);
      assert_string_not_equal (header->name, "HP-Outer");
      if (strcmp (header->name, "Subject") == 0)
        assert_true (header->confidential);
    }
}

static void
B_13_a_repeated_protected_field_is_malformed (void **state)
{
  assert_refused (HEAD ENCRYPTED ("e", HP_CIPHER ("From: alice@example.org\r\nSubject: a\r\nSubject: b\r\n")),
                  LL_ERROR_MALFORMED);
}

static void
B_11_a_wrapped_message_shows_its_own_fields (void **state)
{
  g_auto (Result) wrapped = { 0 };
  g_auto (Result) attached = { 0 };
  const char *inner = "From: alice@example.org\r\nSubject: inside\r\n" TEXT;
  g_autofree char *wrap = g_strconcat ("Content-Type: message/rfc822; forwarded=no\r\n\r\n", inner, NULL);
  g_autofree char *attach = g_strconcat ("Content-Type: message/rfc822\r\n\r\n", inner, NULL);
  g_autofree char *one = g_strdup_printf (HEAD ENCRYPTED ("e", "%s"), wrap);
  g_autofree char *two = g_strdup_printf (HEAD ENCRYPTED ("e", "%s"), attach);
  reveal (&wrapped, one);
  assert_int_equal (wrapped.revealed->verdict->scheme, LL_HEADERS_WRAPPED);
  assert_string_equal (ll_revealed_field (wrapped.revealed, "Subject"), "inside");
  g_autofree char *out = written (&wrapped, LL_WRITE_MESSAGE);
  assert_non_null (strstr (out, "Subject: inside\r\n"));
  assert_null (strstr (out, "rfc822"));
  reveal (&attached, two);
  assert_int_equal (attached.revealed->verdict->scheme, LL_HEADERS_NONE);
  assert_string_equal (ll_revealed_field (attached.revealed, "Subject"), "outside");
}

static void
hp_without_a_layer_protects_nothing (void **state)
{
  g_auto (Result) r = { 0 };
  reveal (&r, HEAD "Content-Type: text/plain; hp=\"clear\"\r\n\r\nHello\r\n");
  assert_int_equal (r.revealed->verdict->scheme, LL_HEADERS_NONE);
  assert_string_equal (ll_verdict_summary (r.revealed->verdict), "none");
}

static void
lf_mail_comes_out_with_lf (void **state)
{
  g_auto (Result) r = { 0 };
  g_autofree char *mail = g_strdup (HEAD ENCRYPTED ("e", TEXT));
  g_autoptr (GString) lf = g_string_new (mail);
  g_string_replace (lf, "\r\n", "\n", 0);
  reveal (&r, lf->str);
  g_autofree char *out = written (&r, LL_WRITE_MESSAGE);
  assert_null (strchr (out, '\r'));
  assert_true (g_str_has_suffix (out, "\n\nHello Bob\n"));
}

static void
as_of_the_message_needs_a_date (void **state)
{
  static const LlRevealOptions options = { .decrypt = TRUE, .at_message = TRUE };
  g_auto (Result) without = { 0 };
  g_auto (Result) with = { 0 };
  reveal_with (&without, HEAD SIGNED ("b", TEXT), &options);
  assert_null (without.revealed);
  assert_true (g_error_matches (without.error, LL_ERROR, LL_ERROR_USAGE));
  reveal_with (&with, "Date: Mon, 02 Jan 2023 10:00:00 +0000\r\n" HEAD SIGNED ("b", TEXT), &options);
  assert_non_null (with.revealed);
  assert_true (warns (&with, "as-of-message"));
}

static void
an_empty_message_is_no_message (void **state)
{
  static const LlRevealOptions options = { .decrypt = TRUE };
  g_auto (Result) r = { 0 };
  reveal_with (&r, "", &options);
  assert_null (r.revealed);
  assert_true (g_error_matches (r.error, LL_ERROR, LL_ERROR_EMPTY));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (unprotected_mail_passes_unchanged),
    cmocka_unit_test (a_signed_message_covers_its_first_part),
    cmocka_unit_test (A_1_a_signed_part_below_mixed_says_nothing),
    cmocka_unit_test (A_3_an_encrypted_part_below_mixed_is_not_opened),
    cmocka_unit_test (A_9_inline_armor_is_named_and_not_opened),
    cmocka_unit_test (A_4_a_third_part_makes_it_malformed),
    cmocka_unit_test (I_4_a_missing_closing_boundary_is_truncation),
    cmocka_unit_test (the_control_part_is_checked),
    cmocka_unit_test (A_11_another_protocol_than_the_part_is_not_judged),
    cmocka_unit_test (A_5_a_signature_outside_the_encryption_does_not_cover_the_text),
    cmocka_unit_test (signed_inside_encrypted_is_one_verdict),
    cmocka_unit_test (encrypted_twice_is_refused),
    cmocka_unit_test (four_layers_are_too_many),
    cmocka_unit_test (H_2_two_authors_are_none),
    cmocka_unit_test (B_4_only_protected_fields_count),
    cmocka_unit_test (B_5_an_unsigned_inner_author_is_not_believed),
    cmocka_unit_test (B_5_two_outer_authors_do_not_let_the_inner_one_in),
    cmocka_unit_test (a_payload_without_author_keeps_the_outer_one),
    cmocka_unit_test (a_payload_cannot_forge_or_erase_trace_fields),
    cmocka_unit_test (B_10_an_added_address_for_answers_does_not_survive),
    cmocka_unit_test (I_3_a_repeated_content_type_is_malformed),
    cmocka_unit_test (a_wrapped_layer_is_named),
    cmocka_unit_test (B_5_a_signed_inner_author_is),
    cmocka_unit_test (B_2_HP_Outer_outside_is_ignored),
    cmocka_unit_test (B_13_a_repeated_protected_field_is_malformed),
    cmocka_unit_test (B_11_a_wrapped_message_shows_its_own_fields),
    cmocka_unit_test (hp_without_a_layer_protects_nothing),
    cmocka_unit_test (lf_mail_comes_out_with_lf),
    cmocka_unit_test (as_of_the_message_needs_a_date),
    cmocka_unit_test (an_empty_message_is_no_message),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
