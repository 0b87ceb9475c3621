/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each command does: options in, exit status out. */
#pragma once

#include "ll-exit.h"
#include "ll-options.h"

G_BEGIN_DECLS

LlExit ll_run_sign (const LlOptions *options);
LlExit ll_run_encrypt (const LlOptions *options);
LlExit ll_run_decrypt (const LlOptions *options);
LlExit ll_run_verify (const LlOptions *options);
LlExit ll_run_show (const LlOptions *options);

/** ll_run_failed: tells @error (one line, or JSON).  Returns: its exit status */
LlExit ll_run_failed (const LlOptions *options, const GError *error);

/** ll_run_print: @text to standard output, complete or an error. */
LlExit ll_run_print (const LlOptions *options, const char *text);

G_END_DECLS
