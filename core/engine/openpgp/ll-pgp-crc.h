/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checksum of ASCII armor (RFC 9580 6.1).  It protects against nothing but
 * accidents; large messages should not wait for it, so four octets go at once.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint32 value; /* in the upper 24 bits */
  guint32 table[4][256];
} LlPgpCrc;

void ll_pgp_crc_init (LlPgpCrc *crc);
void ll_pgp_crc_update (LlPgpCrc *crc, const guint8 *data, gsize n);
guint32 ll_pgp_crc_value (const LlPgpCrc *crc);

G_END_DECLS
