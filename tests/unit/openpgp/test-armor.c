/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 9580 6, security.md, C-18: armor is taken off exactly or refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gpg-home.h"
#include "ll-pgp-armor.h"

#define BEGIN "-----BEGIN PGP MESSAGE-----\n"
#define END "-----END PGP MESSAGE-----\n"
/* "abcdefgh" */
#define DATA "YWJjZGVmZ2g=\n"
#define CRC "=6GzB\n"

static char *
dearmor (const char *text, gboolean *complete, GError **error)
{
  g_autoptr (LlSpool) spool = spool_of_text (text);
  g_autoptr (LlPgpArmor) armor = ll_pgp_armor_open (ll_spool_octets (spool), error);
  assert_non_null (armor);
  g_autoptr (GString) all = g_string_new (NULL);
  guint8 buffer[LL_PGP_ARMOR_MIN];
  for (gsize n = 1; n > 0;)
    {
      if (!ll_pgp_armor_read (armor, buffer, sizeof buffer, &n, error))
        return NULL;
      g_string_append_len (all, (const char *)buffer, (gssize)n);
    }
  if (complete != NULL)
    *complete = ll_pgp_armor_complete (armor);
  return g_string_free (g_steal_pointer (&all), FALSE);
}

static LlPgpForm
form_of (const char *text)
{
  g_autoptr (LlSpool) spool = spool_of_text (text);
  g_autoptr (LlPgpArmor) armor = ll_pgp_armor_open (ll_spool_octets (spool), NULL);
  return ll_pgp_armor_form (armor);
}

static void
decodes (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = dearmor (text, NULL, &error);
  if (error != NULL)
    fail_msg ("%s: %s", text, error->message);
  assert_string_equal (data, "abcdefgh");
}

static void
refuses (const char *text, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = dearmor (text, NULL, &error);
  assert_null (data);
  if (!is_error (error, LL_ERROR_MALFORMED, part))
    fail_msg ("%s", text);
}

static void
forms (void **state)
{
  assert_int_equal (form_of (BEGIN "\n" DATA END), LL_PGP_ARMOR_MESSAGE);
  assert_int_equal (form_of ("-----BEGIN PGP SIGNATURE-----\n\n"), LL_PGP_ARMOR_SIGNATURE);
  assert_int_equal (form_of ("-----BEGIN PGP SIGNED MESSAGE-----\n\n"), LL_PGP_ARMOR_SIGNED_MESSAGE);
  assert_int_equal (form_of ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"), LL_PGP_ARMOR_KEY);
  assert_int_equal (form_of ("-----BEGIN PGP SOMETHING-----\n\n"), LL_PGP_ARMOR_OTHER);
  assert_int_equal (form_of ("\xc1\x01"), LL_PGP_BINARY);
  assert_int_equal (form_of (" \n\r\n" BEGIN), LL_PGP_ARMOR_MESSAGE);
  assert_int_equal (form_of (""), LL_PGP_NOT_OPENPGP);
  assert_int_equal (form_of ("Hello\n" BEGIN), LL_PGP_NOT_OPENPGP);
  assert_int_equal (form_of ("> " BEGIN), LL_PGP_NOT_OPENPGP);
  assert_int_equal (form_of ("\n\xc1\x01"), LL_PGP_NOT_OPENPGP);
  assert_int_equal (form_of ("-----BEGIN CERTIFICATE-----\n"), LL_PGP_NOT_OPENPGP);
}

static void
accepted (void **state)
{
  decodes (BEGIN "\n" DATA CRC END);
  decodes (BEGIN "Version: x\nComment: y\n\n" DATA CRC END);
  decodes (BEGIN "\n" DATA END);
  decodes (BEGIN DATA CRC END);
  decodes (BEGIN "   \n" DATA CRC END "\n \r\n\n");
  decodes ("-----BEGIN PGP MESSAGE-----\r\n\r\nYWJjZGVmZ2g=\r\n=6GzB\r\n-----END PGP MESSAGE-----\r\n");
  /* lines that do not hold whole groups of four, and white space at their ends */
  decodes (BEGIN "\nYWJ\njZGV  \nmZ2g=\n" CRC END);
  decodes (BEGIN "\nY\nW\nJ\nj\nZ\nG\nV\nm\nZ\n2\ng\n=\n" CRC END);
}

static void
footer_may_be_missing (void **state)
{
  gboolean complete = TRUE;
  g_autofree char *data = dearmor (BEGIN "\n" DATA CRC, &complete, NULL);
  assert_string_equal (data, "abcdefgh");
  assert_false (complete);
  g_autofree char *whole = dearmor (BEGIN "\n" DATA CRC END, &complete, NULL);
  assert_string_equal (whole, "abcdefgh");
  assert_true (complete);
}

static void
refused (void **state)
{
  refuses (BEGIN "\n" DATA "=AAAA\n" END, "checksum");
  refuses (BEGIN "\n" DATA "=AA!A\n" END, "base64");
  refuses (BEGIN "\nYWJj!GVmZ2g=\n" END, "base64");
  refuses (BEGIN "\nYWJjZGVmZ2g\n" END, "base64");
  refuses (BEGIN "\nYWJjZGVmZ2g==\n" END, "base64");
  refuses (BEGIN "\nYWJjZGVmZ2g=YWJj\n" END, "base64");
  refuses (BEGIN "\n" DATA DATA END, "base64");
  refuses (BEGIN "\n" DATA CRC DATA END, "base64");
  refuses (BEGIN "\n" DATA CRC CRC END, "base64");
  refuses (BEGIN "\n" DATA CRC END "x\n", "outside");
  refuses (BEGIN "\n" DATA CRC END BEGIN "\n" DATA CRC END, "several");
  refuses ("Hello\n" BEGIN "\n" DATA CRC END, "not an OpenPGP");
  refuses ("", "not an OpenPGP");
}

static void
endless_lines (void **state)
{
  g_autoptr (GString) text = g_string_new (BEGIN "\n");
  for (int i = 0; i < 5000; i++)
    g_string_append (text, "AAAA");
  refuses (text->str, "base64");
  g_autoptr (GString) headers = g_string_new (BEGIN);
  for (int i = 0; i < 5000; i++)
    g_string_append (headers, "Comment: x\n");
  g_autoptr (GError) error = NULL;
  g_autofree char *data = dearmor (headers->str, NULL, &error);
  assert_null (data);
}

/* Every prefix of an armored message ends, with an error or without, and never reads too far. */
static void
every_prefix (void **state)
{
  static const char whole[] = BEGIN "Version: 1\n\nYWJjZGVm\nZ2g=\n" CRC END;
  for (gsize n = 0; n <= strlen (whole); n++)
    {
      g_autofree char *prefix = g_strndup (whole, n);
      g_autoptr (GError) error = NULL;
      g_autofree char *data = dearmor (prefix, NULL, &error);
      assert_true ((data == NULL) == (error != NULL));
      /* before the empty line a header cut short looks like data */
      assert_true (n < strlen (BEGIN "Version: 1\n") || data == NULL || g_str_has_prefix ("abcdefgh", data));
    }
}

/* Against gpg's own armor, over lengths around the ends of lines. */
static void
all_lengths (void **state)
{
  g_autoptr (GpgHome) home = gpg_home_new ();
  for (gsize n = 1; n <= 200; n += n < 60 ? 1 : 23)
    {
      g_autofree guint8 *data = g_malloc (n);
      for (gsize i = 0; i < n; i++)
        data[i] = (guint8)(i * 7 + n);
      gpg_save (home, "data", data, n);
      g_autofree char *armor
          = gpg_sh (home, "gpg --batch --enarmor < data 2>/dev/null | sed 's/ARMORED FILE/MESSAGE/'");
      g_autoptr (GError) error = NULL;
      g_autoptr (LlSpool) spool = spool_of_text (armor);
      g_autoptr (LlPgpArmor) reader = ll_pgp_armor_open (ll_spool_octets (spool), NULL);
      guint8 buffer[8 * LL_PGP_ARMOR_MIN];
      gsize got;
      assert_true (ll_pgp_armor_read (reader, buffer, sizeof buffer, &got, &error));
      assert_int_equal (got, n);
      assert_memory_equal (buffer, data, n);
    }
}

/* What is written, read back and read by gpg. */
static void
writes_all_lengths (void **state)
{
  g_autoptr (GpgHome) home = gpg_home_new ();
  for (gsize n = 1; n <= 60000; n += n < 200 ? 1 : 9973)
    {
      g_autofree guint8 *data = g_malloc (n);
      for (gsize i = 0; i < n; i++)
        data[i] = (guint8)(i * 5 + n);
      g_autoptr (LlSpool) binary = spool_of (data, n);
      g_autoptr (LlSpool) armored = ll_spool_new ();
      g_autoptr (LlSink) sink = ll_spool_sink (armored);
      assert_true (ll_pgp_armor_write (ll_spool_octets (binary), "MESSAGE", sink, NULL));
      g_autoptr (LlPgpArmor) reader = ll_pgp_armor_open (ll_spool_octets (armored), NULL);
      g_autofree guint8 *back = g_malloc (90000);
      gsize got;
      assert_true (ll_pgp_armor_read (reader, back, 90000, &got, NULL));
      assert_int_equal (got, n);
      assert_memory_equal (back, data, n);
      if (n % 20 != 1)
        continue;
      g_autofree char *text = text_of (armored);
      gpg_save (home, "data", data, n);
      gpg_save (home, "armor", text, strlen (text));
      g_free (gpg_sh (home, "gpg --batch --dearmor < armor | cmp - data"));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (forms),
    cmocka_unit_test (accepted),
    cmocka_unit_test (footer_may_be_missing),
    cmocka_unit_test (refused),
    cmocka_unit_test (endless_lines),
    cmocka_unit_test (every_prefix),
    cmocka_unit_test (all_lengths),
    cmocka_unit_test (writes_all_lengths),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
