/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 2047.  Not GMime's decoder: that one cuts the text at a NUL inside an
 * encoded word, which hides what follows from whoever is to be warned of it.
 */
#include <string.h>

#include "ll-charset-private.h"
#include "ll-gmime-private.h"
#include "ll-header-private.h"

typedef struct
{
  const char *charset, *text, *end; /* @end: behind the closing "?=" */
  gsize charset_length, text_length;
  gboolean base64;
} Word;

/* Reads "=?charset*language?B?text?=" at @p. */
static gboolean
read_word (const char *p, Word *word)
{
  if (p[0] != '=' || p[1] != '?')
    return FALSE;
  word->charset = p + 2;
  gsize n = strcspn (word->charset, "? \t");
  if (n == 0 || word->charset[n] != '?')
    return FALSE;
  word->charset_length = MIN (n, strcspn (word->charset, "*?"));
  const char *encoding = word->charset + n + 1;
  if (*encoding == '\0' || strchr ("bBqQ", *encoding) == NULL || encoding[1] != '?')
    return FALSE;
  word->base64 = g_ascii_tolower (*encoding) == 'b';
  word->text = encoding + 2;
  word->text_length = strcspn (word->text, "?");
  word->end = word->text + word->text_length + 2;
  return word->text[word->text_length] == '?' && word->text[word->text_length + 1] == '=';
}

static void
decode_q (GByteArray *out, const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      guint8 c = (guint8)text[i];
      if (c == '_')
        c = ' ';
      else if (c == '=' && i + 2 < length && g_ascii_isxdigit (text[i + 1]) && g_ascii_isxdigit (text[i + 2]))
        {
          c = (guint8)(g_ascii_xdigit_value (text[i + 1]) * 16 + g_ascii_xdigit_value (text[i + 2]));
          i += 2;
        }
      g_byte_array_append (out, &c, 1);
    }
}

static void
decode_b (GByteArray *out, const char *text, gsize length)
{
  int state = 0;
  guint save = 0;
  g_autofree guchar *octets = g_malloc (length / 4 * 3 + 3);
  gsize n = g_base64_decode_step (text, length, octets, &state, &save);
  g_byte_array_append (out, octets, (guint)n);
}

/* A character may be split between neighbouring words, although RFC 2047 5 forbids it: octets of the same
 * charset are gathered before they are converted. */
typedef struct
{
  GString *out;
  GByteArray *octets;
  char *charset; /* of @octets */
  gboolean after_word;
} Decoder;

static void
flush (Decoder *self)
{
  if (self->charset != NULL)
    ll_charset_append (self->out, self->charset, self->octets->data, self->octets->len);
  g_byte_array_set_size (self->octets, 0);
  g_clear_pointer (&self->charset, g_free);
}

static void
select_charset (Decoder *self, const char *charset, gsize length)
{
  if (self->charset != NULL && strlen (self->charset) == length
      && g_ascii_strncasecmp (self->charset, charset, length) == 0)
    return;
  flush (self);
  self->charset = g_strndup (charset, length);
}

static void
add_word (Decoder *self, const Word *word)
{
  select_charset (self, word->charset, word->charset_length);
  (word->base64 ? decode_b : decode_q) (self->octets, word->text, word->text_length);
  self->after_word = TRUE;
}

static void
add_plain (Decoder *self, const char *text, gsize length)
{
  select_charset (self, "UTF-8", 5);
  g_byte_array_append (self->octets, (const guint8 *)text, (guint)length);
  self->after_word = FALSE;
}

GString *
ll_header_decode_words (const char *value)
{
  g_autoptr (GByteArray) octets = g_byte_array_new ();
  Decoder self = { g_string_new (NULL), octets, NULL, FALSE };
  for (const char *p = value; *p != '\0';)
    {
      Word word;
      gsize blank = strspn (p, " \t\r\n");
      if (read_word (p + blank, &word))
        {
          /* White space between two encoded words is not shown. */
          if (!self.after_word)
            add_plain (&self, p, blank);
          add_word (&self, &word);
          p = word.end;
          continue;
        }
      gsize n = blank + strcspn (p + blank, " \t\r\n=");
      if (n == blank && p[n] == '=')
        n++;
      add_plain (&self, p, n);
      p += n;
    }
  flush (&self);
  return self.out;
}

char *
ll_header_decode (const char *value)
{
  GString *text = ll_header_decode_words (value);
  for (gsize i = 0; i < text->len; i++)
    if (text->str[i] == '\0' || text->str[i] == '\r' || text->str[i] == '\n')
      text->str[i] = ' ';
  return g_string_free (text, FALSE);
}

gint64
ll_header_date (const LlHeader *header)
{
  const char *value = ll_header_get (header, "Date");
  /* No date is longer; what is must not reach another parser. */
  if (value == NULL || ll_header_count (header, "Date") != 1 || strlen (value) > 200)
    return -1;
  return ll_gmime_date (value);
}
