/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ll-canonical.h"

G_BEGIN_DECLS

typedef enum
{
  LL_FIELDS_ROOT, /* only what describes the content */
  LL_FIELDS_PART,
  LL_FIELDS_MESSAGE, /* of an attached message: nothing may change */
} LlFieldsKind;

/**
 * ll_canonical_write_header:
 * @encoding: (nullable): the new Content-Transfer-Encoding
 * Writes the header section with the empty line, if there is one.
 */
gboolean ll_canonical_write_header (const LlEntity *entity, const LlCanonical *how, LlFieldsKind kind,
                                    const char *encoding, LlSink *out, GError **error);

G_END_DECLS
