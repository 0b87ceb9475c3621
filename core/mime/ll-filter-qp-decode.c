/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-filter-private.h"

/* White space at a line end was added on the way and is dropped (RFC 2045 6.7
 * (3)).  More of it than this is taken for text. */
#define BLANKS_MAX 1000u

typedef enum
{
  STATE_TEXT,    /* maybe blanks held */
  STATE_CR,      /* CR behind them */
  STATE_EQUALS,  /* "=" */
  STATE_DIGIT,   /* "=" and a digit */
  STATE_SOFT,    /* "=" and blanks */
  STATE_SOFT_CR, /* "=", maybe blanks, CR */
} State;

typedef struct
{
  LlOut out;
  gboolean strict;
  const char *what;
  State state;
  guint8 digit;
  gsize n_blanks;
  guint8 blanks[BLANKS_MAX];
} Decoder;

static gboolean
put_blanks (Decoder *self, GError **error)
{
  gsize n = self->n_blanks;
  self->n_blanks = 0;
  return ll_out_write (&self->out, self->blanks, n, error);
}

static gboolean
hold_blank (Decoder *self, guint8 octet, GError **error)
{
  if (self->n_blanks == BLANKS_MAX && !put_blanks (self, error))
    return FALSE;
  self->blanks[self->n_blanks++] = octet;
  return TRUE;
}

static gboolean
junk (const Decoder *self, GError **error)
{
  if (self->strict)
    ll_error_set (error, LL_ERROR_MALFORMED, "damaged: quoted-printable in %s", self->what);
  return !self->strict;
}

static gboolean
end_line (Decoder *self, const char *line_end, GError **error)
{
  self->n_blanks = 0;
  self->state = STATE_TEXT;
  return ll_out_write (&self->out, line_end, strlen (line_end), error);
}

/* What was held for an escape that is none stands for itself. */
static gboolean
give_up (Decoder *self, GError **error)
{
  State state = self->state;
  self->state = STATE_TEXT;
  if (!junk (self, error) || (state != STATE_CR && !ll_out_put (&self->out, '=', error)))
    return FALSE;
  if (state == STATE_DIGIT && !ll_out_put (&self->out, self->digit, error))
    return FALSE;
  if (!put_blanks (self, error))
    return FALSE;
  return (state != STATE_CR && state != STATE_SOFT_CR) || ll_out_put (&self->out, '\r', error);
}

static gboolean
decode_text (Decoder *self, guint8 octet, GError **error)
{
  if (octet == ' ' || octet == '\t')
    return hold_blank (self, octet, error);
  if (octet == '\n')
    return end_line (self, "\n", error);
  if (octet == '\r')
    {
      self->state = STATE_CR;
      return TRUE;
    }
  if (!put_blanks (self, error))
    return FALSE;
  if (octet == '=')
    {
      self->state = STATE_EQUALS;
      return TRUE;
    }
  gboolean allowed = octet > 32 && octet < 127;
  return (allowed || junk (self, error)) && ll_out_put (&self->out, octet, error);
}

/* Inside an escape: TRUE in @out_used when @octet belongs to it. */
static gboolean
decode_escape (Decoder *self, guint8 octet, gboolean *out_used, GError **error)
{
  gboolean digit = g_ascii_isxdigit ((char)octet);
  *out_used = TRUE;
  if (octet == '\n' && self->state != STATE_DIGIT)
    return end_line (self, self->state == STATE_CR ? "\r\n" : "", error);
  if (self->state == STATE_DIGIT && digit)
    {
      int value = g_ascii_xdigit_value ((char)self->digit) * 16 + g_ascii_xdigit_value ((char)octet);
      self->state = STATE_TEXT;
      return ll_out_put (&self->out, (guint8)value, error);
    }
  if (self->state == STATE_EQUALS && digit)
    {
      self->digit = octet;
      self->state = STATE_DIGIT;
      return TRUE;
    }
  if (self->state == STATE_EQUALS || self->state == STATE_SOFT)
    {
      if (octet == '\r')
        {
          self->state = STATE_SOFT_CR;
          return TRUE;
        }
      if ((octet == ' ' || octet == '\t') && self->n_blanks < BLANKS_MAX)
        {
          self->state = STATE_SOFT;
          return hold_blank (self, octet, error);
        }
    }
  *out_used = FALSE;
  return give_up (self, error);
}

static gboolean
decode_write (gpointer data, const guint8 *octets, gsize length, GError **error)
{
  Decoder *self = data;
  for (gsize i = 0; i < length; i++)
    {
      gboolean used = FALSE;
      gsize n = self->state == STATE_TEXT && self->n_blanks == 0 ? ll_qp_run (octets + i, length - i) : 0;
      if (n > 0)
        {
          if (!ll_out_write (&self->out, octets + i, n, error))
            return FALSE;
          i += n - 1;
          continue;
        }
      if (self->state != STATE_TEXT && !decode_escape (self, octets[i], &used, error))
        return FALSE;
      if (!used && !decode_text (self, octets[i], error))
        return FALSE;
    }
  return ll_out_flush (&self->out, error);
}

/* The end of the body is a line end: it belongs to the delimiter behind it. */
static gboolean
decode_finish (gpointer data, GError **error)
{
  Decoder *self = data;
  gboolean cut = self->state == STATE_DIGIT || self->state == STATE_CR;
  return (!cut || give_up (self, error)) && ll_out_finish (&self->out, error);
}

static void
decode_free (gpointer data)
{
  Decoder *self = data;
  ll_out_clear (&self->out);
  g_free (self);
}

LlSink *
ll_sink_qp_decode (gboolean strict, const char *what, LlSink *next)
{
  static const LlSinkOps ops = { decode_write, decode_finish, decode_free };
  Decoder *self = g_new0 (Decoder, 1);
  self->out.next = next;
  self->strict = strict;
  self->what = what;
  return ll_sink_new (&ops, self);
}
