/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-escape.h"

#include <string.h>

/* Beginnings of a line by which mail readers and GnuPG's callers know their own output. */
static const char *const marks[] = { "[--", "[GNUPG:]" };

/* Joiners and plain direction marks belong to written languages and cannot reorder what
 * stands around them; embeddings, overrides and isolates can. */
static gboolean
is_needed_for_writing (gunichar c)
{
  return (c >= 0x200c && c <= 0x200f) || c == 0x00ad || c == 0x061c;
}

static gboolean
is_dangerous (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SURROGATE:
      return TRUE;
    case G_UNICODE_FORMAT:
      return !is_needed_for_writing (c);
    default:
      return FALSE;
    }
}

static void
append_escape (GString *out, gunichar c)
{
  if (c < 0x100)
    g_string_append_printf (out, "\\x%02x", c);
  else if (c < 0x10000)
    g_string_append_printf (out, "\\u%04x", c);
  else
    g_string_append_printf (out, "\\U%08x", c);
}

static void
append_char (GString *out, gunichar c)
{
  if (is_dangerous (c))
    append_escape (out, c);
  else
    g_string_append_unichar (out, c);
}

char *
ll_escape_line (const char *text)
{
  GString *out = g_string_new (NULL);
  const char *p = text;
  while (*p != '\0')
    {
      gunichar c = g_utf8_get_char_validated (p, -1);
      if (c == (gunichar)-1 || c == (gunichar)-2)
        {
          append_escape (out, (guchar)*p++);
          continue;
        }
      append_char (out, c);
      p = g_utf8_next_char (p);
    }
  return g_string_free (out, FALSE);
}

/* ---- the sink ---- */

typedef struct
{
  LlSink *next;
  GString *carry; /* the beginning of a character that is not complete yet */
  GString *head;  /* the beginning of a line that may turn out to be a mark */
  GString *out;
  gboolean at_start;
  gboolean after_cr;
} Escape;

static gboolean
is_mark (const char *head, gboolean *out_may_become)
{
  gboolean is = FALSE, may = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      is |= strcmp (marks[i], head) == 0;
      may |= g_str_has_prefix (marks[i], head);
    }
  *out_may_become = may;
  return is;
}

static void
flush_head (Escape *self)
{
  g_string_append_len (self->out, self->head->str, (gssize)self->head->len);
  g_string_truncate (self->head, 0);
  self->at_start = FALSE;
}

static void
put_in_line (Escape *self, gunichar c)
{
  if (!self->at_start)
    {
      append_char (self->out, c);
      return;
    }
  gboolean may_become = FALSE;
  append_char (self->head, c);
  gboolean is = is_mark (self->head->str, &may_become);
  if (is)
    g_string_append_c (self->out, '\\');
  if (is || !may_become)
    flush_head (self);
}

static void
put (Escape *self, gunichar c)
{
  gboolean after_cr = self->after_cr;
  self->after_cr = FALSE;
  if (after_cr && c != '\n')
    {
      flush_head (self);
      append_escape (self->out, '\r');
    }
  if (c == '\r')
    self->after_cr = TRUE;
  else if (c == '\n')
    {
      flush_head (self);
      g_string_append_c (self->out, '\n');
      self->at_start = TRUE;
    }
  else if (c == '\t')
    {
      flush_head (self);
      g_string_append_c (self->out, '\t');
    }
  else
    put_in_line (self, c);
}

static void
put_invalid (Escape *self, guchar octet)
{
  if (self->after_cr)
    append_escape (self->out, '\r');
  self->after_cr = FALSE;
  flush_head (self);
  append_escape (self->out, octet);
}

/* Takes characters off the front of the carry; what is incomplete stays unless @all. */
static void
take_characters (Escape *self, gboolean all)
{
  const char *p = self->carry->str;
  const char *end = p + self->carry->len;
  while (p < end)
    {
      if (*p == '\0')
        {
          put (self, 0);
          p++;
          continue;
        }
      gunichar c = g_utf8_get_char_validated (p, end - p);
      /* GLib says "incomplete" of a NUL inside a sequence, too: nothing more can mend that one. */
      gsize left = (gsize)(end - p);
      if (c == (gunichar)-2 && !all && left < 4 && memchr (p, '\0', left) == NULL)
        break;
      if (c == (gunichar)-1 || c == (gunichar)-2)
        put_invalid (self, (guchar)*p++);
      else
        {
          put (self, c);
          p = g_utf8_next_char (p);
        }
    }
  g_string_erase (self->carry, 0, p - self->carry->str);
}

static gboolean
pass_on (Escape *self, GError **error)
{
  gboolean ok = ll_sink_write (self->next, self->out->str, self->out->len, error);
  g_string_truncate (self->out, 0);
  return ok;
}

static gboolean
escape_write (gpointer data, const guint8 *octets, gsize length, GError **error)
{
  Escape *self = data;
  g_string_append_len (self->carry, (const char *)octets, (gssize)length);
  take_characters (self, FALSE);
  return pass_on (self, error);
}

static gboolean
escape_finish (gpointer data, GError **error)
{
  Escape *self = data;
  take_characters (self, TRUE);
  if (self->after_cr)
    put (self, '\n');
  if (!self->at_start || self->head->len > 0)
    put (self, '\n');
  return pass_on (self, error) && ll_sink_finish (self->next, error);
}

static void
escape_free (gpointer data)
{
  Escape *self = data;
  ll_sink_free (self->next);
  g_string_free (self->carry, TRUE);
  g_string_free (self->head, TRUE);
  g_string_free (self->out, TRUE);
  g_free (self);
}

LlSink *
ll_sink_escape (LlSink *next)
{
  static const LlSinkOps ops = { escape_write, escape_finish, escape_free };
  Escape *self = g_new0 (Escape, 1);
  self->next = next;
  self->carry = g_string_new (NULL);
  self->head = g_string_new (NULL);
  self->out = g_string_new (NULL);
  self->at_start = TRUE;
  return ll_sink_new (&ops, self);
}

/* ---- JSON ---- */

static void
append_json_escape (GString *out, gunichar c)
{
  if (c >= 0x10000)
    {
      g_string_append_printf (out, "\\u%04x", 0xd800 + ((c - 0x10000) >> 10));
      c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
  g_string_append_printf (out, "\\u%04x", c);
}

char *
ll_escape_json (const char *json)
{
  GString *out = g_string_new (NULL);
  for (const char *p = json; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      /* What is below U+0020 stands between the values: the generator escaped it inside them. */
      if (c >= 0x20 && is_dangerous (c))
        append_json_escape (out, c);
      else
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}
