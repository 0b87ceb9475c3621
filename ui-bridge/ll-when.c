/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-when.h"

static gboolean
parse (const char *text, gint64 *out_time)
{
  if (text[0] == '@')
    return g_ascii_string_to_signed (text + 1, 10, 1, G_MAXINT32 * G_GINT64_CONSTANT (100), out_time, NULL);
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autofree char *day = g_strconcat (text, "T00:00:00Z", NULL);
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, utc);
  if (time == NULL)
    time = g_date_time_new_from_iso8601 (day, utc);
  if (time == NULL)
    return FALSE;
  *out_time = g_date_time_to_unix (time);
  /* Zero means "now" to everybody below. */
  return *out_time > 0;
}

gboolean
ll_when_parse (const char *text, gint64 *out_time, GError **error)
{
  gint64 time = 0;
  if (!parse (text, &time))
    {
      ll_error_set (error, LL_ERROR_USAGE,
                    "%s is not a time; write it as 2026-11-24, 2026-11-24T04:00:00Z or @SECONDS", text);
      return FALSE;
    }
  *out_time = time;
  return TRUE;
}

char *
ll_when_format (gint64 time)
{
  g_autoptr (GDateTime) date = time >= 0 ? g_date_time_new_from_unix_utc (time) : NULL;
  return date != NULL ? g_date_time_format (date, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}
