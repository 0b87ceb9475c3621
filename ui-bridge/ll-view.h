/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A message as a careful reader shows it: what is true about it first, then the
 * header fields that may be believed, the attachments by name and the text.
 * Everything the program says stands above the text, so that no text can imitate
 * it; nothing is fetched, started or saved.
 */
#pragma once

#include "ll-reveal.h"

G_BEGIN_DECLS

/**
 * ll_view_write:
 * @revealed: without an error in its verdict
 * @report: what is true about it, told, with its line end
 */
gboolean ll_view_write (const LlRevealed *revealed, const char *report, LlSink *out, GError **error);

G_END_DECLS
