/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The canonical form that is signed or encrypted (RFC 3156 3 and 5, RFC 8551
 * 3.1): CRLF line ends and, so that no relay can break the signature, 7-bit
 * parts without white space at line ends, "From " at a line start or lines over
 * 998.  Parts that are so already pass unchanged; others get a new transfer
 * encoding, and decode to the same octets as before.
 */
#pragma once

#include "ll-entity.h"

G_BEGIN_DECLS

typedef struct
{
  LlEol eol; /* of the message @entity was parsed from: whether a lone LF is a line end */
  /* 7-bit safe as above; otherwise only line ends are made canonical. */
  gboolean seven_bit;
  /* Fields to write in front of the entity's own Content-* fields: called once
   * for the root, so that header protection (RFC 9788) can put its fields there.
   * (nullable) */
  gboolean (*write_fields) (LlSink *out, gpointer user_data, GError **error);
  gpointer user_data;
  /* Parameters appended to the root's Content-Type, "; hp=\"clear\"" (nullable) */
  const char *type_suffix;
} LlCanonical;

/**
 * ll_canonical_write:
 * Writes @entity as the root of a cryptographic payload: of its own header
 * only the Content-* fields (MIME-Version dropped), then the body.
 *
 * A multipart/signed inside is never touched; with @seven_bit, 8-bit octets in one
 * are LL_ERROR_UNSUPPORTED, for making it safe would break its signature.
 */
gboolean ll_canonical_write (const LlEntity *entity, const LlCanonical *how, LlSink *out, GError **error);

/**
 * ll_entity_copy_lf:
 * The octets of @entity's body with CRLF turned into LF, except inside parts whose transfer
 * encoding is binary.
 */
gboolean ll_entity_copy_lf (const LlEntity *entity, LlSink *out, GError **error);

G_END_DECLS
