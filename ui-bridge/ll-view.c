/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-view.h"

#include <string.h>

#include "ll-escape.h"
#include "ll-tell.h"

typedef struct
{
  const LlRevealed *revealed;
  LlSink *out;
  GPtrArray *texts;  /* (element-type LlEntity): to be shown, in order */
  GPtrArray *others; /* (element-type LlEntity): named only */
  GPtrArray *hidden; /* (element-type LlEntity): other forms of what is shown: HTML */
} View;

static gboolean say (View *view, GError **error, const char *msgid, ...) G_GNUC_PRINTF (3, 4);

static gboolean
say (View *view, GError **error, const char *msgid, ...)
{
  va_list args;
  va_start (args, msgid);
  g_autoptr (LlText) text = ll_text_new_valist (msgid, args);
  va_end (args);
  g_autofree char *line = ll_tell_text (text);
  return ll_sink_puts (view->out, line, error) && ll_sink_puts (view->out, "\n", error);
}

/* ---- header ---- */

static const LlVerdictHeader *
find_header (const LlVerdict *verdict, const char *name)
{
  for (guint i = 0; i < verdict->headers->len; i++)
    {
      const LlVerdictHeader *header = g_ptr_array_index (verdict->headers, i);
      if (g_ascii_strcasecmp (header->name, name) == 0)
        return header;
    }
  return NULL;
}

/* Marks stand in front of the colon, where no value can imitate them. */
static const char *
marks (const LlVerdictHeader *header)
{
  static const char *const words[2][2] = { { N_ ("not signed"), N_ ("not signed, confidential") },
                                           { N_ ("signed"), N_ ("signed, confidential") } };
  if (header == NULL)
    return words[0][0];
  return words[header->is_signed != FALSE][header->confidential != FALSE];
}

static gboolean
write_field (View *view, const char *name, GError **error)
{
  const char *raw = ll_revealed_field (view->revealed, name);
  if (raw == NULL)
    return TRUE;
  /* What is known of the protected field says nothing about an outer one that stands in its place. */
  gboolean outer = ll_revealed_source (view->revealed, name) == view->revealed->message->header;
  const LlVerdictHeader *header = outer ? NULL : find_header (view->revealed->verdict, name);
  g_autofree char *value = ll_header_decode (raw);
  /* Where nothing is protected, saying so with every field would only tire the reader. */
  gboolean plain = view->revealed->verdict->layers->len == 0;
  gboolean ok = plain ? say (view, error, "%s: %s", name, value)
                      : say (view, error, "%s (%s): %s", name, marks (header), value);
  if (!ok)
    return FALSE;
  if (header == NULL || header->outer == NULL)
    return TRUE;
  return say (view, error, N_ ("  outside it says: %s"), header->outer);
}

static gboolean
write_header (View *view, GError **error)
{
  static const char *const names[] = { "From", "To", "Cc", "Date", "Subject" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (!write_field (view, names[i], error))
      return FALSE;
  return TRUE;
}

/* ---- which parts are what ---- */

static gboolean
is_shown_text (const LlEntity *entity)
{
  return entity->defect == NULL && ll_entity_is (entity, "text/plain") && !ll_entity_is_attachment (entity);
}

static gboolean
holds_text (const LlEntity *entity)
{
  if (is_shown_text (entity))
    return TRUE;
  for (guint i = 0; ll_entity_is_multipart (entity) && i < ll_entity_n_children (entity); i++)
    if (holds_text (ll_entity_child (entity, i)))
      return TRUE;
  return FALSE;
}

/* A copy of the header fields for readers that know no header protection. */
static gboolean
is_legacy_display (const LlEntity *entity)
{
  return ll_entity_is (entity, "text/rfc822-headers")
         && ll_entity_parameter (entity, "protected-headers") != NULL;
}

static void sort_parts (View *view, LlEntity *entity);

/* RFC 2046 5.1.4: the same in several forms; the plainest is shown. */
static void
sort_alternative (View *view, LlEntity *entity)
{
  gboolean found = FALSE;
  for (guint i = 0; i < ll_entity_n_children (entity); i++)
    {
      LlEntity *child = ll_entity_child (entity, i);
      if (!found && holds_text (child))
        {
          found = TRUE;
          sort_parts (view, child);
        }
      else
        g_ptr_array_add (view->hidden, child);
    }
}

static void
sort_parts (View *view, LlEntity *entity)
{
  gboolean multipart = ll_entity_is_multipart (entity) && entity->defect == NULL;
  if (is_shown_text (entity))
    g_ptr_array_add (view->texts, entity);
  else if (multipart && ll_entity_is (entity, "multipart/alternative"))
    sort_alternative (view, entity);
  else if (multipart)
    for (guint i = 0; i < ll_entity_n_children (entity); i++)
      sort_parts (view, ll_entity_child (entity, i));
  else if (ll_entity_is (entity, "text/html") && !ll_entity_is_attachment (entity))
    g_ptr_array_add (view->hidden, entity);
  else if (!is_legacy_display (entity))
    g_ptr_array_add (view->others, entity);
}

static gboolean
write_other (View *view, const LlEntity *entity, GError **error)
{
  guint64 size = 0;
  g_autoptr (LlSink) counter = ll_sink_count (&size, NULL);
  if (!ll_entity_decode (entity, FALSE, N_ ("an attachment"), counter, error))
    return FALSE;
  g_autofree char *name = ll_entity_filename (entity);
  g_autofree char *octets = g_strdup_printf ("%" G_GUINT64_FORMAT, size);
  if (entity->defect != NULL)
    return say (view, error, N_ ("damaged part: %s, %s octets: %s"), entity->type, octets, entity->defect);
  if (name != NULL)
    return say (view, error, N_ ("attachment: %s (%s, %s octets)"), name, entity->type, octets);
  return say (view, error, N_ ("attachment without a name (%s, %s octets)"), entity->type, octets);
}

static gboolean
write_lists (View *view, GError **error)
{
  for (guint i = 0; i < view->others->len; i++)
    if (!write_other (view, g_ptr_array_index (view->others, i), error))
      return FALSE;
  for (guint i = 0; i < view->hidden->len; i++)
    {
      const LlEntity *entity = g_ptr_array_index (view->hidden, i);
      if (!say (view, error, N_ ("not shown: %s"), entity->type))
        return FALSE;
    }
  return TRUE;
}

/* ---- text ---- */

/* RFC 9788 2.1.2: lines with copies of header fields in front of the text, up to the first empty
 * one; only what was decrypted may ask for being left out (security.md B-7). */
typedef struct
{
  LlSink *next;
  gboolean inside;
  gboolean at_start;
} Skip;

static gboolean
skip_write (gpointer data, const guint8 *octets, gsize length, GError **error)
{
  Skip *self = data;
  gsize i = 0;
  for (; self->inside && i < length; i++)
    {
      if (octets[i] == '\n' && self->at_start)
        self->inside = FALSE;
      self->at_start = octets[i] == '\n';
    }
  return ll_sink_write (self->next, octets + i, length - i, error);
}

static gboolean
skip_finish (gpointer data, GError **error)
{
  return ll_sink_finish (((Skip *)data)->next, error);
}

static void
skip_free (gpointer data)
{
  ll_sink_free (((Skip *)data)->next);
  g_free (data);
}

static LlSink *
skip_legacy_display (LlSink *next)
{
  static const LlSinkOps ops = { skip_write, skip_finish, skip_free };
  Skip *self = g_new0 (Skip, 1);
  self->next = next;
  self->inside = self->at_start = TRUE;
  return ll_sink_new (&ops, self);
}

static gboolean
has_legacy_lines (const View *view, const LlEntity *entity)
{
  const LlVerdict *verdict = view->revealed->verdict;
  return verdict->encryption != LL_ENCRYPTION_NONE && verdict->scheme == LL_HEADERS_RFC9788
         && g_strcmp0 (ll_entity_parameter (entity, "hp-legacy-display"), "1") == 0;
}

static gboolean
write_text (View *view, const LlEntity *entity, GError **error)
{
  g_autoptr (LlSink) sink = ll_sink_escape (ll_sink_borrow (view->out));
  if (has_legacy_lines (view, entity))
    sink = skip_legacy_display (g_steal_pointer (&sink));
  return ll_sink_puts (view->out, "\n", error) && ll_entity_write_text (entity, sink, error)
         && ll_sink_finish (sink, error);
}

static gboolean
write_all (View *view, const char *report, GError **error)
{
  if (!ll_sink_puts (view->out, report, error) || !write_header (view, error) || !write_lists (view, error))
    return FALSE;
  for (guint i = 0; i < view->texts->len; i++)
    if (!write_text (view, g_ptr_array_index (view->texts, i), error))
      return FALSE;
  return TRUE;
}

gboolean
ll_view_write (const LlRevealed *revealed, const char *report, LlSink *out, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  g_autoptr (GPtrArray) hidden = g_ptr_array_new ();
  View view = { revealed, out, texts, others, hidden };
  if (revealed->payload != NULL)
    sort_parts (&view, revealed->payload);
  return write_all (&view, report, error);
}
