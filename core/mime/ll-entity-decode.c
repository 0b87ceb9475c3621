/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "ll-canonical.h"
#include "ll-charset-private.h"
#include "ll-entity-private.h"
#include "ll-filter.h"

static LlSink *
decoder (const LlEntity *entity, gboolean strict, const char *what, LlSink *next)
{
  switch (entity->encoding)
    {
    case LL_CTE_BASE64:
      return ll_sink_base64_decode (strict, what, next);
    case LL_CTE_QUOTED_PRINTABLE:
      return ll_sink_qp_decode (strict, what, next);
    case LL_CTE_7BIT:
    case LL_CTE_8BIT:
    case LL_CTE_BINARY:
    case LL_CTE_UNKNOWN:
      break;
    }
  return next;
}

gboolean
ll_entity_decode (const LlEntity *entity, gboolean strict, const char *what, LlSink *out, GError **error)
{
  if (strict && entity->encoding == LL_CTE_UNKNOWN)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED, "the transfer encoding of %s is not known", what);
      return FALSE;
    }
  g_autoptr (LlSink) sink = decoder (entity, strict, what, ll_sink_borrow (out));
  return ll_octets_copy (entity->body, sink, error) && ll_sink_finish (sink, error);
}

gboolean
ll_entity_write_text (const LlEntity *entity, LlSink *out, GError **error)
{
  LlSink *lines = ll_sink_to_lf (ll_sink_borrow (out));
  g_autoptr (LlSink) text = ll_sink_to_utf8 (ll_entity_parameter (entity, "charset"), lines);
  return ll_entity_decode (entity, FALSE, N_ ("the text"), text, error) && ll_sink_finish (text, error);
}

/* Marks what ends the lines of @data; @after_cr: the octet in front was CR. */
static void
look_at_lines (const guint8 *data, gsize n, gboolean after_cr, gboolean *out_lf, gboolean *out_crlf)
{
  const guint8 *end = data + n;
  for (const guint8 *lf = memchr (data, '\n', n); lf != NULL && !(*out_lf && *out_crlf);
       lf = memchr (lf + 1, '\n', (gsize)(end - lf - 1)))
    {
      gboolean cr = lf > data ? lf[-1] == '\r' : after_cr;
      *(cr ? out_crlf : out_lf) = TRUE;
    }
}

gboolean
ll_octets_eol (LlOctets octets, LlEol *out_eol, GError **error)
{
  static const LlEol table[2][2] = { { LL_EOL_NONE, LL_EOL_CRLF }, { LL_EOL_LF, LL_EOL_MIXED } };
  g_auto (LlReader) reader = { 0 };
  gboolean lf = FALSE, crlf = FALSE, after_cr = FALSE;
  ll_reader_init (&reader, octets);
  while (!lf || !crlf)
    {
      const guint8 *data;
      gsize n;
      if (!ll_reader_fill (&reader, &data, &n, error))
        return FALSE;
      if (n == 0)
        break;
      look_at_lines (data, n, after_cr, &lf, &crlf);
      after_cr = data[n - 1] == '\r';
      ll_reader_skip (&reader, n);
    }
  *out_eol = table[lf][crlf];
  return TRUE;
}

/* Where the copy stands while the parts are walked from front to back. */
typedef struct
{
  const LlEntity *root;
  LlSink *out;
  guint64 position; /* in the spool */
} Copy;

static gboolean
copy_lf_until (Copy *copy, guint64 end, GError **error)
{
  LlOctets lines = { copy->root->body.spool, copy->position, end - copy->position };
  g_autoptr (LlSink) sink = ll_sink_to_lf (ll_sink_borrow (copy->out));
  copy->position = end;
  return ll_octets_copy (lines, sink, error) && ll_sink_finish (sink, error);
}

static gboolean
copy_binary_parts (Copy *copy, const LlEntity *entity, GError **error)
{
  for (guint i = 0; i < entity->children->len; i++)
    if (!copy_binary_parts (copy, ll_entity_child (entity, i), error))
      return FALSE;
  if (entity->encoding != LL_CTE_BINARY || entity->children->len > 0 || entity->body.length == 0)
    return TRUE;
  if (!copy_lf_until (copy, entity->body.offset, error) || !ll_octets_copy (entity->body, copy->out, error))
    return FALSE;
  copy->position = entity->body.offset + entity->body.length;
  return TRUE;
}

gboolean
ll_entity_copy_lf (const LlEntity *entity, LlSink *out, GError **error)
{
  Copy copy = { entity, out, entity->body.offset };
  return copy_binary_parts (&copy, entity, error)
         && copy_lf_until (&copy, entity->body.offset + entity->body.length, error);
}
