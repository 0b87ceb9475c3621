/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-smime-plan.h"

#include <openssl/err.h>

#include <string.h>

#include "ll-address.h"

typedef struct
{
  X509 *certificate;
  LlText *reason; /* NULL: usable */
} Candidate;

static void
candidate_free (gpointer data)
{
  Candidate *candidate = data;
  X509_free (candidate->certificate);
  ll_text_free (candidate->reason);
  g_free (candidate);
}

/* One search: for whom, for what, and each certificate that was looked at. */
typedef struct
{
  const char *who; /* address or fingerprint, as the person knows it; NULL: any of our own */
  gboolean for_signing;
  GPtrArray *candidates; /* (element-type Candidate), each certificate once */
} Search;

static void
search_clear (Search *search)
{
  g_clear_pointer (&search->candidates, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static Search
search_new (const char *who, gboolean for_signing)
{
  return (Search){ who, for_signing, g_ptr_array_new_with_free_func (candidate_free) };
}

/* What is being planned, and everybody who lacks a certificate, to be told together. */
typedef struct
{
  LlKeySource *source;
  const LlPlanRequest *request;
  GPtrArray *decisions; /* (nullable) */
  GPtrArray *keys;      /* (element-type LlKeyHandle): our own */
  LlKeyPlan *plan;
  GPtrArray *missing;   /* (element-type utf8): "bob@example.org (…)" */
  GPtrArray *ambiguous; /* (element-type utf8) */
} Planner;

static void
planner_clear (Planner *planner)
{
  g_clear_pointer (&planner->keys, g_ptr_array_unref);
  g_clear_pointer (&planner->plan, ll_smime_plan_free);
  g_clear_pointer (&planner->missing, g_ptr_array_unref);
  g_clear_pointer (&planner->ambiguous, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Planner, planner_clear)

void
ll_smime_plan_free (LlKeyPlan *plan)
{
  if (!plan)
    return;
  ll_key_handle_free (plan->signer);
  g_clear_pointer (&plan->chain, g_ptr_array_unref);
  g_clear_pointer (&plan->recipients, g_ptr_array_unref);
  g_free (plan);
}

/* ---- which certificates are meant ---- */

static gboolean
speaks_for (X509 *certificate, const char *address)
{
  g_autoptr (GPtrArray) addresses = ll_certificate_addresses (certificate);
  for (guint i = 0; addresses && i < addresses->len; i++)
    if (ll_address_equal (g_ptr_array_index (addresses, i), address))
      return TRUE;
  return FALSE;
}

/* A whole fingerprint, as people copy it: colons, blanks and capitals do not matter, and a part of one
 * is none (security.md H-11). */
static char *
fingerprint_of (const char *text)
{
  g_autoptr (GString) hex = g_string_new (NULL);
  for (; *text; text++)
    {
      if (*text == ':' || *text == ' ')
        continue;
      if (!g_ascii_isxdigit (*text))
        return NULL;
      g_string_append_c (hex, g_ascii_tolower (*text));
    }
  return hex->len == 40 || hex->len == 64 ? g_strdup (hex->str) : NULL;
}

static gboolean
has_fingerprint (X509 *certificate, const char *fingerprint)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  const EVP_MD *md = strlen (fingerprint) == 40 ? EVP_sha1 () : EVP_sha256 ();
  if (!X509_digest (certificate, md, digest, &length))
    {
      ERR_clear_error ();
      return FALSE;
    }
  for (guint i = 0; i < length; i++)
    if ((g_ascii_xdigit_value (fingerprint[2 * i]) << 4 | g_ascii_xdigit_value (fingerprint[2 * i + 1]))
        != digest[i])
      return FALSE;
  return TRUE;
}

static gboolean
is_meant (X509 *certificate, const char *who)
{
  if (!who)
    return TRUE;
  g_autofree char *fingerprint = fingerprint_of (who);
  return fingerprint ? has_fingerprint (certificate, fingerprint) : speaks_for (certificate, who);
}

/* ---- looking at each ---- */

static gboolean
is_seen (const Search *search, X509 *certificate)
{
  for (guint i = 0; i < search->candidates->len; i++)
    if (X509_cmp (((Candidate *)g_ptr_array_index (search->candidates, i))->certificate, certificate) == 0)
      return TRUE;
  return FALSE;
}

static void
add_candidate (Search *search, X509 *certificate, LlText *reason)
{
  Candidate *candidate = g_new0 (Candidate, 1);
  X509_up_ref (certificate);
  candidate->certificate = certificate;
  candidate->reason = reason;
  g_ptr_array_add (search->candidates, candidate);
}

static LlText *
cannot_encrypt (X509 *certificate)
{
  LlText *why = ll_certificate_unusable (certificate, LL_PURPOSE_ENCRYPT, 0);
  return why ? why : ll_cms_can_encrypt_to (certificate);
}

/* Our own certificates need no authority: we have the key. */
static void
look_at_own (const Planner *planner, Search *search)
{
  for (guint i = 0; i < planner->keys->len; i++)
    {
      X509 *certificate = ((LlKeyHandle *)g_ptr_array_index (planner->keys, i))->certificate;
      if (!is_meant (certificate, search->who) || is_seen (search, certificate))
        continue;
      add_candidate (search, certificate,
                     search->for_signing ? ll_certificate_unusable (certificate, LL_PURPOSE_SIGN, 0)
                                         : cannot_encrypt (certificate));
    }
}

/* A certificate of somebody else has to say by an authority we trust that it is theirs (security.md G-1):
 * else we would encrypt to whoever made it up. */
static gboolean
judge_recipient (LlKeySource *source, X509 *certificate, const char *address, LlText **out_reason,
                 GError **error)
{
  *out_reason = NULL;
  if (!speaks_for (certificate, address))
    *out_reason = ll_text_new (N_ ("the certificate is for another address"));
  if (!*out_reason)
    *out_reason = cannot_encrypt (certificate);
  if (*out_reason)
    return TRUE;
  g_auto (LlPathResult) path = { 0 };
  if (!ll_path_check (certificate, LL_PURPOSE_ENCRYPT, NULL, source, 0, &path, error))
    return FALSE;
  if (path.status != LL_SIGNATURE_VALID)
    *out_reason
        = path.reason ? g_steal_pointer (&path.reason) : ll_text_new (N_ ("the certificate is not trusted"));
  return TRUE;
}

static gboolean
look_at_found (const Planner *planner, Search *search, GError **error)
{
  g_autoptr (GError) failure = NULL;
  LlKeySource *source = planner->source;
  g_autoptr (GPtrArray) found
      = ll_x509_array_take (source->find_certificates (source, search->who, &failure));
  if (failure)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  for (guint i = 0; i < found->len; i++)
    {
      X509 *certificate = g_ptr_array_index (found, i);
      LlText *reason = NULL;
      if (is_seen (search, certificate))
        continue;
      if (!judge_recipient (source, certificate, search->who, &reason, error))
        return FALSE;
      add_candidate (search, certificate, reason);
    }
  return TRUE;
}

/* ---- what came of it ---- */

/* Of several that do not serve, the one that was issued last is the one people think of. */
static const LlText *
best_reason (const Search *search)
{
  const Candidate *best = NULL;
  for (guint i = 0; i < search->candidates->len; i++)
    {
      const Candidate *candidate = g_ptr_array_index (search->candidates, i);
      if (!best
          || ll_asn1_time (X509_get0_notAfter (candidate->certificate))
                 > ll_asn1_time (X509_get0_notAfter (best->certificate)))
        best = candidate;
    }
  return best ? best->reason : NULL;
}

static const char *
who_text (const Search *search)
{
  return search->who ? search->who : "the sender";
}

static void
note_missing (const Planner *planner, const Search *search)
{
  const LlText *reason = best_reason (search);
  g_autofree char *words
      = reason ? ll_text_format (reason, NULL, NULL)
               : g_strdup (search->for_signing ? "no certificate with a key to sign with" : "no certificate");
  g_ptr_array_add (planner->missing, g_strdup_printf ("%s (%s)", who_text (search), words));
}

static void
note_ambiguous (const Planner *planner, const Search *search)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < search->candidates->len; i++)
    {
      const Candidate *candidate = g_ptr_array_index (search->candidates, i);
      g_autofree char *fingerprint = ll_certificate_fingerprint (candidate->certificate);
      if (!candidate->reason)
        g_string_append_printf (text, "%s%s", text->len ? ", " : "", fingerprint);
    }
  g_ptr_array_add (planner->ambiguous, g_strdup_printf ("%s (%s)", who_text (search), text->str));
}

static void
tell (const Planner *planner, const Search *search, X509 *chosen)
{
  for (guint i = 0; planner->decisions && i < search->candidates->len; i++)
    {
      const Candidate *candidate = g_ptr_array_index (search->candidates, i);
      g_autofree char *fingerprint = ll_certificate_fingerprint (candidate->certificate);
      LlText *reason = ll_text_copy (candidate->reason);
      if (!reason && candidate->certificate != chosen)
        reason = ll_text_new (chosen ? N_ ("another one is taken")
                                     : N_ ("more than one certificate could be used"));
      ll_key_decisions_add (planner->decisions, who_text (search), fingerprint, search->for_signing, reason);
    }
}

/* (transfer none) (nullable): the one usable certificate, @preferred (nullable) when it is among several. */
static X509 *
settle (const Planner *planner, const Search *search, X509 *preferred)
{
  X509 *chosen = NULL;
  guint usable = 0;
  for (guint i = 0; i < search->candidates->len; i++)
    {
      const Candidate *candidate = g_ptr_array_index (search->candidates, i);
      if (candidate->reason)
        continue;
      usable++;
      if (!chosen || (preferred && X509_cmp (candidate->certificate, preferred) == 0))
        chosen = candidate->certificate;
    }
  if (usable > 1 && !(preferred && X509_cmp (chosen, preferred) == 0))
    chosen = NULL;
  tell (planner, search, chosen);
  if (usable == 0)
    note_missing (planner, search);
  else if (!chosen)
    note_ambiguous (planner, search);
  return chosen;
}

/* ---- signer, recipients, oneself ---- */

static gboolean
plan_signer (Planner *planner, GError **error)
{
  const LlPlanRequest *request = planner->request;
  g_auto (Search) search = search_new (request->sign_as ? request->sign_as : request->sender, TRUE);
  look_at_own (planner, &search);
  X509 *chosen = settle (planner, &search, NULL);
  if (!chosen)
    return TRUE;
  /* Every reader would call it somebody else's (D-2, H-1). */
  if (request->sender && !speaks_for (chosen, request->sender))
    {
      g_ptr_array_add (
          planner->missing,
          g_strdup_printf ("%s (the certificate named with -u is not for this address)", request->sender));
      return TRUE;
    }
  for (guint i = 0; i < planner->keys->len && !planner->plan->signer; i++)
    {
      const LlKeyHandle *handle = g_ptr_array_index (planner->keys, i);
      if (X509_cmp (handle->certificate, chosen) == 0)
        planner->plan->signer = ll_key_handle_new (handle->certificate, handle->key);
    }
  planner->plan->chain = ll_path_intermediates (chosen, planner->source, error);
  return planner->plan->chain != NULL;
}

static void
add_recipient (Planner *planner, X509 *certificate)
{
  GPtrArray *recipients = planner->plan->recipients;
  for (guint i = 0; i < recipients->len; i++)
    if (X509_cmp (g_ptr_array_index (recipients, i), certificate) == 0)
      return;
  ll_x509_array_add (recipients, certificate);
}

static X509 *
signer_certificate (const Planner *planner)
{
  return planner->plan->signer ? planner->plan->signer->certificate : NULL;
}

static gboolean
is_sender (const Planner *planner, const char *address)
{
  return planner->request->sender && ll_address_equal (planner->request->sender, address);
}

static gboolean
plan_recipient (Planner *planner, const char *address, GError **error)
{
  g_auto (Search) search = search_new (address, FALSE);
  if (is_sender (planner, address))
    look_at_own (planner, &search);
  if (!look_at_found (planner, &search, error))
    return FALSE;
  X509 *chosen
      = settle (planner, &search, is_sender (planner, address) ? signer_certificate (planner) : NULL);
  if (chosen)
    add_recipient (planner, chosen);
  return TRUE;
}

static void
plan_self (Planner *planner)
{
  g_auto (Search) search = search_new (planner->request->sender, FALSE);
  look_at_own (planner, &search);
  X509 *chosen = settle (planner, &search, signer_certificate (planner));
  if (chosen)
    add_recipient (planner, chosen);
}

static gboolean
plan_recipients (Planner *planner, GError **error)
{
  const LlPlanRequest *request = planner->request;
  gboolean self_done = !request->self;
  for (gsize i = 0; request->recipients[i]; i++)
    {
      gboolean again = FALSE;
      for (gsize j = 0; j < i && !again; j++)
        again = ll_address_equal (request->recipients[i], request->recipients[j]);
      if (!again && !plan_recipient (planner, request->recipients[i], error))
        return FALSE;
      self_done |= is_sender (planner, request->recipients[i]);
    }
  if (!self_done)
    plan_self (planner);
  return TRUE;
}

/* ---- all of it ---- */

static char *
join (const GPtrArray *items)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < items->len; i++)
    g_string_append_printf (text, "%s%s", i ? ", " : "", (const char *)g_ptr_array_index (items, i));
  return g_strdup (text->str);
}

static gboolean
check_failures (const Planner *planner, GError **error)
{
  g_autofree char *missing = join (planner->missing);
  g_autofree char *ambiguous = join (planner->ambiguous);
  if (planner->missing->len == 0 && planner->ambiguous->len == 0)
    return TRUE;
  if (planner->missing->len == 0)
    ll_error_set (error, LL_ERROR_AMBIGUOUS_KEY,
                  "more than one certificate could be used for %s; name the one to sign with by its "
                  "fingerprint, or remove the others",
                  ambiguous);
  else if (planner->ambiguous->len == 0)
    ll_error_set (error, LL_ERROR_NO_KEY,
                  "no usable certificate for %s; give one with --cert, or its authority with --ca", missing);
  else
    ll_error_set (error, LL_ERROR_NO_KEY,
                  "no usable certificate for %s; give one with --cert, or its authority with --ca; and more "
                  "than one for %s",
                  missing, ambiguous);
  return FALSE;
}

static gboolean
check_request (const LlPlanRequest *request, GError **error)
{
  if (request->hidden && request->hidden[0])
    {
      g_autofree char *hidden = g_strjoinv (", ", (char **)request->hidden);
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    "S/MIME cannot hide a recipient from the others; encrypt a separate copy for %s", hidden);
      return FALSE;
    }
  if (request->recipients && !request->recipients[0])
    {
      ll_error_set (error, LL_ERROR_NO_RECIPIENTS, "there is nobody to encrypt to");
      return FALSE;
    }
  return TRUE;
}

LlKeyPlan *
ll_smime_plan (LlKeySource *source, const LlPlanRequest *request, GPtrArray *decisions, GError **error)
{
  if (!check_request (request, error))
    return NULL;
  g_auto (Planner) planner = { .source = source, .request = request, .decisions = decisions };
  /* Opening our keys may ask for a passphrase: not when nobody needs them. */
  gboolean own = request->sign || (request->recipients && request->self);
  planner.keys = own ? ll_key_handles_load (source, error) : g_ptr_array_new ();
  if (!planner.keys)
    return NULL;
  planner.missing = g_ptr_array_new_with_free_func (g_free);
  planner.ambiguous = g_ptr_array_new_with_free_func (g_free);
  planner.plan = g_new0 (LlKeyPlan, 1);
  planner.plan->recipients = ll_x509_array ();
  if (request->sign && !plan_signer (&planner, error))
    return NULL;
  if (request->recipients && !plan_recipients (&planner, error))
    return NULL;
  if (!check_failures (&planner, error))
    return NULL;
  return g_steal_pointer (&planner.plan);
}
