/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-filter-private.h"

#include <openssl/crypto.h>

gboolean
ll_out_flush (LlOut *out, GError **error)
{
  gsize n = out->n;
  out->n = 0;
  return ll_sink_write (out->next, out->data, n, error);
}

gboolean
ll_out_write (LlOut *out, const void *data, gsize length, GError **error)
{
  if (!ll_out_room (out, length, error))
    return FALSE;
  if (length > sizeof out->data)
    return ll_sink_write (out->next, data, length, error);
  memcpy (out->data + out->n, data, length);
  out->n += length;
  return TRUE;
}

gboolean
ll_out_finish (LlOut *out, GError **error)
{
  return ll_out_flush (out, error) && ll_sink_finish (out->next, error);
}

void
ll_out_clear (LlOut *out)
{
  ll_sink_free (out->next);
  OPENSSL_cleanse (out->data, sizeof out->data);
}
