/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File names out of a message, made harmless. */
#include <string.h>

#include "ll-entity-private.h"
#include "ll-header-private.h"
#include "ll-unicode-private.h"

#define NAME_MAX_OCTETS 200u

static LlParameters *
disposition (const LlEntity *entity)
{
  const char *value = ll_header_get (entity->header, "Content-Disposition");
  return value != NULL ? ll_parameters_parse (value, NULL) : NULL;
}

static char *
cut_to_length (const char *name)
{
  gsize n = strlen (name);
  if (n > NAME_MAX_OCTETS)
    n = (gsize)(g_utf8_find_prev_char (name, name + NAME_MAX_OCTETS + 1) - name);
  return g_strndup (name, n);
}

/* Order matters: what is left out must not bring "../" together afterwards. */
static char *
make_safe (const char *text)
{
  g_autoptr (GString) visible = g_string_new (NULL);
  g_autofree char *decoded = ll_header_decode (text);
  for (const char *p = decoded; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      if (!ll_unicode_is_control (c) && !ll_unicode_is_bidi (c))
        g_string_append_unichar (visible, c);
    }
  const char *base = visible->str;
  for (const char *p = base; *p != '\0'; p++)
    if (*p == '/' || *p == '\\')
      base = p + 1;
  base += strspn (base, ". ");
  g_autofree char *name = cut_to_length (base);
  return *g_strchomp (name) != '\0' ? g_steal_pointer (&name) : NULL;
}

char *
ll_entity_filename (const LlEntity *entity)
{
  g_autoptr (LlParameters) parameters = disposition (entity);
  const char *name = parameters != NULL ? ll_parameters_get (parameters, "filename") : NULL;
  if (name == NULL)
    name = ll_entity_parameter (entity, "name");
  return name != NULL ? make_safe (name) : NULL;
}

gboolean
ll_entity_is_attachment (const LlEntity *entity)
{
  g_autoptr (LlParameters) parameters = disposition (entity);
  g_autofree char *name = ll_entity_filename (entity);
  if (parameters != NULL && strcmp (parameters->type, "attachment") == 0)
    return TRUE;
  return name != NULL && !g_str_has_prefix (entity->type, "text/");
}
