/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-smime-private.h"

#include <openssl/err.h>

/* The oldest entry is where it went wrong; later ones only say who was calling. */
void
ll_openssl_error (GError **error, LlErrorCode code, const char *what)
{
  unsigned long first = ERR_get_error ();
  const char *detail = first ? ERR_reason_error_string (first) : NULL;
  ERR_clear_error ();
  if (detail)
    ll_error_set (error, code, "%s failed: %s", what, detail);
  else
    ll_error_set (error, code, "%s failed", what);
}

static void
x509_unref (gpointer certificate)
{
  X509_free (certificate);
}

GPtrArray *
ll_x509_array (void)
{
  return g_ptr_array_new_with_free_func (x509_unref);
}

void
ll_x509_array_add (GPtrArray *array, X509 *certificate)
{
  X509_up_ref (certificate);
  g_ptr_array_add (array, certificate);
}

GPtrArray *
ll_x509_array_take (GPtrArray *array)
{
  if (!array)
    return ll_x509_array ();
  g_ptr_array_set_free_func (array, x509_unref);
  return array;
}

static void
key_handle_free (gpointer handle)
{
  ll_key_handle_free (handle);
}

GPtrArray *
ll_key_handles_load (LlKeySource *source, GError **error)
{
  g_autoptr (GError) failure = NULL;
  GPtrArray *keys = source->list_keys (source, &failure);
  if (!keys && !failure)
    keys = g_ptr_array_new ();
  if (keys)
    g_ptr_array_set_free_func (keys, key_handle_free);
  if (failure)
    {
      g_clear_pointer (&keys, g_ptr_array_unref);
      g_propagate_error (error, g_steal_pointer (&failure));
    }
  return keys;
}
