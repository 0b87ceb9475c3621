/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-charset-private.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "ll-gmime-private.h"

/* No charset needs more octets for one character, shift sequences included. */
#define CHARACTER_MAX 32u

typedef struct
{
  GIConv conversion;
  LlSink *next;
  gsize n_held; /* octets at the start of @in that wait for more */
  char in[4096];
  char out[8192];
} Charset;

static GIConv
open_conversion (const char *charset)
{
  const char *name = charset != NULL ? ll_gmime_charset (charset) : "UTF-8";
  if (name != NULL && (g_ascii_strcasecmp (name, "us-ascii") == 0 || g_ascii_strcasecmp (name, "ascii") == 0))
    name = "UTF-8";
  GIConv conversion = name != NULL ? g_iconv_open ("UTF-8", name) : (GIConv)-1;
  return conversion != (GIConv)-1 ? conversion : g_iconv_open ("UTF-8", "ISO-8859-1");
}

/* Whole characters; but iconv() also makes some that are outside of Unicode, which others refuse to take. */
static gboolean
emit (Charset *self, const char *text, gsize length, GError **error)
{
  const char *end = text + length;
  while (text < end)
    {
      const char *stop;
      g_utf8_validate_len (text, (gsize)(end - text), &stop);
      const char *rest = stop;
      if (rest < end)
        rest++;
      gboolean bad = stop < end && *stop != '\0';
      while (bad && rest < end && ((guint8)*rest & 0xc0) == 0x80)
        rest++;
      if (!ll_sink_write (self->next, text, (gsize)((bad ? stop : rest) - text), error)
          || (bad && !ll_sink_puts (self->next, "\xEF\xBF\xBD", error)))
        return FALSE;
      text = rest;
    }
  return TRUE;
}

/* Converts what is in @in and leaves an incomplete character at its start. */
static gboolean
convert (Charset *self, GError **error)
{
  char *from = self->in;
  gsize left = self->n_held;
  gboolean incomplete = FALSE;
  while (left > 0 && !incomplete)
    {
      char *to = self->out;
      gsize room = sizeof self->out - 3;
      if (g_iconv (self->conversion, &from, &left, &to, &room) == (gsize)-1 && errno != E2BIG)
        {
          incomplete = errno == EINVAL && left < CHARACTER_MAX;
          if (!incomplete)
            {
              memcpy (to, "\xEF\xBF\xBD", 3);
              to += 3;
              from++;
              left--;
            }
        }
      if (!emit (self, self->out, (gsize)(to - self->out), error))
        return FALSE;
    }
  memmove (self->in, from, left);
  self->n_held = left;
  return TRUE;
}

static gboolean
charset_write (gpointer data, const guint8 *octets, gsize length, GError **error)
{
  Charset *self = data;
  while (length > 0)
    {
      gsize n = MIN (length, sizeof self->in - self->n_held);
      memcpy (self->in + self->n_held, octets, n);
      self->n_held += n;
      octets += n;
      length -= n;
      if (!convert (self, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
charset_finish (gpointer data, GError **error)
{
  Charset *self = data;
  if (self->n_held > 0 && !ll_sink_puts (self->next, "\xEF\xBF\xBD", error))
    return FALSE;
  char *to = self->out;
  gsize room = sizeof self->out;
  g_iconv (self->conversion, NULL, NULL, &to, &room);
  return emit (self, self->out, (gsize)(to - self->out), error) && ll_sink_finish (self->next, error);
}

static void
charset_free (gpointer data)
{
  Charset *self = data;
  g_iconv_close (self->conversion);
  ll_sink_free (self->next);
  OPENSSL_cleanse (self, sizeof *self);
  g_free (self);
}

LlSink *
ll_sink_to_utf8 (const char *charset, LlSink *next)
{
  static const LlSinkOps ops = { charset_write, charset_finish, charset_free };
  Charset *self = g_new0 (Charset, 1);
  self->conversion = open_conversion (charset);
  self->next = next;
  return ll_sink_new (&ops, self);
}

static gboolean
string_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  g_string_append_len (self, (const char *)data, (gssize)length);
  return TRUE;
}

void
ll_charset_append (GString *out, const char *charset, const guint8 *data, gsize length)
{
  static const LlSinkOps ops = { string_write, NULL, NULL };
  if (length == 0)
    return;
  g_autoptr (LlSink) sink = ll_sink_to_utf8 (charset, ll_sink_new (&ops, out));
  /* A string takes everything. */
  (void)(ll_sink_write (sink, data, length, NULL) && ll_sink_finish (sink, NULL));
}
