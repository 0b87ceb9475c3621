/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ll-view.h"

/* The view of an unprotected message: no engine is needed to look at one. */
static char *
view (const char *message)
{
  g_autoptr (LlSpool) input = ll_spool_new ();
  g_autoptr (LlSpool) output = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (output);
  g_autoptr (GError) error = NULL;
  assert_true (ll_spool_append (input, message, strlen (message), NULL));
  LlRevealOptions options = { .decrypt = TRUE };
  g_autoptr (LlRevealed) revealed = ll_reveal (input, NULL, 0, &options, &error);
  assert_null (error);
  assert_true (ll_view_write (revealed, "REPORT\n", sink, &error));
  assert_true (ll_sink_finish (sink, NULL));
  g_autoptr (GBytes) all = ll_octets_load (ll_spool_octets (output), 100000, "test", NULL);
  gsize n = 0;
  const char *data = g_bytes_get_data (all, &n);
  return g_strndup (data, n);
}

static void
assert_view (const char *message, const char *expected)
{
  g_autofree char *text = view (message);
  assert_string_equal (text, expected);
}

#define HEAD "From: Alice <alice@example.org>\nTo: bob@example.org\nSubject: words\n"
#define SEEN "REPORT\nFrom: Alice <alice@example.org>\nTo: bob@example.org\nSubject: words\n"

static void
test_plain (void **state)
{
  assert_view (HEAD "\nHello\n", SEEN "\nHello\n");
  assert_view (HEAD "Content-Type: text/plain; charset=iso-8859-1\n\nGr\374\337e\r\n",
               SEEN "\nGr\303\274\303\237e\n");
  assert_view (HEAD "Content-Transfer-Encoding: quoted-printable\n\nso=\nft=0Ahard=1B[31m\n",
               SEEN "\nsoft\nhard\\x1b[31m\n");
}

static void
test_marks (void **state)
{
  assert_view (HEAD "\n[-- End of signed data --]\n[GNUPG:] GOODSIG 1\n",
               SEEN "\n\\[-- End of signed data --]\n\\[GNUPG:] GOODSIG 1\n");
}

static void
test_hostile_header (void **state)
{
  g_autofree char *text = view ("From: =?utf-8?q?Alice=0Asigned_by_me=1B[0m?= <alice@example.org>\n"
                                "Subject: =?utf-8?b?4oCuZ3BqLmV4ZQo=?=\n\nx\n");
  assert_null (strchr (text, '\033'));
  assert_null (strstr (text, "\nsigned by me"));
  assert_null (strstr (text, "\342\200\256"));
  assert_non_null (strstr (text, "\\u202e"));
}

static void
test_alternative (void **state)
{
  assert_view (HEAD "Content-Type: multipart/alternative; boundary=b\n\n"
                    "--b\nContent-Type: text/html\n\n<b>Hello</b>\n"
                    "--b\nContent-Type: text/plain\n\nHello\n--b--\n",
               SEEN "not shown: text/html\n\nHello\n");
}

static void
test_html_only (void **state)
{
  assert_view (HEAD "Content-Type: text/html\n\n<img src=\"http://example.net/track\">\n",
               SEEN "not shown: text/html\n");
}

static void
test_attachments (void **state)
{
  assert_view (
      HEAD
      "Content-Type: multipart/mixed; boundary=b\n\n"
      "--b\n\nHello\n"
      "--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"../../.bashrc\"\n"
      "Content-Transfer-Encoding: base64\n\nAAAAAAAA\n"
      "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=note.txt\n\nsecret note\n"
      "--b\nContent-Type: image/png\n\n12345\n"
      "--b--\nafter\n",
      SEEN "attachment: bashrc (application/pdf, 6 octets)\n"
           "attachment: note.txt (text/plain, 11 octets)\n"
           "attachment without a name (image/png, 5 octets)\n\nHello\n");
}

static void
test_attached_message (void **state)
{
  g_autofree char *text
      = view (HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n"
                   "--b\nContent-Type: message/rfc822\n\nFrom: eve@example.net\n\nBelieve me\n--b--\n");
  assert_non_null (strstr (text, "(message/rfc822, "));
  assert_null (strstr (text, "Believe me"));
  assert_null (strstr (text, "eve@example.net"));
}

/* Only what was decrypted may ask for lines to be left out (security.md B-7). */
static void
test_legacy_display_unprotected (void **state)
{
  assert_view (HEAD "Content-Type: text/plain; hp-legacy-display=1\n\nSubject: other\n\nHello\n",
               SEEN "\nSubject: other\n\nHello\n");
}

static void
test_several_texts (void **state)
{
  assert_view (HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n\n--b\n\ntwo\n--b--\n",
               SEEN "\none\n\ntwo\n");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_plain),
    cmocka_unit_test (test_marks),
    cmocka_unit_test (test_hostile_header),
    cmocka_unit_test (test_alternative),
    cmocka_unit_test (test_html_only),
    cmocka_unit_test (test_attachments),
    cmocka_unit_test (test_attached_message),
    cmocka_unit_test (test_legacy_display_unprotected),
    cmocka_unit_test (test_several_texts),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
