/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-pgp-crc.h"

#define INIT 0xb704ceu
#define POLYNOMIAL 0x864cfbu

void
ll_pgp_crc_init (LlPgpCrc *crc)
{
  crc->value = INIT << 8;
  for (guint32 i = 0; i < 256; i++)
    {
      guint32 value = i << 24;
      for (guint bit = 0; bit < 8; bit++)
        value = (value << 1) ^ ((value & 0x80000000u) != 0 ? POLYNOMIAL << 8 : 0);
      crc->table[0][i] = value;
    }
  /* the same octet with one, two and three more behind it */
  for (guint k = 1; k < 4; k++)
    for (guint32 i = 0; i < 256; i++)
      {
        guint32 before = crc->table[k - 1][i];
        crc->table[k][i] = (before << 8) ^ crc->table[0][before >> 24];
      }
}

void
ll_pgp_crc_update (LlPgpCrc *crc, const guint8 *data, gsize n)
{
  guint32 value = crc->value;
  for (; n >= 4; n -= 4, data += 4)
    {
      value ^= (guint32)data[0] << 24 | (guint32)data[1] << 16 | (guint32)data[2] << 8 | data[3];
      value = crc->table[3][value >> 24] ^ crc->table[2][value >> 16 & 0xff]
              ^ crc->table[1][value >> 8 & 0xff] ^ crc->table[0][value & 0xff];
    }
  for (; n > 0; n--, data++)
    value = (value << 8) ^ crc->table[0][(value >> 24) ^ *data];
  crc->value = value;
}

guint32
ll_pgp_crc_value (const LlPgpCrc *crc)
{
  return crc->value >> 8;
}
