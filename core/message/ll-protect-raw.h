/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plain data instead of a message. */
#pragma once

#include "ll-protect.h"

G_BEGIN_DECLS

/** ll_protect_raw: what ll_protect() does when @options->raw is set. */
gboolean ll_protect_raw (LlSpool *input, LlEngine *engine, const LlProtectOptions *options,
                         GPtrArray *decisions, LlSink *out, GError **error);

G_END_DECLS
