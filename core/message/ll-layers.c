/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-layers.h"

#include <string.h>

#include "ll-limits.h"

void
ll_layer_clear (LlLayer *layer)
{
  g_clear_pointer (&layer->data, ll_spool_unref);
  g_clear_pointer (&layer->problem, ll_text_free);
}

static gboolean
type_among (const char *const *types, const char *type)
{
  for (; types != NULL && *types != NULL; types++)
    if (g_ascii_strcasecmp (*types, type) == 0)
      return TRUE;
  return FALSE;
}

static LlEngine *
engine_for_signature (LlEngine *const *engines, guint n, const char *type)
{
  for (guint i = 0; i < n; i++)
    if (type_among (engines[i]->ops->mime.signature_types, type))
      return engines[i];
  return NULL;
}

static LlEngine *
engine_for_opaque (LlEngine *const *engines, guint n, const char *type)
{
  for (guint i = 0; i < n; i++)
    if (type_among (engines[i]->ops->mime.opaque_types, type))
      return engines[i];
  return NULL;
}

static LlEngine *
engine_for_protocol (LlEngine *const *engines, guint n, const char *type)
{
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (engines[i]->ops->mime.encrypted_protocol, type) == 0)
      return engines[i];
  return NULL;
}

static gboolean
malformed (GError **error, const char *reason)
{
  ll_error_set (error, LL_ERROR_MALFORMED, "malformed: %s", reason);
  return FALSE;
}

/* RFC 1847 2: exactly two parts, and both delimiters: otherwise an attacker could
 * add text that is shown but not covered (security.md A-4, I-3, I-4). */
static gboolean
check_two_parts (const LlEntity *entity, const char *count_reason, GError **error)
{
  if (ll_entity_n_children (entity) != 2)
    return malformed (error, count_reason);
  if (!entity->closed)
    return malformed (error, N_ ("truncated: the protected part has no closing boundary"));
  for (guint i = 0; i < 2; i++)
    if (ll_entity_child (entity, i)->defect != NULL)
      return malformed (error, ll_entity_child (entity, i)->defect);
  return TRUE;
}

static gboolean
decode_part (const LlEntity *part, guint64 limit, const char *what, LlSpool **out, GError **error)
{
  g_autoptr (LlSpool) spool = ll_spool_new ();
  ll_spool_set_limit (spool, limit, what);
  g_autoptr (LlSink) sink = ll_spool_sink (spool);
  if (!ll_entity_decode (part, TRUE, what, sink, error) || !ll_sink_finish (sink, error))
    return FALSE;
  if (ll_spool_length (spool) == 0)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "malformed: the %s is empty", what);
      return FALSE;
    }
  *out = g_steal_pointer (&spool);
  return TRUE;
}

static gboolean
find_detached (const LlEntity *entity, LlEngine *const *engines, guint n, LlLayer *out, GError **error)
{
  if (!check_two_parts (entity, N_ ("multipart/signed must have two parts"), error))
    return FALSE;
  const LlEntity *signature = ll_entity_child (entity, 1);
  const char *protocol = ll_entity_parameter (entity, "protocol");
  out->covered = ll_entity_child (entity, 0);
  out->engine = engine_for_signature (engines, n, signature->type);
  if (out->engine == NULL)
    {
      out->kind = LL_LAYER_UNJUDGED;
      out->problem = ll_text_new (N_ ("no way to check a signature of type %s"), signature->type);
      return TRUE;
    }
  if (protocol != NULL && engine_for_signature (engines, n, protocol) != out->engine)
    {
      out->kind = LL_LAYER_UNJUDGED;
      out->problem
          = ll_text_new (N_ ("the signature is of type %s but announced as %s"), signature->type, protocol);
      return TRUE;
    }
  out->kind = LL_LAYER_DETACHED;
  return decode_part (signature, LL_LIMIT_SIGNATURE, N_ ("signature part"), &out->data, error);
}

/* RFC 3156 4: the first part says "Version: 1" and nothing else matters in it. */
static gboolean
check_control_part (const LlEntity *part, GError **error)
{
  g_autoptr (LlSpool) spool = NULL;
  if (!decode_part (part, LL_LIMIT_HEADER_FIELD, N_ ("control part"), &spool, error))
    return FALSE;
  g_autoptr (GBytes) bytes
      = ll_octets_load (ll_spool_octets (spool), LL_LIMIT_HEADER_FIELD, N_ ("control part"), error);
  if (bytes == NULL)
    return FALSE;
  gsize n = 0;
  const char *data = g_bytes_get_data (bytes, &n);
  g_autofree char *text = g_strndup (data, n);
  g_strstrip (text);
  if (g_ascii_strncasecmp (text, "Version:", 8) != 0 || strcmp (g_strstrip (text + 8), "1") != 0)
    return malformed (error, N_ ("multipart/encrypted does not say Version: 1"));
  return TRUE;
}

static gboolean
find_encrypted (const LlEntity *entity, LlEngine *const *engines, guint n, LlLayer *out, GError **error)
{
  if (!check_two_parts (entity, N_ ("multipart/encrypted must have two parts"), error))
    return FALSE;
  const LlEntity *control = ll_entity_child (entity, 0);
  const LlEntity *data = ll_entity_child (entity, 1);
  const char *protocol = ll_entity_parameter (entity, "protocol");
  out->engine = engine_for_protocol (engines, n, control->type);
  if (out->engine == NULL)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED, "no way to decrypt a message of type %s", control->type);
      return FALSE;
    }
  if (protocol != NULL && g_ascii_strcasecmp (protocol, control->type) != 0)
    return malformed (error, N_ ("multipart/encrypted announces another type than it holds"));
  if (!ll_entity_is (data, "application/octet-stream"))
    return malformed (error, N_ ("multipart/encrypted holds no application/octet-stream"));
  out->kind = LL_LAYER_ENCRYPTED;
  return check_control_part (control, error)
         && decode_part (data, LL_LIMIT_MESSAGE, N_ ("encrypted part"), &out->data, error);
}

static const struct
{
  LlKind kind;
  LlLayerKind layer;
  LlErrorCode code; /* where the layer is NONE */
  const char *reason;
} opaque_kinds[] = {
  { LL_KIND_SIGNED, LL_LAYER_OPAQUE, 0, NULL },
  { LL_KIND_ENCRYPTED, LL_LAYER_ENCRYPTED, 0, NULL },
  { LL_KIND_CERTIFICATES, LL_LAYER_NONE, 0, NULL },
  { LL_KIND_COMPRESSED, LL_LAYER_NONE, LL_ERROR_UNSUPPORTED,
    N_ ("compressed S/MIME data (RFC 3274) cannot be read; ask the sender for a message without "
        "compression") },
  { LL_KIND_DETACHED_SIGNATURE, LL_LAYER_NONE, LL_ERROR_MALFORMED,
    N_ ("malformed: a signature stands where the signed content should be") },
};

static gboolean
find_opaque (const LlEntity *entity, LlEngine *engine, LlLayer *out, GError **error)
{
  LlKind kind = LL_KIND_UNKNOWN;
  if (!decode_part (entity, LL_LIMIT_MESSAGE, N_ ("S/MIME part"), &out->data, error)
      || !engine->ops->classify (engine, ll_spool_octets (out->data), &kind, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (opaque_kinds); i++)
    if (opaque_kinds[i].kind == kind)
      {
        out->engine = engine;
        out->kind = opaque_kinds[i].layer;
        if (opaque_kinds[i].reason != NULL)
          ll_error_set (error, opaque_kinds[i].code, "%s", opaque_kinds[i].reason);
        return opaque_kinds[i].reason == NULL;
      }
  ll_error_set (error, LL_ERROR_MALFORMED, "malformed: the %s part holds no structure that is known here",
                entity->type);
  return FALSE;
}

gboolean
ll_layer_find (const LlEntity *entity, LlEngine *const *engines, guint n_engines, LlLayer *out,
               GError **error)
{
  *out = (LlLayer){ .kind = LL_LAYER_NONE };
  /* What two readers would take for two different things is nothing to judge (security.md I-3). */
  if (entity->defect != NULL)
    return malformed (error, entity->defect);
  if (ll_entity_is (entity, "multipart/signed"))
    return find_detached (entity, engines, n_engines, out, error);
  if (ll_entity_is (entity, "multipart/encrypted"))
    return find_encrypted (entity, engines, n_engines, out, error);
  LlEngine *engine = engine_for_opaque (engines, n_engines, entity->type);
  return engine == NULL || find_opaque (entity, engine, out, error);
}

gboolean
ll_layer_looks_protected (const LlEntity *entity, LlEngine *const *engines, guint n_engines,
                          const char **out_word)
{
  *out_word = NULL;
  if (ll_entity_is (entity, "multipart/signed"))
    *out_word = "signed";
  else if (ll_entity_is (entity, "multipart/encrypted"))
    *out_word = "encrypted";
  else if (engine_for_opaque (engines, n_engines, entity->type) != NULL)
    *out_word = "protected";
  return *out_word != NULL;
}

gboolean
ll_message_eol (const LlEntity *message, LlEol *out_eol, GError **error)
{
  guint64 head = message->body.offset - message->whole.offset;
  return ll_octets_eol (head > 0 ? ll_octets_sub (message->whole, 0, head) : message->whole, out_eol, error);
}
