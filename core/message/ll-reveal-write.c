/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-reveal.h"

#include <string.h>

#include "ll-canonical.h"
#include "ll-filter.h"

static gboolean
is_hp_outer (const LlHeaderField *field)
{
  return g_ascii_strcasecmp (field->name, "HP-Outer") == 0;
}

static gboolean
write_raw (LlSink *out, const LlHeaderField *field, GError **error)
{
  gboolean ended = field->raw_length > 0 && field->raw[field->raw_length - 1] == '\n';
  return ll_sink_write (out, field->raw, field->raw_length, error)
         && (ended || ll_sink_puts (out, "\r\n", error));
}

/* The fields of @header, one of the two sections, as far as that section speaks for them. */
static gboolean
write_fields (const LlRevealed *revealed, const LlHeader *header, LlSink *out, GError **error)
{
  for (guint i = 0; i < ll_header_n_fields (header); i++)
    {
      const LlHeaderField *field = ll_header_field (header, i);
      if (field->name == NULL || ll_header_is_structural (field->name) || is_hp_outer (field)
          || ll_revealed_source (revealed, field->name) != header)
        continue;
      if (!write_raw (out, field, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
keep_quoted (const GMatchInfo *match, GString *result, G_GNUC_UNUSED gpointer user_data)
{
  g_autofree char *quoted = g_match_info_fetch (match, 1);
  if (quoted != NULL)
    g_string_append (result, quoted);
  return FALSE;
}

/* The parameters that announce header protection go with it; quoted strings are stepped over. */
static char *
without_protection_parameters (const char *raw)
{
  g_autoptr (GRegex) regex = g_regex_new (
      "(\"(?:[^\"\\\\]|\\\\.)*\")|\\s*;\\s*(?:hp|protected-headers)\\s*=\\s*(?:\"[^\"]*\"|[^\\s;\"]+)",
      G_REGEX_CASELESS | G_REGEX_RAW, 0, NULL);
  return g_regex_replace_eval (regex, raw, -1, 0, 0, keep_quoted, NULL, NULL);
}

static gboolean
write_structural_fields (const LlRevealed *revealed, LlSink *out, GError **error)
{
  const LlHeader *header = revealed->payload->header;
  if (!ll_sink_puts (out, "MIME-Version: 1.0\r\n", error))
    return FALSE;
  for (guint i = 0; i < ll_header_n_fields (header); i++)
    {
      const LlHeaderField *field = ll_header_field (header, i);
      if (field->name == NULL || !ll_header_is_structural (field->name)
          || g_ascii_strcasecmp (field->name, "MIME-Version") == 0)
        continue;
      if (g_ascii_strcasecmp (field->name, "Content-Type") != 0)
        {
          if (!write_raw (out, field, error))
            return FALSE;
          continue;
        }
      g_autofree char *plain = without_protection_parameters (field->raw);
      LlHeaderField stripped = { field->name, field->value, plain, strlen (plain) };
      if (!write_raw (out, &stripped, error))
        return FALSE;
    }
  return ll_sink_puts (out, "\r\n", error);
}

static gboolean
write_head (const LlRevealed *revealed, LlSink *out, GError **error)
{
  const LlHeader *outer = revealed->message->header;
  LlSink *borrowed = ll_sink_borrow (out);
  g_autoptr (LlSink) lines
      = revealed->eol == LL_EOL_LF ? ll_sink_to_lf (borrowed) : ll_sink_to_crlf (borrowed);
  return write_fields (revealed, outer, lines, error)
         && (revealed->fields == outer || write_fields (revealed, revealed->fields, lines, error))
         && write_structural_fields (revealed, lines, error) && ll_sink_finish (lines, error);
}

static gboolean
write_body (const LlRevealed *revealed, LlSink *out, GError **error)
{
  const LlEntity *payload = revealed->payload;
  LlEol eol;
  if (revealed->eol == LL_EOL_LF)
    return ll_entity_copy_lf (payload, out, error);
  if (!ll_octets_eol (payload->body, &eol, error))
    return FALSE;
  if (eol != LL_EOL_LF)
    return ll_octets_copy (payload->body, out, error);
  g_autoptr (LlSink) lines = ll_sink_to_crlf (ll_sink_borrow (out));
  return ll_octets_copy (payload->body, lines, error) && ll_sink_finish (lines, error);
}

gboolean
ll_revealed_write (const LlRevealed *revealed, LlWriteForm form, LlSink *out, GError **error)
{
  if (revealed->payload == NULL)
    {
      ll_error_set (error, LL_ERROR_USAGE, "the message was not opened, so there is nothing to write");
      return FALSE;
    }
  if (form == LL_WRITE_BODY)
    return ll_octets_copy (revealed->payload->whole, out, error);
  if (revealed->payload == revealed->message)
    return ll_octets_copy (ll_spool_octets (g_ptr_array_index (revealed->spools, 0)), out, error);
  return write_head (revealed, out, error) && write_body (revealed, out, error);
}
