/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "ll-report.h"
#include "ll-tell.h"

static void
add_header (LlVerdict *verdict, const char *name, const char *value, const char *outer, gboolean is_signed,
            gboolean confidential)
{
  LlVerdictHeader *header = g_new0 (LlVerdictHeader, 1);
  header->name = g_strdup (name);
  header->value = g_strdup (value);
  header->outer = g_strdup (outer);
  header->is_signed = is_signed;
  header->confidential = confidential;
  g_ptr_array_add (verdict->headers, header);
}

static LlSigner *
add_signer (LlVerdict *verdict, LlSignatureStatus status, const char *name)
{
  LlSigner *signer = ll_signer_new (LL_PROTOCOL_OPENPGP);
  signer->fingerprint = g_strdup ("0123456789ABCDEF0123456789ABCDEF01234567");
  LlIdentity *identity = ll_identity_new ("alice@example.org", name, LL_TRUST_FULL);
  g_ptr_array_add (signer->identities, identity);
  signer->shown = identity;
  signer->status = status;
  signer->time = 1795492800;
  signer->hash = g_strdup ("SHA512");
  g_ptr_array_add (verdict->signers, signer);
  verdict->signature = status;
  return signer;
}

static LlVerdict *
full_verdict (void)
{
  LlVerdict *verdict = ll_verdict_new ();
  verdict->encryption = LL_ENCRYPTION_OK;
  verdict->encryption_protocol = LL_PROTOCOL_OPENPGP;
  verdict->cipher = g_strdup ("AES256");
  g_ptr_array_add (verdict->recipients, g_strdup ("0123456789ABCDEF"));
  add_signer (verdict, LL_SIGNATURE_VALID, "Alice");
  verdict->sender_address = g_strdup ("alice@example.org");
  verdict->sender_display = g_strdup ("Alice");
  verdict->scheme = LL_HEADERS_RFC9788;
  add_header (verdict, "Subject", "plans", "[...]", TRUE, TRUE);
  g_ptr_array_add (verdict->layers, g_strdup ("encrypted openpgp"));
  ll_verdict_warn (verdict, "time-differs", "the times differ by %s", "2 days");
  return verdict;
}

/* The contract, member by member and in its order. */
static void
test_json_contract (void **state)
{
  g_autoptr (LlVerdict) verdict = full_verdict ();
  g_autofree char *json = ll_report_json (verdict, NULL);
  assert_string_equal (
      json, "{\"version\":1,\"summary\":\"signed-and-encrypted\","
            "\"encryption\":{\"status\":\"ok\",\"protocol\":\"openpgp\",\"cipher\":\"AES256\","
            "\"recipients\":[\"0123456789ABCDEF\"]},"
            "\"signature\":{\"status\":\"valid\",\"signers\":[{\"protocol\":\"openpgp\","
            "\"fingerprint\":\"0123456789ABCDEF0123456789ABCDEF01234567\",\"address\":\"alice@example.org\","
            "\"name\":\"Alice\",\"status\":\"valid\",\"trust\":\"full\",\"time\":\"2026-11-24T04:00:00Z\","
            "\"hash\":\"SHA512\"}]},"
            "\"sender\":{\"address\":\"alice@example.org\",\"display\":\"Alice\",\"flags\":[]},"
            "\"headers\":{\"scheme\":\"rfc9788\",\"fields\":[{\"name\":\"Subject\",\"value\":\"plans\","
            "\"outer\":\"[...]\",\"signed\":true,\"confidential\":true}]},"
            "\"layers\":[\"encrypted openpgp\"],\"errant\":[],"
            "\"warnings\":[{\"code\":\"time-differs\",\"text\":\"the times differ by 2 days\"}]}\n");
}

static void
test_json_of_nothing (void **state)
{
  g_autoptr (LlVerdict) verdict = ll_verdict_new ();
  ll_error_set (&verdict->error, LL_ERROR_INTEGRITY, "altered");
  g_autofree char *json = ll_report_json (verdict, "box:3");
  assert_string_equal (json, "{\"version\":1,\"source\":\"box:3\",\"summary\":\"none\","
                             "\"encryption\":{\"status\":\"none\",\"recipients\":[]},"
                             "\"signature\":{\"status\":\"none\",\"signers\":[]},"
                             "\"sender\":{\"flags\":[]},\"headers\":{\"scheme\":\"none\",\"fields\":[]},"
                             "\"layers\":[],\"errant\":[],\"warnings\":[],"
                             "\"error\":{\"code\":\"integrity\",\"text\":\"altered\"}}\n");
}

/* Whatever stands in a mail, the report stays one line of valid JSON without controls. */
static void
test_json_hostile (void **state)
{
  static const char hostile[] = "x\033[31m\"\\\n\302\233\342\200\256\377</script>";
  g_autoptr (LlVerdict) verdict = full_verdict ();
  add_header (verdict, "X-Evil", hostile, hostile, FALSE, FALSE);
  g_ptr_array_add (verdict->errant, g_strdup (hostile));
  g_autofree char *json = ll_report_json (verdict, hostile);
  g_autoptr (JsonParser) parser = json_parser_new ();
  assert_true (json_parser_load_from_data (parser, json, -1, NULL));
  assert_true (g_utf8_validate (json, -1, NULL));
  assert_true (strchr (json, '\n') == json + strlen (json) - 1);
  for (const char *p = json; p[1] != '\0'; p = g_utf8_next_char (p))
    assert_false (g_unichar_iscntrl (g_utf8_get_char (p)) || g_utf8_get_char (p) == 0x202e);
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  const char *errant = json_array_get_string_element (json_object_get_array_member (root, "errant"), 0);
  assert_true (g_str_has_prefix (errant, "x\033[31m\"\\\n\302\233\342\200\256\357\277\275</script>"));
}

static void
test_key_id_is_no_fingerprint (void **state)
{
  g_autoptr (LlVerdict) verdict = ll_verdict_new ();
  LlSigner *signer = add_signer (verdict, LL_SIGNATURE_BAD, NULL);
  g_free (signer->fingerprint);
  signer->fingerprint = g_strdup ("0123456789ABCDEF");
  signer->shown = NULL;
  g_autofree char *json = ll_report_json (verdict, NULL);
  assert_null (strstr (json, "fingerprint"));
  assert_non_null (strstr (json, "\"key-id\":\"0123456789ABCDEF\""));
  assert_null (strstr (json, "alice"));
  g_autofree char *text = ll_report_text (verdict, TRUE);
  assert_non_null (strstr (text, "key id 0123456789ABCDEF"));
}

static void
test_error_json (void **state)
{
  g_autoptr (GError) cancelled = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "no");
  g_autofree char *json = ll_report_error_json (cancelled);
  assert_string_equal (json, "{\"version\":1,\"error\":{\"code\":\"cancelled\",\"text\":\"no\"}}\n");
}

/* ---- text ---- */

static void
test_sentences (void **state)
{
  static const struct
  {
    LlEncryptionStatus encryption;
    LlSignatureStatus signature;
    const char *sentence;
  } cases[] = {
    { LL_ENCRYPTION_NONE, LL_SIGNATURE_NONE, "neither signed nor encrypted" },
    { LL_ENCRYPTION_NONE, LL_SIGNATURE_VALID, "signed by Alice <alice@example.org>" },
    { LL_ENCRYPTION_OK, LL_SIGNATURE_VALID, "encrypted; signed by Alice <alice@example.org>" },
    { LL_ENCRYPTION_OK, LL_SIGNATURE_NONE, "encrypted; not signed" },
    { LL_ENCRYPTION_OK_UNAUTHENTICATED, LL_SIGNATURE_NONE,
      "encrypted, without protection against alteration; not signed" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LlVerdict) verdict = ll_verdict_new ();
      if (cases[i].signature != LL_SIGNATURE_NONE)
        add_signer (verdict, cases[i].signature, "Alice");
      verdict->encryption = cases[i].encryption;
      g_autofree char *sentence = ll_report_sentence (verdict);
      assert_string_equal (sentence, cases[i].sentence);
    }
}

/* No sentence about anything but a valid signature can be read as "signed" (security.md A-7). */
static void
test_no_half_good_class (void **state)
{
  for (int status = LL_SIGNATURE_VALID_UNTRUSTED; status <= LL_SIGNATURE_UNSUPPORTED; status++)
    {
      g_autoptr (LlVerdict) verdict = ll_verdict_new ();
      add_signer (verdict, (LlSignatureStatus)status, "Alice");
      g_autofree char *sentence = ll_report_sentence (verdict);
      assert_true (g_str_has_prefix (sentence, "no valid signature: "));
    }
}

static void
test_error_sentence (void **state)
{
  g_autoptr (LlVerdict) verdict = full_verdict ();
  verdict->encryption = LL_ENCRYPTION_FAILED;
  ll_error_set (&verdict->error, LL_ERROR_NO_SECRET_KEY, "none of your keys opens it");
  g_autofree char *sentence = ll_report_sentence (verdict);
  assert_string_equal (sentence, "encrypted, not opened: none of your keys opens it");
}

static void
test_text_hostile (void **state)
{
  g_autoptr (LlVerdict) verdict = ll_verdict_new ();
  LlSigner *signer
      = add_signer (verdict, LL_SIGNATURE_WRONG_SENDER, "Al\033[0m\n[GNUPG:] GOODSIG\342\200\256");
  signer->reason = ll_text_new ("by %s", "\r\neve");
  add_header (verdict, "Subject", "a\n[-- signed --]", "b\033", TRUE, FALSE);
  g_ptr_array_add (verdict->errant, g_strdup ("part\n[--"));
  g_autofree char *text = ll_report_text (verdict, TRUE);
  assert_null (strstr (text, "\n["));
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    assert_false ((g_unichar_iscntrl (g_utf8_get_char (p)) && *p != '\n') || g_utf8_get_char (p) == 0x202e);
}

/* ---- words ---- */

static const char *
reorder (const char *msgid, gpointer user_data)
{
  if (strcmp (msgid, "%s needs %s") == 0)
    return "%2$s fehlt %1$s";
  return strcmp (msgid, "a key") == 0 ? "ein Schl\303\274ssel" : msgid;
}

static void
test_reordered (void **state)
{
  g_autoptr (LlText) text = ll_text_new ("%s needs %s", "Bob", "a key");
  g_autofree char *german = ll_text_format (text, reorder, NULL);
  g_autofree char *english = ll_text_format (text, NULL, NULL);
  assert_string_equal (german, "ein Schl\303\274ssel fehlt Bob");
  assert_string_equal (english, "Bob needs a key");
}

static void
test_tell (void **state)
{
  g_autofree char *line = ll_tell_format ("%s and 100%% of %s", "a\nb", "\033");
  assert_string_equal (line, "a\\x0ab and 100% of \\x1b");
  assert_string_equal (ll_translate ("", NULL), "");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_json_contract),
    cmocka_unit_test (test_json_of_nothing),
    cmocka_unit_test (test_json_hostile),
    cmocka_unit_test (test_key_id_is_no_fingerprint),
    cmocka_unit_test (test_error_json),
    cmocka_unit_test (test_sentences),
    cmocka_unit_test (test_no_half_good_class),
    cmocka_unit_test (test_error_sentence),
    cmocka_unit_test (test_text_hostile),
    cmocka_unit_test (test_reordered),
    cmocka_unit_test (test_tell),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
