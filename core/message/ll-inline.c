/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-inline.h"

#include <string.h>

#include "ll-limits.h"
#include "ll-open.h"

static const char *const markers[] = { "-----BEGIN PGP MESSAGE-----", "-----BEGIN PGP SIGNED MESSAGE-----" };

enum
{
  MARKS_MESSAGE = 1 << 0, /* in the order of @markers */
  MARKS_CLEARTEXT = 1 << 1,
};

static LlEngine *
armored_engine (LlEngine *const *engines, guint n)
{
  for (guint i = 0; i < n; i++)
    if (engines[i]->ops->mime.armored)
      return engines[i];
  return NULL;
}

static gboolean
decode_text (const LlEntity *payload, LlSpool **out, GError **error)
{
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (spool);
  if (!ll_entity_decode (payload, FALSE, N_ ("text"), sink, error) || !ll_sink_finish (sink, error))
    return FALSE;
  *out = g_steal_pointer (&spool);
  return TRUE;
}

/* Which blocks a line of the first chunk begins: enough to tell a reader about it. */
static gboolean
find_markers (LlOctets text, guint *out_marks, GError **error)
{
  g_auto (LlReader) reader = { 0 };
  const guint8 *data;
  gsize n;
  ll_reader_init (&reader, text);
  if (!ll_reader_need (&reader, LL_CHUNK, &data, &n, error))
    return FALSE;
  *out_marks = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (markers); i++)
    {
      gsize length = strlen (markers[i]);
      const guint8 *end = data + n;
      for (const guint8 *p = data; (p = memmem (p, (gsize)(end - p), markers[i], length)) != NULL; p++)
        if (p == data || p[-1] == '\n')
          *out_marks |= 1u << i;
    }
  return TRUE;
}

gboolean
ll_inline_note (LlRevealed *revealed, const LlEntity *payload, LlEngine *const *engines, guint n_engines,
                GError **error)
{
  g_autoptr (LlSpool) text = NULL;
  guint marks = 0;
  if (!ll_entity_is (payload, "text/plain") || armored_engine (engines, n_engines) == NULL)
    return TRUE;
  if (!decode_text (payload, &text, error) || !find_markers (ll_spool_octets (text), &marks, error))
    return FALSE;
  if (marks != 0)
    {
      LlVerdict *verdict = revealed->verdict;
      revealed->unopened |= (marks & MARKS_MESSAGE) != 0;
      g_ptr_array_add (verdict->errant, g_strdup ("inline part 1 (text/plain)"));
      ll_verdict_warn (
          verdict, "inline-pgp",
          N_ ("the text holds an inline OpenPGP block, which covers no header and no attachment; "
              "--inline reads a text that is wholly one block"));
    }
  return TRUE;
}

static LlEntity *
wrap (LlRevealed *revealed, const LlEntity *payload, LlSpool *content, GError **error)
{
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (spool);
  const char *charset = ll_entity_parameter (payload, "charset");
  gboolean plain = charset != NULL && *charset != '\0';
  for (const char *p = charset; plain && *p != '\0'; p++)
    plain = g_ascii_isalnum (*p) || strchr ("-_.:", *p) != NULL;
  if (!ll_sink_printf (sink, error,
                       "Content-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
                       plain ? charset : "utf-8")
      || !ll_octets_copy (ll_spool_octets (content), sink, error))
    return NULL;
  LlEntity *entity = ll_entity_parse (ll_spool_octets (spool), LL_ENTITY_PART, error);
  if (entity == NULL)
    return NULL;
  g_ptr_array_add (revealed->spools, g_steal_pointer (&spool));
  g_ptr_array_add (revealed->entities, entity);
  return entity;
}

gboolean
ll_inline_open (LlRevealed *revealed, LlEntity *payload, LlEngine *const *engines, guint n_engines, gint64 at,
                gboolean may_prompt, LlEntity **out_payload, GError **error)
{
  LlEngine *engine = armored_engine (engines, n_engines);
  g_autoptr (LlSpool) text = NULL;
  guint marks = 0;
  LlKind kind = LL_KIND_UNKNOWN;
  *out_payload = payload;
  if (engine == NULL || !ll_entity_is (payload, "text/plain") || revealed->verdict->layers->len > 0)
    return TRUE;
  if (!decode_text (payload, &text, error) || !find_markers (ll_spool_octets (text), &marks, error))
    return FALSE;
  if (marks == 0)
    return TRUE;
  LlOctets octets = ll_spool_octets (text);
  if (!engine->ops->classify (engine, octets, &kind, error))
    return FALSE;
  g_autoptr (LlSpool) content = ll_spool_new ();
  LlDecryptRequest decrypt = { octets, content, at, may_prompt };
  LlVerifyRequest verify = { .signature = octets, .out = content, .at = at };
  gboolean ok = TRUE;
  if (kind == LL_KIND_ENCRYPTED)
    ok = ll_open_encrypted (revealed->verdict, engine, &decrypt, "inline", error);
  else if (kind == LL_KIND_SIGNED || kind == LL_KIND_CLEARSIGNED)
    ok = ll_open_signed (revealed->verdict, engine, &verify, "inline", error);
  else
    {
      ll_error_set (error, LL_ERROR_MALFORMED,
                    "malformed: the text is not wholly one inline OpenPGP block, so nothing of it is taken "
                    "for protected");
      ok = FALSE;
    }
  if (ok)
    *out_payload = wrap (revealed, payload, content, error);
  return ok && *out_payload != NULL;
}
