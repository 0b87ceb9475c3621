/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-canonical.h"

#include <string.h>

#include "ll-canonical-private.h"
#include "ll-entity-private.h"
#include "ll-filter.h"
#include "ll-scan-private.h"

/* Above one odd octet in six, base64 is shorter than quoted-printable. */
#define ODD_SHARE 6u

typedef enum
{
  PLAN_KEEP,
  PLAN_7BIT, /* only the label changes */
  PLAN_QUOTED_PRINTABLE,
  PLAN_BASE64,
} Plan;

typedef struct
{
  const LlCanonical *how;
  LlSink *out;
} Writer;

static gboolean write_entity (const Writer *w, const LlEntity *entity, LlFieldsKind kind, GError **error);

/* Whether a lone LF is a line end here. */
static gboolean
lf_ends_lines (const Writer *w)
{
  return w->how->eol == LL_EOL_LF;
}

static guint
unsafe_in_body (const Writer *w, const LlScan *scan)
{
  return lf_ends_lines (w) ? scan->unsafe & ~(guint)LL_UNSAFE_LONE_LF : scan->unsafe;
}

/* RFC 2045 6.4, RFC 2046 5.2: these have no transfer encoding but the plain ones. */
static gboolean
may_not_be_encoded (const LlEntity *entity)
{
  return ll_entity_is_multipart (entity) || ll_entity_is (entity, "message/rfc822")
         || ll_entity_is (entity, "message/partial") || ll_entity_is (entity, "message/external-body");
}

/* Line ends in a binary part are content, whatever those of the message are; a multipart is lines all the
 * same. */
static gboolean
has_lines (const LlEntity *entity)
{
  return entity->encoding != LL_CTE_BINARY || may_not_be_encoded (entity);
}

static gboolean
is_text (const LlEntity *entity)
{
  return g_str_has_prefix (entity->type, "text/") || g_str_has_prefix (entity->type, "message/");
}

static Plan
label_plan (const LlEntity *entity)
{
  return entity->encoding == LL_CTE_8BIT || entity->encoding == LL_CTE_BINARY ? PLAN_7BIT : PLAN_KEEP;
}

/* Its lines were signed as they are: only what a relay surely changes is refused. */
static gboolean
plan_signed (const Writer *w, const LlEntity *entity, Plan *out_plan, GError **error)
{
  const guint fatal = LL_UNSAFE_8BIT | LL_UNSAFE_NUL | LL_UNSAFE_LONE_CR | LL_UNSAFE_LONE_LF;
  LlScan scan;
  if (!ll_scan_octets (entity->body, &scan, error))
    return FALSE;
  if ((unsafe_in_body (w, &scan) & fatal) != 0)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    "a signed message inside is not plain 7-bit text, and making it so would break its "
                    "signature: attach it as a file, or encrypt");
      return FALSE;
    }
  *out_plan = label_plan (entity);
  return TRUE;
}

static gboolean
refuse (const LlEntity *entity, GError **error)
{
  ll_error_set (error, LL_ERROR_UNSUPPORTED,
                "a part of type %s is not plain 7-bit text and cannot be encoded so that a signature holds: "
                "attach it as a file, or encrypt",
                entity->type);
  return FALSE;
}

static Plan
encoded_plan (const LlEntity *entity, const LlScan *scan)
{
  if (entity->encoding == LL_CTE_QUOTED_PRINTABLE)
    return PLAN_QUOTED_PRINTABLE;
  gboolean plain = entity->encoding != LL_CTE_BASE64 && entity->encoding != LL_CTE_BINARY;
  return plain && is_text (entity) && scan->odd <= scan->octets / ODD_SHARE ? PLAN_QUOTED_PRINTABLE
                                                                            : PLAN_BASE64;
}

static gboolean
plan_leaf (const Writer *w, const LlEntity *entity, Plan *out_plan, GError **error)
{
  LlScan scan;
  if (!ll_scan_octets (entity->body, &scan, error))
    return FALSE;
  gboolean fixed = may_not_be_encoded (entity);
  if (has_lines (entity) && unsafe_in_body (w, &scan) == 0)
    *out_plan = label_plan (entity);
  else if (fixed || entity->encoding == LL_CTE_UNKNOWN)
    return refuse (entity, error);
  else
    *out_plan = encoded_plan (entity, &scan);
  return TRUE;
}

static gboolean
make_plan (const Writer *w, const LlEntity *entity, Plan *out_plan, GError **error)
{
  *out_plan = PLAN_KEEP;
  if (!w->how->seven_bit)
    return TRUE;
  if (ll_entity_is (entity, "multipart/signed"))
    return plan_signed (w, entity, out_plan, error);
  if (ll_entity_n_children (entity) == 0)
    return plan_leaf (w, entity, out_plan, error);
  *out_plan = label_plan (entity);
  return TRUE;
}

static gboolean
copy_lines (const Writer *w, LlOctets octets, gboolean convert, GError **error)
{
  if (!convert)
    return ll_octets_copy (octets, w->out, error);
  g_autoptr (LlSink) sink = ll_sink_to_crlf (ll_sink_borrow (w->out));
  return ll_octets_copy (octets, sink, error) && ll_sink_finish (sink, error);
}

/* From the octets of the message to the new encoding.  Lines are made canonical before the old encoding is
 * taken off: "=0A" is an octet of the content, a line end is not. */
static LlSink *
recoder (const Writer *w, const LlEntity *entity, Plan plan)
{
  LlSink *sink = ll_sink_borrow (w->out);
  sink = plan == PLAN_BASE64 ? ll_sink_base64_encode (sink) : ll_sink_qp_encode (sink);
  if (entity->encoding == LL_CTE_BASE64)
    return ll_sink_base64_decode (FALSE, NULL, sink);
  if (entity->encoding == LL_CTE_QUOTED_PRINTABLE)
    sink = ll_sink_qp_decode (FALSE, NULL, sink);
  return lf_ends_lines (w) && has_lines (entity) ? ll_sink_to_crlf (sink) : sink;
}

static gboolean
write_leaf (const Writer *w, const LlEntity *entity, Plan plan, GError **error)
{
  if (plan == PLAN_KEEP || plan == PLAN_7BIT)
    return copy_lines (w, entity->body, lf_ends_lines (w) && has_lines (entity), error);
  g_autoptr (LlSink) sink = recoder (w, entity, plan);
  return ll_octets_copy (entity->body, sink, error) && ll_sink_finish (sink, error);
}

/* What stands around the parts is no content: what is not safe is left out. */
static gboolean
write_around (const Writer *w, LlOctets octets, const char *instead, GError **error)
{
  LlScan scan = { 0 };
  if (w->how->seven_bit && !ll_scan_octets (octets, &scan, error))
    return FALSE;
  if ((scan.unsafe & ~(guint)LL_UNSAFE_LONE_LF) != 0)
    return ll_sink_puts (w->out, instead, error);
  return copy_lines (w, octets, TRUE, error);
}

static gboolean
write_multipart (const Writer *w, const LlEntity *entity, GError **error)
{
  const LlEntityPrivate *priv = entity->priv;
  if (!write_around (w, priv->preamble, "", error))
    return FALSE;
  for (guint i = 0; i < ll_entity_n_children (entity); i++)
    if (!ll_sink_printf (w->out, error, "%s--%s\r\n", i > 0 ? "\r\n" : "", priv->boundary)
        || !write_entity (w, ll_entity_child (entity, i), LL_FIELDS_PART, error))
      return FALSE;
  /* What was left open stays so: nothing is repaired behind the writer's back. */
  if (!entity->closed)
    return TRUE;
  return ll_sink_printf (w->out, error, "\r\n--%s--", priv->boundary)
         && (priv->epilogue.length == 0 || write_around (w, priv->epilogue, "\r\n", error));
}

static gboolean
write_entity (const Writer *w, const LlEntity *entity, LlFieldsKind kind, GError **error)
{
  static const char *const labels[] = { NULL, "7bit", "quoted-printable", "base64" };
  Plan plan;
  if (!make_plan (w, entity, &plan, error)
      || !ll_canonical_write_header (entity, w->how, kind, labels[plan], w->out, error))
    return FALSE;
  if (ll_entity_n_children (entity) == 0 || ll_entity_is (entity, "multipart/signed"))
    return write_leaf (w, entity, plan, error);
  if (ll_entity_is_multipart (entity))
    return write_multipart (w, entity, error);
  return write_entity (w, ll_entity_child (entity, 0), LL_FIELDS_MESSAGE, error);
}

gboolean
ll_canonical_write (const LlEntity *entity, const LlCanonical *how, LlSink *out, GError **error)
{
  const Writer w = { how, out };
  return write_entity (&w, entity, LL_FIELDS_ROOT, error);
}
