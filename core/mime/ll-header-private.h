/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the splitter and the address parser share with the header parser. */
#pragma once

#include "ll-header.h"

G_BEGIN_DECLS

/* Whether the header section is cut at the line the reader stands on, which begins with "--". */
typedef gboolean (*LlHeaderStop) (gpointer user_data, gboolean *out_stop, GError **error);

/**
 * ll_header_read:
 * As ll_header_parse(), from @reader, which stands behind the empty line afterwards, or
 * on the line that @stop (nullable) took for the end: then the line end before it is no
 * part of the last field.
 */
LlHeader *ll_header_read (LlReader *reader, LlHeaderStop stop, gpointer user_data, gboolean *out_body,
                          GError **error);

/** What the first line of something that should be a header section is. */
typedef enum
{
  LL_FIRST_LINE_FIELD, /* or the empty line, or the end */
  LL_FIRST_LINE_CONTINUATION,
  LL_FIRST_LINE_MBOX,
  LL_FIRST_LINE_OTHER,
} LlFirstLine;

/** ll_header_first_line: @offset: of that line, before which @reader stands. */
gboolean ll_header_first_line (LlReader *reader, gsize offset, LlFirstLine *out_kind, GError **error);

/** ll_header_skip_mbox: skips a "From " line that a header section follows, if there is one. */
gboolean ll_header_skip_mbox (LlReader *reader, GError **error);

/** ll_header_decode_words: (transfer full): as ll_header_decode(), but CR, LF and NUL that came out of
 *  encoded words are still there. */
GString *ll_header_decode_words (const char *value);

G_END_DECLS
