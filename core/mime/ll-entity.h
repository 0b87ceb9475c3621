/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The splitter: a MIME entity (RFC 2045, 2046) as ranges of raw octets, so that
 * what was signed is verified exactly as it arrived (RFC 1847 2.1).  It never
 * rewrites and never decodes.
 *
 *   g_autoptr (LlEntity) message = ll_entity_parse (octets, LL_ENTITY_MESSAGE, &error);
 *   LlEntity *first = ll_entity_child (message, 0);
 *   LlOctets covered = first->whole;
 *
 * The fields of LlEntity shall be considered read-only.
 */
#pragma once

#include "ll-header.h"

G_BEGIN_DECLS

typedef enum
{
  LL_CTE_7BIT,
  LL_CTE_8BIT,
  LL_CTE_BINARY,
  LL_CTE_QUOTED_PRINTABLE,
  LL_CTE_BASE64,
  LL_CTE_UNKNOWN,
} LlTransferEncoding;

/* What the lines of a message end with. */
typedef enum
{
  LL_EOL_NONE, /* not one line end */
  LL_EOL_LF,
  LL_EOL_CRLF,
  LL_EOL_MIXED,
} LlEol;

typedef struct LlEntity LlEntity;
struct LlEntity
{
  LlHeader *header;
  LlOctets whole; /* header section and body: what RFC 1847 signs */
  LlOctets body;
  char *type; /* "multipart/signed", lower case; default "text/plain" */
  LlTransferEncoding encoding;
  LlEntity *parent; /* NULL at the root */
  guint depth;      /* 0 at the root */
  gboolean closed;  /* multipart: the closing delimiter was there */
  /* Why this entity must not be taken for what it claims, NULL when sound: a
   * template for people (N_()), such as a repeated Content-Type or boundary
   * parameter, a multipart without usable boundary, a boundary used by a
   * parent too.  Whoever relies on the structure refuses it. */
  const char *defect;
  /*< private >*/
  GPtrArray *children;
  struct LlEntityPrivate *priv;
};

typedef enum
{
  LL_ENTITY_MESSAGE, /* a message: an mbox "From " line may stand in front */
  LL_ENTITY_PART,
} LlEntityKind;

/**
 * ll_entity_parse:
 * @octets: must stay valid as long as the tree
 *
 * Splits multiparts and message/rfc822 (unencoded) all the way down.
 * Errors: LL_ERROR_EMPTY, LL_ERROR_MALFORMED (NUL or lone CR in a header),
 * LL_ERROR_LIMIT (header limits, depth, parts), LL_ERROR_IO
 * Returns: (transfer full): the root
 */
LlEntity *ll_entity_parse (LlOctets octets, LlEntityKind kind, GError **error);
void ll_entity_free (LlEntity *root);

guint ll_entity_n_children (const LlEntity *entity);
LlEntity *ll_entity_child (const LlEntity *entity, guint i);

gboolean ll_entity_is (const LlEntity *entity, const char *type);
gboolean ll_entity_is_multipart (const LlEntity *entity);

/** ll_entity_parameter: (transfer none) (nullable): a Content-Type parameter, RFC 2231 decoded. */
const char *ll_entity_parameter (const LlEntity *entity, const char *name);

/** ll_entity_filename: (transfer full) (nullable): the suggested name, base name only,
 *  valid UTF-8 without controls or path separators; NULL when there is none. */
char *ll_entity_filename (const LlEntity *entity);

/** ll_entity_is_attachment: Content-Disposition says attachment, or it has a file name and is not text. */
gboolean ll_entity_is_attachment (const LlEntity *entity);

/**
 * ll_entity_decode:
 * @strict: junk inside base64 or quoted-printable is LL_ERROR_MALFORMED ("damaged: base64 in …",
 *   naming @what); otherwise it is passed over
 * Streams the body without its transfer encoding into @out, which is not finished.
 */
gboolean ll_entity_decode (const LlEntity *entity, gboolean strict, const char *what, LlSink *out,
                           GError **error);

/** ll_entity_write_text: the body as UTF-8 (charset decoded, LF line ends) into @out; an unknown
 *  charset is read as ISO-8859-1. */
gboolean ll_entity_write_text (const LlEntity *entity, LlSink *out, GError **error);

/** ll_octets_eol: scans the whole range. */
gboolean ll_octets_eol (LlOctets octets, LlEol *out_eol, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlEntity, ll_entity_free)

G_END_DECLS
