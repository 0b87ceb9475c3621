/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the splitter found and the canonical writer needs again. */
#pragma once

#include "ll-entity.h"
#include "ll-parameter-private.h"

G_BEGIN_DECLS

typedef struct LlEntityPrivate
{
  LlParameters *parameters; /* of Content-Type; NULL when there is none */
  char *boundary;           /* (nullable): what the body is split at */
  gboolean blank_line;      /* the header section ends with one */
  LlOctets preamble;        /* with the line end before the first delimiter */
  LlOctets epilogue;        /* from the end of the closing delimiter, with its line end */
  /* While splitting: */
  guint64 start, body, epilogue_start;
  gboolean searching; /* the boundary may still come */
} LlEntityPrivate;

/**
 * ll_entity_classify:
 * Fills in type, encoding, boundary and defect from the header.
 * @fallback: the type when there is no Content-Type
 * Errors: LL_ERROR_LIMIT
 */
gboolean ll_entity_classify (LlEntity *entity, const char *fallback, GError **error);

G_END_DECLS
