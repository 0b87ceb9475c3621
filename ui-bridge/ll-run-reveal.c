/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* decrypt, verify and show: what is inside, and what is true about it. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ll-escape.h"
#include "ll-input.h"
#include "ll-output.h"
#include "ll-report.h"
#include "ll-reveal.h"
#include "ll-run.h"
#include "ll-session.h"
#include "ll-tell.h"
#include "ll-view.h"
#include "ll-when.h"

typedef struct
{
  const LlOptions *options;
  LlSession *session;
  LlEngine *engines[LL_N_PROTOCOLS];
  guint n_engines;
  LlRevealOptions reveal;
} Job;

static void
job_clear (Job *job)
{
  g_clear_pointer (&job->session, ll_session_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

static gboolean
is_stdio (const char *path)
{
  return g_strcmp0 (path, "-") == 0;
}

static gboolean
check_options (const LlOptions *o, GError **error)
{
  const char *why = NULL;
  if (o->signature != NULL && !o->raw)
    why = N_ ("--signature goes with --raw only");
  else if (o->each && o->raw)
    why = N_ ("--each and --raw contradict each other");
  else if (o->body && o->raw)
    why = N_ ("--body and --raw contradict each other");
  else if (o->inline_pgp && o->raw)
    why = N_ ("--inline and --raw contradict each other");
  else if (is_stdio (o->report))
    why = N_ ("--report needs a file: standard output is for the message");
  else if (o->report != NULL && g_strcmp0 (o->report, o->output) == 0)
    why = N_ ("--report and --output name the same file");
  else if (is_stdio (o->signature) && (ll_options_file (o) == NULL || is_stdio (ll_options_file (o))))
    why = N_ ("--signature and FILE cannot both be standard input");
  if (why != NULL)
    ll_error_set (error, LL_ERROR_USAGE, "%s; see the manual page", why);
  return why == NULL;
}

static gboolean
prepare (Job *job, const LlOptions *options, GError **error)
{
  job->options = options;
  job->reveal.decrypt = TRUE;
  job->reveal.inline_pgp = options->inline_pgp;
  job->reveal.may_prompt = !options->batch;
  job->reveal.at_message = g_strcmp0 (options->as_of, "message") == 0;
  if (!check_options (options, error))
    return FALSE;
  if (options->as_of != NULL && !job->reveal.at_message
      && !ll_when_parse (options->as_of, &job->reveal.at, error))
    return FALSE;
  job->session = ll_session_new (options, error);
  if (job->session == NULL)
    return FALSE;
  job->n_engines = ll_session_engines (job->session, job->engines);
  return TRUE;
}

static LlRevealed *
reveal (const Job *job, LlSpool *input, GError **error)
{
  LlRevealed *revealed = ll_reveal (input, job->engines, job->n_engines, &job->reveal, error);
  ll_session_explain (job->session, revealed != NULL ? &revealed->verdict->error : error);
  return revealed;
}

static LlVerdict *
reveal_raw (const Job *job, LlSpool *input, LlOctets content, LlSpool *out, GError **error)
{
  LlVerdict *verdict = ll_reveal_raw (input, content, job->engines, job->n_engines, &job->reveal, out, error);
  ll_session_explain (job->session, verdict != NULL ? &verdict->error : error);
  return verdict;
}

/* Where no verdict was possible the report still has its form: an empty verdict with the error. */
static LlVerdict *
verdict_of_failure (const GError *failure)
{
  LlVerdict *verdict = ll_verdict_new ();
  verdict->error = g_error_copy (failure);
  return verdict;
}

static char *
report (const Job *job, const LlVerdict *verdict, const char *source)
{
  if (job->options->json)
    return ll_report_json (verdict, source);
  g_autofree char *text = ll_report_text (verdict, job->options->verbose);
  if (source == NULL)
    return g_steal_pointer (&text);
  g_autofree char *name = ll_escape_line (source);
  return g_strconcat (name, ": ", text, NULL);
}

static gboolean
write_file (const char *path, const char *text, GError **error)
{
  g_autoptr (LlOutput) output = ll_output_open (path, error);
  return output != NULL && ll_sink_puts (ll_output_sink (output), text, error)
         && ll_output_commit (output, error);
}

/* ---- decrypt ---- */

static gboolean
write_report_file (const Job *job, const LlVerdict *verdict, GError **error)
{
  if (job->options->report == NULL)
    return TRUE;
  g_autofree char *json = ll_report_json (verdict, NULL);
  return write_file (job->options->report, json, error);
}

/* On standard error: the report, or the one line of what went wrong. */
static void
tell_verdict (const Job *job, const LlVerdict *verdict)
{
  const LlOptions *o = job->options;
  if (o->json)
    {
      g_autofree char *json = ll_report_json (verdict, NULL);
      if (!o->quiet || verdict->error != NULL)
        (void)fputs (json, stderr);
      return;
    }
  if (o->quiet && verdict->error == NULL)
    return;
  g_autofree char *sentence = ll_report_sentence (verdict);
  /* One line for a failure: nothing that was found on the way is true of what is not shown. */
  gboolean brief = o->quiet || (verdict->error != NULL && !o->verbose);
  g_autofree char *details = brief ? g_strdup ("") : ll_report_details (verdict, o->verbose);
  ll_tell (sentence);
  (void)fputs (details, stderr);
}

static gboolean
write_revealed (const Job *job, const LlRevealed *revealed, LlSink *sink, GError **error)
{
  LlWriteForm form = job->options->body ? LL_WRITE_BODY : LL_WRITE_MESSAGE;
  return ll_revealed_write (revealed, form, sink, error);
}

/* Returns: (transfer full): the verdict, where the result is written into @sink unless it holds an error */
static LlVerdict *
decrypt_message (const Job *job, LlSpool *input, LlSink *sink, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (LlRevealed) revealed = reveal (job, input, &failure);
  if (revealed == NULL)
    return verdict_of_failure (failure);
  LlVerdict *verdict = revealed->verdict;
  if (verdict->error == NULL && ll_revealed_check_opened (revealed, &verdict->error)
      && !write_revealed (job, revealed, sink, error))
    return NULL;
  return g_steal_pointer (&revealed->verdict);
}

static LlVerdict *
decrypt_raw (const Job *job, LlSpool *input, LlSink *sink, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (LlSpool) content = ll_spool_new ();
  g_autoptr (LlVerdict) verdict = reveal_raw (job, input, (LlOctets){ 0 }, content, &failure);
  if (verdict == NULL)
    return verdict_of_failure (failure);
  if (verdict->error == NULL && !ll_octets_copy (ll_spool_octets (content), sink, error))
    return NULL;
  return g_steal_pointer (&verdict);
}

static LlVerdict *
decrypt (const Job *job, GError **error)
{
  g_autoptr (LlSpool) input = ll_input_read (ll_options_file (job->options), error);
  g_autoptr (LlOutput) output = input != NULL ? ll_output_open (job->options->output, error) : NULL;
  if (output == NULL)
    return NULL;
  g_autoptr (LlVerdict) verdict
      = (job->options->raw ? decrypt_raw : decrypt_message) (job, input, ll_output_sink (output), error);
  if (verdict == NULL || !write_report_file (job, verdict, error)
      || (verdict->error == NULL && !ll_output_commit (output, error)))
    return NULL;
  return g_steal_pointer (&verdict);
}

LlExit
ll_run_decrypt (const LlOptions *options)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LlVerdict) verdict = prepare (&job, options, &error) ? decrypt (&job, &error) : NULL;
  if (verdict == NULL)
    return ll_run_failed (options, error);
  tell_verdict (&job, verdict);
  return ll_exit_of_verdict (verdict, FALSE);
}

/* ---- verify ---- */

static LlVerdict *
verify_message (const Job *job, LlSpool *input, GError **out_failure)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (LlRevealed) revealed = reveal (job, input, &failure);
  if (revealed != NULL)
    return g_steal_pointer (&revealed->verdict);
  g_propagate_error (out_failure, g_steal_pointer (&failure));
  return NULL;
}

static LlVerdict *
verify_raw (const Job *job, GError **error)
{
  const LlOptions *o = job->options;
  g_autoptr (LlSpool) file = ll_input_read (ll_options_file (o), error);
  g_autoptr (LlSpool) signature
      = file != NULL && o->signature != NULL ? ll_input_read (o->signature, error) : NULL;
  if (file == NULL || (o->signature != NULL && signature == NULL))
    return NULL;
  LlOctets content = signature != NULL ? ll_spool_octets (file) : (LlOctets){ 0 };
  g_autoptr (LlSpool) out = ll_spool_new ();
  return reveal_raw (job, signature != NULL ? signature : file, content, out, error);
}

static LlVerdict *
verify_one (const Job *job, GError **error)
{
  if (job->options->raw)
    return verify_raw (job, error);
  g_autoptr (LlSpool) input = ll_input_read (ll_options_file (job->options), error);
  return input != NULL ? verify_message (job, input, error) : NULL;
}

/* With --json a program reads standard output: it gets a report there whatever happened. */
static LlExit
verify_failed (const LlOptions *options, const GError *error)
{
  if (!options->json || options->quiet)
    return ll_run_failed (options, error);
  g_autoptr (LlVerdict) verdict = verdict_of_failure (error);
  g_autofree char *json = ll_report_json (verdict, NULL);
  g_autofree char *line = ll_tell_error (error);
  (void)ll_run_print (options, json);
  ll_tell (line);
  return ll_exit_of_error (error);
}

static LlExit
verify (const Job *job, GError **error)
{
  g_autoptr (LlVerdict) verdict = verify_one (job, error);
  if (verdict == NULL)
    return LL_EXIT_FAILURE;
  LlExit printed = LL_EXIT_OK;
  if (verdict->error != NULL)
    {
      g_autofree char *line = ll_report_sentence (verdict);
      ll_tell (line);
    }
  if (!job->options->quiet && (verdict->error == NULL || job->options->json))
    {
      g_autofree char *text = report (job, verdict, NULL);
      printed = ll_run_print (job->options, text);
    }
  return printed != LL_EXIT_OK ? printed : ll_exit_of_verdict (verdict, TRUE);
}

typedef struct
{
  const Job *job;
  LlSink *out;
  LlExit worst;
} Each;

static gboolean
verify_next (const char *name, LlSpool *message, const GError *unreadable, gpointer user_data, GError **error)
{
  Each *each = user_data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (LlVerdict) verdict = message != NULL ? verify_message (each->job, message, &failure) : NULL;
  /* Whoever declines once does not want to be asked for each of the others. */
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (verdict == NULL)
    verdict = verdict_of_failure (failure != NULL ? failure : unreadable);
  each->worst = ll_exit_worst (each->worst, ll_exit_of_verdict (verdict, TRUE));
  g_autofree char *text = report (each->job, verdict, name);
  return each->job->options->quiet || ll_sink_puts (each->out, text, error);
}

static LlExit
verify_each (const Job *job, GError **error)
{
  g_autoptr (LlSink) out = ll_sink_fd (STDOUT_FILENO, N_ ("standard output"));
  Each each = { .job = job, .out = out, .worst = LL_EXIT_OK };
  if (!ll_input_each (ll_options_file (job->options), verify_next, &each, error)
      || !ll_sink_finish (out, error))
    return LL_EXIT_FAILURE;
  return each.worst;
}

LlExit
ll_run_verify (const LlOptions *options)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GError) error = NULL;
  LlExit status = LL_EXIT_FAILURE;
  if (prepare (&job, options, &error))
    status = (options->each ? verify_each : verify) (&job, &error);
  return error != NULL ? verify_failed (options, error) : status;
}

/* ---- show ---- */

static gboolean
show (const Job *job, LlVerdict **out_verdict, GError **error)
{
  g_autoptr (LlSpool) input = ll_input_read (ll_options_file (job->options), error);
  g_autoptr (LlRevealed) revealed = input != NULL ? reveal (job, input, error) : NULL;
  if (revealed == NULL)
    return FALSE;
  if (revealed->verdict->error != NULL)
    {
      g_propagate_error (error, g_error_copy (revealed->verdict->error));
      return FALSE;
    }
  g_autofree char *told = report (job, revealed->verdict, NULL);
  g_autoptr (LlOutput) output = ll_output_open (NULL, error);
  if (output == NULL || !ll_view_write (revealed, told, ll_output_sink (output), error)
      || !ll_output_commit (output, error))
    return FALSE;
  *out_verdict = g_steal_pointer (&revealed->verdict);
  return TRUE;
}

LlExit
ll_run_show (const LlOptions *options)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LlVerdict) verdict = NULL;
  if (!prepare (&job, options, &error) || !show (&job, &verdict, &error))
    return ll_run_failed (options, error);
  return ll_exit_of_verdict (verdict, FALSE);
}
