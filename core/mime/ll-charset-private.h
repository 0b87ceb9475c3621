/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From any charset to UTF-8.  Never fails on octets: what is no character becomes
 * U+FFFD.  An unknown charset is read as ISO-8859-1, US-ASCII as UTF-8.
 */
#pragma once

#include "ll-sink.h"

G_BEGIN_DECLS

/** ll_sink_to_utf8: @charset: (nullable): NULL for US-ASCII */
LlSink *ll_sink_to_utf8 (const char *charset, LlSink *next);

/** ll_charset_append: appends @data as UTF-8; it may hold NUL. */
void ll_charset_append (GString *out, const char *charset, const guint8 *data, gsize length);

G_END_DECLS
