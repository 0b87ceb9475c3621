/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words for people: templates of every storey in the language of the user,
 * with all arguments made safe for a terminal.
 */
#pragma once

#include "ll-error.h"

G_BEGIN_DECLS

/** ll_translate: an LlTranslate on the project's catalogue. */
const char *ll_translate (const char *msgid, gpointer user_data) G_GNUC_FORMAT (1);
#define _(msgid) ll_translate (msgid, NULL)

/** ll_tell_text: (transfer full): @text in the user's language, as a part of one line. */
char *ll_tell_text (const LlText *text);

/** ll_tell_format: (transfer full): the same in one go; arguments as for ll_text_new(). */
char *ll_tell_format (const char *msgid, ...) G_GNUC_PRINTF (1, 2);

/** ll_tell_error: (transfer full): any error, as a part of one line. */
char *ll_tell_error (const GError *error);

/** ll_error_name: the stable name of any error's code. */
const char *ll_error_name (const GError *error);

/** ll_tell: "letterlock: LINE" to standard error; @line is safe already. */
void ll_tell (const char *line);

G_END_DECLS
