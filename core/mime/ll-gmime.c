/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-gmime-private.h"

#include <gmime/gmime.h>
#include <string.h>

static void
initialise (void)
{
  static gsize done = 0;
  if (g_once_init_enter (&done))
    {
      g_mime_init ();
      g_once_init_leave (&done, 1);
    }
}

/* iconv_open() takes more than names: "//IGNORE" and the like change what it does. */
static gboolean
is_charset_name (const char *name)
{
  gsize n = strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:+");
  return n > 0 && n < 64 && name[n] == '\0';
}

const char *
ll_gmime_charset (const char *name)
{
  if (!is_charset_name (name))
    return NULL;
  initialise ();
  return g_mime_charset_iconv_name (name);
}

char *
ll_gmime_idn_domain (const char *domain)
{
  initialise ();
  g_autofree char *address = g_strconcat ("x@", domain, NULL);
  g_autoptr (GObject) mailbox = G_OBJECT (internet_address_mailbox_new (NULL, address));
  const char *result = internet_address_mailbox_get_idn_addr (INTERNET_ADDRESS_MAILBOX (mailbox));
  return g_strdup (g_str_has_prefix (result, "x@") ? result + 2 : domain);
}

gint64
ll_gmime_date (const char *value)
{
  initialise ();
  g_autoptr (GDateTime) date = g_mime_utils_header_decode_date (value);
  return date != NULL ? g_date_time_to_unix (date) : -1;
}

char *
ll_gmime_encode_words (const char *text)
{
  initialise ();
  return g_mime_utils_header_encode_text (NULL, text, "UTF-8");
}

char *
ll_gmime_encode_phrase (const char *text)
{
  initialise ();
  return g_mime_utils_header_encode_phrase (NULL, text, "UTF-8");
}
