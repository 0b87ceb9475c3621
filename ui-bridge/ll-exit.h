/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exit statuses: the table of design.md, made from error codes and, in
 * ll-report.h, verdicts. */
#pragma once

#include "ll-error.h"

G_BEGIN_DECLS

typedef enum
{
  LL_EXIT_OK = 0,
  LL_EXIT_BAD = 1, /* a bad signature, not the sender's, or altered content */
  LL_EXIT_USAGE = 2,
  LL_EXIT_UNSIGNED = 3, /* verify: not signed */
  LL_EXIT_UNJUDGED = 4, /* a signature that cannot be judged */
  LL_EXIT_NO_KEY = 5,
  LL_EXIT_MALFORMED = 6, /* or over a limit */
  LL_EXIT_CANCELLED = 7, /* or nobody could be asked for a passphrase */
  LL_EXIT_FAILURE = 8,
} LlExit;

/** ll_exit_of_error: NULL is LL_EXIT_OK. */
LlExit ll_exit_of_error (const GError *error);

/** ll_exit_worst: the graver of the two: 1, 8, 6, 7, 5, 4, 3, 2, 0. */
LlExit ll_exit_worst (LlExit a, LlExit b);

G_END_DECLS
