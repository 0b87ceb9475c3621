/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A structured field such as Content-Type (RFC 2045 5.1, RFC 2231): a type and
 * parameters.  Not GMime's parser: what other readers would understand
 * differently (a parameter twice, text that fits no rule) must be seen here, and not be smoothed over.
 */
#pragma once

#include "ll-error.h"

G_BEGIN_DECLS

typedef struct
{
  char *name;  /* lower case */
  char *value; /* UTF-8 */
} LlParameter;

typedef struct
{
  char *type; /* lower case, maybe empty */
  GPtrArray *list;
  gboolean repeated; /* some parameter is there twice */
  gboolean repeated_boundary;
  gboolean junk; /* something fits no rule */
} LlParameters;

/**
 * ll_parameters_parse:
 * Errors: LL_ERROR_LIMIT
 */
LlParameters *ll_parameters_parse (const char *value, GError **error);
void ll_parameters_free (LlParameters *parameters);

/** ll_parameters_get: (transfer none) (nullable): the first called @name */
const char *ll_parameters_get (const LlParameters *parameters, const char *name);

/** ll_parameters_format: (transfer full): 7-bit, one line a parameter, CRLF between them, none behind. */
char *ll_parameters_format (const LlParameters *parameters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlParameters, ll_parameters_free)

G_END_DECLS
