/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-cms-pem.h"

#include <string.h>

#include "ll-filter.h"

#define LINE_MAX_OCTETS 256u
#define BEGIN "-----BEGIN "

static const char *const labels[] = {
  "CMS", "PKCS7", "PKCS #7 SIGNED DATA", "SIGNED MESSAGE", "ENCRYPTED MESSAGE",
};

static gboolean
malformed (GError **error, const char *what)
{
  ll_error_set (error, LL_ERROR_MALFORMED, "the S/MIME structure is malformed (PEM): %s", what);
  return FALSE;
}

static gsize
count_space (const char *text)
{
  return strspn (text, " \t\r\n");
}

/* Up to one line's worth of text at @at, ended by a NUL; shorter when there is a NUL in it. */
static gboolean
peek (LlOctets octets, guint64 at, char text[LINE_MAX_OCTETS + 1], GError **error)
{
  gsize n = 0;
  if (!ll_octets_read (octets, at, text, LINE_MAX_OCTETS, &n, error))
    return FALSE;
  text[n] = '\0';
  return TRUE;
}

static const char *
find_label (const char *text, gsize *out_length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      gsize n = strlen (labels[i]);
      if (strncmp (text, labels[i], n) == 0 && strncmp (text + n, "-----", 5) == 0)
        {
          *out_length = n + 5;
          return labels[i];
        }
    }
  return NULL;
}

/* No "-" is in the alphabet of base64: the first one begins the end line. */
static gboolean
decode_body (LlOctets octets, LlSink *out, guint64 *out_end, GError **error)
{
  g_auto (LlReader) reader = { 0 };
  ll_reader_init (&reader, octets);
  for (;;)
    {
      const guint8 *data;
      gsize n;
      if (!ll_reader_fill (&reader, &data, &n, error))
        return FALSE;
      if (n == 0)
        return malformed (error, N_ ("it is truncated: the end line is missing"));
      const guint8 *dash = memchr (data, '-', n);
      gsize use = dash != NULL ? (gsize)(dash - data) : n;
      if (!ll_sink_write (out, data, use, error))
        return FALSE;
      ll_reader_skip (&reader, use);
      if (dash == NULL)
        continue;
      *out_end = reader.position;
      return ll_sink_finish (out, error);
    }
}

static gboolean
check_end (LlOctets octets, guint64 at, const char *label, GError **error)
{
  char text[LINE_MAX_OCTETS + 1];
  g_autofree char *line = g_strdup_printf ("-----END %s-----", label);
  if (!peek (octets, at, text, error))
    return FALSE;
  if (!g_str_has_prefix (text, line))
    return malformed (error, N_ ("the end line does not match the first one"));
  gsize n = strlen (line);
  n += count_space (text + n);
  if (octets.length - at != n)
    return malformed (error, N_ ("other octets follow the end line"));
  return TRUE;
}

gboolean
ll_cms_decode_pem (LlOctets octets, LlSpool **out_decoded, GError **error)
{
  char text[LINE_MAX_OCTETS + 1];
  if (!peek (octets, 0, text, error))
    return FALSE;
  gsize at = count_space (text);
  if (!g_str_has_prefix (text + at, BEGIN))
    return TRUE;
  at += strlen (BEGIN);
  gsize length = 0;
  const char *label = find_label (text + at, &length);
  if (label == NULL)
    return malformed (error, N_ ("it holds something else"));
  at += length;
  at += strspn (text + at, " \t\r");
  if (text[at] != '\n')
    return malformed (error, N_ ("the first line is not one"));

  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_sink_base64_decode (TRUE, N_ ("PEM"), ll_spool_sink (spool));
  guint64 body = 0;
  if (!decode_body (ll_octets_sub (octets, at, octets.length - at), sink, &body, error)
      || !check_end (octets, at + body, label, error))
    return FALSE;
  *out_decoded = g_steal_pointer (&spool);
  return TRUE;
}
