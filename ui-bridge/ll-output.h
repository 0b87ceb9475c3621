/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where results go: standard output or a file, complete or not at all.
 *
 *   g_autoptr (LlOutput) output = ll_output_open (path, &error);
 *   make (ll_output_sink (output), &error) && ll_output_commit (output, &error);
 *
 * Until the commit nothing has reached standard output and no file has a new name
 * or content; without one nothing is left behind, however the process ends.
 */
#pragma once

#include "ll-spool.h"

G_BEGIN_DECLS

typedef struct LlOutput LlOutput;

/**
 * ll_output_open:
 * @path: (nullable): NULL or "-": standard output.  A regular file is replaced (mode 0600);
 *   a device or pipe is written to.
 * Errors: LL_ERROR_IO
 */
LlOutput *ll_output_open (const char *path, GError **error);
/** ll_output_sink: (transfer none): */
LlSink *ll_output_sink (LlOutput *output);
/** ll_output_commit: Errors: LL_ERROR_IO, LL_ERROR_CLOSED */
gboolean ll_output_commit (LlOutput *output, GError **error);
void ll_output_free (LlOutput *output);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlOutput, ll_output_free)

G_END_DECLS
