/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sign and encrypt: which protocol, whose keys, and out with it or not. */
#include <string.h>

#include "ll-address.h"
#include "ll-input.h"
#include "ll-output.h"
#include "ll-protect.h"
#include "ll-run.h"
#include "ll-session.h"
#include "ll-tell.h"

typedef struct
{
  const LlOptions *options;
  gboolean encrypt;
  LlSession *session;
  LlSpool *input;
  LlProtectOptions protect; /* what does not depend on the protocol */
  char *sender;             /* (nullable) normalized */
  GPtrArray *recipients;    /* (element-type utf8) (nullable): named on the command line; NULL at its end */
  const LlConfigIdentity *identity; /* (nullable) */
} Job;

static void
job_clear (Job *job)
{
  g_clear_pointer (&job->session, ll_session_free);
  g_clear_pointer (&job->input, ll_spool_unref);
  g_clear_pointer (&job->sender, g_free);
  g_clear_pointer (&job->recipients, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

/* ---- options that make sense together ---- */

static gboolean
refuse (GError **error, const char *why)
{
  ll_error_set (error, LL_ERROR_USAGE, "%s; see the manual page", why);
  return FALSE;
}

static gboolean
check_options (const LlOptions *o, GError **error)
{
  if (o->detached && !o->raw)
    return refuse (error, N_ ("--detached goes with --raw only"));
  if (o->from != NULL && !o->raw)
    return refuse (error, N_ ("--from goes with --raw only: a message has its own From"));
  if (o->no_sign && o->sign_as != NULL)
    return refuse (error, N_ ("--no-sign and --sign-as contradict each other"));
  if (o->opaque && g_strcmp0 (o->protocol, "openpgp") == 0)
    return refuse (error, N_ ("--opaque goes with S/MIME only"));
  if (o->detached && o->opaque)
    return refuse (error, N_ ("--detached and --opaque contradict each other"));
  return TRUE;
}

static gboolean
read_policy (const LlOptions *o, LlHeaderPolicy *out_policy, GError **error)
{
  static const char *const words[]
      = { [LL_HCP_BASELINE] = "baseline", [LL_HCP_SHY] = "shy", [LL_HCP_NONE] = "none" };
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (o->headers == NULL || strcmp (o->headers, words[i]) == 0)
      {
        *out_policy = (LlHeaderPolicy)i;
        return TRUE;
      }
  ll_error_set (error, LL_ERROR_USAGE, "--headers takes baseline, shy or none, not %s", o->headers);
  return FALSE;
}

static char *
normalize (const char *address, GError **error)
{
  char *normal = ll_address_normalize (address);
  if (normal == NULL)
    ll_error_set (error, LL_ERROR_USAGE, "invalid: %s is not a mail address", address);
  return normal;
}

static gboolean
read_recipients (Job *job, GError **error)
{
  if (job->options->recipients == NULL)
    return TRUE;
  job->recipients = g_ptr_array_new_with_free_func (g_free);
  for (char **address = job->options->recipients; *address != NULL; address++)
    {
      char *normal = normalize (*address, error);
      if (normal == NULL)
        return FALSE;
      g_ptr_array_add (job->recipients, normal);
    }
  g_ptr_array_add (job->recipients, NULL);
  return TRUE;
}

/* ---- who writes to whom ---- */

static LlHeader *
read_header (LlSpool *input)
{
  guint64 length = 0;
  gboolean body = FALSE;
  return ll_header_parse (ll_spool_octets (input), TRUE, &length, &body, NULL);
}

/* A message that has no usable From is refused where it is protected, with the reason. */
static gboolean
find_sender (Job *job, const LlHeader *header, GError **error)
{
  const LlOptions *o = job->options;
  if (o->raw)
    {
      const char *named = o->from != NULL ? o->from : o->sign_as;
      if (named == NULL || (o->from == NULL && strchr (named, '@') == NULL))
        return TRUE;
      job->sender = normalize (named, error);
      return job->sender != NULL;
    }
  g_autoptr (LlMailbox) from = header != NULL ? ll_header_from (header, NULL) : NULL;
  job->sender = from != NULL ? ll_address_normalize (from->address) : NULL;
  return TRUE;
}

static void
fill_options (Job *job)
{
  const LlOptions *o = job->options;
  gboolean never = job->identity != NULL && job->identity->sign == LL_SIGN_NEVER;
  job->protect.encrypt = job->encrypt;
  job->protect.sign = !job->encrypt || !(o->no_sign || (never && o->sign_as == NULL));
  job->protect.opaque = o->opaque;
  job->protect.recipients = job->recipients != NULL ? (const char *const *)job->recipients->pdata : NULL;
  job->protect.self = !o->no_self && (!o->raw || job->sender != NULL);
  job->protect.raw = o->raw;
  job->protect.detached = o->detached;
  job->protect.sender = o->raw ? job->sender : NULL;
}

static gboolean
check_raw_signer (const Job *job, GError **error)
{
  if (!job->options->raw || !job->protect.sign || job->sender != NULL || job->options->sign_as != NULL)
    return TRUE;
  return refuse (error, job->encrypt
                            ? N_ ("--raw needs --from or --sign-as to know whose key signs, or --no-sign")
                            : N_ ("--raw needs --from or --sign-as to know whose key signs"));
}

/* ---- which protocol ---- */

static gboolean
add_preference (const LlConfig *config, const char *address, int *protocol, const char **first,
                GError **error)
{
  const LlConfigRecipient *recipient = ll_config_recipient (config, address);
  if (recipient == NULL || recipient->protocol == LL_PROTOCOL_AUTO)
    return TRUE;
  if (*protocol != LL_PROTOCOL_AUTO && *protocol != recipient->protocol)
    {
      ll_error_set (error, LL_ERROR_USAGE,
                    "%s and %s are configured for different protocols; write two messages, or choose with "
                    "--protocol",
                    *first, address);
      return FALSE;
    }
  *protocol = recipient->protocol;
  *first = recipient->pattern;
  return TRUE;
}

static gboolean
add_field_preferences (const Job *job, const LlHeader *header, const char *field, int *protocol,
                       const char **first, GError **error)
{
  g_autoptr (GPtrArray) mailboxes = ll_header_addresses (header, field, NULL);
  for (guint i = 0; mailboxes != NULL && i < mailboxes->len; i++)
    {
      const LlMailbox *mailbox = g_ptr_array_index (mailboxes, i);
      if (!add_preference (ll_session_config (job->session), mailbox->address, protocol, first, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
recipients_protocol (const Job *job, const LlHeader *header, int *protocol, GError **error)
{
  static const char *const fields[] = { "To", "Cc", "Bcc" };
  const char *first = NULL;
  for (guint i = 0; job->recipients != NULL && i + 1 < job->recipients->len; i++)
    if (!add_preference (ll_session_config (job->session), g_ptr_array_index (job->recipients, i), protocol,
                         &first, error))
      return FALSE;
  for (guint i = 0; job->recipients == NULL && header != NULL && i < G_N_ELEMENTS (fields); i++)
    if (!add_field_preferences (job, header, fields[i], protocol, &first, error))
      return FALSE;
  return TRUE;
}

static gboolean
choose_protocol (const Job *job, const LlHeader *header, int *out_protocol, GError **error)
{
  int protocol = LL_PROTOCOL_AUTO;
  const char *word = job->options->protocol;
  if (word != NULL && !ll_protocol_parse (word, &protocol))
    {
      ll_error_set (error, LL_ERROR_USAGE, "--protocol takes auto, openpgp or smime, not %s", word);
      return FALSE;
    }
  if (protocol == LL_PROTOCOL_AUTO && job->options->opaque)
    protocol = LL_PROTOCOL_SMIME;
  if (protocol == LL_PROTOCOL_AUTO && job->identity != NULL)
    protocol = job->identity->protocol;
  if (protocol == LL_PROTOCOL_AUTO && !recipients_protocol (job, header, &protocol, error))
    return FALSE;
  *out_protocol = protocol;
  return TRUE;
}

/* ---- doing it ---- */

static void
tell_decision (LlProtocol protocol, const LlKeyDecision *decision)
{
  g_autofree char *line = NULL;
  const char *use = decision->for_signing ? N_ ("signing") : N_ ("encryption");
  if (decision->chosen)
    line = ll_tell_format (N_ ("%s: %s: key %s taken for %s"), ll_protocol_name (protocol), decision->address,
                           decision->fingerprint, use);
  else
    {
      g_autofree char *why
          = decision->reason != NULL ? ll_text_format (decision->reason, ll_translate, NULL) : g_strdup ("");
      line = ll_tell_format (N_ ("%s: %s: key %s not taken for %s: %s"), ll_protocol_name (protocol),
                             decision->address, decision->fingerprint, use, why);
    }
  ll_tell (line);
}

static void
tell_notes (GPtrArray *notes)
{
  for (guint i = 0; notes != NULL && i < notes->len; i++)
    {
      const LlWarning *note = g_ptr_array_index (notes, i);
      g_autofree char *line = ll_tell_text (note->text);
      ll_tell (line);
    }
}

static gboolean
protect_with (const Job *job, LlProtocol protocol, LlSink *out, GPtrArray **out_notes, GError **error)
{
  LlEngine *engine = ll_session_engine (job->session, protocol, error);
  if (engine == NULL)
    return FALSE;
  LlProtectOptions options = job->protect;
  options.sign_as
      = job->options->sign_as != NULL ? job->options->sign_as : ll_session_own_key (job->identity, protocol);
  g_autoptr (GPtrArray) decisions = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_key_decision_free);
  gboolean ok = ll_protect (job->input, engine, &options, decisions, out, out_notes, error);
  for (guint i = 0; job->options->verbose && i < decisions->len; i++)
    tell_decision (protocol, g_ptr_array_index (decisions, i));
  return ok;
}

static gboolean
lacks_keys (const GError *error)
{
  return g_error_matches (error, LL_ERROR, LL_ERROR_NO_KEY)
         || g_error_matches (error, LL_ERROR, LL_ERROR_ENGINE);
}

/* OpenPGP when it has a key for everybody, else S/MIME when that has; nothing is written before. */
static gboolean
protect_auto (const Job *job, LlSink *out, GPtrArray **out_notes, GError **error)
{
  g_autoptr (GError) openpgp = NULL, smime = NULL;
  if (protect_with (job, LL_PROTOCOL_OPENPGP, out, out_notes, &openpgp))
    return TRUE;
  if (!lacks_keys (openpgp))
    {
      g_propagate_error (error, g_steal_pointer (&openpgp));
      return FALSE;
    }
  if (protect_with (job, LL_PROTOCOL_SMIME, out, out_notes, &smime))
    return TRUE;
  if (!lacks_keys (smime))
    {
      g_propagate_error (error, g_steal_pointer (&smime));
      return FALSE;
    }
  g_autofree char *first = ll_text_format (ll_error_text (openpgp), ll_translate, NULL);
  g_autofree char *second = ll_text_format (ll_error_text (smime), ll_translate, NULL);
  ll_error_set (error, LL_ERROR_NO_KEY, "neither protocol has all keys: OpenPGP: %s; S/MIME: %s", first,
                second);
  return FALSE;
}

static gboolean
prepare (Job *job, int *out_protocol, GError **error)
{
  if (!check_options (job->options, error) || !read_policy (job->options, &job->protect.headers, error)
      || !read_recipients (job, error))
    return FALSE;
  job->session = ll_session_new (job->options, error);
  job->input = job->session != NULL ? ll_input_read (ll_options_file (job->options), error) : NULL;
  if (job->input == NULL)
    return FALSE;
  g_autoptr (LlHeader) header = job->options->raw ? NULL : read_header (job->input);
  if (!find_sender (job, header, error))
    return FALSE;
  job->identity
      = job->sender != NULL ? ll_config_identity (ll_session_config (job->session), job->sender) : NULL;
  fill_options (job);
  return check_raw_signer (job, error) && choose_protocol (job, header, out_protocol, error);
}

static gboolean
run (Job *job, GPtrArray **out_notes, GError **error)
{
  int protocol = LL_PROTOCOL_AUTO;
  if (!prepare (job, &protocol, error))
    return FALSE;
  g_autoptr (LlOutput) output = ll_output_open (job->options->output, error);
  if (output == NULL)
    return FALSE;
  LlSink *sink = ll_output_sink (output);
  gboolean ok = protocol == LL_PROTOCOL_AUTO
                    ? protect_auto (job, sink, out_notes, error)
                    : protect_with (job, (LlProtocol)protocol, sink, out_notes, error);
  if (!ok)
    {
      ll_session_explain (job->session, error);
      return FALSE;
    }
  return ll_output_commit (output, error);
}

static LlExit
protect (const LlOptions *options, gboolean encrypt)
{
  g_auto (Job) job = { .options = options, .encrypt = encrypt };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) notes = NULL;
  if (!run (&job, &notes, &error))
    return ll_run_failed (options, error);
  if (!options->quiet)
    tell_notes (notes);
  return LL_EXIT_OK;
}

LlExit
ll_run_sign (const LlOptions *options)
{
  return protect (options, FALSE);
}

LlExit
ll_run_encrypt (const LlOptions *options)
{
  return protect (options, TRUE);
}
