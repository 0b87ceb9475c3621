/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-text.h"

#include <string.h>

struct LlText
{
  const char *msgid;
  GPtrArray *arguments; /* (element-type utf8), one for each %s */
};

static guint
count_conversions (const char *msgid)
{
  guint n = 0;
  for (const char *p = strchr (msgid, '%'); p != NULL; p = strchr (p + 2, '%'))
    {
      if (p[1] == 's')
        n++;
      else
        g_assert (p[1] == '%');
    }
  return n;
}

LlText *
ll_text_new_valist (const char *msgid, va_list args)
{
  LlText *text = g_new0 (LlText, 1);
  text->msgid = msgid;
  text->arguments = g_ptr_array_new_with_free_func (g_free);
  guint n = count_conversions (msgid);
  for (guint i = 0; i < n; i++)
    {
      const char *argument = va_arg (args, const char *);
      g_ptr_array_add (text->arguments, g_strdup (argument != NULL ? argument : ""));
    }
  return text;
}

LlText *
ll_text_new (const char *msgid, ...)
{
  va_list args;
  va_start (args, msgid);
  LlText *text = ll_text_new_valist (msgid, args);
  va_end (args);
  return text;
}

LlText *
ll_text_copy (const LlText *text)
{
  if (text == NULL)
    return NULL;
  LlText *copy = g_new0 (LlText, 1);
  copy->msgid = text->msgid;
  copy->arguments = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < text->arguments->len; i++)
    g_ptr_array_add (copy->arguments, g_strdup (g_ptr_array_index (text->arguments, i)));
  return copy;
}

void
ll_text_free (LlText *text)
{
  if (text == NULL)
    return;
  g_ptr_array_unref (text->arguments);
  g_free (text);
}

const char *
ll_text_msgid (const LlText *text)
{
  return text->msgid;
}

static void
append_argument (GString *out, const LlText *text, guint i, LlTranslate translate, gpointer user_data)
{
  if (i >= text->arguments->len)
    return;
  const char *argument = g_ptr_array_index (text->arguments, i);
  /* The empty msgid is the catalogue's own header. */
  if (translate != NULL && *argument != '\0')
    argument = translate (argument, user_data);
  g_autofree char *valid = g_utf8_validate (argument, -1, NULL) ? NULL : g_utf8_make_valid (argument, -1);
  g_string_append (out, valid != NULL ? valid : argument);
}

char *
ll_text_format (const LlText *text, LlTranslate translate, gpointer user_data)
{
  const char *p = translate != NULL ? translate (text->msgid, user_data) : text->msgid;
  GString *out = g_string_new (NULL);
  guint next = 0;
  while (*p != '\0')
    {
      if (*p != '%')
        {
          gsize plain = strcspn (p, "%");
          g_string_append_len (out, p, (gssize)plain);
          p += plain;
        }
      else if (p[1] == 's')
        {
          append_argument (out, text, next++, translate, user_data);
          p += 2;
        }
      else if (g_ascii_isdigit (p[1]) && p[1] != '0' && p[2] == '$' && p[3] == 's')
        {
          append_argument (out, text, (guint)(p[1] - '1'), translate, user_data);
          p += 4;
        }
      else
        {
          g_string_append_c (out, '%');
          p += p[1] == '%' ? 2 : 1;
        }
    }
  return g_string_free (out, FALSE);
}
