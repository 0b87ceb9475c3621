/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sentence that is made here and told elsewhere: an English template and its
 * arguments.  Core has no locale; the storey above translates the template
 * (and such arguments as are themselves marked) and puts them together.
 *
 *   g_autoptr (LlText) t = ll_text_new (N_("key %s has expired"), fpr);
 *   g_autofree char *english = ll_text_format (t, NULL, NULL);
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Marks a string for xgettext without translating it. */
#ifndef N_
#define N_(string) (string)
#endif

typedef struct LlText LlText;

/**
 * LlTranslate:
 * Returns: (transfer none): the words for @msgid; @msgid itself when there are none
 */
typedef const char *(*LlTranslate) (const char *msgid, gpointer user_data);

/**
 * ll_text_new:
 * @msgid: (transfer none): static template; %s is the only conversion
 * Returns: (transfer full):
 */
LlText *ll_text_new (const char *msgid, ...) G_GNUC_PRINTF (1, 2);
LlText *ll_text_new_valist (const char *msgid, va_list args) G_GNUC_PRINTF (1, 0);
LlText *ll_text_copy (const LlText *text);
void ll_text_free (LlText *text);

const char *ll_text_msgid (const LlText *text);

/**
 * ll_text_format:
 * @translate: (nullable) (scope call): NULL for English
 *
 * A translation may reorder arguments with %1$s, %2$s.
 * Returns: (transfer full): UTF-8; arguments that are not valid UTF-8 are
 *   escaped.  Control characters are NOT escaped here: that is the duty of
 *   whoever writes to a terminal.
 */
char *ll_text_format (const LlText *text, LlTranslate translate, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlText, ll_text_free)

G_END_DECLS
