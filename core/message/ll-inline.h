/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inline OpenPGP: armor that is the whole of a text body.  It covers no header and no
 * attachment, so it is read only when asked for (security.md ).
 */
#pragma once

#include "ll-reveal.h"

G_BEGIN_DECLS

/** ll_inline_note: names an inline block in verdict->errant and a warning when @payload holds one, and sets
 *  @revealed->unopened when it may be encrypted. */
gboolean ll_inline_note (LlRevealed *revealed, const LlEntity *payload, LlEngine *const *engines,
                         guint n_engines, GError **error);

/** ll_inline_open: opens @payload when its text is wholly one block; @out_payload: the text inside, as an
 *  entity that @revealed owns, or @payload again when there is no block. */
gboolean ll_inline_open (LlRevealed *revealed, LlEntity *payload, LlEngine *const *engines, guint n_engines,
                         gint64 at, gboolean may_prompt, LlEntity **out_payload, GError **error);

G_END_DECLS
