/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verdicts told: as JSON for programs (the contract in design.md), as text for
 * people, as exit status for scripts.
 */
#pragma once

#include "ll-exit.h"
#include "ll-verdict.h"

G_BEGIN_DECLS

/**
 * ll_report_json:
 * @source: (nullable): which message of a mailbox it is
 * Returns: (transfer full): one line, with its line end
 */
char *ll_report_json (const LlVerdict *verdict, const char *source);

/** ll_report_error_json: (transfer full): an error where there is no verdict. */
char *ll_report_error_json (const GError *error);

/** ll_report_sentence: (transfer full): the verdict in one sentence. */
char *ll_report_sentence (const LlVerdict *verdict);

/** ll_report_details: (transfer full): what every reader should know besides, one line each; more with
 *  @verbose.  Maybe empty. */
char *ll_report_details (const LlVerdict *verdict, gboolean verbose);

/** ll_report_text: (transfer full): sentence and details. */
char *ll_report_text (const LlVerdict *verdict, gboolean verbose);

/** ll_exit_of_verdict: @must_be_signed: a message without signature is LL_EXIT_UNSIGNED. */
LlExit ll_exit_of_verdict (const LlVerdict *verdict, gboolean must_be_signed);

G_END_DECLS
