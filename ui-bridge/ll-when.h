/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Points in time as people and JSON write them. */
#pragma once

#include "ll-error.h"

G_BEGIN_DECLS

/**
 * ll_when_parse:
 * @text: "2026-11-24", "2026-11-24T04:00:00Z", the same with another zone, or "@SECONDS"
 * A time without a zone is UTC.  Errors: LL_ERROR_USAGE
 */
gboolean ll_when_parse (const char *text, gint64 *out_time, GError **error);

/** ll_when_format: (transfer full) (nullable): "2026-11-24T04:00:00Z"; NULL when it is no time */
char *ll_when_format (gint64 time);

G_END_DECLS
