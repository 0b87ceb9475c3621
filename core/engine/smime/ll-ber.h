/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cursor over BER (X.690) that never holds more than a buffer: it reads the headers of elements one
 * after the other, goes into them and past them, and knows their lengths, definite or not.  It
 * understands nothing of what the octets mean.
 *
 *   g_auto (LlBer) ber = { 0 };
 *   ll_ber_init (&ber, octets);
 *   while (ll_ber_next (&ber, &element, &more, &error) && more)
 *     ll_ber_skip (&ber, &element, &error);          // or ll_ber_enter() ... ll_ber_leave()
 *
 * Everything is checked before it is believed: a length that does not fit what surrounds it, a
 * depth over LL_LIMIT_BER_DEPTH, an end that is missing are LL_ERROR_MALFORMED.
 */
#pragma once

#include "ll-limits.h"
#include "ll-spool.h"

G_BEGIN_DECLS

typedef enum
{
  LL_BER_UNIVERSAL,
  LL_BER_APPLICATION,
  LL_BER_CONTEXT,
  LL_BER_PRIVATE,
} LlBerClass;

enum
{
  LL_BER_INTEGER = 2,
  LL_BER_OCTET_STRING = 4,
  LL_BER_OID = 6,
  LL_BER_SEQUENCE = 16,
  LL_BER_SET = 17,
};

typedef struct
{
  LlBerClass class;
  guint32 tag;
  gboolean constructed;
  gboolean indefinite;
  guint64 at; /* of the first octet of the header */
  guint header_length;
  guint64 length; /* of the content; 0 when indefinite */
} LlBerElement;

typedef struct
{
  LlReader reader;
  /*< private >*/
  guint depth;
  struct
  {
    guint64 end; /* for an indefinite length: the end of what surrounds it */
    gboolean indefinite;
    gboolean done; /* its end-of-contents octets are behind us */
  } levels[LL_LIMIT_BER_DEPTH + 1];
} LlBer;

void ll_ber_init (LlBer *ber, LlOctets octets);
void ll_ber_clear (LlBer *ber);

/** ll_ber_next: the header of the next element of this level; @out_more = FALSE when the level ends. */
gboolean ll_ber_next (LlBer *ber, LlBerElement *out_element, gboolean *out_more, GError **error);

/** ll_ber_enter: goes into a constructed element whose header was just read. */
gboolean ll_ber_enter (LlBer *ber, const LlBerElement *element, GError **error);

/** ll_ber_leave: back to the level above, after ll_ber_next() said that there is no more.  MALFORMED when
 * there is. */
gboolean ll_ber_leave (LlBer *ber, GError **error);

/** ll_ber_skip: past the element whose header was just read, however deep it is. */
gboolean ll_ber_skip (LlBer *ber, const LlBerElement *element, GError **error);

/** ll_ber_position: of the next octet that is not consumed. */
guint64 ll_ber_position (const LlBer *ber);

/** ll_ber_is: whether @element has this class and tag. */
gboolean ll_ber_is (const LlBerElement *element, LlBerClass class, guint32 tag);

/** ll_ber_put_header: appends a DER header to @out. @tag up to 30. */
void ll_ber_put_header (GByteArray *out, LlBerClass class, gboolean constructed, guint8 tag, guint64 length);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LlBer, ll_ber_clear)

G_END_DECLS
