/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-parameter-private.h"

#include <string.h>

#include "ll-charset-private.h"
#include "ll-limits.h"

/* A parameter as written, or a section of one (RFC 2231 3). */
typedef struct
{
  char *name;        /* without "*" and number */
  char *value;       /* without quotes */
  guint section;     /* 0 also when there is no number */
  gboolean numbered; /* "name*0" */
  gboolean extended; /* "name*" */
} Piece;

static void
piece_free (gpointer data)
{
  Piece *piece = data;
  g_free (piece->name);
  g_free (piece->value);
  g_free (piece);
}

static void
parameter_free (gpointer data)
{
  LlParameter *parameter = data;
  g_free (parameter->name);
  g_free (parameter->value);
  g_free (parameter);
}

void
ll_parameters_free (LlParameters *parameters)
{
  if (parameters == NULL)
    return;
  g_free (parameters->type);
  g_ptr_array_unref (parameters->list);
  g_free (parameters);
}

const char *
ll_parameters_get (const LlParameters *parameters, const char *name)
{
  for (guint i = 0; i < parameters->list->len; i++)
    {
      const LlParameter *parameter = g_ptr_array_index (parameters->list, i);
      if (g_ascii_strcasecmp (parameter->name, name) == 0)
        return parameter->value;
    }
  return NULL;
}

typedef struct
{
  const char *p;
  gboolean junk;
} Scanner;

/* Skips white space and comments (RFC 5322 3.2.2), which nest: counted, for the depth is the sender's choice.
 */
static void
skip_cfws (Scanner *s)
{
  guint depth = 0;
  for (; *s->p != '\0'; s->p++)
    {
      if (*s->p == '(')
        depth++;
      else if (depth > 0 && *s->p == ')')
        depth--;
      else if (depth > 0 && *s->p == '\\' && s->p[1] != '\0')
        s->p++;
      else if (depth == 0 && strchr (" \t\r\n", *s->p) == NULL)
        break;
    }
  s->junk = s->junk || depth > 0;
}

static char *
scan_until (Scanner *s, const char *stops)
{
  gsize n = strcspn (s->p, stops);
  char *text = g_ascii_strdown (s->p, (gssize)n);
  s->p += n;
  return text;
}

static char *
scan_quoted (Scanner *s)
{
  GString *text = g_string_new (NULL);
  for (s->p++; *s->p != '\0' && *s->p != '"'; s->p++)
    {
      if (*s->p == '\\' && s->p[1] != '\0')
        s->p++;
      g_string_append_c (text, *s->p);
    }
  if (*s->p == '"')
    s->p++;
  else
    s->junk = TRUE;
  return g_string_free (text, FALSE);
}

/* Many programs leave out the quotes.  Others then read up to the first blank, or all of it. */
static char *
scan_bare (Scanner *s)
{
  gsize n = strcspn (s->p, ";(");
  char *text = g_strchomp (g_strndup (s->p, n));
  s->junk = s->junk || *text == '\0' || strpbrk (text, " \t\"\\") != NULL;
  s->p += n;
  return text;
}

/* "name*3*" */
static void
read_name (Piece *piece, Scanner *s)
{
  char *star = strchr (piece->name, '*');
  if (star == NULL)
    return;
  *star++ = '\0';
  if (g_ascii_isdigit (*star))
    {
      gsize n = strspn (star, "0123456789");
      piece->numbered = TRUE;
      piece->section = n < 6 ? (guint)g_ascii_strtoull (star, NULL, 10) : G_MAXUINT;
      star += n;
      piece->extended = *star == '*';
      star += piece->extended ? 1 : 0;
    }
  else
    piece->extended = TRUE;
  s->junk = s->junk || *star != '\0' || *piece->name == '\0';
}

/* One parameter, or nothing but a mark in @s when there is none. */
static Piece *
scan_piece (Scanner *s)
{
  Piece *piece = g_new0 (Piece, 1);
  piece->name = scan_until (s, "=;() \t\r\n\"");
  skip_cfws (s);
  if (*piece->name == '\0' || *s->p != '=')
    {
      s->junk = TRUE;
      s->p += strcspn (s->p, ";");
      piece_free (piece);
      return NULL;
    }
  s->p++;
  skip_cfws (s);
  piece->value = *s->p == '"' ? scan_quoted (s) : scan_bare (s);
  read_name (piece, s);
  skip_cfws (s);
  s->junk = s->junk || (*s->p != '\0' && *s->p != ';');
  return piece;
}

static gboolean
scan_pieces (Scanner *s, GPtrArray *pieces, GError **error)
{
  for (;;)
    {
      skip_cfws (s);
      if (*s->p == '\0')
        return TRUE;
      if (*s->p == ';')
        {
          s->p++;
          continue;
        }
      Piece *piece = scan_piece (s);
      if (piece != NULL)
        g_ptr_array_add (pieces, piece);
      if (pieces->len > LL_LIMIT_PARAMETERS)
        {
          ll_error_set (error, LL_ERROR_LIMIT, "a header field has more than 100 parameters");
          return FALSE;
        }
    }
}

static void
append_percent (GByteArray *out, const char *text)
{
  for (; *text != '\0'; text++)
    {
      guint8 octet = (guint8)*text;
      if (*text == '%' && g_ascii_isxdigit (text[1]) && g_ascii_isxdigit (text[2]))
        {
          octet = (guint8)(g_ascii_xdigit_value (text[1]) * 16 + g_ascii_xdigit_value (text[2]));
          text += 2;
        }
      g_byte_array_append (out, &octet, 1);
    }
}

static const Piece *
find_section (GPtrArray *pieces, const Piece *first, guint section)
{
  for (guint i = 0; i < pieces->len; i++)
    {
      const Piece *piece = g_ptr_array_index (pieces, i);
      if (piece->numbered && piece->section == section && strcmp (piece->name, first->name) == 0)
        return piece;
    }
  return NULL;
}

/* The charset in front of an extended value: "utf-8'en'". */
static const char *
split_charset (const Piece *piece, char **out_charset)
{
  const char *first = strchr (piece->value, '\'');
  const char *second = first != NULL ? strchr (first + 1, '\'') : NULL;
  if (!piece->extended || second == NULL)
    return piece->value;
  if (first > piece->value)
    *out_charset = g_strndup (piece->value, (gsize)(first - piece->value));
  return second + 1;
}

static char *
join (GPtrArray *pieces, const Piece *first)
{
  g_autofree char *charset = NULL;
  g_autoptr (GByteArray) octets = g_byte_array_new ();
  const char *text = split_charset (first, &charset);
  for (const Piece *piece = first; piece != NULL;)
    {
      if (piece->extended)
        append_percent (octets, text);
      else
        g_byte_array_append (octets, (const guint8 *)text, (guint)strlen (text));
      piece = first->numbered ? find_section (pieces, first, piece->section + 1) : NULL;
      text = piece != NULL ? piece->value : NULL;
    }
  GString *value = g_string_new (NULL);
  ll_charset_append (value, charset, octets->data, octets->len);
  for (gsize i = 0; i < value->len; i++)
    if (value->str[i] == '\0')
      value->str[i] = '?';
  return g_string_free (value, FALSE);
}

/* A plain form beside the extended one is how programs serve old readers of file names. */
static gboolean
is_fallback_pair (const Piece *a, const Piece *b)
{
  gboolean name = strcmp (a->name, "name") == 0 || strcmp (a->name, "filename") == 0;
  return name && (a->extended || a->numbered) != (b->extended || b->numbered);
}

static void
find_repeats (LlParameters *self, GPtrArray *pieces)
{
  for (guint i = 0; i < pieces->len; i++)
    for (guint j = 0; j < i; j++)
      {
        const Piece *a = g_ptr_array_index (pieces, i), *b = g_ptr_array_index (pieces, j);
        if (strcmp (a->name, b->name) != 0)
          continue;
        gboolean sections = a->numbered && b->numbered && a->section != b->section;
        if (sections || is_fallback_pair (a, b))
          continue;
        self->repeated = TRUE;
        self->repeated_boundary = self->repeated_boundary || strcmp (a->name, "boundary") == 0;
      }
}

static void
add_parameter (LlParameters *self, GPtrArray *pieces, const Piece *piece)
{
  LlParameter *parameter = g_new0 (LlParameter, 1);
  parameter->name = g_strdup (piece->name);
  parameter->value = join (pieces, piece);
  g_ptr_array_add (self->list, parameter);
}

/* First come, first served, but an extended form goes before a plain one. */
static void
collect (LlParameters *self, GPtrArray *pieces)
{
  for (guint i = 0; i < pieces->len; i++)
    {
      const Piece *piece = g_ptr_array_index (pieces, i);
      const Piece *best = piece;
      for (guint j = i + 1; j < pieces->len && !best->extended; j++)
        {
          const Piece *other = g_ptr_array_index (pieces, j);
          if (is_fallback_pair (piece, other) && strcmp (piece->name, other->name) == 0
              && other->section == 0)
            best = other;
        }
      if (best->section == 0 && ll_parameters_get (self, best->name) == NULL)
        add_parameter (self, pieces, best);
      else if (best->section > 0 && find_section (pieces, best, 0) == NULL)
        self->junk = TRUE;
    }
}

/* "text / plain" is one type, as RFC 822 had it. */
static char *
scan_type (Scanner *s)
{
  skip_cfws (s);
  g_autofree char *first = scan_until (s, "/;() \t\r\n\"=,");
  skip_cfws (s);
  if (*s->p != '/')
    return g_steal_pointer (&first);
  s->p++;
  skip_cfws (s);
  g_autofree char *second = scan_until (s, "/;() \t\r\n\"=,");
  return g_strconcat (first, "/", second, NULL);
}

LlParameters *
ll_parameters_parse (const char *value, GError **error)
{
  Scanner s = { value, FALSE };
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func (piece_free);
  g_autoptr (LlParameters) self = g_new0 (LlParameters, 1);
  self->list = g_ptr_array_new_with_free_func (parameter_free);
  self->type = scan_type (&s);
  skip_cfws (&s);
  s.junk = s.junk || (*s.p != '\0' && *s.p != ';');
  if (!scan_pieces (&s, pieces, error))
    return NULL;
  self->junk = s.junk;
  find_repeats (self, pieces);
  collect (self, pieces);
  return g_steal_pointer (&self);
}

static gboolean
is_token (const char *value)
{
  gsize n = 0;
  for (; value[n] > 32 && value[n] < 127 && strchr ("()<>@,;:\\\"/[]?=", value[n]) == NULL; n++)
    ;
  return n > 0 && value[n] == '\0';
}

#define VALUE_COLUMN 60u

static gboolean
is_quotable (const char *value)
{
  for (const guchar *p = (const guchar *)value; *p != '\0'; p++)
    if (*p < 32 || *p >= 127)
      return FALSE;
  return strlen (value) < 200;
}

static void
append_quoted (GString *out, const char *value)
{
  g_string_append_c (out, '"');
  for (; *value != '\0'; value++)
    {
      if (*value == '"' || *value == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *value);
    }
  g_string_append_c (out, '"');
}

/* RFC 2231 4.1, in as many sections as it takes. */
static void
append_extended (GString *out, const char *name, const char *value)
{
  gboolean sections = strlen (value) * 3 > VALUE_COLUMN;
  guint section = 0;
  g_string_append_printf (out, sections ? "%s*0*=utf-8''" : "%s*=utf-8''", name);
  gsize start = out->len;
  for (const guchar *p = (const guchar *)value; *p != '\0'; p++)
    {
      if (out->len - start > VALUE_COLUMN)
        {
          g_string_append_printf (out, ";\r\n %s*%u*=", name, ++section);
          start = out->len;
        }
      if (g_ascii_isalnum (*p) || strchr ("-._", *p) != NULL)
        g_string_append_c (out, (char)*p);
      else
        g_string_append_printf (out, "%%%02X", *p);
    }
}

char *
ll_parameters_format (const LlParameters *parameters)
{
  GString *out = g_string_new (parameters->type);
  for (guint i = 0; i < parameters->list->len; i++)
    {
      const LlParameter *parameter = g_ptr_array_index (parameters->list, i);
      g_string_append (out, ";\r\n ");
      if (!is_quotable (parameter->value))
        append_extended (out, parameter->name, parameter->value);
      else
        {
          g_string_append_printf (out, "%s=", parameter->name);
          if (is_token (parameter->value))
            g_string_append (out, parameter->value);
          else
            append_quoted (out, parameter->value);
        }
    }
  return g_string_free (out, FALSE);
}
