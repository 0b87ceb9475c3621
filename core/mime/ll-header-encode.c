/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-header-encode.h"

#include "ll-address.h"
#include "ll-gmime-private.h"

static const char *const address_fields[] = {
  "From",      "Sender",           "Reply-To",      "To", "Cc", "Bcc", "Resent-From", "Resent-To",
  "Resent-Cc", "Mail-Followup-To", "Mail-Reply-To", NULL,
};

static gboolean
is_address_field (const char *name)
{
  for (const char *const *field = address_fields; *field != NULL; field++)
    if (g_ascii_strcasecmp (*field, name) == 0)
      return TRUE;
  return FALSE;
}

static char *
encode_mailbox (const LlMailbox *mailbox)
{
  if (mailbox->display == NULL || *mailbox->display == '\0')
    return g_strdup (mailbox->address);
  g_autofree char *phrase = ll_gmime_encode_phrase (mailbox->display);
  return g_strdup_printf ("%s <%s>", phrase, mailbox->address);
}

static char *
encode_addresses (const char *name, const char *value, GError **error)
{
  g_autoptr (GPtrArray) list = ll_address_list_parse (value, name, error);
  if (list == NULL)
    return NULL;
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < list->len; i++)
    {
      g_autofree char *one = encode_mailbox (g_ptr_array_index (list, i));
      g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", one);
    }
  return g_string_free (out, FALSE);
}

char *
ll_header_encode (const char *name, const char *value, GError **error)
{
  if (g_str_is_ascii (value))
    return g_strdup (value);
  g_autofree char *encoded = NULL;
  if (g_utf8_validate (value, -1, NULL))
    {
      encoded
          = is_address_field (name) ? encode_addresses (name, value, error) : ll_gmime_encode_words (value);
      if (encoded == NULL)
        return NULL;
    }
  if (encoded == NULL || !g_str_is_ascii (encoded))
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    "the %s field cannot be written in ASCII; write it with encoded words", name);
      return NULL;
    }
  return g_steal_pointer (&encoded);
}
