/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 2045 6.8.  The decoder is our own: EVP_Decode* accepts a cut group, and
 * data behind a "-" that it takes for the end.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "ll-filter-private.h"

#define LINE_OCTETS 57u /* 76 characters */
#define LINE_ROOM 80u

typedef struct
{
  LlOut out;
  gsize n_held;
  guint8 held[LINE_OCTETS];
} Encoder;

static gboolean
encode_line (Encoder *self, const guint8 *data, gsize length, GError **error)
{
  if (!ll_out_room (&self->out, LINE_ROOM, error))
    return FALSE;
  self->out.n += (gsize)EVP_EncodeBlock (self->out.data + self->out.n, data, (int)length);
  return ll_out_write (&self->out, "\r\n", 2, error);
}

static gboolean
encode_write (gpointer data, const guint8 *octets, gsize length, GError **error)
{
  Encoder *self = data;
  if (self->n_held > 0)
    {
      gsize n = MIN (length, LINE_OCTETS - self->n_held);
      memcpy (self->held + self->n_held, octets, n);
      self->n_held += n;
      octets += n;
      length -= n;
      if (self->n_held < LINE_OCTETS)
        return TRUE;
      self->n_held = 0;
      if (!encode_line (self, self->held, LINE_OCTETS, error))
        return FALSE;
    }
  for (; length >= LINE_OCTETS; octets += LINE_OCTETS, length -= LINE_OCTETS)
    if (!encode_line (self, octets, LINE_OCTETS, error))
      return FALSE;
  memcpy (self->held, octets, length);
  self->n_held = length;
  return ll_out_flush (&self->out, error);
}

static gboolean
encode_finish (gpointer data, GError **error)
{
  Encoder *self = data;
  return (self->n_held == 0 || encode_line (self, self->held, self->n_held, error))
         && ll_out_finish (&self->out, error);
}

static void
encode_free (gpointer data)
{
  Encoder *self = data;
  ll_out_clear (&self->out);
  OPENSSL_cleanse (self->held, sizeof self->held);
  g_free (self);
}

LlSink *
ll_sink_base64_encode (LlSink *next)
{
  static const LlSinkOps ops = { encode_write, encode_finish, encode_free };
  Encoder *self = g_new0 (Encoder, 1);
  self->out.next = next;
  return ll_sink_new (&ops, self);
}

/* What the table says of octets that are no digits. */
enum
{
  JUNK = -1,
  BLANK = -2,
  PAD = -3,
};

typedef struct
{
  LlOut out;
  gboolean strict;
  const char *what;
  gint8 table[256];
  guint32 bits;
  guint digits;  /* of the group that is not complete */
  guint padding; /* "=" behind them */
  gboolean ended;
} Decoder;

static gboolean
damaged (const Decoder *self, GError **error)
{
  ll_error_set (error, LL_ERROR_MALFORMED, "damaged: base64 in %s", self->what);
  return FALSE;
}

/* Writes what an incomplete group holds. */
static gboolean
end_group (Decoder *self, GError **error)
{
  guint32 bits = self->bits << (6 * (4 - self->digits));
  gboolean ok = self->digits < 2 || ll_out_put (&self->out, (guint8)(bits >> 16), error);
  ok = ok && (self->digits < 3 || ll_out_put (&self->out, (guint8)(bits >> 8), error));
  self->digits = 0;
  self->padding = 0;
  self->bits = 0;
  return ok;
}

static gboolean
decode_pad (Decoder *self, GError **error)
{
  if (!self->strict)
    return self->digits < 2 || end_group (self, error);
  if (self->digits < 2)
    return damaged (self, error);
  self->padding++;
  if (self->digits + self->padding < 4)
    return TRUE;
  self->ended = TRUE;
  return end_group (self, error);
}

static gboolean
decode_octet (Decoder *self, guint8 octet, GError **error)
{
  int digit = self->table[octet];
  if (digit == BLANK)
    return TRUE;
  if (digit == PAD)
    return decode_pad (self, error);
  if (self->strict && (digit == JUNK || self->ended || self->padding > 0))
    return damaged (self, error);
  if (digit == JUNK)
    return TRUE;
  self->bits = self->bits << 6 | (guint32)digit;
  if (++self->digits < 4)
    return TRUE;
  const guint8 three[3] = { (guint8)(self->bits >> 16), (guint8)(self->bits >> 8), (guint8)self->bits };
  self->digits = 0;
  self->bits = 0;
  return ll_out_write (&self->out, three, 3, error);
}

/* Whole groups without anything else between them: the bulk of every body.  Returns the octets used. */
static gsize
decode_groups (Decoder *self, const guint8 *octets, gsize length)
{
  const gint8 *table = self->table;
  gsize groups = MIN (length / 4, (sizeof self->out.data - self->out.n) / 3);
  guint8 *to = self->out.data + self->out.n;
  gsize i = 0;
  for (; i < groups; i++, octets += 4, to += 3)
    {
      int a = table[octets[0]], b = table[octets[1]], c = table[octets[2]], d = table[octets[3]];
      if ((a | b | c | d) < 0)
        break;
      to[0] = (guint8)(a << 2 | b >> 4);
      to[1] = (guint8)(b << 4 | c >> 2);
      to[2] = (guint8)(c << 6 | d);
    }
  self->out.n += 3 * i;
  return 4 * i;
}

static gboolean
decode_write (gpointer data, const guint8 *octets, gsize length, GError **error)
{
  Decoder *self = data;
  while (length > 0)
    {
      gsize n = 0;
      if (self->digits == 0 && !self->ended)
        n = decode_groups (self, octets, length);
      if (n == 0)
        {
          n = 1;
          if (!decode_octet (self, octets[0], error))
            return FALSE;
        }
      octets += n;
      length -= n;
    }
  return ll_out_flush (&self->out, error);
}

static gboolean
decode_finish (gpointer data, GError **error)
{
  Decoder *self = data;
  if (self->strict && (self->digits > 0 || self->padding > 0))
    return damaged (self, error);
  return end_group (self, error) && ll_out_finish (&self->out, error);
}

static void
decode_free (gpointer data)
{
  Decoder *self = data;
  ll_out_clear (&self->out);
  g_free (self);
}

LlSink *
ll_sink_base64_decode (gboolean strict, const char *what, LlSink *next)
{
  static const LlSinkOps ops = { decode_write, decode_finish, decode_free };
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Decoder *self = g_new0 (Decoder, 1);
  self->out.next = next;
  self->strict = strict;
  self->what = what;
  memset (self->table, JUNK, sizeof self->table);
  for (gint8 i = 0; i < 64; i++)
    self->table[(guint8)digits[i]] = i;
  self->table[' '] = self->table['\t'] = self->table['\r'] = self->table['\n'] = BLANK;
  self->table['='] = PAD;
  return ll_sink_new (&ops, self);
}
