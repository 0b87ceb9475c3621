/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-run.h"

#include <stdio.h>

#include "ll-output.h"
#include "ll-report.h"
#include "ll-tell.h"

LlExit
ll_run_failed (const LlOptions *options, const GError *error)
{
  if (options->json)
    {
      g_autofree char *json = ll_report_error_json (error);
      (void)fputs (json, stderr);
    }
  else
    {
      g_autofree char *line = ll_tell_error (error);
      ll_tell (line);
    }
  return ll_exit_of_error (error);
}

LlExit
ll_run_print (const LlOptions *options, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlOutput) output = ll_output_open (NULL, &error);
  if (output != NULL && ll_sink_puts (ll_output_sink (output), text, &error)
      && ll_output_commit (output, &error))
    return LL_EXIT_OK;
  return ll_run_failed (options, error);
}
