/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 5322 3.4, without recursion and without guessing.  Not GMime's parser:
 * it overflows the stack on nested groups (security.md F6), and makes one or two
 * addresses, or none, of what is not well-formed (H-2).
 */
#include <string.h>

#include "ll-address-private.h"
#include "ll-header-private.h"
#include "ll-limits.h"

typedef struct
{
  const char *p;
  const char *field;
  const char *problem; /* (nullable) */
  guint groups;        /* open */
  gboolean any_group;
  GString *words; /* of the phrase so far, quotes taken off */
  GString *exact; /* the same, octet by octet: a local part if "@" follows */
  guint n_words;
  gboolean blank; /* white space or a comment behind the last word */
  char *comment;  /* the last one */
  GPtrArray *list;
} Scanner;

static gboolean
fail (Scanner *s, const char *problem)
{
  s->problem = problem;
  return FALSE;
}

static gboolean
skip_comment (Scanner *s)
{
  guint depth = 0;
  GString *text = g_string_new (NULL);
  do
    {
      char c = *s->p++;
      depth += c == '(' ? 1 : 0;
      depth -= c == ')' ? 1 : 0;
      if (c == '\\' && *s->p != '\0')
        c = *s->p++;
      if (c == '\0' || depth > LL_LIMIT_ADDRESS_DEPTH)
        {
          g_string_free (text, TRUE);
          return fail (s, c == '\0' ? N_ ("a comment is not closed") : N_ ("comments are nested too deeply"));
        }
      g_string_append_c (text, c);
    }
  while (depth > 0);
  g_free (s->comment);
  s->comment = g_strndup (text->str + 1, text->len - 2);
  g_string_free (text, TRUE);
  return TRUE;
}

static gboolean
skip_cfws (Scanner *s)
{
  for (;;)
    {
      if (*s->p == '(')
        {
          if (!skip_comment (s))
            return FALSE;
        }
      else if (*s->p == ' ' || *s->p == '\t')
        s->p++;
      else
        return TRUE;
      s->blank = TRUE;
    }
}

static gboolean
scan_quoted (Scanner *s, GString *words, GString *exact)
{
  const char *start = s->p++;
  while (*s->p != '"')
    {
      if (*s->p == '\\' && s->p[1] != '\0')
        s->p++;
      if (*s->p == '\0')
        return fail (s, N_ ("a quoted text is not closed"));
      if (words != NULL)
        g_string_append_c (words, *s->p);
      s->p++;
    }
  s->p++;
  g_string_append_len (exact, start, s->p - start);
  return TRUE;
}

static void
scan_atom (Scanner *s, GString *words, GString *exact)
{
  const char *start = s->p;
  while (ll_address_is_atom_char (*s->p))
    s->p++;
  g_string_append_len (exact, start, s->p - start);
  if (words != NULL)
    g_string_append_len (words, start, s->p - start);
}

static void
reset (Scanner *s)
{
  g_string_truncate (s->words, 0);
  g_string_truncate (s->exact, 0);
  s->n_words = 0;
  s->blank = FALSE;
  g_clear_pointer (&s->comment, g_free);
}

/* Line ends and NUL out of an encoded word are shown as their symbols: gone they could not be warned of. */
static char *
decode_display (const char *raw)
{
  g_autoptr (GString) text = ll_header_decode_words (raw);
  GString *out = g_string_sized_new (text->len);
  for (gsize i = 0; i < text->len; i++)
    if (text->str[i] == '\0' || text->str[i] == '\r' || text->str[i] == '\n')
      g_string_append_unichar (out, 0x2400 + (gunichar)text->str[i]);
    else
      g_string_append_c (out, text->str[i]);
  return g_string_free (out, FALSE);
}

static gboolean
add_mailbox (Scanner *s, const char *local, const char *domain, const char *display)
{
  g_autofree char *address = g_strconcat (local, "@", domain, NULL);
  g_autofree char *normal = ll_address_normalize (address);
  if (normal == NULL)
    return fail (s, N_ ("an address has characters or a length that are not allowed"));
  LlMailbox *mailbox = g_new0 (LlMailbox, 1);
  mailbox->address = g_steal_pointer (&normal);
  if (display != NULL && *display != '\0')
    mailbox->display = decode_display (display);
  g_ptr_array_add (s->list, mailbox);
  return TRUE;
}

static gboolean
scan_domain (Scanner *s, GString *domain)
{
  if (!skip_cfws (s))
    return FALSE;
  if (*s->p == '[')
    {
      gsize n = strcspn (s->p, "]");
      n += s->p[n] == ']' ? 1 : 0;
      g_string_append_len (domain, s->p, (gssize)n);
      s->p += n;
    }
  else
    scan_atom (s, NULL, domain);
  return skip_cfws (s);
}

/* Between "<" and ">". */
static gboolean
scan_angle (Scanner *s)
{
  g_autoptr (GString) local = g_string_new (NULL);
  g_autoptr (GString) domain = g_string_new (NULL);
  s->p++;
  if (!skip_cfws (s))
    return FALSE;
  if (*s->p == '"' && !scan_quoted (s, NULL, local))
    return FALSE;
  if (local->len == 0)
    scan_atom (s, NULL, local);
  if (!skip_cfws (s))
    return FALSE;
  if (*s->p == '@' && local->len == 0)
    return fail (s, N_ ("an address has a route, which is obsolete"));
  if (*s->p != '@')
    return fail (s, N_ ("there is no address between \"<\" and \">\""));
  s->p++;
  if (!scan_domain (s, domain))
    return FALSE;
  if (*s->p != '>')
    return fail (s, N_ ("an address is not closed with \">\""));
  s->p++;
  return add_mailbox (s, local->str, domain->str, s->words->str);
}

/* "alice@example.org", maybe with a name in a comment behind. */
static gboolean
scan_bare (Scanner *s)
{
  g_autoptr (GString) domain = g_string_new (NULL);
  if (s->n_words != 1)
    return fail (s, N_ ("a name stands beside an address without \"<\" and \">\""));
  s->p++;
  return scan_domain (s, domain) && add_mailbox (s, s->exact->str, domain->str, s->comment);
}

static gboolean
open_group (Scanner *s)
{
  if (s->n_words == 0)
    return fail (s, N_ ("a group has no name"));
  if (++s->groups > LL_LIMIT_ADDRESS_DEPTH)
    return fail (s, N_ ("groups are nested too deeply"));
  s->any_group = TRUE;
  s->p++;
  reset (s);
  return TRUE;
}

/* "," and ";" and the end: nothing may be left over in front. */
static gboolean
end_address (Scanner *s)
{
  if (s->n_words > 0)
    return fail (s, N_ ("a name stands without an address"));
  if (*s->p == ';' && s->groups-- == 0)
    return fail (s, N_ ("\";\" stands outside a group"));
  if (*s->p != '\0')
    s->p++;
  reset (s);
  return TRUE;
}

/* Behind a complete address only its end may follow. */
static gboolean
finish_mailbox (Scanner *s)
{
  if (!skip_cfws (s))
    return FALSE;
  if (*s->p != ',' && *s->p != ';' && *s->p != '\0')
    return fail (s, N_ ("something stands behind an address"));
  s->n_words = 0;
  return TRUE;
}

static gboolean
scan_word (Scanner *s)
{
  const char *start = s->p;
  gboolean quoted = *s->p == '"';
  if (s->n_words > 0 && s->blank)
    g_string_append_c (s->words, ' ');
  s->blank = FALSE;
  s->n_words++;
  if (quoted)
    return scan_quoted (s, s->words, s->exact);
  scan_atom (s, s->words, s->exact);
  return s->p > start || fail (s, N_ ("a character stands where none of its kind may"));
}

static gboolean
scan_step (Scanner *s)
{
  switch (*s->p)
    {
    case '<':
      return scan_angle (s) && finish_mailbox (s);
    case '@':
      return scan_bare (s) && finish_mailbox (s);
    case ':':
      return open_group (s);
    case ',':
    case ';':
      return end_address (s);
    default:
      return scan_word (s);
    }
}

static gboolean
scan_list (Scanner *s)
{
  for (const guchar *c = (const guchar *)s->p; *c != '\0'; c++)
    if ((*c < 32 && *c != '\t') || *c == 127)
      return fail (s, N_ ("there is a control character"));
  while (skip_cfws (s) && *s->p != '\0')
    if (!scan_step (s) || s->list->len > LL_LIMIT_ADDRESSES)
      return FALSE;
  return s->problem == NULL && end_address (s);
}

gboolean
ll_address_scan (const char *value, const char *field, GPtrArray *list, gboolean *out_group, GError **error)
{
  Scanner s = { .p = value, .field = field, .list = list };
  s.words = g_string_new (NULL);
  s.exact = g_string_new (NULL);
  gboolean ok = scan_list (&s);
  *out_group = s.any_group;
  if (!ok && s.problem == NULL)
    ll_error_set (error, LL_ERROR_LIMIT, "the message has more than 10000 addresses in %s", field);
  else if (!ok)
    ll_error_set (error, LL_ERROR_MALFORMED, "the addresses in %s cannot be read: %s", field, s.problem);
  reset (&s);
  g_string_free (s.words, TRUE);
  g_string_free (s.exact, TRUE);
  return ok;
}
