/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 9788 as it is written; security.md B-1 to B-3, B-12. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ll-header-protection.h"

#define MESSAGE                                                                                              \
  "Received: by relay\nFrom: Alice <alice@example.org>\nTo: Bob B. <bob@example.org>\n"                      \
  "Bcc: eve@example.net\nSubject: the plan\nDate: Tue, 24 Nov 2026 06:00:00 +0200\n"                         \
  "Message-ID: <1@example.org>\nKeywords: secret\nX-Other: kept\nMIME-Version: 1.0\n"                        \
  "Content-Type: text/plain\nHP-Outer: Subject: forged\n\nHello\n"

static char *
text_of (LlSpool *spool)
{
  g_autoptr (GBytes) bytes = ll_octets_load (ll_spool_octets (spool), 1 << 20, "test", NULL);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static LlHeader *
header_of (const char *message)
{
  g_autoptr (LlSpool) spool = ll_spool_new ();
  guint64 length;
  gboolean body;
  assert_true (ll_spool_append (spool, message, strlen (message), NULL));
  LlHeader *header = ll_header_parse (ll_spool_octets (spool), FALSE, &length, &body, NULL);
  assert_non_null (header);
  return header;
}

typedef gboolean (*Writer) (const LlHeaderPlan *plan, LlSink *out, GError **error);

static gboolean
write_inner (const LlHeaderPlan *plan, LlSink *out, GError **error)
{
  return ll_header_plan_inner (out, (gpointer)plan, error);
}

static char *
made (const char *message, LlHeaderPolicy policy, gboolean cipher, Writer writer)
{
  g_autoptr (LlHeader) header = header_of (message);
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (spool);
  LlHeaderPlan plan = { header, policy, cipher };
  assert_true (writer (&plan, sink, NULL));
  return text_of (spool);
}

static void
clear_copies_and_hides_nothing (void **state)
{
  g_autofree char *inner = made (MESSAGE, LL_HCP_BASELINE, FALSE, write_inner);
  g_autofree char *outer = made (MESSAGE, LL_HCP_BASELINE, FALSE, ll_header_plan_outer);
  assert_string_equal (inner, "From: Alice <alice@example.org>\r\nTo: Bob B. <bob@example.org>\r\n"
                              "Subject: the plan\r\nDate: Tue, 24 Nov 2026 06:00:00 +0200\r\n"
                              "Message-ID: <1@example.org>\r\nKeywords: secret\r\nX-Other: kept\r\n");
  assert_non_null (strstr (outer, "Subject: the plan\n"));
  assert_null (strstr (inner, "HP-Outer"));
}

static void
baseline_hides_the_subject_and_records_the_rest (void **state)
{
  g_autofree char *inner = made (MESSAGE, LL_HCP_BASELINE, TRUE, write_inner);
  g_autofree char *outer = made (MESSAGE, LL_HCP_BASELINE, TRUE, ll_header_plan_outer);
  assert_string_equal (outer, "Received: by relay\nFrom: Alice <alice@example.org>\n"
                              "To: Bob B. <bob@example.org>\nSubject: [...]\r\n"
                              "Date: Tue, 24 Nov 2026 06:00:00 +0200\nMessage-ID: <1@example.org>\n"
                              "X-Other: kept\n");
  assert_non_null (strstr (inner, "Subject: the plan\r\n"));
  assert_non_null (strstr (inner, "Keywords: secret\r\n"));
  assert_non_null (strstr (inner, "HP-Outer: Subject: [...]\r\n"));
  assert_non_null (strstr (inner, "HP-Outer: X-Other: kept\r\n"));
  assert_null (strstr (inner, "HP-Outer: Keywords"));
  assert_null (strstr (inner, "forged"));
}

static void
B_12_bcc_stands_nowhere (void **state)
{
  const LlHeaderPolicy policies[] = { LL_HCP_BASELINE, LL_HCP_SHY, LL_HCP_NONE };
  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      g_autofree char *inner = made (MESSAGE, policies[i], TRUE, write_inner);
      g_autofree char *outer = made (MESSAGE, policies[i], TRUE, ll_header_plan_outer);
      assert_null (strstr (inner, "eve@"));
      assert_null (strstr (outer, "eve@"));
    }
}

static void
shy_drops_names_and_time_zone (void **state)
{
  g_autofree char *outer = made (MESSAGE, LL_HCP_SHY, TRUE, ll_header_plan_outer);
  assert_non_null (strstr (outer, "From: alice@example.org\r\n"));
  assert_non_null (strstr (outer, "To: bob@example.org\r\n"));
  assert_non_null (strstr (outer, "Date: Tue, 24 Nov 2026 04:00:00 +0000\r\n"));
  assert_null (strstr (outer, "Alice"));
}

static void
none_hides_nothing_but_bcc (void **state)
{
  g_autofree char *outer = made (MESSAGE, LL_HCP_NONE, TRUE, ll_header_plan_outer);
  assert_non_null (strstr (outer, "Subject: the plan\n"));
  assert_non_null (strstr (outer, "Keywords: secret\n"));
}

static void
raw_utf8_goes_inside_as_encoded_words (void **state)
{
  g_autofree char *inner = made ("From: J\xc3\xb6rg <j@example.org>\nSubject: Gr\xc3\xbc\xc3\x9f"
                                 "e\n\n",
                                 LL_HCP_BASELINE, FALSE, write_inner);
  assert_true (g_str_is_ascii (inner));
  assert_non_null (strstr (inner, "=?"));
  assert_non_null (strstr (inner, "<j@example.org>"));
}

static void
a_repeated_single_field_is_named (void **state)
{
  g_autoptr (LlHeader) good = header_of (MESSAGE);
  g_autoptr (LlHeader) bad = header_of ("Subject: a\nFrom: a@example.org\nsubject: b\n\n");
  assert_null (ll_header_singleton_repeated (good));
  assert_string_equal (ll_header_singleton_repeated (bad), "Subject");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (clear_copies_and_hides_nothing),
    cmocka_unit_test (baseline_hides_the_subject_and_records_the_rest),
    cmocka_unit_test (B_12_bcc_stands_nowhere),
    cmocka_unit_test (shy_drops_names_and_time_zone),
    cmocka_unit_test (none_hides_nothing_but_bcc),
    cmocka_unit_test (raw_utf8_goes_inside_as_encoded_words),
    cmocka_unit_test (a_repeated_single_field_is_named),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
