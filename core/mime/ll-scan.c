/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-scan-private.h"

#include <string.h>

#define LINE_LIMIT 998u

static void
end_line (LlScan *scan)
{
  if (scan->column > 0 && (scan->last == ' ' || scan->last == '\t'))
    scan->unsafe |= LL_UNSAFE_BLANK_END;
  if (scan->column == 1 && scan->last == '.')
    scan->unsafe |= LL_UNSAFE_DOT;
  if (scan->column >= 5 && memcmp (scan->head, "From ", 5) == 0)
    scan->unsafe |= LL_UNSAFE_FROM;
  if (scan->column > LINE_LIMIT)
    scan->unsafe |= LL_UNSAFE_LONG;
  scan->column = 0;
}

static void
add_odd (LlScan *scan, guint8 octet)
{
  scan->odd++;
  if (octet >= 0x80)
    scan->unsafe |= LL_UNSAFE_8BIT;
  if (octet == '\0')
    scan->unsafe |= LL_UNSAFE_NUL;
}

static void
add_lone_cr (LlScan *scan)
{
  scan->unsafe |= LL_UNSAFE_LONE_CR;
  scan->odd++;
  scan->after_cr = FALSE;
}

/* Whether eight octets are all printable ASCII: the top bits of x - 32 and x + 1 tell. */
static gboolean
is_plain (const guint8 *data)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  guint64 x;
  memcpy (&x, data, 8);
  return ((x | (x + ones) | (x - 32 * ones)) & (128 * ones)) == 0;
}

/* A piece of one line, without its line end. */
static void
add_text (LlScan *scan, const guint8 *data, gsize n)
{
  for (gsize i = 0; scan->column + i < sizeof scan->head && i < n; i++)
    scan->head[scan->column + i] = data[i];
  for (gsize i = 0; i < n; i++)
    {
      for (; i + 8 <= n && is_plain (data + i); i += 8)
        ;
      if (i < n && (data[i] >= 127 || (data[i] < 32 && data[i] != '\t' && data[i] != '\r')))
        add_odd (scan, data[i]);
    }
  for (const guint8 *cr = memchr (data, '\r', n); cr != NULL;
       cr = memchr (cr + 1, '\r', n - (gsize)(cr + 1 - data)))
    add_lone_cr (scan);
  scan->column += n;
  scan->last = data[n - 1];
}

void
ll_scan_add (LlScan *scan, const guint8 *data, gsize length)
{
  scan->octets += length;
  while (length > 0)
    {
      const guint8 *lf = memchr (data, '\n', length);
      gsize n = lf != NULL ? (gsize)(lf - data) : length;
      if (scan->after_cr && n > 0)
        add_lone_cr (scan);
      /* A CR in front of LF, or maybe in front of it, is no text yet. */
      gboolean cr = n > 0 && data[n - 1] == '\r';
      if (n > (cr ? 1 : 0))
        add_text (scan, data, n - (cr ? 1 : 0));
      scan->after_cr = scan->after_cr || cr;
      if (lf == NULL)
        return;
      if (!scan->after_cr)
        scan->unsafe |= LL_UNSAFE_LONE_LF;
      scan->after_cr = FALSE;
      end_line (scan);
      data += n + 1;
      length -= n + 1;
    }
}

void
ll_scan_end (LlScan *scan)
{
  if (scan->after_cr)
    add_lone_cr (scan);
  end_line (scan);
}

gboolean
ll_scan_octets (LlOctets octets, LlScan *out_scan, GError **error)
{
  g_auto (LlReader) reader = { 0 };
  LlScan scan = { 0 };
  ll_reader_init (&reader, octets);
  for (;;)
    {
      const guint8 *data;
      gsize n;
      if (!ll_reader_fill (&reader, &data, &n, error))
        return FALSE;
      if (n == 0)
        break;
      ll_scan_add (&scan, data, n);
      ll_reader_skip (&reader, n);
    }
  ll_scan_end (&scan);
  *out_scan = scan;
  return TRUE;
}
