/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/err.h>
#include <openssl/provider.h>

#include "ll-key-file-private.h"

struct LlLegacy
{
  OSSL_LIB_CTX *context;
  OSSL_PROVIDER *normal;
  OSSL_PROVIDER *legacy;
};

LlLegacy *
ll_legacy_new (GError **error)
{
  g_autoptr (LlLegacy) self = g_new0 (LlLegacy, 1);
  self->context = OSSL_LIB_CTX_new ();
  if (self->context != NULL)
    {
      self->normal = OSSL_PROVIDER_load (self->context, "default");
      self->legacy = OSSL_PROVIDER_load (self->context, "legacy");
    }
  if (self->normal == NULL || self->legacy == NULL)
    {
      ERR_clear_error ();
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    "the file is encrypted in an old way (RC2 or DES) and OpenSSL's legacy provider is not "
                    "installed; make the file anew with a current program");
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
ll_legacy_free (LlLegacy *legacy)
{
  if (legacy == NULL)
    return;
  if (legacy->legacy != NULL)
    OSSL_PROVIDER_unload (legacy->legacy);
  if (legacy->normal != NULL)
    OSSL_PROVIDER_unload (legacy->normal);
  OSSL_LIB_CTX_free (legacy->context);
  g_free (legacy);
}

OSSL_LIB_CTX *
ll_legacy_context (LlLegacy *legacy)
{
  return legacy->context;
}

gboolean
ll_legacy_is_needed (void)
{
  gboolean needed = FALSE;
  for (unsigned long code = ERR_get_error (); code != 0; code = ERR_get_error ())
    {
      int reason = ERR_GET_REASON (code);
      needed |= reason == ERR_R_UNSUPPORTED;
      needed |= ERR_GET_LIB (code) == ERR_LIB_EVP
                && (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_PBE_ALGORITHM
                    || reason == EVP_R_UNKNOWN_CIPHER || reason == EVP_R_UNSUPPORTED_CIPHER);
    }
  return needed;
}
