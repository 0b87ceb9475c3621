/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cms-testing.h"
#include "ll-ber.h"

static GError *
skip_all (GByteArray *bytes)
{
  g_autoptr (LlSpool) spool = test_spool (bytes->data, bytes->len);
  g_auto (LlBer) ber = { 0 };
  GError *error = NULL;
  LlBerElement element;
  gboolean more = TRUE;
  ll_ber_init (&ber, ll_spool_octets (spool));
  while (more && ll_ber_next (&ber, &element, &more, &error) && more && ll_ber_skip (&ber, &element, &error))
    ;
  if (error == NULL)
    assert_int_equal (ll_ber_position (&ber), bytes->len);
  return error;
}

static void
assert_skips (const char *hex)
{
  g_autoptr (GByteArray) bytes = test_hex (hex);
  g_autoptr (GError) error = skip_all (bytes);
  if (error != NULL)
    fail_msg ("%s: %s", hex, error->message);
}

static void
assert_refused (const char *hex, const char *word)
{
  g_autoptr (GByteArray) bytes = test_hex (hex);
  g_autoptr (GError) error = skip_all (bytes);
  test_assert_code (error, LL_ERROR_MALFORMED);
  if (strstr (error->message, word) == NULL)
    fail_msg ("%s: %s", hex, error->message);
}

static void
test_good (void **state)
{
  assert_skips ("");
  assert_skips ("0500");
  assert_skips ("0403616263");
  assert_skips ("048103616263"); /* longer length than needed: BER allows it */
  assert_skips ("04880000000000000003616263");
  assert_skips ("3080 0500 0500 0000 0500");
  assert_skips ("3080 3080 3080 0000 0000 0000");
  assert_skips ("3080 2480 0401 00 0000 3000 0000"); /* a 00 in a string is no end mark */
  assert_skips ("bf8f7f 01 00");                     /* high tag number */
}

static void
test_header (void **state)
{
  g_autoptr (GByteArray) bytes = test_hex ("7f8102 03 020105 0400");
  g_autoptr (LlSpool) spool = test_spool (bytes->data, bytes->len);
  g_auto (LlBer) ber = { 0 };
  LlBerElement element;
  gboolean more;
  ll_ber_init (&ber, ll_spool_octets (spool));
  assert_true (ll_ber_next (&ber, &element, &more, NULL) && more);
  assert_true (ll_ber_is (&element, LL_BER_APPLICATION, 130));
  assert_true (element.constructed && !element.indefinite);
  assert_int_equal (element.header_length, 4);
  assert_int_equal (element.length, 3);
  assert_true (ll_ber_enter (&ber, &element, NULL));
  assert_true (ll_ber_next (&ber, &element, &more, NULL) && more);
  assert_true (ll_ber_is (&element, LL_BER_UNIVERSAL, LL_BER_INTEGER));
  assert_int_equal (element.at, 4);
  assert_true (ll_ber_skip (&ber, &element, NULL));
  assert_true (ll_ber_leave (&ber, NULL));
  assert_true (ll_ber_next (&ber, &element, &more, NULL) && more);
  assert_int_equal (element.at, 7);
  assert_true (ll_ber_next (&ber, &element, &more, NULL) && !more);
  assert_true (ll_ber_next (&ber, &element, &more, NULL) && !more);
}

static void
test_bad (void **state)
{
  static const char *const cases[][2] = {
    { "04", "truncated" },
    { "0484", "truncated" },
    { "04847fffffff", "truncated" },
    { "0403 6162", "truncated" },
    { "0488ffffffffffffffff 00", "truncated" },
    { "0489010000000000000000 00", "too large" },
    { "04ff 00", "too large" },
    { "1f", "truncated" },
    { "1f81", "truncated" },
    { "1f8181818101 00", "tag number" },
    { "1f00 00", "wrong form" }, /* would else look like an end mark */
    { "1f1e 00", "wrong form" },
    { "1f801f 00", "wrong form" },
    { "0480 0000", "no length" },
    { "0000", "end mark" },
    { "3080 0001 00 0000", "end mark" },
    { "3080 2000 0000", "end mark" },
    { "3080", "truncated" },
    { "3080 00", "truncated" },
    { "3080 3080 0000", "truncated" },
    { "3080 0403 6162", "truncated" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (cases[i][0], cases[i][1]);
}

/* What is inside may not be larger than what is outside. */
static void
test_inner_longer (void **state)
{
  static const char *const cases[]
      = { "3003 0402 6161 6161", "3001 04 00", "3002 0484 0000", "3004 3080 0500 0000" };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes = test_hex (cases[i]);
      g_autoptr (LlSpool) spool = test_spool (bytes->data, bytes->len);
      g_autoptr (GError) error = NULL;
      g_auto (LlBer) ber = { 0 };
      LlBerElement element;
      gboolean more;
      ll_ber_init (&ber, ll_spool_octets (spool));
      assert_true (ll_ber_next (&ber, &element, &more, NULL) && more);
      assert_true (ll_ber_enter (&ber, &element, NULL));
      gboolean ok
          = ll_ber_next (&ber, &element, &more, &error) && more && ll_ber_skip (&ber, &element, &error);
      assert_false (ok);
      test_assert_code (error, LL_ERROR_MALFORMED);
      assert_non_null (strstr (error->message, "longer than what contains it"));
    }
}

static void
test_leave_too_early (void **state)
{
  g_autoptr (GByteArray) bytes = test_hex ("3004 0500 0500");
  g_autoptr (LlSpool) spool = test_spool (bytes->data, bytes->len);
  g_autoptr (GError) error = NULL;
  g_auto (LlBer) ber = { 0 };
  LlBerElement element;
  gboolean more;
  ll_ber_init (&ber, ll_spool_octets (spool));
  assert_true (ll_ber_next (&ber, &element, &more, NULL));
  assert_true (ll_ber_enter (&ber, &element, NULL));
  assert_false (ll_ber_leave (&ber, &error));
  test_assert_code (error, LL_ERROR_MALFORMED);
}

static void
test_enter_primitive (void **state)
{
  g_autoptr (GByteArray) bytes = test_hex ("0400");
  g_autoptr (LlSpool) spool = test_spool (bytes->data, bytes->len);
  g_autoptr (GError) error = NULL;
  g_auto (LlBer) ber = { 0 };
  LlBerElement element;
  gboolean more;
  ll_ber_init (&ber, ll_spool_octets (spool));
  assert_true (ll_ber_next (&ber, &element, &more, NULL));
  assert_false (ll_ber_enter (&ber, &element, &error));
  test_assert_code (error, LL_ERROR_MALFORMED);
}

static GByteArray *
nested (guint depth)
{
  GByteArray *bytes = g_byte_array_new ();
  for (guint i = 0; i < depth; i++)
    g_byte_array_append (bytes, (const guint8 *)"\x30\x80", 2);
  for (guint i = 0; i < depth; i++)
    g_byte_array_append (bytes, (const guint8 *)"\x00\x00", 2);
  return bytes;
}

static void
test_depth (void **state)
{
  g_autoptr (GByteArray) allowed = nested (LL_LIMIT_BER_DEPTH);
  g_autoptr (GError) none = skip_all (allowed);
  assert_null (none);
  static const guint depths[] = { LL_LIMIT_BER_DEPTH + 1, 100000 };
  for (gsize i = 0; i < G_N_ELEMENTS (depths); i++)
    {
      g_autoptr (GByteArray) bytes = nested (depths[i]);
      g_autoptr (GError) error = skip_all (bytes);
      test_assert_code (error, LL_ERROR_MALFORMED);
      assert_non_null (strstr (error->message, "nested"));
    }
}

static void
test_put_header (void **state)
{
  static const struct
  {
    guint64 length;
    const char *hex;
  } cases[] = {
    { 0, "3000" },
    { 127, "307f" },
    { 128, "308180" },
    { 255, "3081ff" },
    { 256, "30820100" },
    { 65535, "3082ffff" },
    { 65536, "3083010000" },
    { G_GUINT64_CONSTANT (0x100000000), "30850100000000" },
    { G_MAXUINT64, "3088ffffffffffffffff" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) want = test_hex (cases[i].hex);
      g_autoptr (GByteArray) got = g_byte_array_new ();
      ll_ber_put_header (got, LL_BER_UNIVERSAL, TRUE, LL_BER_SEQUENCE, cases[i].length);
      assert_int_equal (got->len, want->len);
      assert_memory_equal (got->data, want->data, want->len);
    }
  g_autoptr (GByteArray) got = g_byte_array_new ();
  ll_ber_put_header (got, LL_BER_CONTEXT, FALSE, 1, 5);
  assert_memory_equal (got->data, "\x81\x05", 2);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_good),
    cmocka_unit_test (test_header),
    cmocka_unit_test (test_bad),
    cmocka_unit_test (test_inner_longer),
    cmocka_unit_test (test_leave_too_early),
    cmocka_unit_test (test_enter_primitive),
    cmocka_unit_test (test_depth),
    cmocka_unit_test (test_put_header),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
