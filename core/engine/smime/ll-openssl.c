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

/* OpenSSL makes some hundred octets of memory out of an element of two: four megabytes of them would be
 * hundreds.  Chains and signers together have a few thousand. */
#define MAX_ELEMENTS 200000

gboolean
ll_asn1_check_elements (GBytes *ber, GError **error)
{
  gsize size = 0;
  const unsigned char *at = g_bytes_get_data (ber, &size);
  const unsigned char *end = at + size;
  for (guint n = 0; at < end; n++)
    {
      long length = 0;
      int tag = 0, class = 0;
      int form = ASN1_get_object (&at, &length, &tag, &class, end - at);
      if (form & 0x80)
        {
          ERR_clear_error ();
          ll_error_set (error, LL_ERROR_MALFORMED,
                        "the S/MIME structure is malformed (ASN.1): an element is longer than what it is in");
          return FALSE;
        }
      if (n >= MAX_ELEMENTS)
        {
          ll_error_set (error, LL_ERROR_LIMIT, "limit: the S/MIME structure has too many elements");
          return FALSE;
        }
      /* Into a constructed one, past a primitive one: no depth is needed to count. */
      if (!(form & V_ASN1_CONSTRUCTED))
        at += length;
    }
  return TRUE;
}
