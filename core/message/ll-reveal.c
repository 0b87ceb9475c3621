/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-reveal.h"

#include <string.h>

#include "ll-address.h"
#include "ll-header-protection.h"
#include "ll-identity.h"
#include "ll-inline.h"
#include "ll-layers.h"
#include "ll-limits.h"
#include "ll-open.h"

/* One walk from the outermost layer inwards (RFC 9787 4.4). */
typedef struct
{
  LlRevealed *revealed;
  LlEngine *const *engines;
  guint n_engines;
  const LlRevealOptions *options;
  gint64 at;
  LlEntity *current;
  GPtrArray *outer_signers; /* of signatures around the encryption: they cover ciphertext */
  guint depth;
} Walk;

/* What came out of a layer becomes the entity to look at. */
static gboolean
enter (Walk *walk, LlSpool *content, GError **error)
{
  g_ptr_array_add (walk->revealed->spools, ll_spool_ref (content));
  LlEntity *entity = ll_entity_parse (ll_spool_octets (content), LL_ENTITY_PART, error);
  if (entity == NULL)
    return FALSE;
  g_ptr_array_add (walk->revealed->entities, entity);
  walk->current = entity;
  return TRUE;
}

/* Without authentication whoever altered the ciphertext chose part of the plaintext; the gadgets of
 * EFAIL leave a garbled block in the header section (security.md E-5). */
static gboolean
looks_like_an_entity (const LlEntity *entity)
{
  const LlHeader *header = entity->header;
  guint n = ll_header_n_fields (header);
  if (n == 0 || n > 64 || ll_header_count (header, "Content-Type") > 1)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      const LlHeaderField *field = ll_header_field (header, i);
      if (field->name == NULL || !g_utf8_validate (field->value, -1, NULL))
        return FALSE;
      for (const char *p = field->value; *p != '\0'; p++)
        if (g_ascii_iscntrl (*p) && *p != '\t')
          return FALSE;
    }
  return TRUE;
}

static gboolean
open_encrypted (Walk *walk, LlLayer *layer, GError **error)
{
  LlVerdict *verdict = walk->revealed->verdict;
  if (verdict->encryption != LL_ENCRYPTION_NONE)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    "the message is encrypted twice, which is not read automatically");
      return FALSE;
    }
  walk->outer_signers = g_steal_pointer (&verdict->signers);
  verdict->signers = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_signer_free);
  g_autoptr (LlSpool) plaintext = ll_spool_new ();
  LlDecryptRequest request
      = { ll_spool_octets (layer->data), plaintext, walk->at, walk->options->may_prompt };
  if (!ll_open_encrypted (verdict, layer->engine, &request, NULL, error))
    return FALSE;
  if (verdict->encryption != LL_ENCRYPTION_OK_UNAUTHENTICATED)
    return enter (walk, plaintext, error);
  g_autoptr (GError) local = NULL;
  gboolean entered = enter (walk, plaintext, &local);
  if (entered && looks_like_an_entity (walk->current))
    return TRUE;
  if (!entered && g_error_matches (local, LL_ERROR, LL_ERROR_IO))
    g_propagate_error (error, g_steal_pointer (&local));
  else
    ll_error_set (error, LL_ERROR_INTEGRITY,
                  "integrity: the decrypted message was altered on its way; ask the sender to send it again");
  return FALSE;
}

static gboolean
run_verify (Walk *walk, LlLayer *layer, LlOctets content, LlSpool *out, GError **error)
{
  LlVerifyRequest request = {
    .signature = ll_spool_octets (layer->data),
    .content = content,
    .out = out,
    .at = walk->at,
  };
  LlEol eol = LL_EOL_NONE;
  if (content.spool != NULL && !ll_octets_eol (content, &eol, error))
    return FALSE;
  request.content_is_lf = eol == LL_EOL_LF;
  return ll_open_signed (walk->revealed->verdict, layer->engine, &request, NULL, error);
}

/* A signature that is none must not keep anybody from reading what was decrypted (security.md A-8);
 * on a message that was only signed, damage is said to be damage. */
static gboolean
may_read_on (const LlVerdict *verdict, const GError *error)
{
  return error->domain == LL_ERROR
         && (error->code == LL_ERROR_UNSUPPORTED
             || (error->code == LL_ERROR_MALFORMED && verdict->encryption != LL_ENCRYPTION_NONE));
}

static gboolean
open_detached (Walk *walk, LlLayer *layer, GError **error)
{
  g_autoptr (GError) local = NULL;
  walk->current = layer->covered;
  if (run_verify (walk, layer, layer->covered->whole, NULL, &local))
    return TRUE;
  if (!may_read_on (walk->revealed->verdict, local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  ll_open_unjudged (walk->revealed->verdict, layer->engine->ops->protocol,
                    ll_text_copy (ll_error_text (local)));
  return TRUE;
}

static gboolean
open_opaque (Walk *walk, LlLayer *layer, GError **error)
{
  g_autoptr (LlSpool) content = ll_spool_new ();
  return run_verify (walk, layer, (LlOctets){ 0 }, content, error) && enter (walk, content, error);
}

static gboolean
open_unjudged (Walk *walk, LlLayer *layer, G_GNUC_UNUSED GError **error)
{
  LlProtocol protocol = layer->engine != NULL ? layer->engine->ops->protocol : LL_PROTOCOL_OPENPGP;
  ll_open_unjudged (walk->revealed->verdict, protocol, g_steal_pointer (&layer->problem));
  walk->current = layer->covered;
  return TRUE;
}

static gboolean (*const open_layer[]) (Walk *, LlLayer *, GError **) = {
  [LL_LAYER_DETACHED] = open_detached,
  [LL_LAYER_OPAQUE] = open_opaque,
  [LL_LAYER_ENCRYPTED] = open_encrypted,
  [LL_LAYER_UNJUDGED] = open_unjudged,
};

static gboolean
open_layers (Walk *walk, GError **error)
{
  for (;;)
    {
      g_auto (LlLayer) layer = { 0 };
      if (!ll_layer_find (walk->current, walk->engines, walk->n_engines, &layer, error))
        return FALSE;
      if (layer.kind == LL_LAYER_NONE)
        return TRUE;
      if (walk->depth++ == LL_LIMIT_LAYERS)
        {
          ll_error_set (error, LL_ERROR_LIMIT, "limit: more than three layers of signatures and encryption");
          return FALSE;
        }
      if (!open_layer[layer.kind](walk, &layer, error))
        return FALSE;
    }
}

static gboolean
name_protected (Walk *walk, const LlEntity *entity, const char *path)
{
  const char *word;
  LlRevealed *revealed = walk->revealed;
  if (!ll_layer_looks_protected (entity, walk->engines, walk->n_engines, &word))
    return FALSE;
  g_ptr_array_add (revealed->verdict->errant, g_strdup_printf ("%s part %s (%s)", word, path, entity->type));
  revealed->unopened |= strcmp (word, "signed") != 0;
  return TRUE;
}

static void
name_errant (Walk *walk, const LlEntity *entity, const char *path)
{
  for (guint i = 0; i < ll_entity_n_children (entity); i++)
    {
      const LlEntity *child = ll_entity_child (entity, i);
      g_autofree char *number = g_strdup_printf ("%s%s%u", path, *path != '\0' ? "." : "", i + 1);
      if (!name_protected (walk, child, number))
        name_errant (walk, child, number);
    }
}

/* The outer signature of signed{encrypted{…}} covers the ciphertext: whoever made it need not know the
 * text (security.md A-5).  Its signers are bound to From like others, and can never be VALID. */
static gboolean
take_outer_signers (Walk *walk)
{
  LlVerdict *verdict = walk->revealed->verdict;
  if (walk->outer_signers == NULL || walk->outer_signers->len == 0)
    return FALSE;
  ll_verdict_warn (verdict, "outer-signature-only",
                   N_ ("a signature outside the encryption covers the encrypted form, not the text"));
  if (verdict->signers->len > 0)
    return FALSE;
  ll_signers_take (verdict, walk->outer_signers);
  return TRUE;
}

static void
demote_outer_signers (LlVerdict *verdict)
{
  for (guint i = 0; i < verdict->signers->len; i++)
    {
      LlSigner *signer = g_ptr_array_index (verdict->signers, i);
      if (signer->status != LL_SIGNATURE_VALID)
        continue;
      signer->status = LL_SIGNATURE_UNSUPPORTED;
      ll_text_free (signer->reason);
      signer->reason
          = ll_text_new (N_ ("the signature stands outside the encryption and does not cover the text"));
    }
  verdict->signature = ll_signature_overall (verdict->signers);
}

static void
set_sender (LlVerdict *verdict, const LlMailbox *from)
{
  g_strfreev (verdict->sender_flags);
  verdict->sender_address = from != NULL ? g_strdup (from->address) : NULL;
  verdict->sender_display = from != NULL ? g_strdup (from->display) : NULL;
  verdict->sender_flags = from != NULL ? ll_mailbox_flags (from) : g_new0 (char *, 1);
}

static LlMailbox *
from_of (const LlHeader *header, LlVerdict *verdict)
{
  g_autoptr (GError) error = NULL;
  LlMailbox *from = ll_header_from (header, &error);
  if (from == NULL)
    ll_verdict_warn (verdict, "no-single-sender", N_ ("the message does not name one single author: %s"),
                     error->message);
  return from;
}

/* Binds to the protected From where there is one.  A protected From that differs from the outer one
 * counts only when a valid signature stands behind it (RFC 9788 4.4, security.md B-5): otherwise nothing
 * vouches for it, and the outer one is what is shown. */
static void
bind_sender (LlRevealed *revealed)
{
  LlVerdict *verdict = revealed->verdict;
  const LlHeader *outer = revealed->message->header;
  const LlHeader *inner = revealed->fields;
  gboolean protects = inner != outer && ll_header_count (inner, "From") > 0;
  g_autoptr (LlMailbox) from = from_of (protects ? inner : outer, verdict);
  revealed->outer_from = !protects;
  ll_identity_bind (verdict, from != NULL ? from->address : NULL);
  if (protects && ll_header_count (outer, "From") > 0)
    {
      g_autoptr (LlMailbox) seen = ll_header_from (outer, NULL);
      gboolean differs = from == NULL || seen == NULL || !ll_address_equal (from->address, seen->address);
      if (differs)
        ll_verdict_warn (verdict, "from-differs", N_ ("From inside says %s, outside %s"),
                         from != NULL ? from->address : "", seen != NULL ? seen->address : "");
      if (differs && verdict->signature != LL_SIGNATURE_VALID)
        {
          revealed->outer_from = TRUE;
          g_clear_pointer (&from, ll_mailbox_free);
          from = g_steal_pointer (&seen);
        }
    }
  set_sender (verdict, from);
}

static void
check_dates (LlRevealed *revealed, const Walk *walk)
{
  LlVerdict *verdict = revealed->verdict;
  gint64 date = ll_header_date (revealed->fields);
  for (guint i = 0; date >= 0 && i < verdict->signers->len; i++)
    {
      const LlSigner *signer = g_ptr_array_index (verdict->signers, i);
      if (signer->time >= 0 && ABS (signer->time - date) > 24 * 60 * 60)
        {
          ll_verdict_warn (verdict, "date-mismatch",
                           N_ ("the signature was made more than a day before or after the message's Date"));
          break;
        }
    }
  if (walk->at != 0)
    {
      g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (walk->at);
      g_autofree char *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("?");
      if (walk->options->at_message)
        ll_verdict_warn (verdict, "as-of-message",
                         N_ ("judged as of %s, the message's own Date, which only its author vouches for"),
                         text);
      else
        ll_verdict_warn (verdict, "as-of", N_ ("judged as of %s, not as of now"), text);
    }
}

/* What needs the payload: protected fields, errant parts, the author. */
static gboolean
finish (Walk *walk, GError **error)
{
  LlRevealed *revealed = walk->revealed;
  LlVerdict *verdict = revealed->verdict;
  gboolean outer_only = take_outer_signers (walk);
  revealed->fields = revealed->message->header;
  verdict->scheme = verdict->layers->len > 0 ? ll_header_scheme_of (walk->current) : LL_HEADERS_NONE;
  /* RFC 8551 3.1: the whole message was wrapped to protect its header. */
  if (verdict->scheme == LL_HEADERS_WRAPPED)
    walk->current = ll_entity_child (walk->current, 0);
  LlEntity *payload = walk->current;
  revealed->payload = payload;
  if (verdict->scheme != LL_HEADERS_NONE)
    {
      const char *twice = ll_header_singleton_repeated (payload->header);
      if (twice != NULL)
        {
          revealed->payload = NULL;
          ll_error_set (error, LL_ERROR_MALFORMED, "malformed: the protected field %s stands twice", twice);
          return FALSE;
        }
      revealed->fields = payload->header;
    }
  bind_sender (revealed);
  if (outer_only)
    demote_outer_signers (verdict);
  if (verdict->scheme != LL_HEADERS_NONE)
    ll_header_states (verdict, payload, revealed->message->header);
  if (verdict->encryption == LL_ENCRYPTION_OK && verdict->signature == LL_SIGNATURE_NONE)
    ll_verdict_warn (verdict, "sender-not-authenticated", N_ ("encryption alone does not tell who sent it"));
  if (verdict->encryption == LL_ENCRYPTION_OK_UNAUTHENTICATED && verdict->signature != LL_SIGNATURE_VALID)
    ll_verdict_warn (verdict, "not-authenticated",
                     N_ ("the encryption does not show whether the text was altered on its way"));
  name_protected (walk, payload, "1");
  name_errant (walk, payload, "");
  if (!ll_inline_note (revealed, payload, walk->engines, walk->n_engines, error))
    return FALSE;
  check_dates (revealed, walk);
  return TRUE;
}

static gboolean
is_about_the_message (const GError *error)
{
  static const LlErrorCode codes[] = {
    LL_ERROR_EMPTY,         LL_ERROR_MALFORMED,     LL_ERROR_LIMIT,
    LL_ERROR_MIXED_CONTENT, LL_ERROR_INTEGRITY,     LL_ERROR_DECRYPT_FAILED,
    LL_ERROR_UNSUPPORTED,   LL_ERROR_NOT_ENCRYPTED, LL_ERROR_NO_SECRET_KEY,
  };
  for (gsize i = 0; error->domain == LL_ERROR && i < G_N_ELEMENTS (codes); i++)
    if (error->code == (gint)codes[i])
      return TRUE;
  return FALSE;
}

/* An error about the message itself is part of its verdict; nothing of the content is shown then. */
static gboolean
settle (LlRevealed *revealed, GError *problem, GError **error)
{
  if (!is_about_the_message (problem))
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  LlVerdict *verdict = revealed->verdict;
  revealed->payload = NULL;
  revealed->fields = revealed->message->header;
  verdict->error = problem;
  /* What was found on the way is not a statement about content that is not shown. */
  g_ptr_array_set_size (verdict->signers, 0);
  verdict->signature = LL_SIGNATURE_NONE;
  if (verdict->encryption != LL_ENCRYPTION_NONE)
    verdict->encryption = LL_ENCRYPTION_FAILED;
  g_autoptr (LlMailbox) from = from_of (revealed->message->header, verdict);
  set_sender (verdict, from);
  return TRUE;
}

static LlRevealed *
revealed_new (void)
{
  LlRevealed *revealed = g_new0 (LlRevealed, 1);
  revealed->verdict = ll_verdict_new ();
  revealed->spools = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_spool_unref);
  revealed->entities = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_entity_free);
  return revealed;
}

void
ll_revealed_free (LlRevealed *revealed)
{
  if (revealed == NULL)
    return;
  ll_verdict_free (revealed->verdict);
  /* Entities read from spools: they go first. */
  g_ptr_array_unref (revealed->entities);
  g_ptr_array_unref (revealed->spools);
  g_free (revealed);
}

static LlRevealed *
reveal_at (LlSpool *input, LlEngine *const *engines, guint n_engines, const LlRevealOptions *options,
           gint64 at, GError **error)
{
  g_autoptr (LlRevealed) revealed = revealed_new ();
  g_ptr_array_add (revealed->spools, ll_spool_ref (input));
  revealed->message = ll_entity_parse (ll_spool_octets (input), LL_ENTITY_MESSAGE, error);
  if (revealed->message == NULL)
    return NULL;
  g_ptr_array_add (revealed->entities, revealed->message);
  if (!ll_message_eol (revealed->message, &revealed->eol, error))
    return NULL;
  Walk walk = { revealed, engines, n_engines, options, at, revealed->message, NULL, 0 };
  g_autoptr (GError) problem = NULL;
  gboolean ok = open_layers (&walk, &problem)
                && (!options->inline_pgp
                    || ll_inline_open (revealed, walk.current, engines, n_engines, at, options->may_prompt,
                                       &walk.current, &problem))
                && finish (&walk, &problem);
  g_clear_pointer (&walk.outer_signers, g_ptr_array_unref);
  if (!ok && !settle (revealed, g_steal_pointer (&problem), error))
    return NULL;
  return g_steal_pointer (&revealed);
}

LlRevealed *
ll_reveal (LlSpool *input, LlEngine *const *engines, guint n_engines, const LlRevealOptions *options,
           GError **error)
{
  if (!options->at_message)
    return reveal_at (input, engines, n_engines, options, options->at, error);
  /* The outer Date first: the protected one is known only after opening. */
  g_autoptr (LlEntity) outer = ll_entity_parse (ll_spool_octets (input), LL_ENTITY_MESSAGE, error);
  if (outer == NULL)
    return NULL;
  gint64 at = ll_header_date (outer->header);
  g_autoptr (LlRevealed) first = reveal_at (input, engines, n_engines, options, at < 0 ? 0 : at, error);
  if (first == NULL)
    return NULL;
  gint64 inside = ll_header_date (first->fields);
  gint64 best = inside >= 0 ? inside : at;
  if (best < 0)
    {
      ll_error_set (error, LL_ERROR_USAGE, "the message has no readable Date; give a time with --as-of TIME");
      return NULL;
    }
  if (best == at)
    return g_steal_pointer (&first);
  return reveal_at (input, engines, n_engines, options, best, error);
}

const LlHeader *
ll_revealed_source (const LlRevealed *revealed, const char *name)
{
  const LlHeader *outer = revealed->message->header;
  const LlHeader *inner = revealed->fields;
  gboolean from = g_ascii_strcasecmp (name, "From") == 0;
  if (inner == outer || !ll_header_belongs_inside (name) || (from && revealed->outer_from))
    return outer;
  gboolean protectable = ll_header_is_protectable (name);
  /* The older schemes protect what they name and say nothing of the rest (security.md B-4). */
  if (ll_header_count (inner, name) == 0)
    return protectable && revealed->verdict->scheme == LL_HEADERS_RFC9788 ? inner : outer;
  /* Whoever wrote an unsigned payload may not take away what a relay wrote outside. */
  gboolean may_replace = protectable || revealed->verdict->signature == LL_SIGNATURE_VALID;
  return may_replace || ll_header_count (outer, name) == 0 ? inner : outer;
}

const char *
ll_revealed_field (const LlRevealed *revealed, const char *name)
{
  return ll_header_get (ll_revealed_source (revealed, name), name);
}

gboolean
ll_revealed_check_opened (const LlRevealed *revealed, GError **error)
{
  if (!revealed->unopened || revealed->verdict->encryption != LL_ENCRYPTION_NONE)
    return TRUE;
  g_ptr_array_add (revealed->verdict->errant, NULL);
  g_autofree char *names = g_strjoinv (", ", (char **)revealed->verdict->errant->pdata);
  g_ptr_array_set_size (revealed->verdict->errant, (gint)revealed->verdict->errant->len - 1);
  ll_error_set (error, LL_ERROR_MIXED_CONTENT,
                "mixed content: not decrypted, for it is not the whole of the message: %s; "
                "a text that is wholly one inline block is read with --inline",
                names);
  return FALSE;
}
