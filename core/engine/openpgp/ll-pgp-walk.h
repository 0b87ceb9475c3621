/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenPGP packet framing (RFC 9580 4), fed piece by piece: which packets there
 * are and the little of each that decides what may be done with them.  It
 * keeps no bodies.
 *
 *   LlPgpWalk *walk = ll_pgp_walk_new ();
 *   ll_pgp_walk_feed (walk, data, n, &error);     // as often as there is data
 *   ll_pgp_walk_at_end (walk);                    // FALSE: cut in the middle of a packet
 */
#pragma once

#include "ll-error.h"

G_BEGIN_DECLS

typedef enum
{
  LL_PGP_PKESK = 1,
  LL_PGP_SIGNATURE = 2,
  LL_PGP_SKESK = 3,
  LL_PGP_ONE_PASS = 4,
  LL_PGP_SECRET_KEY = 5,
  LL_PGP_PUBLIC_KEY = 6,
  LL_PGP_COMPRESSED = 8,
  LL_PGP_ENCRYPTED = 9, /* without integrity protection */
  LL_PGP_MARKER = 10,
  LL_PGP_LITERAL = 11,
  LL_PGP_PUBLIC_SUBKEY = 14,
  LL_PGP_SEIPD = 18,
  LL_PGP_AEAD = 20, /* GnuPG's own, 2.3 and later */
  LL_PGP_PADDING = 21,
} LlPgpTag;

typedef struct
{
  guint tag;
  guint version;         /* 0: the kind of packet has none */
  guint8 signature_type; /* SIGNATURE, ONE_PASS */
  guint8 hash;           /* SIGNATURE */
  guint8 algorithm;      /* PKESK: public key; COMPRESSED: method */
  guint64 key_id;        /* PKESK version 3; 0: hidden */
  guint64 offset;        /* of its header in what was fed */
  guint64 end;           /* behind its last octet; 0 while unknown */
} LlPgpPacket;

typedef struct LlPgpWalk LlPgpWalk;

LlPgpWalk *ll_pgp_walk_new (void);
void ll_pgp_walk_free (LlPgpWalk *walk);

/** ll_pgp_walk_feed: Errors: LL_ERROR_MALFORMED, LL_ERROR_LIMIT */
gboolean ll_pgp_walk_feed (LlPgpWalk *walk, const guint8 *data, gsize n, GError **error);

/** ll_pgp_walk_at_end: whether the input may end here. */
gboolean ll_pgp_walk_at_end (const LlPgpWalk *walk);

/** ll_pgp_walk_packets: (transfer none): those whose first octets have been seen. */
const LlPgpPacket *ll_pgp_walk_packets (const LlPgpWalk *walk, gsize *out_n);

/** ll_pgp_walk_inside: (transfer full) (nullable): what the first COMPRESSED packet begins with, as far as
 * its first octets tell; NULL when that cannot be seen (bzip2). */
LlPgpWalk *ll_pgp_walk_inside (const LlPgpWalk *walk);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlPgpWalk, ll_pgp_walk_free)

G_END_DECLS
