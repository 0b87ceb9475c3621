/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where messages come from: a file, standard input, or each message of a
 * mailbox (maildir or mbox) in turn.
 */
#pragma once

#include "ll-spool.h"

G_BEGIN_DECLS

/**
 * ll_input_read:
 * @path: (nullable): NULL or "-": standard input
 * Errors: LL_ERROR_IO, LL_ERROR_LIMIT (LL_LIMIT_MESSAGE)
 * Returns: (transfer full):
 */
LlSpool *ll_input_read (const char *path, GError **error);

/**
 * LlEachMessage:
 * @name: which message it is: the file of a maildir, "mbox:NUMBER" of an mbox
 * @message: (nullable): NULL when it could not be read; then @failure says why
 */
typedef gboolean (*LlEachMessage) (const char *name, LlSpool *message, const GError *failure,
                                   gpointer user_data, GError **error);

/** ll_input_each: calls @each until it returns FALSE.  Errors: LL_ERROR_IO, and those of @each */
gboolean ll_input_each (const char *path, LlEachMessage each, gpointer user_data, GError **error);

G_END_DECLS
