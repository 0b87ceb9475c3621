/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever a message is made of: its canonical form is safe, has the same
 * structure, and each leaf decodes to the same octets.  Fixed seed.
 */
#include "canonical-test.h"

#include "ll-filter.h"

static const char *const types[]
    = { "text/plain", "text/plain; charset=utf-8", "text/html", "application/octet-stream", "image/png" };

typedef struct
{
  GRand *random;
  GString *out;
  const char *eol; /* NULL: now this, now that */
  guint boundaries;
} Maker;

static int
dice (Maker *m, int sides)
{
  return g_rand_int_range (m->random, 0, sides);
}

static void
end_line (Maker *m)
{
  g_string_append (m->out, m->eol != NULL ? m->eol : dice (m, 2) == 0 ? "\n" : "\r\n");
}

static void
add_line (Maker *m, const char *text)
{
  g_string_append (m->out, text);
  end_line (m);
}

/* Text of all kinds of trouble, such as could stand in a body of this encoding. */
static GString *
make_text (Maker *m, gboolean lines)
{
  static const char *const pieces[] = { "word", "two words", " ",   "\t",          "-- ",  "--",   "From ",
                                        ".",    "=",         "=3D", "J\xc3\xb6rg", "\xff", "\x1b", ">From " };
  GString *text = g_string_new (NULL);
  gboolean tame = dice (m, 3) == 0;
  for (int i = dice (m, dice (m, 10) == 0 ? 3000 : 40); i > 0; i--)
    {
      int kind = dice (m, 12);
      if (kind == 0 && !tame && m->eol != NULL && strcmp (m->eol, "\r\n") == 0)
        g_string_append (text, lines ? "\n" : "\r");
      else if (kind == 1 && !tame)
        g_string_append_c (text, dice (m, 2) == 0 ? '\r' : '\0');
      else if (kind <= 4)
        g_string_append (text, m->eol != NULL ? m->eol : dice (m, 2) == 0 ? "\n" : "\r\n");
      else
        g_string_append (text, pieces[tame ? 0 : dice (m, G_N_ELEMENTS (pieces))]);
    }
  /* CR at a place where an LF follows would be a line end of another kind. */
  while (text->len > 0 && text->str[text->len - 1] == '\r')
    g_string_truncate (text, text->len - 1);
  return text;
}

static GString *
through (LlSink *(*filter) (LlSink *next), const GString *text)
{
  GString *out = g_string_new (NULL);
  g_autoptr (LlSink) sink = filter (string_sink (out));
  assert_true (ll_sink_write (sink, text->str, text->len, NULL) && ll_sink_finish (sink, NULL));
  return out;
}

static void
add_encoded (Maker *m, LlSink *(*filter) (LlSink *next))
{
  g_autoptr (GString) text = make_text (m, TRUE);
  g_autoptr (GString) encoded = through (filter, text);
  g_auto (GStrv) lines = g_strsplit (encoded->str, "\r\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_string_append (m->out, lines[i]);
      if (dice (m, 20) == 0)
        g_string_append_c (m->out, ' ');
      if (lines[i + 1] != NULL)
        end_line (m);
    }
}

static void
make_leaf (Maker *m)
{
  static const char *const encodings[] = { NULL, "7bit", "8bit", "binary", "quoted-printable", "base64" };
  int encoding = dice (m, G_N_ELEMENTS (encodings));
  g_autofree char *type = g_strconcat ("Content-Type: ", types[dice (m, G_N_ELEMENTS (types))], NULL);
  add_line (m, type);
  if (dice (m, 4) == 0)
    add_line (m, "Content-Disposition: attachment; \tfilename=\"J\xc3\xb6rg.txt\"");
  if (dice (m, 4) == 0)
    add_line (m, "X-Blank: folded \t");
  if (encodings[encoding] != NULL)
    {
      g_autofree char *field = g_strconcat ("Content-Transfer-Encoding: ", encodings[encoding], NULL);
      add_line (m, field);
    }
  if (dice (m, 15) == 0)
    return;
  end_line (m);
  if (encoding >= 4)
    add_encoded (m, encoding == 4 ? ll_sink_qp_encode : ll_sink_base64_encode);
  else
    {
      g_autoptr (GString) text = make_text (m, FALSE);
      g_string_append_len (m->out, text->str, (gssize)text->len);
    }
}

static void make_entity (Maker *m, guint depth);

static void
make_multipart (Maker *m, guint depth)
{
  g_autofree char *boundary = g_strdup_printf ("=_%u-%d", m->boundaries++, dice (m, 1000));
  g_autofree char *type = g_strdup_printf ("Content-Type: multipart/mixed;%s boundary=\"%s\"",
                                           dice (m, 2) == 0 ? " x=y; " : "", boundary);
  add_line (m, type);
  if (dice (m, 3) == 0)
    add_line (m, "Content-Transfer-Encoding: 8bit");
  end_line (m);
  if (dice (m, 3) == 0)
    add_line (m, dice (m, 2) == 0 ? "preamble"
                                  : "pr\xc3\xa4"
                                    "ambel ");
  for (int parts = dice (m, 4); parts >= 0; parts--)
    {
      g_string_append_printf (m->out, "--%s%s", boundary, dice (m, 5) == 0 ? " \t" : "");
      end_line (m);
      make_entity (m, depth + 1);
      end_line (m);
    }
  if (dice (m, 8) == 0)
    return;
  g_string_append_printf (m->out, "--%s--", boundary);
  if (dice (m, 3) == 0)
    add_line (m, "");
  if (dice (m, 5) == 0)
    add_line (m, " epilogue ");
}

static void
make_entity (Maker *m, guint depth)
{
  int kind = dice (m, 10);
  if (depth < 4 && kind < 4)
    make_multipart (m, depth);
  else if (depth < 4 && kind == 4)
    {
      add_line (m, "Content-Type: message/rfc822");
      end_line (m);
      add_line (m, "Subject: attached");
      make_entity (m, depth + 1);
    }
  else
    make_leaf (m);
}

/* Line ends as they stand in the canonical form, but for binary. */
static GString *
decoded (const LlEntity *entity, LlEol eol)
{
  GString *out = g_string_new (NULL);
  g_autoptr (GString) lines = octets_string (entity->body);
  g_autoptr (GString) canonical = NULL;
  if (eol == LL_EOL_LF && entity->encoding != LL_CTE_BINARY)
    canonical = through (ll_sink_to_crlf, lines);
  const GString *text = canonical != NULL ? canonical : lines;
  LlSink *sink = string_sink (out);
  if (entity->encoding == LL_CTE_BASE64)
    sink = ll_sink_base64_decode (FALSE, NULL, sink);
  else if (entity->encoding == LL_CTE_QUOTED_PRINTABLE)
    sink = ll_sink_qp_decode (FALSE, NULL, sink);
  assert_true (ll_sink_write (sink, text->str, text->len, NULL) && ll_sink_finish (sink, NULL));
  ll_sink_free (sink);
  return out;
}

static void
assert_same (const LlEntity *before, const LlEntity *after, LlEol eol)
{
  assert_string_equal (before->type, after->type);
  assert_int_equal (ll_entity_n_children (before), ll_entity_n_children (after));
  assert_int_equal (before->closed, after->closed);
  for (guint i = 0; i < ll_entity_n_children (before); i++)
    assert_same (ll_entity_child (before, i), ll_entity_child (after, i), eol);
  if (ll_entity_n_children (before) > 0)
    return;
  g_autoptr (GString) one = decoded (before, eol);
  g_autoptr (GString) two = decoded (after, LL_EOL_CRLF);
  if (one->len != two->len || memcmp (one->str, two->str, one->len) != 0)
    fail_msg ("\"%s\" became \"%s\"", one->str, two->str);
  g_autofree char *name_before = ll_entity_filename (before);
  g_autofree char *name_after = ll_entity_filename (after);
  assert_true (g_strcmp0 (name_before, name_after) == 0);
}

static void
check_message (GRand *random, guint *refused)
{
  static const char *const eols[] = { "\n", "\r\n", NULL };
  Maker maker = { random, g_string_new ("Subject: x"), NULL, 0 };
  maker.eol = eols[dice (&maker, 3)];
  end_line (&maker);
  make_entity (&maker, 0);
  g_auto (Message) m = message_of (maker.out->str, maker.out->len, LL_ENTITY_MESSAGE);
  g_string_free (maker.out, TRUE);
  assert_null (m.error);
  LlEol eol = eol_of (ll_spool_octets (m.spool));
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = canonical_of (&m, TRUE, &error);
  if (text == NULL)
    {
      assert_int_equal (error->code, LL_ERROR_UNSUPPORTED);
      ++*refused;
      return;
    }
  assert_survives (text);
  g_auto (Message) again = message_of (text->str, text->len, LL_ENTITY_PART);
  assert_null (again.error);
  assert_same (m.root, again.root, eol);
  /* What is canonical stays so. */
  g_autoptr (GString) twice = canonical_of (&again, TRUE, NULL);
  assert_string_equal (twice->str, text->str);
}

static void
test_random_messages (void **state)
{
  guint refused = 0;
  g_autoptr (GRand) random = g_rand_new_with_seed (3156);
  for (guint round = 0; round < 1000; round++)
    check_message (random, &refused);
  assert_true (refused < 100);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_random_messages),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
