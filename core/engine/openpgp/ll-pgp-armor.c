/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-pgp-armor.h"

#include <string.h>

#include "ll-pgp-crc.h"

/* Lines are at most 76 long where RFC 9580 is followed; keep room for those who do not. */
#define MAX_LINE 1000u
#define MAX_ARMOR_HEADERS 50u

typedef enum
{
  STATE_DATA,
  STATE_AFTER_PADDING, /* nothing but checksum and END may follow */
  STATE_AFTER_CRC,
  STATE_END,
} State;

struct LlPgpArmor
{
  LlReader reader;
  LlPgpForm form;
  State state;
  gboolean complete;
  guint32 quantum; /* sextets that do not fill three octets yet */
  guint n_sextets;
  LlPgpCrc crc;
  gint8 values[256];
};

static const struct
{
  const char *label;
  LlPgpForm form;
} labels[] = {
  { "MESSAGE", LL_PGP_ARMOR_MESSAGE },
  { "SIGNATURE", LL_PGP_ARMOR_SIGNATURE },
  { "SIGNED MESSAGE", LL_PGP_ARMOR_SIGNED_MESSAGE },
  { "PUBLIC KEY BLOCK", LL_PGP_ARMOR_KEY },
  { "PRIVATE KEY BLOCK", LL_PGP_ARMOR_KEY },
};

static const char begin_mark[] = "-----BEGIN PGP ";
static const char end_mark[] = "-----END PGP ";

static void
fill_values (LlPgpArmor *armor)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  memset (armor->values, -1, sizeof armor->values);
  for (gint8 i = 0; i < 64; i++)
    armor->values[(guint8)alphabet[i]] = i;
}

static gboolean
is_blank (const guint8 *data, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (data[i] != ' ' && data[i] != '\t' && data[i] != '\r' && data[i] != '\n')
      return FALSE;
  return TRUE;
}

static gboolean
starts_with (const guint8 *line, gsize n, const char *mark)
{
  return n >= strlen (mark) && memcmp (line, mark, strlen (mark)) == 0;
}

/* Shows the next line without its line end and without white space there, and its whole length in
 * @out_whole, which is 0 at the end.  It is not consumed.  Over-long lines come as they are cut. */
static gboolean
peek_line (LlPgpArmor *armor, const guint8 **out_line, gsize *out_n, gsize *out_whole, GError **error)
{
  const guint8 *data;
  gsize have;
  if (!ll_reader_need (&armor->reader, MAX_LINE + 2, &data, &have, error))
    return FALSE;
  have = MIN (have, MAX_LINE + 2);
  const guint8 *lf = have > 0 ? memchr (data, '\n', have) : NULL;
  gsize n = lf != NULL ? (gsize)(lf - data) : have;
  *out_whole = lf != NULL ? n + 1 : n;
  while (n > 0 && is_blank (data + n - 1, 1))
    n--;
  *out_line = data;
  *out_n = n;
  return TRUE;
}

static LlPgpForm
form_of_label (const guint8 *line, gsize n)
{
  const gsize skip = strlen (begin_mark);
  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      gsize length = strlen (labels[i].label);
      if (n == skip + length + 5 && memcmp (line + skip, labels[i].label, length) == 0
          && memcmp (line + skip + length, "-----", 5) == 0)
        return labels[i].form;
    }
  return LL_PGP_ARMOR_OTHER;
}

/* Armor headers say nothing that may be relied on; an empty line ends them. */
static gboolean
skip_armor_headers (LlPgpArmor *armor, GError **error)
{
  for (guint i = 0; i < MAX_ARMOR_HEADERS; i++)
    {
      const guint8 *line;
      gsize n, whole;
      if (!peek_line (armor, &line, &n, &whole, error))
        return FALSE;
      /* data at once: some software forgets the empty line when there is no header */
      if (n > 0 && memchr (line, ':', n) == NULL)
        return TRUE;
      ll_reader_skip (&armor->reader, whole);
      if (n == 0)
        return TRUE;
    }
  armor->form = LL_PGP_ARMOR_OTHER;
  return TRUE;
}

static gboolean
read_begin (LlPgpArmor *armor, GError **error)
{
  const guint8 *line;
  gsize n, whole;
  do
    {
      if (!peek_line (armor, &line, &n, &whole, error))
        return FALSE;
      if (n == 0)
        ll_reader_skip (&armor->reader, whole);
    }
  while (n == 0 && whole > 0);

  if (armor->reader.position == 0 && n > 0 && (line[0] & 0x80) != 0)
    {
      armor->form = LL_PGP_BINARY;
      armor->complete = TRUE;
      return TRUE;
    }
  if (!starts_with (line, n, begin_mark))
    return TRUE;
  armor->form = form_of_label (line, n);
  ll_reader_skip (&armor->reader, whole);
  return armor->form == LL_PGP_ARMOR_SIGNED_MESSAGE || skip_armor_headers (armor, error);
}

LlPgpArmor *
ll_pgp_armor_open (LlOctets octets, GError **error)
{
  g_autoptr (LlPgpArmor) armor = g_new0 (LlPgpArmor, 1);
  ll_reader_init (&armor->reader, octets);
  armor->form = LL_PGP_NOT_OPENPGP;
  ll_pgp_crc_init (&armor->crc);
  fill_values (armor);
  return read_begin (armor, error) ? g_steal_pointer (&armor) : NULL;
}

void
ll_pgp_armor_free (LlPgpArmor *armor)
{
  if (armor == NULL)
    return;
  ll_reader_clear (&armor->reader);
  g_free (armor);
}

LlPgpForm
ll_pgp_armor_form (const LlPgpArmor *armor)
{
  return armor->form;
}

gboolean
ll_pgp_armor_complete (const LlPgpArmor *armor)
{
  return armor->complete;
}

static gboolean
damaged (GError **error)
{
  ll_error_set (error, LL_ERROR_MALFORMED, N_ ("damaged: the OpenPGP armor is not valid base64"));
  return FALSE;
}

static void
put_quantum (LlPgpArmor *armor, guint8 *out, gsize *out_n)
{
  out[(*out_n)++] = (guint8)(armor->quantum >> 16);
  out[(*out_n)++] = (guint8)(armor->quantum >> 8);
  out[(*out_n)++] = (guint8)armor->quantum;
  armor->quantum = 0;
  armor->n_sextets = 0;
}

/* "=" or "==" at the end of @line: writes the one or two octets left over. */
static gboolean
finish_padding (LlPgpArmor *armor, const guint8 *line, gsize n, guint8 *out, gsize *out_n, GError **error)
{
  static const guint padding[] = { 0, 0, 2, 1 };
  guint have = armor->n_sextets;
  if (n != padding[have] || n == 0 || (n == 2 && line[1] != '='))
    return damaged (error);
  guint32 bits = armor->quantum << (6 * (4 - have));
  out[(*out_n)++] = (guint8)(bits >> 16);
  if (have == 3)
    out[(*out_n)++] = (guint8)(bits >> 8);
  armor->n_sextets = 0;
  armor->quantum = 0;
  armor->state = STATE_AFTER_PADDING;
  return TRUE;
}

static gboolean
decode_line (LlPgpArmor *armor, const guint8 *line, gsize n, guint8 *out, gsize *out_n, GError **error)
{
  const gint8 *values = armor->values;
  gsize i = 0;
  if (armor->n_sextets == 0)
    for (; i + 4 <= n; i += 4)
      {
        gint32 bits = values[line[i]] * (1 << 18) | values[line[i + 1]] * (1 << 12)
                      | values[line[i + 2]] * (1 << 6) | values[line[i + 3]];
        if (bits < 0)
          break;
        out[(*out_n)++] = (guint8)(bits >> 16);
        out[(*out_n)++] = (guint8)(bits >> 8);
        out[(*out_n)++] = (guint8)bits;
      }
  for (; i < n && line[i] != '='; i++)
    {
      if (values[line[i]] < 0)
        return damaged (error);
      armor->quantum = armor->quantum << 6 | (guint32)values[line[i]];
      if (++armor->n_sextets == 4)
        put_quantum (armor, out, out_n);
    }
  return i == n || finish_padding (armor, line + i, n - i, out, out_n, error);
}

static gboolean
check_crc (LlPgpArmor *armor, const guint8 *line, GError **error)
{
  guint32 stated = 0;
  for (guint i = 1; i < 5; i++)
    {
      if (armor->values[line[i]] < 0)
        return damaged (error);
      stated = stated << 6 | (guint32)armor->values[line[i]];
    }
  if (stated != ll_pgp_crc_value (&armor->crc))
    {
      ll_error_set (error, LL_ERROR_MALFORMED, N_ ("damaged: armor checksum"));
      return FALSE;
    }
  armor->state = STATE_AFTER_CRC;
  return TRUE;
}

/* Behind the END line stands white space or nothing. */
static gboolean
check_rest (LlPgpArmor *armor, GError **error)
{
  for (;;)
    {
      const guint8 *line;
      gsize n, whole;
      if (!peek_line (armor, &line, &n, &whole, error))
        return FALSE;
      if (whole == 0)
        return TRUE;
      if (starts_with (line, n, begin_mark))
        {
          ll_error_set (error, LL_ERROR_MALFORMED, N_ ("several OpenPGP blocks in one place"));
          return FALSE;
        }
      if (n > 0)
        {
          ll_error_set (error, LL_ERROR_MALFORMED, N_ ("text outside the OpenPGP armor"));
          return FALSE;
        }
      ll_reader_skip (&armor->reader, whole);
    }
}

static gboolean
finish (LlPgpArmor *armor, gboolean complete, GError **error)
{
  armor->state = STATE_END;
  armor->complete = complete;
  if (armor->n_sextets != 0 && complete)
    return damaged (error);
  return !complete || check_rest (armor, error);
}

static gboolean
take_line (LlPgpArmor *armor, guint8 *out, gsize *out_n, GError **error)
{
  const guint8 *line;
  gsize n, whole;
  if (!peek_line (armor, &line, &n, &whole, error))
    return FALSE;
  if (whole == 0)
    return finish (armor, FALSE, error);
  if (whole > MAX_LINE)
    return damaged (error);

  gboolean ok = TRUE;
  gsize before = *out_n;
  gboolean ends = starts_with (line, n, end_mark);
  if (n == 0 || ends)
    ok = TRUE;
  else if (line[0] == '=' && n == 5 && armor->state != STATE_AFTER_CRC)
    ok = check_crc (armor, line, error);
  else if (armor->state == STATE_DATA)
    ok = decode_line (armor, line, n, out, out_n, error);
  else
    ok = damaged (error);
  if (!ok)
    return FALSE;
  ll_pgp_crc_update (&armor->crc, out + before, *out_n - before);
  ll_reader_skip (&armor->reader, whole);
  return !ends || finish (armor, TRUE, error);
}

static gboolean
read_binary (LlPgpArmor *armor, guint8 *buffer, gsize size, gsize *out_n, GError **error)
{
  const guint8 *data;
  gsize n;
  if (!ll_reader_fill (&armor->reader, &data, &n, error))
    return FALSE;
  n = MIN (n, size);
  if (n > 0)
    memcpy (buffer, data, n);
  ll_reader_skip (&armor->reader, n);
  *out_n = n;
  return TRUE;
}

gboolean
ll_pgp_armor_read (LlPgpArmor *armor, guint8 *buffer, gsize size, gsize *out_n, GError **error)
{
  g_assert (size >= LL_PGP_ARMOR_MIN);
  if (armor->form == LL_PGP_BINARY)
    return read_binary (armor, buffer, size, out_n, error);
  if (armor->form == LL_PGP_NOT_OPENPGP || armor->form == LL_PGP_ARMOR_SIGNED_MESSAGE)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, N_ ("this is not an OpenPGP message"));
      return FALSE;
    }
  gsize n = 0;
  while (armor->state != STATE_END && size - n >= LL_PGP_ARMOR_MIN)
    if (!take_line (armor, buffer, &n, error))
      return FALSE;
  *out_n = n;
  return TRUE;
}
