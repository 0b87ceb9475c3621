/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpg needs three times as long for its armor as for encrypting. */
#include "ll-pgp-armor.h"
#include "ll-pgp-crc.h"

#define LINE_OCTETS 48u     /* 64 characters */
#define LINES 512u          /* written at once */
#define LINE_CHARACTERS 65u /* with its line end */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three octets, or fewer at the end of the data. */
static void
encode_group (const guint8 *data, gsize n, char *out)
{
  guint32 bits = (guint32)data[0] << 16 | (n > 1 ? (guint32)data[1] << 8 : 0) | (n > 2 ? data[2] : 0);
  out[0] = alphabet[bits >> 18];
  out[1] = alphabet[bits >> 12 & 0x3f];
  out[2] = n > 1 ? alphabet[bits >> 6 & 0x3f] : '=';
  out[3] = n > 2 ? alphabet[bits & 0x3f] : '=';
}

static gsize
encode_lines (const guint8 *data, gsize n, char *out)
{
  char *at = out;
  for (gsize i = 0; i < n; i += 3)
    {
      encode_group (data + i, MIN (n - i, 3), at);
      at += 4;
      if ((i + 3) % LINE_OCTETS == 0 || i + 3 >= n)
        *at++ = '\n';
    }
  return (gsize)(at - out);
}

static gboolean
write_body (LlOctets octets, LlPgpCrc *crc, LlSink *out, GError **error)
{
  g_auto (LlReader) reader = { 0 };
  ll_reader_init (&reader, octets);
  g_autofree char *lines = g_malloc (LINES * LINE_CHARACTERS);
  for (;;)
    {
      const guint8 *data;
      gsize n;
      if (!ll_reader_need (&reader, LINES * LINE_OCTETS, &data, &n, error))
        return FALSE;
      n = MIN (n, LINES * LINE_OCTETS);
      if (n == 0)
        return TRUE;
      ll_pgp_crc_update (crc, data, n);
      if (!ll_sink_write (out, lines, encode_lines (data, n, lines), error))
        return FALSE;
      ll_reader_skip (&reader, n);
    }
}

gboolean
ll_pgp_armor_write (LlOctets octets, const char *label, LlSink *out, GError **error)
{
  g_autofree LlPgpCrc *crc = g_new (LlPgpCrc, 1);
  ll_pgp_crc_init (crc);
  if (!ll_sink_printf (out, error, "-----BEGIN PGP %s-----\n\n", label)
      || !write_body (octets, crc, out, error))
    return FALSE;
  guint32 value = ll_pgp_crc_value (crc);
  const guint8 sum[] = { (guint8)(value >> 16), (guint8)(value >> 8), (guint8)value };
  char text[5] = "";
  encode_group (sum, sizeof sum, text);
  return ll_sink_printf (out, error, "=%s\n-----END PGP %s-----\n", text, label);
}
