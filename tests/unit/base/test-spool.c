/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ll-limits.h"
#include "ll-secret.h"
#include "ll-spool.h"

static guint8
octet_at (guint64 i)
{
  return (guint8)((i * 2654435761u) >> 13);
}

static LlSpool *
filled (guint64 length)
{
  LlSpool *spool = ll_spool_new ();
  g_autofree guint8 *data = g_malloc (length + 1);
  for (guint64 i = 0; i < length; i++)
    data[i] = octet_at (i);
  /* Pieces of odd sizes, so that blocks are entered in the middle. */
  for (guint64 at = 0, piece = 1; at < length; at += piece, piece = piece * 3 % 70001 + 1)
    {
      piece = MIN (piece, length - at);
      assert_true (ll_spool_append (spool, data + at, piece, NULL));
    }
  return spool;
}

static void
assert_reads (LlOctets octets, guint64 first, guint64 offset, gsize length)
{
  g_autofree guint8 *buffer = g_malloc (length);
  gsize n = 0;
  assert_true (ll_octets_read (octets, offset, buffer, length, &n, NULL));
  assert_int_equal (n, MIN (length, octets.length - offset));
  for (gsize i = 0; i < n; i++)
    assert_int_equal (buffer[i], octet_at (first + offset + i));
}

static void
reads_at_any_place (void **state)
{
  const guint64 sizes[] = { 1, LL_SPOOL_MEMORY, LL_SPOOL_MEMORY + 1, LL_SPOOL_MEMORY * 3 + 5 };
  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr (LlSpool) spool = filled (sizes[s]);
      LlOctets all = ll_spool_octets (spool);
      assert_int_equal (ll_spool_length (spool), sizes[s]);
      assert_reads (all, 0, 0, sizes[s]);
      for (guint64 at = 0; at < sizes[s]; at += sizes[s] / 37 + 1)
        assert_reads (all, 0, at, 100);
      LlOctets sub = ll_octets_sub (all, sizes[s] / 3, sizes[s] / 2);
      assert_reads (sub, sizes[s] / 3, 0, (gsize)sub.length + 1);
    }
}

static void
appends_after_reading (void **state)
{
  g_autoptr (LlSpool) spool = filled (LL_SPOOL_MEMORY + 100);
  assert_reads (ll_spool_octets (spool), 0, 7, 50);
  guint64 end = ll_spool_length (spool);
  guint8 next[33];
  for (guint i = 0; i < sizeof next; i++)
    next[i] = octet_at (end + i);
  assert_true (ll_spool_append (spool, next, sizeof next, NULL));
  assert_reads (ll_spool_octets (spool), 0, end - 20, 53);
}

static void
reader_walks_everything_once (void **state)
{
  g_autoptr (LlSpool) spool = filled (LL_SPOOL_MEMORY + 12345);
  g_auto (LlReader) reader = { 0 };
  ll_reader_init (&reader, ll_spool_octets (spool));
  const guint8 *data;
  gsize n;
  guint64 seen = 0;
  while (ll_reader_need (&reader, 17, &data, &n, NULL) && n > 0)
    {
      gsize take = MIN (n, 1000 + (gsize)(seen % 7));
      for (gsize i = 0; i < take; i += 97)
        assert_int_equal (data[i], octet_at (seen + i));
      ll_reader_skip (&reader, take);
      seen += take;
      assert_int_equal (reader.position, seen);
    }
  assert_int_equal (seen, ll_spool_length (spool));
}

static void
reader_skips_beyond_its_buffer (void **state)
{
  g_autoptr (LlSpool) spool = filled (LL_SPOOL_MEMORY * 2);
  g_auto (LlReader) reader = { 0 };
  const guint8 *data;
  gsize n;
  ll_reader_init (&reader, ll_spool_octets (spool));
  assert_true (ll_reader_fill (&reader, &data, &n, NULL));
  ll_reader_skip (&reader, LL_SPOOL_MEMORY + 3);
  assert_true (ll_reader_fill (&reader, &data, &n, NULL));
  assert_int_equal (data[0], octet_at (LL_SPOOL_MEMORY + 3));
}

/* What lies in the file must not be what was spooled. */
static void
nothing_readable_reaches_the_disk (void **state)
{
  g_autofree char *folder = g_dir_make_tmp ("ll-spool-XXXXXX", NULL);
  g_autofree char *old = g_strdup (g_getenv ("TMPDIR"));
  g_setenv ("TMPDIR", folder, TRUE);
  g_autoptr (LlSpool) spool = ll_spool_new ();
  char block[4096];
  memset (block, 'A', sizeof block);
  for (guint i = 0; i < LL_SPOOL_MEMORY / sizeof block + 64; i++)
    assert_true (ll_spool_append (spool, block, sizeof block, NULL));
  guint checked = 0;
  for (int fd = 3; fd < 64; fd++)
    {
      g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
      g_autofree char *target = g_file_read_link (link, NULL);
      if (target == NULL || !g_str_has_prefix (target, folder))
        continue;
      char disk[4096];
      assert_int_equal (pread (fd, disk, sizeof disk, 0), sizeof disk);
      assert_null (memmem (disk, sizeof disk, "AAAA", 4));
      checked++;
    }
  assert_int_equal (checked, 1);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  assert_null (g_dir_read_name (dir));
  if (old != NULL)
    g_setenv ("TMPDIR", old, TRUE);
  else
    g_unsetenv ("TMPDIR");
  g_rmdir (folder);
}

static void
limit_is_an_error_and_stays_one (void **state)
{
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;
  ll_spool_set_limit (spool, 10, "test size");
  assert_true (ll_spool_append (spool, "0123456789", 10, NULL));
  assert_false (ll_spool_append (spool, "x", 1, &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_LIMIT));
  assert_non_null (strstr (error->message, "test size"));
  assert_false (ll_spool_append (spool, "", 1, &again));
  assert_non_null (again);
}

static void
a_full_disk_is_an_error (void **state)
{
  struct rlimit old;
  assert_int_equal (getrlimit (RLIMIT_FSIZE, &old), 0);
  struct rlimit small = { LL_SPOOL_MEMORY, old.rlim_max };
  g_autoptr (LlSpool) spool = filled (LL_SPOOL_MEMORY);
  g_autoptr (GError) error = NULL;
  signal (SIGXFSZ, SIG_IGN);
  assert_int_equal (setrlimit (RLIMIT_FSIZE, &small), 0);
  gboolean ok = ll_spool_append (spool, "more", 4, &error);
  assert_int_equal (setrlimit (RLIMIT_FSIZE, &old), 0);
  assert_false (ok);
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_IO));
}

static void
reads_a_descriptor_to_its_end (void **state)
{
  int ends[2];
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (GError) error = NULL;
  assert_int_equal (pipe (ends), 0);
  assert_int_equal (write (ends[1], "abc", 3), 3);
  close (ends[1]);
  assert_true (ll_spool_append_fd (spool, ends[0], NULL));
  close (ends[0]);
  assert_int_equal (ll_spool_length (spool), 3);
  int folder = open ("/", O_RDONLY | O_CLOEXEC);
  assert_false (ll_spool_append_fd (spool, folder, &error));
  close (folder);
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_IO));
}

static void
loading_is_bounded (void **state)
{
  g_autoptr (LlSpool) spool = filled (1000);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) all = ll_octets_load (ll_spool_octets (spool), 1000, "thing", NULL);
  assert_int_equal (g_bytes_get_size (all), 1000);
  assert_null (ll_octets_load (ll_spool_octets (spool), 999, "thing", &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_LIMIT));
}

static void
sink_copies_and_counts (void **state)
{
  g_autoptr (LlSpool) from = filled (LL_SPOOL_MEMORY + 999);
  g_autoptr (LlSpool) to = ll_spool_new ();
  guint64 count = 0;
  g_autoptr (LlSink) sink = ll_sink_count (&count, ll_spool_sink (to));
  assert_true (ll_octets_copy (ll_spool_octets (from), sink, NULL));
  assert_true (ll_sink_finish (sink, NULL));
  assert_int_equal (count, LL_SPOOL_MEMORY + 999);
  assert_reads (ll_spool_octets (to), 0, 0, count);
}

static void
sink_to_a_full_device_fails (void **state)
{
  int fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  g_autoptr (LlSink) sink = ll_sink_fd (fd, "output");
  g_autoptr (GError) error = NULL;
  assert_false (ll_sink_puts (sink, "x", &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_IO));
  close (fd);
}

static void
sink_to_a_closed_pipe_says_so (void **state)
{
  int ends[2];
  g_autoptr (GError) error = NULL;
  signal (SIGPIPE, SIG_IGN);
  assert_int_equal (pipe (ends), 0);
  close (ends[0]);
  g_autoptr (LlSink) sink = ll_sink_fd (ends[1], "output");
  assert_false (ll_sink_puts (sink, "x", &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_CLOSED));
  close (ends[1]);
}

/* The pages of a secret are marked "do not dump". */
static void
secrets_stay_out_of_core_dumps (void **state)
{
  g_autoptr (LlSecret) secret = ll_secret_new (20);
  memcpy (ll_secret_data (secret), "correct horse", 13);
  ll_secret_truncate (secret, 7);
  assert_string_equal ((const char *)ll_secret_data (secret), "correct");
  g_autofree char *smaps = NULL;
  assert_true (g_file_get_contents ("/proc/self/smaps", &smaps, NULL, NULL));
  g_autofree char *start = g_strdup_printf ("%lx-", (unsigned long)ll_secret_data (secret));
  const char *mapping = strstr (smaps, start);
  assert_non_null (mapping);
  const char *flags = strstr (mapping, "VmFlags:");
  g_autofree char *line = g_strndup (flags, strcspn (flags, "\n"));
  assert_non_null (strstr (line, " dd"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (reads_at_any_place),
    cmocka_unit_test (appends_after_reading),
    cmocka_unit_test (reader_walks_everything_once),
    cmocka_unit_test (reader_skips_beyond_its_buffer),
    cmocka_unit_test (nothing_readable_reaches_the_disk),
    cmocka_unit_test (limit_is_an_error_and_stays_one),
    cmocka_unit_test (a_full_disk_is_an_error),
    cmocka_unit_test (reads_a_descriptor_to_its_end),
    cmocka_unit_test (loading_is_bounded),
    cmocka_unit_test (sink_copies_and_counts),
    cmocka_unit_test (sink_to_a_full_device_fails),
    cmocka_unit_test (sink_to_a_closed_pipe_says_so),
    cmocka_unit_test (secrets_stay_out_of_core_dumps),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
