/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 9580 4.2: packet headers of both formats and every kind of length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gpg-home.h"
#include "ll-pgp-walk.h"

#define OCTETS(...) (const guint8[]){ __VA_ARGS__ }, sizeof ((const guint8[]){ __VA_ARGS__ })

static LlPgpWalk *
walk_over (const guint8 *data, gsize n, gsize step, GError **error)
{
  g_autoptr (LlPgpWalk) walk = ll_pgp_walk_new ();
  for (gsize i = 0; i < n; i += step)
    if (!ll_pgp_walk_feed (walk, data + i, MIN (step, n - i), error))
      return NULL;
  return g_steal_pointer (&walk);
}

static void
sees (const guint8 *data, gsize n, const char *tags, gboolean at_end)
{
  for (gsize step = 1; step <= n; step++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LlPgpWalk) walk = walk_over (data, n, step, &error);
      assert_null (error);
      g_autoptr (GString) seen = g_string_new (NULL);
      gsize count;
      const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &count);
      for (gsize i = 0; i < count; i++)
        g_string_append_printf (seen, "%u ", packets[i].tag);
      assert_string_equal (seen->str, tags);
      assert_int_equal (ll_pgp_walk_at_end (walk), at_end);
    }
}

static void
refuses (const guint8 *data, gsize n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlPgpWalk) walk = walk_over (data, n, 1, &error);
  assert_null (walk);
  assert_true (is_error (error, LL_ERROR_MALFORMED, "packet"));
}

static void
old_format (void **state)
{
  sees (OCTETS (0x88, 2, 4, 0), "2 ", TRUE);
  sees (OCTETS (0x89, 0, 2, 4, 0), "2 ", TRUE);
  sees (OCTETS (0x8a, 0, 0, 0, 2, 4, 0), "2 ", TRUE);
  sees (OCTETS (0xa3, 1, 2, 3), "8 ", TRUE); /* indeterminate */
  sees (OCTETS (0xb0, 0, 0xb0, 0), "12 12 ", TRUE);
}

static void
new_format (void **state)
{
  sees (OCTETS (0xc2, 2, 4, 0), "2 ", TRUE);
  sees (OCTETS (0xc2, 255, 0, 0, 0, 2, 4, 0), "2 ", TRUE);
  sees (OCTETS (0xcb, 0xe0, 'b', 0xe1, 0, 0, 1, 0, 0xc2, 1, 4), "11 2 ", TRUE); /* partial lengths */
  sees (OCTETS (0xca, 3, 'P', 'G', 'P'), "10 ", TRUE);
  guint8 two[300] = { 0xc2, 192, 8 }; /* 200 octets */
  sees (two, 203, "2 ", TRUE);
}

static void
cut (void **state)
{
  sees (OCTETS (0xc2), "", FALSE);
  sees (OCTETS (0xc2, 5, 4), "2 ", FALSE);
  sees (OCTETS (0xcb, 0xe1, 'b', 0), "11 ", FALSE);
  sees (OCTETS (0xc2, 255, 0, 0), "", FALSE);
  g_autoptr (LlPgpWalk) nothing = ll_pgp_walk_new ();
  assert_true (ll_pgp_walk_at_end (nothing));
}

static void
no_packets (void **state)
{
  refuses (OCTETS (0x00));
  refuses (OCTETS ('H', 'e', 'l', 'l', 'o'));
  refuses (OCTETS (0x80, 0)); /* tag 0 */
  refuses (OCTETS (0xc0, 0));
  refuses (OCTETS (0xc2, 0xe0, 4)); /* a signature of partial length */
  refuses (OCTETS (0x8b, 4));       /* a signature of indeterminate length */
  refuses (OCTETS (0x87, 4));
  refuses (OCTETS (0xc2, 1, 4, 'x'));
}

static void
details (void **state)
{
  static const guint8 data[] = {
    0xc1, 10, 3, 1,    2, 3,  4, 5, 6, 7, 8, 18,                            /* PKESK */
    0xd2, 1,  2,                                                            /* SEIPD 2 */
    0xc2, 4,  4, 0x13, 1, 10,                                               /* signature 4, SHA-512 */
    0xc2, 19, 3, 5,    1, 0,  0, 0, 0, 1, 2, 3,  4, 5, 6, 7, 8, 1, 2, 0, 0, /* signature 3, SHA-1 */
  };
  g_autoptr (LlPgpWalk) walk = walk_over (data, sizeof data, 3, NULL);
  gsize n;
  const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &n);
  assert_int_equal (n, 4);
  assert_int_equal (packets[0].version, 3);
  assert_true (packets[0].key_id == G_GUINT64_CONSTANT (0x0102030405060708));
  assert_int_equal (packets[0].algorithm, 18);
  assert_int_equal (packets[1].version, 2);
  assert_int_equal (packets[1].offset, 12);
  assert_int_equal (packets[1].end, 15);
  assert_int_equal (packets[2].signature_type, 0x13);
  assert_int_equal (packets[2].hash, 10);
  assert_int_equal (packets[3].version, 3);
  assert_int_equal (packets[3].signature_type, 1);
  assert_int_equal (packets[3].hash, 2);
}

static void
too_many (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlPgpWalk) walk = ll_pgp_walk_new ();
  gboolean ok = TRUE;
  for (int i = 0; ok && i < 10000; i++)
    ok = ll_pgp_walk_feed (walk, OCTETS (0xca, 0), &error);
  assert_true (is_error (error, LL_ERROR_LIMIT, "4096"));
}

/* Lengths that claim more than there can be must not allocate anything. */
static void
huge_lengths (void **state)
{
  g_autoptr (LlPgpWalk) walk = ll_pgp_walk_new ();
  assert_true (ll_pgp_walk_feed (walk, OCTETS (0xcb, 255, 255, 255, 255, 255, 'b'), NULL));
  assert_false (ll_pgp_walk_at_end (walk));
  g_autoptr (LlPgpWalk) partial = ll_pgp_walk_new ();
  assert_true (ll_pgp_walk_feed (partial, OCTETS (0xcb, 254, 'b'), NULL));
  assert_false (ll_pgp_walk_at_end (partial));
}

static void
compressed_rubbish (void **state)
{
  g_autoptr (LlPgpWalk) walk = ll_pgp_walk_new ();
  assert_true (ll_pgp_walk_feed (walk, OCTETS (0xa3, 1, 0xff, 0xff, 0xff), NULL));
  g_autoptr (LlPgpWalk) inside = ll_pgp_walk_inside (walk);
  gsize n;
  ll_pgp_walk_packets (inside, &n);
  assert_int_equal (n, 0);
  g_autoptr (LlPgpWalk) bzip2 = ll_pgp_walk_new ();
  assert_true (ll_pgp_walk_feed (bzip2, OCTETS (0xa3, 3, 'B', 'Z'), NULL));
  assert_null (ll_pgp_walk_inside (bzip2));
  g_autoptr (LlPgpWalk) none = ll_pgp_walk_new ();
  assert_null (ll_pgp_walk_inside (none));
}

/* Octets without sense, always the same ones. */
static void
random_octets (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (9580);
  for (int round = 0; round < 20000; round++)
    {
      guint8 data[64];
      for (gsize i = 0; i < sizeof data; i++)
        data[i] = (guint8)g_rand_int (random);
      data[0] |= 0x80;
      g_autoptr (LlPgpWalk) whole = walk_over (data, sizeof data, sizeof data, NULL);
      g_autoptr (LlPgpWalk) single = walk_over (data, sizeof data, 1, NULL);
      assert_true ((whole == NULL) == (single == NULL));
      if (whole != NULL)
        assert_int_equal (ll_pgp_walk_at_end (whole), ll_pgp_walk_at_end (single));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (old_format),    cmocka_unit_test (new_format),
    cmocka_unit_test (cut),           cmocka_unit_test (no_packets),
    cmocka_unit_test (details),       cmocka_unit_test (too_many),
    cmocka_unit_test (huge_lengths),  cmocka_unit_test (compressed_rubbish),
    cmocka_unit_test (random_octets),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
