/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A prompter on the terminal that controls this process, whatever standard input
 * and output are: echo off, and the terminal as it was whenever the process ends
 * or is stopped.
 */
#pragma once

#include "ll-key-source.h"

G_BEGIN_DECLS

#define LL_PROMPT_LONGEST 1024u

/** ll_prompt_new: (transfer full): free with ll_prompt_free(). */
LlPrompter *ll_prompt_new (void);
void ll_prompt_free (LlPrompter *prompter);

G_END_DECLS
