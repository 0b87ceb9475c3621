/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include "ll-address.h"
#include "ll-header-encode.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *value = g_strndup ((const char *)data, size);
  g_autoptr (GPtrArray) list = ll_address_list_parse (value, "To", NULL);
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const LlMailbox *mailbox = g_ptr_array_index (list, i);
      g_auto (GStrv) flags = ll_mailbox_flags (mailbox);
      if (strpbrk (mailbox->address, "\r\n") != NULL)
        g_error ("line break in an address");
    }
  g_autofree char *decoded = ll_header_decode (value);
  if (!g_utf8_validate (decoded, -1, NULL) || strpbrk (decoded, "\r\n") != NULL)
    g_error ("decoded header");
  g_autofree char *encoded = ll_header_encode ("Subject", value, NULL);
  g_autofree char *address = ll_address_normalize (value);
  return 0;
}
