/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime-test.h"

#include "ll-address.h"
#include "ll-header-encode.h"

static void
test_comes_back (void **state)
{
  static const char *const cases[] = {
    "plain",
    "J\xc3\xb6rg",
    "sehr sch\xc3\xb6n und auch noch lang genug f\xc3\xbcr mehr als ein Wort, das hier verpackt wird",
    "\xe2\x82\xac \xf0\x9f\x94\x92",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *encoded = ll_header_encode ("Subject", cases[i], NULL);
      assert_true (g_str_is_ascii (encoded));
      g_autofree char *decoded = ll_header_decode (encoded);
      assert_string_equal (decoded, cases[i]);
    }
}

static void
test_addresses (void **state)
{
  g_autofree char *encoded = ll_header_encode ("From", "J\xc3\xb6rg, M. <j@ex\xc3\xa4mple.org>", NULL);
  assert_null (encoded);
  g_autofree char *from = ll_header_encode ("From", "\"J\xc3\xb6rg, M.\" <j@ex\xc3\xa4mple.org>", NULL);
  assert_true (g_str_is_ascii (from));
  g_autoptr (GPtrArray) list = ll_address_list_parse (from, "From", NULL);
  assert_int_equal (list->len, 1);
  const LlMailbox *mailbox = g_ptr_array_index (list, 0);
  assert_string_equal (mailbox->address, "j@xn--exmple-cua.org");
  assert_string_equal (mailbox->display, "J\xc3\xb6rg, M.");
}

static void
test_refuses (void **state)
{
  static const char *const cases[][2] = {
    { "Subject", "J\xf6rg" },
    { "From", "J\xf6rg <j@example.org>" },
    { "To", "j\xc3\xb6rg@example.org" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      assert_null (ll_header_encode (cases[i][0], cases[i][1], &error));
      assert_refused (error, LL_ERROR_UNSUPPORTED, cases[i][0]);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_comes_back),
    cmocka_unit_test (test_addresses),
    cmocka_unit_test (test_refuses),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
