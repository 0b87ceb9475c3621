/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may reach a terminal (security.md K-6).  Text from mail, keys and file
 * names can hold escape sequences, line breaks, bidirectional overrides and lines
 * that imitate a program's own marks; here they become visible: "\x1b", "\u202e".
 * The result is always valid UTF-8.
 */
#pragma once

#include "ll-sink.h"

G_BEGIN_DECLS

/** ll_escape_line: (transfer full): @text as a part of one line; line ends and tabs are escaped too. */
char *ll_escape_line (const char *text);

/**
 * ll_sink_escape:
 * @next: (transfer full):
 * Text of many lines, CRLF becoming LF, the last one ended too.  A line that begins like a mark of another
 * program
 * ("[--", "[GNUPG:]") gets a backslash in front.
 */
LlSink *ll_sink_escape (LlSink *next);

/** ll_escape_json: (transfer full): @json with DEL, C1 and format characters as \uXXXX: the same JSON. */
char *ll_escape_json (const char *json);

G_END_DECLS
