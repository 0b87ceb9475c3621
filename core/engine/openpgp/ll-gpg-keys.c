/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "ll-address.h"
#include "ll-gpg.h"

GPtrArray *
ll_gpg_list_keys (LlGpgCall *call, const char *const *patterns, gboolean secret, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify)gpgme_key_unref);
  gpgme_error_t code
      = gpgme_op_keylist_ext_start (call->context, (const char **)(gpointer)patterns, secret ? 1 : 0, 0);
  while (code == 0)
    {
      gpgme_key_t key = NULL;
      code = gpgme_op_keylist_next (call->context, &key);
      if (code == 0)
        g_ptr_array_add (keys, key);
    }
  if (gpgme_err_code (code) == GPG_ERR_EOF)
    code = gpgme_op_keylist_end (call->context);
  if (code == 0)
    return g_steal_pointer (&keys);
  ll_gpg_failed (call, code, N_ ("listing keys"), error);
  return NULL;
}

/* "Name <address>", or the address alone.  With a second "@" or bracket nobody can say for whom it
 * speaks, unless the name repeats the address. */
static gboolean
split_uid (const char *uid, char **out_name, char **out_address)
{
  const char *open = strchr (uid, '<');
  if (open == NULL)
    {
      *out_address = g_strdup (uid);
      *out_name = NULL;
      return strchr (uid, '>') == NULL;
    }
  const char *close = strchr (open, '>');
  if (close == NULL || close[1] != '\0' || strchr (open + 1, '<') != NULL)
    return FALSE;
  *out_address = g_strndup (open + 1, (gsize)(close - open - 1));
  *out_name = g_strstrip (g_strndup (uid, (gsize)(open - uid)));
  return strchr (*out_name, '@') == NULL || ll_address_equal (*out_name, *out_address);
}

char *
ll_gpg_uid_address (gpgme_key_t key, gpgme_user_id_t uid, char **out_name)
{
  /* gpg shows every user ID of a revoked key as revoked; whose key it was can be told all the same */
  if ((uid->revoked && !key->revoked) || uid->invalid || uid->uid == NULL)
    return NULL;
  g_autofree char *name = NULL;
  g_autofree char *raw = NULL;
  if (!split_uid (uid->uid, &name, &raw))
    return NULL;
  char *address = g_utf8_validate (raw, -1, NULL) ? ll_address_normalize (raw) : NULL;
  /* old keys may hold any charset in the name */
  if (address != NULL && out_name != NULL)
    *out_name = name != NULL && *name != '\0' ? g_utf8_make_valid (name, -1) : NULL;
  return address;
}

char *
ll_gpg_date (gint64 time)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (time);
  return date != NULL ? g_date_time_format (date, "%Y-%m-%d") : g_strdup ("?");
}

char *
ll_gpg_hash_name (guint algorithm)
{
  const char *name = gpgme_hash_algo_name ((gpgme_hash_algo_t)algorithm);
  return name != NULL ? g_strdup (name) : NULL;
}

gboolean
ll_gpg_hash_weak (guint algorithm)
{
  return algorithm == GPGME_MD_MD5 || algorithm == GPGME_MD_SHA1 || algorithm == GPGME_MD_RMD160;
}
