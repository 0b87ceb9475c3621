/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-address.h"

#include <string.h>

#include "ll-address-private.h"
#include "ll-gmime-private.h"
#include "ll-limits.h"
#include "ll-unicode-private.h"

void
ll_mailbox_free (LlMailbox *mailbox)
{
  if (mailbox == NULL)
    return;
  g_free (mailbox->address);
  g_free (mailbox->display);
  g_free (mailbox);
}

static GPtrArray *
new_list (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)ll_mailbox_free);
}

GPtrArray *
ll_address_list_parse (const char *value, const char *field, GError **error)
{
  gboolean group;
  g_autoptr (GPtrArray) list = new_list ();
  return ll_address_scan (value, field, list, &group, error) ? g_steal_pointer (&list) : NULL;
}

static GPtrArray *
scan_fields (const LlHeader *header, const char *name, gboolean *out_group, GError **error)
{
  g_autoptr (GPtrArray) list = new_list ();
  *out_group = FALSE;
  for (guint i = 0; i < ll_header_n_fields (header); i++)
    {
      gboolean group = FALSE;
      const LlHeaderField *field = ll_header_field (header, i);
      if (field->name == NULL || g_ascii_strcasecmp (field->name, name) != 0)
        continue;
      if (!ll_address_scan (field->value, name, list, &group, error))
        return NULL;
      *out_group = *out_group || group;
    }
  return g_steal_pointer (&list);
}

GPtrArray *
ll_header_addresses (const LlHeader *header, const char *name, GError **error)
{
  gboolean group;
  return scan_fields (header, name, &group, error);
}

LlMailbox *
ll_header_from (const LlHeader *header, GError **error)
{
  gboolean group = FALSE;
  guint fields = ll_header_count (header, "From");
  g_autoptr (GPtrArray) list = scan_fields (header, "From", &group, error);
  if (list == NULL)
    return NULL;
  if (fields == 0)
    ll_error_set (error, LL_ERROR_MALFORMED, "the message has no From field");
  else if (fields > 1)
    ll_error_set (error, LL_ERROR_MALFORMED, "the message has more than one From field");
  else if (group)
    ll_error_set (error, LL_ERROR_MALFORMED, "From names a group instead of one author");
  else if (list->len == 0)
    ll_error_set (error, LL_ERROR_MALFORMED, "From holds no address");
  else if (list->len > 1)
    ll_error_set (error, LL_ERROR_MALFORMED, "From holds more than one address");
  else
    return g_ptr_array_steal_index (list, 0);
  return NULL;
}

gboolean
ll_address_is_atom_char (char c)
{
  return (guchar)c >= 0x80 || g_ascii_isalnum (c)
         || (c != '\0' && strchr ("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* RFC 5322 3.4.1: an atom with dots, where we do not mind, or a quoted text.  Returns its length. */
static gsize
local_part_length (const char *address)
{
  gsize n = 0;
  if (*address != '"')
    {
      while (ll_address_is_atom_char (address[n]))
        n++;
      return n;
    }
  for (n = 1; address[n] != '"'; n++)
    {
      n += address[n] == '\\' ? 1 : 0;
      if (address[n] == '\0')
        return 0;
    }
  return n + 1;
}

static gboolean
has_only_visible (const char *address)
{
  for (const char *p = address; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      GUnicodeType type = g_unichar_type (c);
      gboolean blank = c != ' '
                       && (type == G_UNICODE_SPACE_SEPARATOR || type == G_UNICODE_LINE_SEPARATOR
                           || type == G_UNICODE_PARAGRAPH_SEPARATOR);
      if (ll_unicode_is_control (c) || blank || type == G_UNICODE_FORMAT)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_host_name (const char *domain)
{
  gsize label = 0;
  for (const char *p = domain;; p++)
    {
      if (g_ascii_isalnum (*p) || *p == '-' || *p == '_')
        {
          if (++label > 63)
            return FALSE;
          continue;
        }
      if (label == 0 || (*p != '.' && *p != '\0'))
        return FALSE;
      if (*p == '\0')
        return TRUE;
      label = 0;
    }
}

static gboolean
is_literal (const char *domain)
{
  gsize n = strlen (domain);
  return n > 2 && domain[0] == '[' && strcspn (domain + 1, "[]\\ ") == n - 2 && domain[n - 1] == ']'
         && g_str_is_ascii (domain);
}

static char *
normalize_domain (const char *domain)
{
  if (is_literal (domain))
    return g_ascii_strdown (domain, -1);
  g_autofree char *idn = g_str_is_ascii (domain) ? g_strdup (domain) : ll_gmime_idn_domain (domain);
  return is_host_name (idn) ? g_ascii_strdown (idn, -1) : NULL;
}

char *
ll_address_normalize (const char *address)
{
  gsize length = strlen (address);
  if (length > LL_LIMIT_ADDRESS || !g_utf8_validate (address, (gssize)length, NULL)
      || !has_only_visible (address))
    return NULL;
  gsize local = local_part_length (address);
  if (local == 0 || address[local] != '@')
    return NULL;
  g_autofree char *domain = normalize_domain (address + local + 1);
  if (domain == NULL || local + 1 + strlen (domain) > LL_LIMIT_ADDRESS)
    return NULL;
  return g_strdup_printf ("%.*s@%s", (int)local, address, domain);
}

gboolean
ll_address_equal (const char *a, const char *b)
{
  g_autofree char *normal_a = ll_address_normalize (a);
  g_autofree char *normal_b = ll_address_normalize (b);
  return normal_a != NULL && normal_b != NULL && strcmp (normal_a, normal_b) == 0;
}

static gboolean
looks_like_at (gunichar c)
{
  return c == '@' || c == 0xff20 || c == 0xfe6b;
}

static gboolean
is_hidden_control (gunichar c)
{
  /* The symbols stand for what was in an encoded word. */
  return ll_unicode_is_control (c) || c == 0x2400 || c == 0x240a || c == 0x240d;
}

char **
ll_mailbox_flags (const LlMailbox *mailbox)
{
  static const struct
  {
    const char *flag;
    gboolean (*test) (gunichar c);
  } tests[] = {
    { "display-name-address", looks_like_at },
    { "display-name-control", is_hidden_control },
    { "display-name-bidi", ll_unicode_is_bidi },
  };
  g_autoptr (GStrvBuilder) flags = g_strv_builder_new ();
  const char *display = mailbox->display != NULL ? mailbox->display : "";
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    for (const char *p = display; *p != '\0'; p = g_utf8_next_char (p))
      if (tests[i].test (g_utf8_get_char (p)))
        {
          g_strv_builder_add (flags, tests[i].flag);
          break;
        }
  return g_strv_builder_end (flags);
}
