/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-protect.h"

#include <string.h>

#include "ll-address.h"
#include "ll-build.h"
#include "ll-canonical.h"
#include "ll-filter.h"
#include "ll-header-protection.h"
#include "ll-layers.h"
#include "ll-protect-raw.h"

typedef struct
{
  LlEngine *engine;
  const LlProtectOptions *options;
  LlEntity *message;
  LlEol eol;
  GPtrArray *recipients; /* (element-type utf8), NULL-terminated */
  GPtrArray *hidden;     /* those of Bcc alone: not among @recipients */
  LlKeyPlan *keys;
  LlHeaderPlan headers;
  gboolean protects_headers;
} Job;

static void
job_clear (Job *job)
{
  if (job->keys != NULL)
    job->engine->ops->plan_free (job->keys);
  g_clear_pointer (&job->message, ll_entity_free);
  g_clear_pointer (&job->recipients, g_ptr_array_unref);
  g_clear_pointer (&job->hidden, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

static gboolean
contains (const GPtrArray *addresses, const char *address)
{
  for (guint i = 0; i < addresses->len; i++)
    {
      const char *other = g_ptr_array_index (addresses, i);
      if (other != NULL && ll_address_equal (other, address))
        return TRUE;
    }
  return FALSE;
}

static gboolean
collect (const LlHeader *header, const char *field, GPtrArray *into, GError **error)
{
  g_autoptr (GPtrArray) mailboxes = ll_header_addresses (header, field, error);
  if (mailboxes == NULL)
    return FALSE;
  for (guint i = 0; i < mailboxes->len; i++)
    {
      const LlMailbox *mailbox = g_ptr_array_index (mailboxes, i);
      if (!contains (into, mailbox->address))
        g_ptr_array_add (into, g_strdup (mailbox->address));
    }
  return TRUE;
}

static gboolean
take_named_recipients (Job *job, GError **error)
{
  for (const char *const *r = job->options->recipients; *r != NULL; r++)
    {
      g_autofree char *address = ll_address_normalize (*r);
      if (address == NULL)
        {
          ll_error_set (error, LL_ERROR_USAGE, "invalid: recipient address %s", *r);
          return FALSE;
        }
      if (!contains (job->recipients, address))
        g_ptr_array_add (job->recipients, g_steal_pointer (&address));
    }
  return TRUE;
}

/* Who is named in Bcc and nowhere else must stay unknown to the others (security.md D-5). */
static gboolean
find_recipients (Job *job, GError **error)
{
  const LlHeader *header = job->message->header;
  g_autoptr (GPtrArray) open = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) blind = g_ptr_array_new_with_free_func (g_free);
  job->recipients = g_ptr_array_new_with_free_func (g_free);
  job->hidden = g_ptr_array_new_with_free_func (g_free);
  if (!collect (header, "To", open, error) || !collect (header, "Cc", open, error)
      || !collect (header, "Bcc", blind, error))
    return FALSE;
  if (job->options->recipients != NULL)
    {
      if (!take_named_recipients (job, error))
        return FALSE;
    }
  else
    for (guint i = 0; i < open->len + blind->len; i++)
      {
        const char *address
            = i < open->len ? g_ptr_array_index (open, i) : g_ptr_array_index (blind, i - open->len);
        if (!contains (job->recipients, address))
          g_ptr_array_add (job->recipients, g_strdup (address));
      }
  for (guint i = job->recipients->len; i > 0; i--)
    {
      const char *address = g_ptr_array_index (job->recipients, i - 1);
      if (contains (blind, address) && !contains (open, address))
        g_ptr_array_add (job->hidden, g_ptr_array_steal_index (job->recipients, i - 1));
    }
  if (job->recipients->len + job->hidden->len == 0)
    {
      ll_error_set (error, LL_ERROR_NO_RECIPIENTS,
                    "the message names nobody to encrypt to; name recipients in To or with -r ADDR");
      return FALSE;
    }
  g_ptr_array_add (job->recipients, NULL);
  g_ptr_array_add (job->hidden, NULL);
  return TRUE;
}

static gboolean
check_header (Job *job, GError **error)
{
  const LlEntity *message = job->message;
  if (message->defect != NULL)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "malformed: %s", message->defect);
      return FALSE;
    }
  for (guint i = 0; i < ll_header_n_fields (message->header); i++)
    if (ll_header_field (message->header, i)->name == NULL)
      {
        ll_error_set (error, LL_ERROR_MALFORMED, "malformed: the header has a line that is no field");
        return FALSE;
      }
  const char *twice = ll_header_singleton_repeated (message->header);
  if (twice != NULL)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "malformed: the field %s stands twice", twice);
      return FALSE;
    }
  return TRUE;
}

/* Fields protected at the root of a structure that is itself signed or encrypted would not be
 * found there by a reader, who looks at the innermost payload: hiding the Subject would lose it. */
static gboolean
plan_headers (Job *job, GError **error)
{
  const char *word;
  gboolean layered = ll_layer_looks_protected (job->message, &job->engine, 1, &word);
  if (ll_header_scheme_of (job->message) != LL_HEADERS_NONE)
    {
      ll_error_set (error, LL_ERROR_USAGE,
                    "the message has header protection already (hp or protected-headers in Content-Type); "
                    "remove that parameter first");
      return FALSE;
    }
  if (layered && job->options->encrypt && job->options->headers != LL_HCP_NONE)
    {
      ll_error_set (error, LL_ERROR_USAGE,
                    "the message is signed or encrypted already, so its headers cannot be hidden; encrypt it "
                    "with --headers none");
      return FALSE;
    }
  job->protects_headers = !layered;
  job->headers = (LlHeaderPlan){ job->message->header, job->options->headers, job->options->encrypt };
  return TRUE;
}

static gboolean
plan_keys (Job *job, GPtrArray *decisions, GError **error)
{
  g_autoptr (LlMailbox) from = ll_header_from (job->message->header, error);
  if (from == NULL)
    return FALSE;
  gboolean hides = job->options->encrypt && job->hidden->len > 1;
  LlPlanRequest request = {
    .sender = from->address,
    .sign_as = job->options->sign_as,
    .sign = job->options->sign,
    .recipients = job->options->encrypt ? (const char *const *)job->recipients->pdata : NULL,
    .hidden = hides ? (const char *const *)job->hidden->pdata : NULL,
    .self = job->options->encrypt && job->options->self,
  };
  job->keys = job->engine->ops->plan (job->engine, &request, decisions, error);
  return job->keys != NULL;
}

static gboolean
write_payload (Job *job, gboolean seven_bit, LlSpool **out, GError **error)
{
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (spool);
  LlCanonical how = { .eol = job->eol, .seven_bit = seven_bit };
  if (job->protects_headers)
    {
      how.write_fields = ll_header_plan_inner;
      how.user_data = &job->headers;
      how.type_suffix = ll_header_plan_suffix (&job->headers);
    }
  if (!ll_canonical_write (job->message, &how, sink, error) || !ll_sink_finish (sink, error))
    return FALSE;
  *out = g_steal_pointer (&spool);
  return TRUE;
}

/* What is signed must be 7-bit, for relays may change anything else (RFC 3156 3, RFC 8551 3.1.3).  Nothing
 * can be changed inside encryption, so there a part that cannot be made 7-bit is signed as it is. */
static gboolean
make_payload (Job *job, LlSpool **out, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (write_payload (job, job->options->sign, out, &local))
    return TRUE;
  if (job->options->encrypt && g_error_matches (local, LL_ERROR, LL_ERROR_UNSUPPORTED))
    return write_payload (job, FALSE, out, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* @content signed, as the MIME entity that carries it. */
static gboolean
make_signed (Job *job, LlOctets content, LlSpool **out, GError **error)
{
  const LlEngineOps *ops = job->engine->ops;
  gboolean detached = !job->options->opaque || ops->mime.opaque_types == NULL;
  g_autoptr (LlSpool) signature = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (signature);
  g_autofree char *micalg = NULL;
  if (!ops->sign (job->engine, job->keys, content, detached, sink, &micalg, error))
    return FALSE;
  g_autoptr (LlSpool) entity = ll_spool_new ();
  g_autoptr (LlSink) out_sink = ll_spool_sink (entity);
  LlOctets made = ll_spool_octets (signature);
  gboolean ok = detached ? ll_build_signed (&ops->mime, content, made, micalg, out_sink, error)
                         : ll_build_opaque (&ops->mime, made, "signed-data", out_sink, error);
  if (ok)
    *out = g_steal_pointer (&entity);
  return ok;
}

static gboolean
make_encrypted (Job *job, LlOctets content, LlSpool **out, GError **error)
{
  const LlEngineOps *ops = job->engine->ops;
  g_autoptr (LlSpool) ciphertext = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (ciphertext);
  g_autofree char *smime_type = NULL;
  gboolean inside = job->options->sign && ops->mime.signs_inside;
  if (!ops->encrypt (job->engine, job->keys, content, inside, sink, &smime_type, error))
    return FALSE;
  g_autoptr (LlSpool) entity = ll_spool_new ();
  g_autoptr (LlSink) out_sink = ll_spool_sink (entity);
  if (!ll_build_opaque (&ops->mime, ll_spool_octets (ciphertext), smime_type, out_sink, error))
    return FALSE;
  *out = g_steal_pointer (&entity);
  return TRUE;
}

/* RFC 9787 5.2: what is signed and encrypted is signed first. */
static gboolean
make_entity (Job *job, LlSpool **out, GError **error)
{
  g_autoptr (LlSpool) content = NULL;
  if (!make_payload (job, &content, error))
    return FALSE;
  if (job->options->sign && !(job->options->encrypt && job->engine->ops->mime.signs_inside))
    {
      LlSpool *made = NULL;
      if (!make_signed (job, ll_spool_octets (content), &made, error))
        return FALSE;
      ll_spool_unref (content);
      content = made;
    }
  if (!job->options->encrypt)
    {
      *out = g_steal_pointer (&content);
      return TRUE;
    }
  return make_encrypted (job, ll_spool_octets (content), out, error);
}

static gboolean
write_message (Job *job, LlSpool *entity, LlSink *out, GError **error)
{
  g_autoptr (LlSink) lines
      = job->eol == LL_EOL_LF ? ll_sink_to_lf (ll_sink_borrow (out)) : ll_sink_borrow (out);
  return ll_header_plan_outer (&job->headers, lines, error)
         && ll_sink_puts (lines, "MIME-Version: 1.0\r\n", error)
         && ll_octets_copy (ll_spool_octets (entity), lines, error) && ll_sink_finish (lines, error);
}

static void
note_bcc (Job *job, GPtrArray *notes)
{
  if (!job->options->encrypt || ll_header_count (job->message->header, "Bcc") == 0)
    return;
  g_autoptr (GPtrArray) blind = ll_header_addresses (job->message->header, "Bcc", NULL);
  g_autoptr (GString) who = g_string_new (NULL);
  for (guint i = 0; blind != NULL && i < blind->len; i++)
    g_string_append_printf (who, "%s%s", i > 0 ? ", " : "",
                            ((const LlMailbox *)g_ptr_array_index (blind, i))->address);
  LlWarning *note = g_new0 (LlWarning, 1);
  note->code = "bcc-removed";
  note->text = ll_text_new (
      N_ ("the Bcc field was removed; name its recipients to your mail program yourself: %s"), who->str);
  g_ptr_array_add (notes, note);
}

static void
note_free (gpointer data)
{
  LlWarning *note = data;
  ll_text_free (note->text);
  g_free (note);
}

static gboolean
protect_message (LlSpool *input, LlEngine *engine, const LlProtectOptions *options, GPtrArray *decisions,
                 LlSink *out, GPtrArray *notes, GError **error)
{
  g_auto (Job) job = { .engine = engine, .options = options };
  g_autoptr (LlSpool) entity = NULL;
  job.message = ll_entity_parse (ll_spool_octets (input), LL_ENTITY_MESSAGE, error);
  if (job.message == NULL || !ll_message_eol (job.message, &job.eol, error) || !check_header (&job, error)
      || (options->encrypt && !find_recipients (&job, error)) || !plan_headers (&job, error)
      || !plan_keys (&job, decisions, error) || !make_entity (&job, &entity, error)
      || !write_message (&job, entity, out, error))
    return FALSE;
  note_bcc (&job, notes);
  return TRUE;
}

gboolean
ll_protect (LlSpool *input, LlEngine *engine, const LlProtectOptions *options, GPtrArray *decisions,
            LlSink *out, GPtrArray **out_notes, GError **error)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (note_free);
  gboolean ok = options->raw ? ll_protect_raw (input, engine, options, decisions, out, error)
                             : protect_message (input, engine, options, decisions, out, notes, error);
  if (ok && out_notes != NULL)
    *out_notes = g_steal_pointer (&notes);
  return ok;
}
