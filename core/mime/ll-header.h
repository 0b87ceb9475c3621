/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A header section as it stands in the octets (RFC 5322 2.2): fields in order,
 * each with its raw octets, and an unfolded value.  Nothing is repaired: a line
 * that is no field is kept as one without a name.
 *
 * Header octets are hostile: NUL, CR without LF, too many or too long fields
 * are refused (LL_ERROR_MALFORMED, LL_ERROR_LIMIT) before any other parser sees them.
 */
#pragma once

#include "ll-spool.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name;  /* NULL for a junk line */
  const char *value; /* unfolded, outer white space removed; raw octets, maybe not UTF-8 */
  const char *raw;   /* the whole field with its line ends, NUL-terminated */
  gsize raw_length;
} LlHeaderField;

typedef struct LlHeader LlHeader;

/**
 * ll_header_parse:
 * @section: from the first field; parsing stops behind the empty line or at the end.
 *   An mbox "From " line in front is skipped when @mbox is set.
 * @out_length: octets used, with the empty line
 * @out_body: whether the empty line was there
 * Returns: (transfer full):
 */
LlHeader *ll_header_parse (LlOctets section, gboolean mbox, guint64 *out_length, gboolean *out_body,
                           GError **error);
LlHeader *ll_header_ref (LlHeader *header);
void ll_header_unref (LlHeader *header);

guint ll_header_n_fields (const LlHeader *header);
const LlHeaderField *ll_header_field (const LlHeader *header, guint i);

/** ll_header_count: fields called @name, without regard to ASCII case. */
guint ll_header_count (const LlHeader *header, const char *name);
/** ll_header_get: (transfer none) (nullable): the value of the first field called @name. */
const char *ll_header_get (const LlHeader *header, const char *name);

/** ll_header_decode: (transfer full): RFC 2047 words decoded to UTF-8 for showing; line ends,
 *  NUL and invalid octets replaced, other controls left to the terminal writer. */
char *ll_header_decode (const char *value);

/**
 * ll_header_date:
 * Returns: the Date as seconds since the epoch, or -1 when absent, repeated or unreadable
 */
gint64 ll_header_date (const LlHeader *header);

/**
 * ll_header_write:
 * Writes "Name: value" CRLF, folded before column 78 where white space allows.  The name must
 * be RFC 5322 ftext and the value free of CR, LF, NUL and other controls but TAB:
 * otherwise LL_ERROR_USAGE "line break in <field>", never a repaired header (security.md I-6).
 */
gboolean ll_header_write (LlSink *out, const char *name, const char *value, GError **error);

/** ll_header_is_structural: MIME-Version and Content-* (RFC 9788 1.1.1). */
gboolean ll_header_is_structural (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlHeader, ll_header_unref)

G_END_DECLS
