/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which key for which address.  gpg would take the first that somehow fits; here
 * it is the one usable key whose user ID is exactly the address, or an error
 * that names everybody for whom there is not exactly one (security.md D-1 to D-7). */
#include <string.h>

#include "ll-address.h"
#include "ll-gpg.h"

static void
plan_key_free (LlPlanKey *key)
{
  if (key == NULL)
    return;
  g_free (key->fingerprint);
  g_free (key->address);
  g_array_unref (key->encryption_ids);
  g_ptr_array_unref (key->signing);
  g_free (key);
}

void
ll_openpgp_plan_free (LlKeyPlan *plan)
{
  if (plan == NULL)
    return;
  g_ptr_array_unref (plan->recipients);
  plan_key_free (plan->signer);
  g_free (plan);
}

static gboolean
subkey_alive (gpgme_subkey_t subkey)
{
  return !subkey->revoked && !subkey->expired && !subkey->disabled && !subkey->invalid;
}

static LlPlanKey *
plan_key_new (gpgme_key_t key, const char *address, gboolean hidden)
{
  LlPlanKey *result = g_new0 (LlPlanKey, 1);
  result->fingerprint = g_strdup (key->fpr);
  result->address = g_strdup (address);
  result->hidden = hidden;
  result->encryption_ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  result->signing = g_ptr_array_new_with_free_func (g_free);
  for (gpgme_subkey_t subkey = key->subkeys; subkey != NULL; subkey = subkey->next)
    {
      guint64 id = g_ascii_strtoull (subkey->keyid, NULL, 16);
      if (subkey->can_encrypt && subkey_alive (subkey))
        g_array_append_val (result->encryption_ids, id);
      if (subkey->can_sign && subkey->secret && subkey_alive (subkey))
        g_ptr_array_add (result->signing, g_strdup (subkey->fpr));
    }
  return result;
}

typedef struct
{
  LlOpenpgp *engine;
  const LlPlanRequest *request;
  GPtrArray *decisions; /* (nullable) */
  LlKeyPlan *plan;
  GString *missing;   /* "address (why), ..." */
  GString *ambiguous; /* "address (fingerprint, ...), ..." */
} Planner;

/* ---- one key and one address ---- */

static LlText *
expired_text (const char *msgid_with_date, gpgme_subkey_t subkey)
{
  g_autofree char *date = ll_gpg_date (subkey->expires);
  return g_str_equal (msgid_with_date, "key")
             ? ll_text_new (N_ ("expired on %s"), date)
             : ll_text_new (N_ ("its encryption subkey expired on %s"), date);
}

static LlText *
why_key_unusable (gpgme_key_t key)
{
  if (key->revoked)
    return ll_text_new (N_ ("revoked by its owner"));
  if (key->expired)
    return expired_text ("key", key->subkeys);
  if (key->disabled)
    return ll_text_new (N_ ("disabled in the keyring"));
  if (key->invalid)
    return ll_text_new (N_ ("not valid"));
  return NULL;
}

static LlText *
why_cannot_encrypt (gpgme_key_t key)
{
  gpgme_subkey_t expired = NULL;
  for (gpgme_subkey_t subkey = key->subkeys; subkey != NULL; subkey = subkey->next)
    if (subkey->can_encrypt && subkey_alive (subkey))
      return NULL;
    else if (subkey->can_encrypt && subkey->expired && !subkey->revoked)
      expired = subkey;
  return expired != NULL ? expired_text ("subkey", expired)
                         : ll_text_new (N_ ("cannot encrypt: it is for signing only"));
}

static LlText *
why_cannot_sign (gpgme_key_t key)
{
  for (gpgme_subkey_t subkey = key->subkeys; subkey != NULL; subkey = subkey->next)
    if (subkey->can_sign && subkey->secret && subkey_alive (subkey))
      return NULL;
  return ll_text_new (N_ ("has no secret key that can sign"));
}

static gpgme_user_id_t
find_uid (gpgme_key_t key, const char *address)
{
  for (gpgme_user_id_t uid = key->uids; uid != NULL; uid = uid->next)
    {
      g_autofree char *own = ll_gpg_uid_address (key, uid, NULL);
      if (own != NULL && ll_address_equal (own, address))
        return uid;
    }
  return NULL;
}

static gboolean
is_trusted (gpgme_user_id_t uid)
{
  return uid != NULL && uid->validity >= GPGME_VALIDITY_FULL;
}

static LlText *
why_untrusted (gpgme_key_t key, gpgme_user_id_t uid, gboolean own)
{
  if (is_trusted (uid))
    return NULL;
  if (own)
    return ll_text_new (N_ ("not marked as your own; do: echo %s:6: | gpg --import-ownertrust"), key->fpr);
  if (uid->validity == GPGME_VALIDITY_NEVER)
    return ll_text_new (N_ ("you marked it as not belonging to the address"));
  return ll_text_new (N_ ("nothing says that it belongs to the address; compare its fingerprint, then: "
                          "gpg --quick-lsign-key %s"),
                      key->fpr);
}

/* NULL: @key may be used to encrypt to @address; @own: it is the sender's. */
static LlText *
why_no_recipient (gpgme_key_t key, const char *address, gboolean own)
{
  LlText *reason = why_key_unusable (key);
  gpgme_user_id_t uid = find_uid (key, address);
  if (reason == NULL && uid == NULL)
    reason = ll_text_new (N_ ("its user ID for the address is revoked or not valid, or names two addresses"));
  if (reason == NULL)
    reason = why_cannot_encrypt (key);
  return reason != NULL ? reason : why_untrusted (key, uid, own);
}

static LlText *
why_no_signer (gpgme_key_t key, const char *address, gboolean sign)
{
  LlText *reason = why_key_unusable (key);
  if (reason == NULL && find_uid (key, address) == NULL)
    reason = ll_text_new (N_ ("has no valid user ID for %s"), address);
  if (reason != NULL || sign)
    return reason != NULL ? reason : why_cannot_sign (key);
  reason = why_cannot_encrypt (key);
  return reason != NULL ? reason : why_untrusted (key, find_uid (key, address), TRUE);
}

/* ---- choosing ---- */

/* Mentions the address somewhere in a user ID: worth a reason when it is not usable. */
static gboolean
mentions (gpgme_key_t key, const char *address)
{
  for (gpgme_user_id_t uid = key->uids; uid != NULL; uid = uid->next)
    {
      g_autofree char *own = uid->address != NULL ? ll_address_normalize (uid->address) : NULL;
      if (own != NULL && ll_address_equal (own, address))
        return TRUE;
    }
  return find_uid (key, address) != NULL;
}

static void
add_problem (GString *list, const char *address, const char *details)
{
  g_string_append_printf (list, "%s%s (%s)", list->len > 0 ? ", " : "", address, details);
}

static void
append_reason (GString *list, const char *fingerprint, const LlText *reason)
{
  g_autofree char *text = ll_text_format (reason, NULL, NULL);
  g_string_append_printf (list, "%s%s: %s", list->len > 0 ? "; " : "", fingerprint, text);
}

static gboolean
is_signer (const Planner *planner, gpgme_key_t key, const char *address)
{
  const LlPlanKey *signer = planner->plan->signer;
  return signer != NULL && ll_address_equal (address, planner->request->sender)
         && strcmp (signer->fingerprint, key->fpr) == 0;
}

static gboolean
already_planned (const Planner *planner, const char *fingerprint)
{
  for (guint i = 0; i < planner->plan->recipients->len; i++)
    if (strcmp (((const LlPlanKey *)g_ptr_array_index (planner->plan->recipients, i))->fingerprint,
                fingerprint)
        == 0)
      return TRUE;
  return FALSE;
}

static void
add_recipient (Planner *planner, gpgme_key_t key, const char *address, gboolean hidden)
{
  if (!already_planned (planner, key->fpr))
    g_ptr_array_add (planner->plan->recipients, plan_key_new (key, address, hidden));
}

static void
choose_recipient (Planner *planner, const GPtrArray *keys, const char *address, gboolean hidden)
{
  g_autoptr (GString) reasons = g_string_new (NULL);
  g_autoptr (GString) usable = g_string_new (NULL);
  gpgme_key_t chosen = NULL;
  guint n = 0;
  for (guint i = 0; i < keys->len; i++)
    {
      gpgme_key_t key = g_ptr_array_index (keys, i);
      if (!mentions (key, address))
        continue;
      LlText *reason = why_no_recipient (key, address, is_signer (planner, key, address));
      if (reason != NULL)
        append_reason (reasons, key->fpr, reason);
      else
        {
          g_string_append_printf (usable, "%s%s", n++ > 0 ? ", " : "", key->fpr);
          /* the key that signs is the sender's, whatever else claims the address */
          if (chosen == NULL || is_signer (planner, key, address))
            chosen = key;
        }
      ll_key_decisions_add (planner->decisions, address, key->fpr, FALSE, reason);
    }
  if (n > 1 && !is_signer (planner, chosen, address))
    add_problem (planner->ambiguous, address, usable->str);
  else if (chosen != NULL)
    add_recipient (planner, chosen, address, hidden);
  else
    add_problem (planner->missing, address, reasons->len > 0 ? reasons->str : N_ ("no key in the keyring"));
}

/* gpg compares octets: a domain may stand in the key in either of its forms. */
static void
add_patterns (GPtrArray *patterns, const char *address)
{
  g_ptr_array_add (patterns, g_strdup_printf ("<%s>", address));
  const char *at = strrchr (address, '@');
  g_autofree char *domain = at != NULL ? g_hostname_to_unicode (at + 1) : NULL;
  if (domain != NULL && strcmp (domain, at + 1) != 0)
    g_ptr_array_add (patterns, g_strdup_printf ("<%.*s@%s>", (int)(at - address), address, domain));
}

static GPtrArray *
list (Planner *planner, GPtrArray *patterns, gboolean secret, GError **error)
{
  g_auto (LlGpgCall) call = { 0 };
  const LlGpgSettings settings = { 0 };
  g_ptr_array_add (patterns, NULL);
  if (!ll_gpg_begin (&call, planner->engine, &settings, error))
    return NULL;
  g_autoptr (GPtrArray) keys
      = ll_gpg_list_keys (&call, (const char *const *)(gpointer)patterns->pdata, secret, error);
  if (keys != NULL && keys->len == 0 && secret && ll_gpg_lacks_agent (&call))
    {
      ll_error_set (error, LL_ERROR_ENGINE,
                    N_ ("gpg-agent cannot be started or does not answer; try: gpgconf --kill all"));
      return NULL;
    }
  return g_steal_pointer (&keys);
}

static void
choose_all (Planner *planner, const GPtrArray *keys, const char *const *addresses, gboolean hidden)
{
  for (; addresses != NULL && *addresses != NULL; addresses++)
    choose_recipient (planner, keys, *addresses, hidden);
}

static gboolean
plan_recipients (Planner *planner, GError **error)
{
  const LlPlanRequest *request = planner->request;
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
  for (const char *const *a = request->recipients; a != NULL && *a != NULL; a++)
    add_patterns (patterns, *a);
  for (const char *const *a = request->hidden; a != NULL && *a != NULL; a++)
    add_patterns (patterns, *a);
  if (patterns->len == 0)
    {
      ll_error_set (error, LL_ERROR_NO_RECIPIENTS, N_ ("there is nobody to encrypt to"));
      return FALSE;
    }
  g_autoptr (GPtrArray) keys = list (planner, patterns, FALSE, error);
  if (keys == NULL)
    return FALSE;
  /* visible first: a key that is both is no secret */
  choose_all (planner, keys, request->recipients, FALSE);
  choose_all (planner, keys, request->hidden, TRUE);
  return TRUE;
}

/* ---- the sender ---- */

static gboolean
is_fingerprint (const char *text)
{
  gsize n = strlen (text);
  return (n == 40 || n == 64) && strspn (text, "0123456789ABCDEFabcdef") == n;
}

static GPtrArray *
list_own (Planner *planner, GError **error)
{
  const char *who = planner->request->sign_as != NULL ? planner->request->sign_as : planner->request->sender;
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *address = ll_address_normalize (who);
  if (is_fingerprint (who))
    g_ptr_array_add (patterns, g_strdup (who));
  else if (address != NULL)
    add_patterns (patterns, address);
  else
    {
      ll_error_set (error, LL_ERROR_USAGE,
                    N_ ("%s is neither an address nor the full fingerprint of an OpenPGP key"), who);
      return NULL;
    }
  return list (planner, patterns, TRUE, error);
}

/* Why there is no own key: an error of its own, for its cure is another one. */
static gboolean
set_no_own_key (const Planner *planner, const char *reasons, gboolean sign, GError **error)
{
  const char *sender = planner->request->sender;
  if (!sign)
    ll_error_set (
        error, LL_ERROR_NO_KEY,
        N_ ("you have no OpenPGP key for %s that can encrypt, so you could not read the message yourself; "
            "leave yourself out with --no-self (%s)"),
        sender, reasons);
  else
    ll_error_set (
        error, LL_ERROR_NO_KEY,
        N_ ("you have no usable OpenPGP key to sign as %s (%s); create one: gpg --quick-gen-key %s"), sender,
        reasons, sender);
  return FALSE;
}

/* The one own key for the sender that can sign, or encrypt when nothing is signed. */
static gboolean
choose_own (Planner *planner, gboolean sign, LlPlanKey **out_key, GError **error)
{
  const char *sender = planner->request->sender;
  g_autoptr (GPtrArray) keys = list_own (planner, error);
  if (keys == NULL)
    return FALSE;
  g_autoptr (GString) reasons = g_string_new (NULL);
  g_autoptr (GString) usable = g_string_new (NULL);
  gpgme_key_t chosen = NULL;
  guint n = 0;
  for (guint i = 0; i < keys->len; i++)
    {
      gpgme_key_t key = g_ptr_array_index (keys, i);
      LlText *reason = why_no_signer (key, sender, sign);
      if (reason != NULL)
        append_reason (reasons, key->fpr, reason);
      else
        {
          g_string_append_printf (usable, "%s%s", n++ > 0 ? ", " : "", key->fpr);
          chosen = key;
        }
      ll_key_decisions_add (planner->decisions, sender, key->fpr, sign, reason);
    }
  if (n > 1)
    {
      ll_error_set (error, LL_ERROR_AMBIGUOUS_KEY,
                    N_ ("you have several usable OpenPGP keys for %s: %s; choose one with -u FINGERPRINT"),
                    sender, usable->str);
      return FALSE;
    }
  if (keys->len == 0 && planner->request->sign_as != NULL)
    {
      ll_error_set (error, LL_ERROR_NO_KEY,
                    N_ ("-u %s does not name one of your secret OpenPGP keys; see: gpg --list-secret-keys"),
                    planner->request->sign_as);
      return FALSE;
    }
  if (n == 0)
    return set_no_own_key (planner, reasons->len > 0 ? reasons->str : N_ ("no secret key in the keyring"),
                           sign, error);
  *out_key = plan_key_new (chosen, sender, FALSE);
  (*out_key)->trusted = is_trusted (find_uid (chosen, sender));
  return TRUE;
}

static gboolean
plan_signer (Planner *planner, GError **error)
{
  return !planner->request->sign || choose_own (planner, TRUE, &planner->plan->signer, error);
}

/* The key that signs cannot be one to encrypt to. */
static void
set_no_self (const Planner *planner, const LlPlanKey *own, GError **error)
{
  if (own->encryption_ids->len == 0)
    set_no_own_key (planner, own->fingerprint, FALSE, error);
  else
    ll_error_set (error, LL_ERROR_NO_KEY,
                  N_ ("your OpenPGP key %s is not marked as your own, so GnuPG does not encrypt to it; "
                      "do: echo %s:6: | gpg --import-ownertrust"),
                  own->fingerprint, own->fingerprint);
}

static LlPlanKey *
copy_plan_key (const LlPlanKey *key)
{
  LlPlanKey *copy = g_new0 (LlPlanKey, 1);
  copy->fingerprint = g_strdup (key->fingerprint);
  copy->address = g_strdup (key->address);
  copy->trusted = key->trusted;
  copy->encryption_ids = g_array_copy (key->encryption_ids);
  copy->signing = g_ptr_array_new_with_free_func (g_free);
  return copy;
}

static gboolean
plan_self (Planner *planner, GError **error)
{
  if (!planner->request->self)
    return TRUE;
  LlPlanKey *own = NULL;
  if (planner->plan->signer != NULL)
    own = copy_plan_key (planner->plan->signer);
  else if (!choose_own (planner, FALSE, &own, error))
    return FALSE;
  if (own->encryption_ids->len == 0 || !own->trusted)
    {
      set_no_self (planner, own, error);
      plan_key_free (own);
      return FALSE;
    }
  if (already_planned (planner, own->fingerprint))
    plan_key_free (own);
  else
    g_ptr_array_add (planner->plan->recipients, own);
  return TRUE;
}

static gboolean
nobody_failed (const Planner *planner, GError **error)
{
  if (planner->missing->len > 0)
    ll_error_set (error, LL_ERROR_NO_KEY, N_ ("no usable OpenPGP key for %s%s%s"), planner->missing->str,
                  planner->ambiguous->len > 0 ? "; " : "", planner->ambiguous->str);
  else if (planner->ambiguous->len > 0)
    ll_error_set (
        error, LL_ERROR_AMBIGUOUS_KEY,
        N_ ("several usable OpenPGP keys for %s; disable all but the right one: gpg --edit-key FINGERPRINT"),
        planner->ambiguous->str);
  else
    return TRUE;
  return FALSE;
}

LlKeyPlan *
ll_openpgp_plan (LlEngine *engine, const LlPlanRequest *request, GPtrArray *decisions, GError **error)
{
  g_autoptr (LlKeyPlan) plan = g_new0 (LlKeyPlan, 1);
  plan->recipients = g_ptr_array_new_with_free_func ((GDestroyNotify)plan_key_free);
  g_autoptr (GString) missing = g_string_new (NULL);
  g_autoptr (GString) ambiguous = g_string_new (NULL);
  Planner planner = { .engine = (LlOpenpgp *)engine,
                      .request = request,
                      .decisions = decisions,
                      .plan = plan,
                      .missing = missing,
                      .ambiguous = ambiguous };
  gboolean encrypts = request->recipients != NULL || request->hidden != NULL;
  if (!plan_signer (&planner, error))
    return NULL;
  if (encrypts
      && (!plan_recipients (&planner, error) || !nobody_failed (&planner, error)
          || !plan_self (&planner, error)))
    return NULL;
  return g_steal_pointer (&plan);
}
