/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-tell.h"

#include <gio/gio.h>
#include <libintl.h>
#include <stdio.h>

#include "ll-escape.h"

#define DOMAIN "letterlock"

const char *
ll_translate (const char *msgid, gpointer user_data)
{
  /* The empty msgid is the catalogue's own header. */
  return *msgid != '\0' ? dgettext (DOMAIN, msgid) : msgid;
}

char *
ll_tell_text (const LlText *text)
{
  g_autofree char *words = ll_text_format (text, ll_translate, NULL);
  return ll_escape_line (words);
}

char *
ll_tell_format (const char *msgid, ...)
{
  va_list args;
  va_start (args, msgid);
  g_autoptr (LlText) text = ll_text_new_valist (msgid, args);
  va_end (args);
  return ll_tell_text (text);
}

char *
ll_tell_error (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_strdup (_ ("cancelled"));
  const LlText *text = ll_error_text (error);
  return text != NULL ? ll_tell_text (text) : ll_escape_line (error->message);
}

const char *
ll_error_name (const GError *error)
{
  if (error->domain == LL_ERROR)
    return ll_error_code_name ((LlErrorCode)error->code);
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? "cancelled" : "io";
}

void
ll_tell (const char *line)
{
  g_autofree char *whole = g_strconcat ("letterlock: ", line, "\n", NULL);
  /* One write, so that lines of several processes do not mix. */
  (void)fputs (whole, stderr);
  (void)fflush (stderr);
}
