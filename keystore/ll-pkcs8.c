/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/err.h>

#include "ll-key-file-private.h"

typedef struct
{
  X509_SIG *encrypted;
  EVP_PKEY *key;
} Attempt;

static PKCS8_PRIV_KEY_INFO *
decrypt (X509_SIG *encrypted, const char *passphrase, gsize length, GError **error)
{
  ERR_clear_error ();
  PKCS8_PRIV_KEY_INFO *info = PKCS8_decrypt (encrypted, passphrase, (int)length);
  if (info == NULL && ll_legacy_is_needed ())
    {
      g_autoptr (LlLegacy) legacy = ll_legacy_new (error);
      if (legacy == NULL)
        return NULL;
      info = PKCS8_decrypt_ex (encrypted, passphrase, (int)length, ll_legacy_context (legacy), NULL);
    }
  ERR_clear_error ();
  if (info == NULL)
    ll_error_set (error, LL_ERROR_BAD_PASSPHRASE, "the passphrase is wrong");
  return info;
}

static gboolean
attempt_open (const char *passphrase, gsize length, gpointer user_data, GError **error)
{
  Attempt *attempt = user_data;
  g_autoptr (PKCS8_PRIV_KEY_INFO) info = decrypt (attempt->encrypted, passphrase, length, error);
  if (info == NULL)
    return FALSE;
  attempt->key = EVP_PKCS82PKEY (info);
  ERR_clear_error ();
  if (attempt->key == NULL)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "the private key is damaged or of an unknown kind");
      return FALSE;
    }
  return TRUE;
}

EVP_PKEY *
ll_pkcs8_open (X509_SIG *encrypted, LlUnlock *unlock, GError **error)
{
  Attempt attempt = { .encrypted = encrypted };
  return ll_unlock (unlock, attempt_open, &attempt, error) ? attempt.key : NULL;
}
