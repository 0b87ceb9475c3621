/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-entity.h"

#include <string.h>

#include "ll-entity-private.h"

/* RFC 2046 5.1.1 */
#define BOUNDARY_MAX 70u

void
ll_entity_free (LlEntity *entity)
{
  if (entity == NULL)
    return;
  for (guint i = 0; i < entity->children->len; i++)
    ll_entity_free (g_ptr_array_index (entity->children, i));
  g_ptr_array_unref (entity->children);
  ll_header_unref (entity->header);
  ll_parameters_free (entity->priv->parameters);
  g_free (entity->priv->boundary);
  g_free (entity->priv);
  g_free (entity->type);
  g_free (entity);
}

guint
ll_entity_n_children (const LlEntity *entity)
{
  return entity->children->len;
}

LlEntity *
ll_entity_child (const LlEntity *entity, guint i)
{
  return i < entity->children->len ? g_ptr_array_index (entity->children, i) : NULL;
}

gboolean
ll_entity_is (const LlEntity *entity, const char *type)
{
  return g_ascii_strcasecmp (entity->type, type) == 0;
}

gboolean
ll_entity_is_multipart (const LlEntity *entity)
{
  return g_str_has_prefix (entity->type, "multipart/");
}

const char *
ll_entity_parameter (const LlEntity *entity, const char *name)
{
  const LlParameters *parameters = entity->priv->parameters;
  return parameters != NULL ? ll_parameters_get (parameters, name) : NULL;
}

/* Types whose field says what is signed, encrypted or inside: there an odd field may mean something else
 * to other readers.  In others it is only untidy. */
static gboolean
is_structural_type (const char *type)
{
  static const char *const prefixes[]
      = { "multipart/", "message/", "application/pkcs7-", "application/x-pkcs7-", "application/pgp-" };
  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (type, prefixes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
type_is_readable (const char *type)
{
  const char *slash = strchr (type, '/');
  return slash != NULL && slash > type && slash[1] != '\0';
}

/* The first defect is told. */
static void
mark (LlEntity *entity, const char *defect)
{
  if (entity->defect == NULL)
    entity->defect = defect;
}

static gboolean
classify_type (LlEntity *entity, const char *fallback, GError **error)
{
  const char *value = ll_header_get (entity->header, "Content-Type");
  if (value == NULL)
    {
      entity->type = g_strdup (fallback);
      return TRUE;
    }
  LlParameters *parameters = entity->priv->parameters = ll_parameters_parse (value, error);
  if (parameters == NULL)
    return FALSE;
  gboolean readable = type_is_readable (parameters->type);
  gboolean structural = is_structural_type (parameters->type);
  entity->type = g_strdup (readable ? parameters->type : "text/plain");
  if (ll_header_count (entity->header, "Content-Type") > 1)
    mark (entity, N_ ("a part has more than one Content-Type field"));
  if (structural && parameters->repeated)
    mark (entity, N_ ("a Content-Type field has a parameter twice"));
  if (structural && (!readable || parameters->junk))
    mark (entity, N_ ("a Content-Type field is not well-formed"));
  return TRUE;
}

static gboolean
classify_encoding (LlEntity *entity, GError **error)
{
  static const struct
  {
    const char *name;
    LlTransferEncoding encoding;
  } names[] = {
    { "", LL_CTE_7BIT },
    { "7bit", LL_CTE_7BIT },
    { "8bit", LL_CTE_8BIT },
    { "binary", LL_CTE_BINARY },
    { "quoted-printable", LL_CTE_QUOTED_PRINTABLE },
    { "base64", LL_CTE_BASE64 },
  };
  const char *value = ll_header_get (entity->header, "Content-Transfer-Encoding");
  entity->encoding = value != NULL ? LL_CTE_UNKNOWN : LL_CTE_7BIT;
  if (value == NULL)
    return TRUE;
  g_autoptr (LlParameters) parsed = ll_parameters_parse (value, error);
  if (parsed == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (parsed->type, names[i].name) == 0)
      entity->encoding = names[i].encoding;
  if (ll_header_count (entity->header, "Content-Transfer-Encoding") > 1)
    {
      entity->encoding = LL_CTE_UNKNOWN;
      mark (entity, N_ ("a part has more than one Content-Transfer-Encoding field"));
    }
  return TRUE;
}

static gboolean
is_boundary_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("'()+_,-./:=? ", c) != NULL);
}

/* Whether a line can be compared with it at all. */
static gboolean
boundary_is_usable (const char *boundary)
{
  gsize n = 0;
  while (boundary[n] >= ' ' && boundary[n] <= '~')
    n++;
  return n > 0 && n <= BOUNDARY_MAX && boundary[n] == '\0' && boundary[n - 1] != ' ';
}

static gboolean
is_used_around (const LlEntity *entity, const char *boundary)
{
  for (const LlEntity *outer = entity->parent; outer != NULL; outer = outer->parent)
    if (g_strcmp0 (outer->priv->boundary, boundary) == 0)
      return TRUE;
  return FALSE;
}

static void
classify_boundary (LlEntity *entity)
{
  const char *boundary = ll_entity_parameter (entity, "boundary");
  if (!ll_entity_is_multipart (entity))
    return;
  if (entity->encoding == LL_CTE_QUOTED_PRINTABLE || entity->encoding == LL_CTE_BASE64)
    mark (entity, N_ ("a multipart has a transfer encoding, which RFC 2045 forbids"));
  if (boundary == NULL || *boundary == '\0')
    {
      mark (entity, N_ ("a multipart has no usable boundary"));
      return;
    }
  /* Where readers differ about which boundary holds, nothing is split. */
  gboolean doubtful
      = ll_header_count (entity->header, "Content-Type") > 1 || entity->priv->parameters->repeated_boundary;
  for (const char *p = boundary; *p != '\0'; p++)
    if (!is_boundary_char (*p) || strlen (boundary) > BOUNDARY_MAX)
      mark (entity, N_ ("a boundary has characters or a length that RFC 2046 forbids"));
  if (!boundary_is_usable (boundary))
    mark (entity, N_ ("a multipart has no usable boundary"));
  else if (is_used_around (entity, boundary))
    mark (entity, N_ ("a multipart has the boundary of a part around it"));
  else if (!doubtful)
    entity->priv->boundary = g_strdup (boundary);
}

gboolean
ll_entity_classify (LlEntity *entity, const char *fallback, GError **error)
{
  if (!classify_type (entity, fallback, error) || !classify_encoding (entity, error))
    return FALSE;
  classify_boundary (entity);
  return TRUE;
}
