/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ASCII armor (RFC 9580 6) taken off while reading.  gpg gets the binary form, so
 * that there is one parser of armor and no two opinions about where a message
 * begins and ends; and nothing may stand outside the one block (security.md ).
 *
 *   g_autoptr (LlPgpArmor) armor = ll_pgp_armor_open (octets, &error);
 *   while (ll_pgp_armor_read (armor, buffer, sizeof buffer, &n, &error) && n > 0)
 *     use (buffer, n);
 *
 * Binary input passes unchanged.
 */
#pragma once

#include "ll-spool.h"

G_BEGIN_DECLS

typedef enum
{
  LL_PGP_BINARY, /* no armor: the first octet is a packet header */
  LL_PGP_ARMOR_MESSAGE,
  LL_PGP_ARMOR_SIGNATURE,
  LL_PGP_ARMOR_KEY,            /* public or private key block */
  LL_PGP_ARMOR_SIGNED_MESSAGE, /* cleartext signature framework: not to be decoded */
  LL_PGP_ARMOR_OTHER,
  LL_PGP_NOT_OPENPGP,
} LlPgpForm;

typedef struct LlPgpArmor LlPgpArmor;

/**
 * ll_pgp_armor_open:
 * Looks at the beginning only.  Errors: LL_ERROR_IO
 * Returns: (transfer full):
 */
LlPgpArmor *ll_pgp_armor_open (LlOctets octets, GError **error);
void ll_pgp_armor_free (LlPgpArmor *armor);

LlPgpForm ll_pgp_armor_form (const LlPgpArmor *armor);

/**
 * ll_pgp_armor_read:
 * @size: at least LL_PGP_ARMOR_MIN
 * Returns: TRUE with @out_n = 0 at the end
 * Errors: LL_ERROR_MALFORMED (damaged armor, checksum, text or a second block outside), LL_ERROR_IO
 */
gboolean ll_pgp_armor_read (LlPgpArmor *armor, guint8 *buffer, gsize size, gsize *out_n, GError **error);

/** ll_pgp_armor_complete: FALSE when the END line is missing; some software leaves it out. */
gboolean ll_pgp_armor_complete (const LlPgpArmor *armor);

/* Room for what one line can decode to. */
#define LL_PGP_ARMOR_MIN 1024u

/** ll_pgp_armor_write: the armor of @octets under @label ("MESSAGE") to @out, which is not finished. */
gboolean ll_pgp_armor_write (LlOctets octets, const char *label, LlSink *out, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlPgpArmor, ll_pgp_armor_free)

G_END_DECLS
