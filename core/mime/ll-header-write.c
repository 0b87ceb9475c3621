/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-header.h"

#include <string.h>

/* RFC 5322 2.1.1 */
#define FOLD_COLUMN 78u
#define LINE_LIMIT 998u

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

static gboolean
name_is_valid (const char *name)
{
  for (const char *p = name; *p != '\0'; p++)
    if (*p <= 32 || *p >= 127 || *p == ':')
      return FALSE;
  return *name != '\0';
}

static gboolean
check (const char *name, const char *value, GError **error)
{
  if (!name_is_valid (name))
    {
      ll_error_set (error, LL_ERROR_USAGE, "this is no name for a header field: %s", name);
      return FALSE;
    }
  for (const guchar *p = (const guchar *)value; *p != '\0'; p++)
    {
      if (*p == '\r' || *p == '\n')
        ll_error_set (error, LL_ERROR_USAGE, "line break in %s", name);
      else if ((*p < 32 && *p != '\t') || *p == 127)
        ll_error_set (error, LL_ERROR_USAGE, "control character in %s", name);
      else
        continue;
      return FALSE;
    }
  return TRUE;
}

/* Where to end a line that begins with @text in @column: before a run of white space that has text on
 * both sides, so that no line is blank and none ends in white space. */
static gsize
fold_point (const char *text, gsize length, gsize column)
{
  gsize best = length;
  for (gsize i = 1; i < length; i++)
    {
      gboolean candidate = is_blank (text[i]) && !is_blank (text[i - 1]);
      gboolean over = column + i > FOLD_COLUMN;
      if (candidate && (!over || best == length))
        best = i;
      if (over && best < length)
        break;
    }
  return best;
}

static gboolean
fold (GString *out, const char *name, const char *text, gsize length, GError **error)
{
  gsize column = out->len;
  while (length > 0)
    {
      gsize n = column + length <= FOLD_COLUMN ? length : fold_point (text, length, column);
      if (column + n > LINE_LIMIT)
        {
          ll_error_set (error, LL_ERROR_USAGE, "%s holds a word that is longer than a line may be", name);
          return FALSE;
        }
      g_string_append_len (out, text, (gssize)n);
      g_string_append (out, "\r\n");
      text += n;
      length -= n;
      column = 0;
    }
  return TRUE;
}

gboolean
ll_header_write (LlSink *out, const char *name, const char *value, GError **error)
{
  if (!check (name, value, error))
    return FALSE;
  while (is_blank (*value))
    value++;
  gsize length = strlen (value);
  while (length > 0 && is_blank (value[length - 1]))
    length--;
  g_autoptr (GString) line = g_string_new (name);
  g_string_append (line, length > 0 ? ": " : ":\r\n");
  return fold (line, name, value, length, error) && ll_sink_write (out, line->str, line->len, error);
}

gboolean
ll_header_is_structural (const char *name)
{
  return g_ascii_strcasecmp (name, "MIME-Version") == 0 || g_ascii_strncasecmp (name, "Content-", 8) == 0;
}
