/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pass from front to back, with the chain of entities that are open.  Each
 * line that begins with "--" is compared with the boundaries of that chain, the
 * outermost first: so an inner multipart that was left open, or names the
 * boundary of an outer one, never runs over the end of what holds it.
 */
#include <string.h>

#include "ll-entity-private.h"
#include "ll-header-private.h"
#include "ll-limits.h"

/* "--", boundary, "--" and some padding. */
#define DELIMITER_WINDOW 256u

typedef struct
{
  LlEntity *owner; /* NULL: no delimiter */
  gboolean closing;
  guint64 start;    /* of "--" */
  guint64 text_end; /* behind the boundary and white space */
  guint64 line_end; /* behind the line end */
} Delimiter;

typedef struct
{
  LlReader reader;
  LlOctets octets;
  GPtrArray *open; /* (transfer none): the chain, outermost first */
  guint parts;
  gsize header_memory;
} Splitter;

static void
splitter_clear (Splitter *s)
{
  ll_reader_clear (&s->reader);
  if (s->open != NULL)
    g_ptr_array_unref (s->open);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Splitter, splitter_clear)

/* RFC 2046 5.1.1: behind the boundary there may be white space, then a line end or the end of all. */
static gboolean
read_padding (const guint8 *data, gsize n, gsize at, gsize *out_text, gsize *out_line)
{
  while (at < n && (data[at] == ' ' || data[at] == '\t'))
    at++;
  *out_text = *out_line = at;
  if (at == n)
    return TRUE;
  if (data[at] == '\r')
    at++;
  *out_line = MIN (at + 1, n);
  return at == n || data[at] == '\n';
}

static gboolean
match_boundary (const char *boundary, const guint8 *data, gsize n, Delimiter *d)
{
  if (data[2] != (guint8)boundary[0])
    return FALSE;
  gsize length = strlen (boundary);
  gsize text = 0, line = 0;
  if (n < length + 2 || memcmp (data + 2, boundary, length) != 0)
    return FALSE;
  gsize at = length + 2;
  d->closing = FALSE;
  if (!read_padding (data, n, at, &text, &line))
    {
      d->closing = at + 2 <= n && data[at] == '-' && data[at + 1] == '-';
      if (!d->closing || !read_padding (data, n, at + 2, &text, &line))
        return FALSE;
    }
  d->text_end = d->start + text;
  d->line_end = d->start + line;
  return TRUE;
}

static void
match_window (Splitter *s, const guint8 *data, gsize n, Delimiter *d)
{
  d->owner = NULL;
  d->start = s->reader.position;
  if (n < 3 || data[0] != '-' || data[1] != '-')
    return;
  for (guint i = 0; i < s->open->len && d->owner == NULL; i++)
    {
      LlEntity *entity = g_ptr_array_index (s->open, i);
      if (entity->priv->searching && match_boundary (entity->priv->boundary, data, n, d))
        d->owner = entity;
    }
}

/* Whether the reader stands, at a line start, on a delimiter. */
static gboolean
match_delimiter (Splitter *s, Delimiter *d, GError **error)
{
  const guint8 *data;
  gsize n;
  if (!ll_reader_need (&s->reader, DELIMITER_WINDOW, &data, &n, error))
    return FALSE;
  match_window (s, data, n, d);
  /* What ends at the edge of the window need not end there. */
  if (d->owner != NULL && d->line_end == d->start + n)
    {
      if (!ll_reader_need (&s->reader, LL_CHUNK, &data, &n, error))
        return FALSE;
      match_window (s, data, n, d);
      gboolean at_end = d->start + n == s->octets.length;
      guint8 last = data[n - 1];
      if (d->line_end == d->start + n && last != '\n' && (last == '\r' || !at_end))
        d->owner = NULL;
    }
  return TRUE;
}

/* From a line start on. */
static gboolean
next_delimiter (Splitter *s, Delimiter *d, GError **error)
{
  const guint8 *data;
  gsize n;
  if (!match_delimiter (s, d, error))
    return FALSE;
  while (d->owner == NULL)
    {
      if (!ll_reader_need (&s->reader, 3, &data, &n, error))
        return FALSE;
      if (n < 3)
        return TRUE;
      const guint8 *hit = memmem (data, n, "\n--", 3);
      ll_reader_skip (&s->reader, hit != NULL ? (guint64)(hit - data) + 1 : n - 2);
      if (hit != NULL && !match_delimiter (s, d, error))
        return FALSE;
    }
  return TRUE;
}

/* The line end in front of a delimiter is part of it. */
static gboolean
end_before (Splitter *s, guint64 delimiter, guint64 *out_end, GError **error)
{
  guint8 before[2] = { 0, 0 };
  gsize n = 0;
  guint64 want = MIN (delimiter, 2);
  if (want > 0 && !ll_octets_read (s->octets, delimiter - want, before + 2 - want, (gsize)want, &n, error))
    return FALSE;
  *out_end = delimiter;
  if (before[1] == '\n')
    *out_end -= before[0] == '\r' ? 2 : 1;
  return TRUE;
}

static LlOctets
range (const Splitter *s, guint64 start, guint64 end)
{
  return ll_octets_sub (s->octets, MIN (start, end), end - MIN (start, end));
}

/* "A: 1", empty line, delimiter: the empty line is the line end of the delimiter, and so there is neither
 * a body nor the message that seemed to begin in it. */
static void
undo_body (LlEntity *entity)
{
  entity->priv->blank_line = FALSE;
  for (guint i = 0; i < entity->children->len; i++)
    ll_entity_free (g_ptr_array_index (entity->children, i));
  g_ptr_array_set_size (entity->children, 0);
}

/* The chain above @depth ends at @end. */
static void
close_above (Splitter *s, guint depth, guint64 end)
{
  gboolean undone = FALSE;
  for (guint i = depth; i < s->open->len && !undone; i++)
    {
      LlEntity *entity = g_ptr_array_index (s->open, i);
      LlEntityPrivate *priv = entity->priv;
      entity->whole = range (s, priv->start, end);
      entity->body = range (s, priv->body, end);
      if (entity->closed)
        priv->epilogue = range (s, priv->epilogue_start, end);
      priv->searching = FALSE;
      undone = priv->body > end;
      if (undone)
        undo_body (entity);
    }
  g_ptr_array_set_size (s->open, (gint)MIN (depth, s->open->len));
}

static gboolean
stops_header (gpointer user_data, gboolean *out_stop, GError **error)
{
  Delimiter d;
  if (!match_delimiter (user_data, &d, error))
    return FALSE;
  *out_stop = d.owner != NULL;
  return TRUE;
}

static gboolean
read_header (Splitter *s, LlEntity *entity, GError **error)
{
  entity->header = ll_header_read (&s->reader, stops_header, s, &entity->priv->blank_line, error);
  if (entity->header == NULL)
    return FALSE;
  s->header_memory += s->reader.position - entity->priv->start
                      + ll_header_n_fields (entity->header) * sizeof (LlHeaderField);
  if (s->header_memory <= LL_LIMIT_HEADERS)
    return TRUE;
  ll_error_set (error, LL_ERROR_LIMIT, "the header sections of all parts together are longer than 16 MB");
  return FALSE;
}

/* A text that never was a message has no header at all; its first line must not get lost as junk. */
static gboolean
read_header_or_none (Splitter *s, LlEntity *entity, gboolean message, GError **error)
{
  LlFirstLine kind = LL_FIRST_LINE_FIELD;
  if (message && !ll_header_first_line (&s->reader, 0, &kind, error))
    return FALSE;
  /* A "From " line was skipped where one may stand: here it begins a text, or is junk in an attached message.
   */
  gboolean none = kind == LL_FIRST_LINE_OTHER || (kind == LL_FIRST_LINE_MBOX && entity->parent == NULL);
  if (!none)
    return read_header (s, entity, error);
  LlOctets nothing = { 0 };
  guint64 length;
  gboolean body;
  entity->header = ll_header_parse (nothing, FALSE, &length, &body, error);
  return entity->header != NULL;
}

static const char *
default_type (const LlEntity *entity)
{
  /* RFC 2046 5.1.5 */
  gboolean digest = entity->parent != NULL && ll_entity_is (entity->parent, "multipart/digest");
  return digest ? "message/rfc822" : "text/plain";
}

static gboolean
holds_message (const LlEntity *entity)
{
  return (ll_entity_is (entity, "message/rfc822") || ll_entity_is (entity, "message/global"))
         && entity->encoding <= LL_CTE_BINARY && entity->defect == NULL && entity->priv->blank_line;
}

static LlEntity *
new_entity (Splitter *s, LlEntity *parent, GError **error)
{
  guint depth = parent != NULL ? parent->depth + 1 : 0;
  if (depth > LL_LIMIT_DEPTH)
    ll_error_set (error, LL_ERROR_LIMIT, "the message has parts nested deeper than 50");
  else if (s->parts >= LL_LIMIT_PARTS)
    ll_error_set (error, LL_ERROR_LIMIT, "the message has more than 5000 parts");
  if (depth > LL_LIMIT_DEPTH || s->parts >= LL_LIMIT_PARTS)
    return NULL;
  s->parts++;
  LlEntity *entity = g_new0 (LlEntity, 1);
  entity->parent = parent;
  entity->depth = depth;
  entity->children = g_ptr_array_new ();
  entity->priv = g_new0 (LlEntityPrivate, 1);
  if (parent != NULL)
    g_ptr_array_add (parent->children, entity);
  return entity;
}

/* Reads the header where the reader stands, and of the messages that begin with it. */
static gboolean
open_entity (Splitter *s, LlEntity *entity, gboolean message, GError **error)
{
  for (;;)
    {
      entity->priv->start = s->reader.position;
      g_ptr_array_add (s->open, entity);
      if (!read_header_or_none (s, entity, message, error)
          || !ll_entity_classify (entity, default_type (entity), error))
        return FALSE;
      entity->priv->body = s->reader.position;
      entity->priv->searching = entity->priv->boundary != NULL;
      if (!holds_message (entity))
        return TRUE;
      entity = new_entity (s, entity, error);
      if (entity == NULL)
        return FALSE;
      message = TRUE;
    }
}

static gboolean
take_delimiter (Splitter *s, const Delimiter *d, GError **error)
{
  guint64 end;
  LlEntity *owner = d->owner;
  if (!end_before (s, d->start, &end, error))
    return FALSE;
  if (owner->children->len == 0)
    owner->priv->preamble = range (s, owner->priv->body, d->start);
  close_above (s, owner->depth + 1, end);
  ll_reader_skip (&s->reader, d->line_end - s->reader.position);
  if (d->closing)
    {
      owner->closed = TRUE;
      owner->priv->searching = FALSE;
      owner->priv->epilogue_start = d->text_end;
      return TRUE;
    }
  LlEntity *child = new_entity (s, owner, error);
  return child != NULL && open_entity (s, child, FALSE, error);
}

static gboolean
split (Splitter *s, LlEntity *root, gboolean message, GError **error)
{
  if (!open_entity (s, root, message, error))
    return FALSE;
  for (;;)
    {
      Delimiter d;
      if (!next_delimiter (s, &d, error))
        return FALSE;
      if (d.owner == NULL)
        break;
      if (!take_delimiter (s, &d, error))
        return FALSE;
    }
  close_above (s, 0, s->octets.length);
  return TRUE;
}

/* Nothing at all, or nothing but white space where a message should be. */
static gboolean
check_not_empty (LlOctets octets, LlEntityKind kind, GError **error)
{
  g_auto (LlReader) reader = { 0 };
  ll_reader_init (&reader, octets);
  for (;;)
    {
      const guint8 *data;
      gsize n;
      if (!ll_reader_fill (&reader, &data, &n, error))
        return FALSE;
      if (n == 0)
        break;
      for (gsize i = 0; i < n; i++)
        if (kind == LL_ENTITY_PART || !g_ascii_isspace ((char)data[i]))
          return TRUE;
      ll_reader_skip (&reader, n);
    }
  ll_error_set (error, LL_ERROR_EMPTY, "the message is empty");
  return FALSE;
}

LlEntity *
ll_entity_parse (LlOctets octets, LlEntityKind kind, GError **error)
{
  g_auto (Splitter) s = { .octets = octets, .open = g_ptr_array_new () };
  gboolean message = kind == LL_ENTITY_MESSAGE;
  ll_reader_init (&s.reader, octets);
  if (message && !ll_header_skip_mbox (&s.reader, error))
    return NULL;
  guint64 skipped = s.reader.position;
  if (!check_not_empty (ll_octets_sub (octets, skipped, octets.length - skipped), kind, error))
    return NULL;
  g_autoptr (LlEntity) root = new_entity (&s, NULL, error);
  if (root == NULL || !split (&s, root, message, error))
    return NULL;
  return g_steal_pointer (&root);
}
