/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-filter-private.h"

#define LINE_MAX_COLUMN 75u /* a soft line break makes it 76 (RFC 2045 6.7 (5)) */

typedef struct
{
  LlOut out;
  guint column;
  guint8 blank;        /* white space that may turn out to end a line, or 0 */
  gboolean after_cr;   /* a CR that may turn out to begin a line end */
  const char *guarded; /* what the line may turn out to begin with */
  guint matched;       /* octets of it seen and not written */
} Encoder;

/* Line starts that something on the way would take for its own: "From " is
 * quoted by mailbox files, and what begins with "--" might be a boundary of a
 * multipart around, which a soft line break or the encoding before had hidden. */
static const char *const guarded_starts[] = { "From ", "--" };

static gboolean
soft_break (Encoder *self, guint width, GError **error)
{
  if (self->column + width <= LINE_MAX_COLUMN)
    return TRUE;
  self->column = 0;
  return ll_out_write (&self->out, "=\r\n", 3, error);
}

static gboolean
put_encoded (Encoder *self, guint8 octet, GError **error)
{
  static const char digits[] = "0123456789ABCDEF";
  const char text[3] = { '=', digits[octet >> 4], digits[octet & 15] };
  if (!soft_break (self, 3, error))
    return FALSE;
  self->column += 3;
  return ll_out_write (&self->out, text, 3, error);
}

static gboolean
put_plain (Encoder *self, guint8 octet, GError **error)
{
  self->column++;
  return ll_out_put (&self->out, octet, error);
}

static gboolean
put_literal (Encoder *self, guint8 octet, GError **error)
{
  if (!soft_break (self, 1, error))
    return FALSE;
  if (self->column > 0)
    return put_plain (self, octet, error);
  if (octet == '.')
    return put_encoded (self, octet, error);
  for (gsize i = 0; i < G_N_ELEMENTS (guarded_starts); i++)
    if (octet == (guint8)guarded_starts[i][0])
      {
        self->guarded = guarded_starts[i];
        self->matched = 1;
        return TRUE;
      }
  return put_plain (self, octet, error);
}

/* Writes the start of a line that was held back; @hit: it is what it seemed to become. */
static gboolean
release (Encoder *self, gboolean hit, GError **error)
{
  guint n = self->matched;
  self->matched = 0;
  for (guint i = 0; i < n; i++)
    {
      guint8 octet = (guint8)self->guarded[i];
      if (!(hit && i == 0 ? put_encoded : put_plain) (self, octet, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
put_blank (Encoder *self, gboolean at_line_end, GError **error)
{
  guint8 blank = self->blank;
  self->blank = 0;
  return blank == 0 || (at_line_end ? put_encoded : put_literal) (self, blank, error);
}

static gboolean
end_line (Encoder *self, GError **error)
{
  if (!put_blank (self, TRUE, error))
    return FALSE;
  self->column = 0;
  return ll_out_write (&self->out, "\r\n", 2, error);
}

static gboolean
put_octet (Encoder *self, guint8 octet, GError **error)
{
  gboolean blank = octet == ' ' || octet == '\t';
  if (!put_blank (self, FALSE, error))
    return FALSE;
  if (blank)
    self->blank = octet;
  else if (octet > 32 && octet < 127 && octet != '=')
    return put_literal (self, octet, error);
  else
    return put_encoded (self, octet, error);
  return TRUE;
}

static gboolean
encode_octet (Encoder *self, guint8 octet, GError **error)
{
  if (self->matched > 0)
    {
      gboolean goes_on = octet == (guint8)self->guarded[self->matched];
      gboolean hit = goes_on && self->guarded[self->matched + 1] == '\0';
      if (goes_on && !hit)
        {
          self->matched++;
          return TRUE;
        }
      if (!release (self, hit, error))
        return FALSE;
    }
  if (self->after_cr)
    {
      self->after_cr = FALSE;
      if (octet == '\n')
        return end_line (self, error);
      if (!put_octet (self, '\r', error))
        return FALSE;
    }
  self->after_cr = octet == '\r';
  return self->after_cr || put_octet (self, octet, error);
}

/* What can be copied as it is, within a line that has begun. */
static gsize
run_length (const Encoder *self, const guint8 *octets, gsize length)
{
  gboolean idle = self->matched == 0 && self->blank == 0 && !self->after_cr;
  if (!idle || self->column == 0 || self->column >= LINE_MAX_COLUMN)
    return 0;
  return ll_qp_run (octets, MIN (length, LINE_MAX_COLUMN - self->column));
}

static gboolean
encode_write (gpointer data, const guint8 *octets, gsize length, GError **error)
{
  Encoder *self = data;
  for (gsize i = 0; i < length;)
    {
      gsize n = run_length (self, octets + i, length - i);
      if (n > 0 ? !ll_out_write (&self->out, octets + i, n, error) : !encode_octet (self, octets[i], error))
        return FALSE;
      self->column += (guint)n;
      i += MAX (n, 1);
    }
  return ll_out_flush (&self->out, error);
}

static gboolean
encode_finish (gpointer data, GError **error)
{
  Encoder *self = data;
  return release (self, FALSE, error) && (!self->after_cr || put_octet (self, '\r', error))
         && put_blank (self, TRUE, error) && ll_out_finish (&self->out, error);
}

static void
encode_free (gpointer data)
{
  Encoder *self = data;
  ll_out_clear (&self->out);
  g_free (self);
}

LlSink *
ll_sink_qp_encode (LlSink *next)
{
  static const LlSinkOps ops = { encode_write, encode_finish, encode_free };
  Encoder *self = g_new0 (Encoder, 1);
  self->out.next = next;
  return ll_sink_new (&ops, self);
}
