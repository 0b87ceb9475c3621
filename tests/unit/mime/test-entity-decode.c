/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "entity-test.h"

#include "ll-canonical.h"

typedef gboolean (*Write) (const LlEntity *entity, LlSink *out, GError **error);

static GString *
run (const LlEntity *entity, Write write)
{
  GString *out = g_string_new (NULL);
  g_autoptr (LlSink) sink = string_sink (out);
  g_autoptr (GError) error = NULL;
  if (!write (entity, sink, &error))
    fail_msg ("%s", error->message);
  return out;
}

static void
assert_text (const char *message, const char *expected)
{
  g_auto (Message) m = message_of_text (message);
  g_autoptr (GString) text = run (m.root, ll_entity_write_text);
  assert_string_equal (text->str, expected);
  assert_true (g_utf8_validate (text->str, (gssize)text->len, NULL));
}

static gboolean
decode_strictly (const LlEntity *entity, LlSink *out, GError **error)
{
  return ll_entity_decode (entity, TRUE, "the signature part", out, error);
}

static gboolean
decode_leniently (const LlEntity *entity, LlSink *out, GError **error)
{
  return ll_entity_decode (entity, FALSE, "the part", out, error);
}

static void
test_decode (void **state)
{
  static const char *const cases[][2] = {
    { "Content-Transfer-Encoding: base64\n\nZm9v\nYmFy\n", "foobar" },
    { "Content-Transfer-Encoding: quoted-printable\r\n\r\na=3D=\r\nb\r\n", "a=b\r\n" },
    { "Content-Transfer-Encoding: binary\n\na\r\nb\n", "a\r\nb\n" },
    { "X: 1\n\na=3D\n", "a=3D\n" },
    { "X: 1\n", "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Message) m = message_of_text (cases[i][0]);
      g_autoptr (GString) strict = run (m.root, decode_strictly);
      g_autoptr (GString) lenient = run (m.root, decode_leniently);
      assert_string_equal (strict->str, cases[i][1]);
      assert_string_equal (lenient->str, cases[i][1]);
    }
}

static void
assert_decode_refused (const char *message, int code, const char *part)
{
  g_auto (Message) m = message_of_text (message);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (LlSink) sink = string_sink (out);
  g_autoptr (GError) error = NULL;
  assert_false (decode_strictly (m.root, sink, &error));
  assert_refused (error, code, part);
  g_autoptr (GString) lenient = run (m.root, decode_leniently);
  assert_true (lenient->len > 0);
}

static void
test_decode_refuses (void **state)
{
  assert_decode_refused ("Content-Transfer-Encoding: base64\n\nZm9v!!!!\n", LL_ERROR_MALFORMED,
                         "damaged: base64 in the signature part");
  assert_decode_refused ("Content-Transfer-Encoding: quoted-printable\n\na=zz\n", LL_ERROR_MALFORMED,
                         "damaged: quoted-printable in the signature part");
  assert_decode_refused ("Content-Transfer-Encoding: x-uuencode\n\nbegin\n", LL_ERROR_UNSUPPORTED,
                         "transfer encoding of the signature part");
}

static void
test_text (void **state)
{
  assert_text ("X: 1\r\n\r\nplain\r\ntext\r\n", "plain\ntext\n");
  assert_text ("Content-Type: text/plain; charset=iso-8859-1\n\nJ\xf6rg\n", "J\xc3\xb6rg\n");
  assert_text ("Content-Type: text/plain; charset=\"UTF-8\"\nContent-Transfer-Encoding: "
               "quoted-printable\n\nJ=C3=B6rg=\n!\n",
               "J\xc3\xb6rg!\n");
  assert_text (
      "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nSsO2cmcNCmENCg==\n",
      "J\xc3\xb6rg\na\n");
  assert_text ("Content-Type: text/plain; charset=us-ascii\n\nJ\xc3\xb6rg\n", "J\xc3\xb6rg\n");
  assert_text ("X: 1\n\nJ\xf6rg \xff\n", "J\xef\xbf\xbdrg \xef\xbf\xbd\n");
  assert_text ("Content-Type: text/plain; charset=no-such\n\nJ\xf6rg\n", "J\xc3\xb6rg\n");
  assert_text ("Content-Type: text/plain; charset=\"utf-8//TRANSLIT\"\n\nJ\xf6rg\n", "J\xc3\xb6rg\n");
  assert_text ("Content-Type: text/plain; charset=\"\"\n\nJ\xf6rg\n", "J\xc3\xb6rg\n");
  assert_text ("Content-Type: text/plain; charset=utf-8\n\ncut \xe2\x82", "cut \xef\xbf\xbd");
  assert_text ("Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B8@8l\x1b(B.\n",
               "\xe8\xa8\x80\xe8\xaa\x9e.\n");
  assert_text ("Content-Type: text/plain; charset=windows-1252\n\n\x80 \x81\n",
               "\xe2\x82\xac \xef\xbf\xbd\n");
  assert_text ("Content-Transfer-Encoding: base64\n\n!!!!\n", "");
}

/* Characters across every edge of the buffers inside. */
static void
test_long_text (void **state)
{
  g_autoptr (GString) message = g_string_new ("Content-Type: text/plain; charset=utf-8\n\n");
  gsize start = message->len;
  for (guint i = 0; i < 60000; i++)
    g_string_append (message, i % 7 == 0 ? "a" : i % 2 == 0 ? "\xe2\x82\xac" : "\xf0\x9f\x94\x92");
  g_auto (Message) m = message_of_text (message->str);
  g_autoptr (GString) text = run (m.root, ll_entity_write_text);
  assert_string_equal (text->str, message->str + start);

  g_autoptr (GString) bad = g_string_new ("Content-Type: text/plain; charset=utf-8\n\n");
  for (guint i = 0; i < 9000; i++)
    g_string_append (bad, "\xf0\x9f");
  g_auto (Message) b = message_of_text (bad->str);
  g_autoptr (GString) replaced = run (b.root, ll_entity_write_text);
  assert_true (replaced->len >= 3 * 9000 && replaced->len <= 3 * 18000);
  assert_true (g_utf8_validate (replaced->str, (gssize)replaced->len, NULL));
}

static void
test_eol (void **state)
{
  static const struct
  {
    const char *text;
    LlEol eol;
  } cases[] = {
    { "", LL_EOL_NONE },           { "a\rb\r", LL_EOL_NONE },    { "a\n", LL_EOL_LF },
    { "a\r\nb\r\n", LL_EOL_CRLF }, { "a\r\nb\n", LL_EOL_MIXED }, { "a\n\r\n", LL_EOL_MIXED },
    { "\n", LL_EOL_LF },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LlEol eol;
      g_autoptr (LlSpool) spool = spool_of_text (cases[i].text);
      assert_true (ll_octets_eol (ll_spool_octets (spool), &eol, NULL));
      assert_int_equal (eol, cases[i].eol);
    }
  /* CR and LF on both sides of a buffer edge. */
  for (gsize size = LL_CHUNK - 3; size < LL_CHUNK + 3; size++)
    {
      LlEol eol;
      g_autofree char *filler = g_strnfill (size, 'x');
      g_autofree char *text = g_strconcat (filler, "\r\n", NULL);
      g_autoptr (LlSpool) spool = spool_of_text (text);
      assert_true (ll_octets_eol (ll_spool_octets (spool), &eol, NULL));
      assert_int_equal (eol, LL_EOL_CRLF);
    }
}

static void
test_copy_lf (void **state)
{
  g_auto (Message) leaf = message_of_text ("X: 1\r\n\r\na\r\nb\r\n");
  g_autoptr (GString) text = run (leaf.root, ll_entity_copy_lf);
  assert_string_equal (text->str, "a\nb\n");

  g_auto (Message) m
      = message_of_text ("Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                         "--b\r\n\r\none\r\n--b\r\nContent-Transfer-Encoding: binary\r\n\r\nt\r\nw\no\r\r\n"
                         "--b\r\nContent-Transfer-Encoding: binary\r\n\r\n\r\n--b\r\n\r\nthree\r\n--b--\r\n");
  g_autoptr (GString) copy = run (m.root, ll_entity_copy_lf);
  assert_string_equal (copy->str, "--b\n\none\n--b\nContent-Transfer-Encoding: binary\n\nt\r\nw\no\r\n"
                                  "--b\nContent-Transfer-Encoding: binary\n\n\n--b\n\nthree\n--b--\n");
  g_auto (Message) binary = message_of_text ("Content-Transfer-Encoding: binary\r\n\r\na\r\nb\r\n");
  g_autoptr (GString) exact = run (binary.root, ll_entity_copy_lf);
  assert_string_equal (exact->str, "a\r\nb\r\n");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_decode), cmocka_unit_test (test_decode_refuses),
    cmocka_unit_test (test_text),   cmocka_unit_test (test_long_text),
    cmocka_unit_test (test_eol),    cmocka_unit_test (test_copy_lf),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
