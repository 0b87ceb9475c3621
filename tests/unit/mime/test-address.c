/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime-test.h"

#include "ll-address.h"

/* "address (display), ..." or the sentence. */
static char *
shown (const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = ll_address_list_parse (value, "To", &error);
  if (list == NULL)
    {
      assert_int_equal (error->code, LL_ERROR_MALFORMED);
      return g_strdup (error->message);
    }
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < list->len; i++)
    {
      const LlMailbox *mailbox = g_ptr_array_index (list, i);
      g_string_append_printf (out, i > 0 ? ", %s" : "%s", mailbox->address);
      if (mailbox->display != NULL)
        g_string_append_printf (out, " (%s)", mailbox->display);
    }
  return g_string_free (out, FALSE);
}

static void
test_lists (void **state)
{
  static const char *const cases[][2] = {
    { "", "" },
    { " , ,", "" },
    { "alice@example.org", "alice@example.org" },
    { "Alice <alice@Example.ORG>, bob@example.org", "alice@example.org (Alice), bob@example.org" },
    { "\"Smith, Alice\" <alice@example.org>", "alice@example.org (Smith, Alice)" },
    { "A. B. Smith <a@example.org>", "a@example.org (A. B. Smith)" },
    { "<alice@example.org>", "alice@example.org" },
    { " < alice@example.org > ", "alice@example.org" },
    { "alice@example.org (Alice (really))", "alice@example.org (Alice (really))" },
    { "Alice (work) <alice@example.org> (x)", "alice@example.org (Alice)" },
    { "Team: a@example.org, B <b@example.org>;", "a@example.org, b@example.org (B)" },
    { "undisclosed-recipients:;", "" },
    { "undisclosed-recipients:", "" },
    { "G1: a@example.org; , G2: b@example.org;", "a@example.org, b@example.org" },
    { "\"john doe\"@example.org", "\"john doe\"@example.org" },
    { "<\"john\\\"@doe\"@example.org>", "\"john\\\"@doe\"@example.org" },
    { "j\xc3\xb6rg@ex\xc3\xa4mple.org", "j\xc3\xb6rg@xn--exmple-cua.org" },
    { "=?utf-8?q?J=C3=B6rg?= <j@example.org>", "j@example.org (J\xc3\xb6rg)" },
    { "\"=?utf-8?q?J=C3=B6rg?=\" <j@example.org>", "j@example.org (J\xc3\xb6rg)" },
    { "J\xf6rg <j@example.org>", "j@example.org (J\xef\xbf\xbdrg)" },
    { "a@[192.0.2.1]", "a@[192.0.2.1]" },
    { "\"\" <a@example.org>", "a@example.org" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = shown (cases[i][0]);
      assert_string_equal (text, cases[i][1]);
    }
}

static void
test_refused_lists (void **state)
{
  static const char *const cases[][2] = {
    { "alice", "name stands without an address" },
    { "alice@", "not allowed" },
    { "@example.org", "" },
    { "alice@example.org bob@example.org", "behind an address" },
    { "Alice alice@example.org", "beside an address" },
    { "alice@example.org <eve@evil.example>", "behind an address" },
    { "<alice@example.org> eve", "behind an address" },
    { "<alice@example.org> <eve@evil.example>", "behind an address" },
    { "<alice@example.org", "not closed" },
    { "<@a.example,@b.example:alice@example.org>", "route" },
    { "<@a.example:alice@example.org>", "route" },
    { "<>", "no address between" },
    { "<alice>", "no address between" },
    { "Alice <alice@example.org>; bob@example.org", "outside a group" },
    { ": a@example.org;", "no name" },
    { "\"open <alice@example.org>", "not closed" },
    { "(open alice@example.org", "not closed" },
    { "alice@example.org (open", "not closed" },
    { "\\alice@example.org", "none of its kind" },
    { "alice@exam ple.org", "behind an address" },
    { "alice@example.org@evil.example", "behind an address" },
    { "alice\n@example.org", "control character" },
    { "alice\x01@example.org", "control character" },
    { "\"a\x7f\" <alice@example.org>", "control character" },
    { "alice@example..org", "not allowed" },
    { "alice@.example.org", "not allowed" },
    { "alice@example.org.", "not allowed" },
    { "al\xffice@example.org", "not allowed" },
    { "a\xe2\x80\xae@example.org", "not allowed" },
    { "[alice]@example.org", "none of its kind" },
    { "a\"b\"@example.org", "beside an address" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = shown (cases[i][0]);
      if (!g_str_has_prefix (text, "the addresses in To cannot be read")
          || strstr (text, cases[i][1]) == NULL)
        fail_msg ("\"%s\": %s", cases[i][0], text);
    }
}

static char *
repeated (const char *before, const char *what, guint n, const char *after)
{
  GString *out = g_string_new (before);
  for (guint i = 0; i < n; i++)
    g_string_append (out, what);
  g_string_append (out, after);
  return g_string_free (out, FALSE);
}

/* security.md F6, I-8 */
static void
test_nesting (void **state)
{
  static const guint depths[] = { 9, 1000, 200000 };
  g_autofree char *groups = repeated ("", "a:", 8, "");
  g_autofree char *most = shown (groups);
  assert_string_equal (most, "");
  g_autofree char *comments = repeated ("a@b.example ", "(", 8, "))))))))");
  g_autofree char *text = shown (comments);
  assert_true (g_str_has_prefix (text, "a@b.example"));
  for (gsize i = 0; i < G_N_ELEMENTS (depths); i++)
    {
      g_autofree char *deep_groups = repeated ("", "a:", depths[i], "");
      g_autofree char *deep_comments = repeated ("", "(", depths[i], "");
      g_autofree char *inner = repeated ("a@b.example ", "(", depths[i], "");
      g_autofree char *one = shown (deep_groups);
      g_autofree char *two = shown (deep_comments);
      g_autofree char *three = shown (inner);
      assert_non_null (strstr (one, "nested too deeply"));
      assert_non_null (strstr (two, "nested too deeply"));
      assert_non_null (strstr (three, "nested too deeply"));
    }
}

static void
test_number (void **state)
{
  g_autofree char *most = repeated ("", "a@b,", LL_LIMIT_ADDRESSES, "");
  g_autoptr (GPtrArray) list = ll_address_list_parse (most, "To", NULL);
  assert_non_null (list);
  assert_int_equal (list->len, LL_LIMIT_ADDRESSES);
  g_autofree char *more = repeated ("", "a@b,", LL_LIMIT_ADDRESSES + 1, "");
  g_autoptr (GError) error = NULL;
  assert_null (ll_address_list_parse (more, "To", &error));
  assert_refused (error, LL_ERROR_LIMIT, "more than 10000 addresses in To");
}

static void
test_normalize (void **state)
{
  static const char *const cases[][2] = {
    { "alice@example.org", "alice@example.org" },
    { "Alice@EXAMPLE.Org", "Alice@example.org" },
    { "a@EX\xc3\x84MPLE.org", "a@xn--exmple-cua.org" },
    { "a@XN--EXMPLE-CUA.org", "a@xn--exmple-cua.org" },
    { "a@fa\xc3\x9f.example", "a@xn--fa-hia.example" },
    { "a..b.@example.org", "a..b.@example.org" },
    { "\"a b\"@example.org", "\"a b\"@example.org" },
    { "a+b@localhost", "a+b@localhost" },
    { "a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]" },
    { "", NULL },
    { "alice", NULL },
    { "@example.org", NULL },
    { "alice@", NULL },
    { "alice @example.org", NULL },
    { "alice@ example.org", NULL },
    { "alice@example.org ", NULL },
    { "<alice@example.org>", NULL },
    { "alice@bob@example.org", NULL },
    { "alice@example.org\n", NULL },
    { "al\tice@example.org", NULL },
    { "\"a\nb\"@example.org", NULL },
    { "\"open@example.org", NULL },
    { "alice@exam|ple.org", NULL },
    { "alice@a\xef\xbc\xa0"
      "b.example",
      NULL },
    { "a\xc2\xa0"
      "b@example.org",
      NULL },
    { "a\xe2\x80\x8b@example.org", NULL },
    { "\xff@example.org", NULL },
    { "a@-\xc3\xa4-.example", NULL },
    { "a@[192.0.2.1", NULL },
    { "a@[]", NULL },
    { "a@[a]b]", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = ll_address_normalize (cases[i][0]);
      if (g_strcmp0 (text, cases[i][1]) != 0)
        fail_msg ("\"%s\": %s", cases[i][0], text);
    }
  g_autofree char *fits = repeated ("", "a", LL_LIMIT_ADDRESS - 12, "@example.org");
  g_autofree char *over = repeated ("", "a", LL_LIMIT_ADDRESS - 11, "@example.org");
  g_autofree char *normal = ll_address_normalize (fits);
  assert_non_null (normal);
  assert_null (ll_address_normalize (over));
  g_autofree char *label = repeated ("a@", "b", 64, ".org");
  assert_null (ll_address_normalize (label));
}

static void
test_equal (void **state)
{
  assert_true (ll_address_equal ("alice@example.org", "alice@EXAMPLE.ORG"));
  assert_true (ll_address_equal ("j@ex\xc3\xa4mple.org", "j@xn--exmple-cua.org"));
  assert_false (ll_address_equal ("alice@example.org", "Alice@example.org"));
  assert_false (ll_address_equal ("alice@example.org", "alice@example.com"));
  assert_false (ll_address_equal ("alice@example.org", "alice@example.org.evil.example"));
  assert_false (ll_address_equal ("", ""));
  assert_false (ll_address_equal ("alice", "alice"));
}

static LlHeader *
header_of (const char *text)
{
  guint64 length;
  gboolean body;
  g_autoptr (LlSpool) spool = spool_of_text (text);
  LlHeader *header = ll_header_parse (ll_spool_octets (spool), FALSE, &length, &body, NULL);
  assert_non_null (header);
  return header;
}

/* security.md H-2 */
static void
test_from (void **state)
{
  static const char *const refused[][2] = {
    { "Subject: x\n\n", "no From" },
    { "From: a@example.org\nfrom: a@example.org\n\n", "more than one From" },
    { "From: a@example.org\nFrom : eve@evil.example\n\n", "more than one From" },
    { "From: a@example.org, b@example.org\n\n", "more than one address" },
    { "From: Team: a@example.org;\n\n", "group" },
    { "From: Team: ;\n\n", "group" },
    { "From: \n\n", "no address" },
    { "From: alice\n\n", "cannot be read" },
    { "From: <@evil.example:alice@example.org>\n\n", "route" },
    { "From: alice@example.org <eve@evil.example>\n\n", "cannot be read" },
    { "From: <<alice@example.org>>\n\n", "cannot be read" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LlHeader) header = header_of (refused[i][0]);
      assert_null (ll_header_from (header, &error));
      assert_refused (error, LL_ERROR_MALFORMED, refused[i][1]);
    }
  g_autoptr (LlHeader) header
      = header_of ("From: =?utf-8?q?A?=\n <a@Example.org>\nTo: b@example.org\nTo: C <c@example.org>\n\n");
  g_autoptr (LlMailbox) from = ll_header_from (header, NULL);
  assert_string_equal (from->address, "a@example.org");
  assert_string_equal (from->display, "A");
  g_autoptr (GPtrArray) to = ll_header_addresses (header, "to", NULL);
  assert_int_equal (to->len, 2);
  g_autoptr (GPtrArray) cc = ll_header_addresses (header, "Cc", NULL);
  assert_int_equal (cc->len, 0);
}

/* security.md H-3 */
static void
test_flags (void **state)
{
  static const char *const cases[][2] = {
    { "Alice <a@example.org>", "" },
    { "a@example.org", "" },
    { "\"alice@example.org\" <eve@evil.example>", "display-name-address" },
    { "=?utf-8?q?alice=40example=2Eorg?= <eve@evil.example>", "display-name-address" },
    { "\"=?utf-8?q?alice=40example=2Eorg?=\" <eve@evil.example>", "display-name-address" },
    { "=?utf-8?q?alice=EF=BC=A0example=2Eorg?= <eve@evil.example>", "display-name-address" },
    { "eve@evil.example (alice@example.org)", "display-name-address" },
    { "=?utf-8?q?alice=00=40?= <eve@evil.example>", "display-name-address display-name-control" },
    { "=?utf-8?q?a=0Ab?= <eve@evil.example>", "display-name-control" },
    { "=?utf-8?q?a=1Bb?= <eve@evil.example>", "display-name-control" },
    { "=?utf-8?q?a=C2=85b?= <eve@evil.example>", "display-name-control" },
    { "\"a\xe2\x80\xae"
      "b\" <eve@evil.example>",
      "display-name-bidi" },
    { "a\xe2\x81\xa6"
      "b <eve@evil.example>",
      "display-name-bidi" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) list = ll_address_list_parse (cases[i][0], "From", NULL);
      assert_non_null (list);
      g_auto (GStrv) flags = ll_mailbox_flags (g_ptr_array_index (list, 0));
      g_autofree char *text = g_strjoinv (" ", flags);
      assert_string_equal (text, cases[i][1]);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_lists),  cmocka_unit_test (test_refused_lists), cmocka_unit_test (test_nesting),
    cmocka_unit_test (test_number), cmocka_unit_test (test_normalize),     cmocka_unit_test (test_equal),
    cmocka_unit_test (test_from),   cmocka_unit_test (test_flags),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
