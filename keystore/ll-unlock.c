/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-key-file-private.h"

static gboolean
may_ask_again (GError *error)
{
  return g_error_matches (error, LL_ERROR, LL_ERROR_BAD_PASSPHRASE);
}

void
ll_unlock_refused (const char *path, GError **error)
{
  ll_error_set (
      error, LL_ERROR_NO_PASSPHRASE,
      "the key in %s needs a passphrase and nobody can be asked for it; run it in a terminal, without "
      "--batch",
      path);
}

static LlSecret *
ask (LlUnlock *unlock, gboolean again, GError **error)
{
  if (unlock->prompter == NULL)
    {
      ll_unlock_refused (unlock->path, error);
      return NULL;
    }
  g_autoptr (LlText) subject = ll_text_new (N_ ("Passphrase for the key in %s"), unlock->path);
  return unlock->prompter->ask (unlock->prompter, LL_PROMPT_PASSPHRASE, subject, again, error);
}

static gboolean
try_secret (LlSecret *secret, LlUnlockTry attempt, gpointer user_data, GError **error)
{
  return attempt ((const char *)ll_secret_data (secret), ll_secret_length (secret), user_data, error);
}

gboolean
ll_unlock (LlUnlock *unlock, LlUnlockTry attempt, gpointer user_data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (unlock->last != NULL && try_secret (unlock->last, attempt, user_data, &failure))
    return TRUE;
  for (guint i = 0; i < LL_UNLOCK_ATTEMPTS && (failure == NULL || may_ask_again (failure)); i++)
    {
      g_clear_error (&failure);
      g_autoptr (LlSecret) secret = ask (unlock, i > 0, error);
      if (secret == NULL)
        return FALSE;
      if (try_secret (secret, attempt, user_data, &failure))
        {
          g_clear_pointer (&unlock->last, ll_secret_unref);
          unlock->last = g_steal_pointer (&secret);
          return TRUE;
        }
    }
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

void
ll_unlock_clear (LlUnlock *unlock)
{
  g_clear_pointer (&unlock->last, ll_secret_unref);
}
