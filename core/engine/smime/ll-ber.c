/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-ber.h"

/* Tag: one octet and up to four more; length: one octet and up to eight more. */
#define HEADER_MAX 14u

void
ll_ber_init (LlBer *ber, LlOctets octets)
{
  *ber = (LlBer){ 0 };
  ll_reader_init (&ber->reader, octets);
  ber->levels[0].end = octets.length;
}

void
ll_ber_clear (LlBer *ber)
{
  ll_reader_clear (&ber->reader);
}

guint64
ll_ber_position (const LlBer *ber)
{
  return ber->reader.position;
}

gboolean
ll_ber_is (const LlBerElement *element, LlBerClass class, guint32 tag)
{
  return element->class == class && element->tag == tag;
}

static gboolean
truncated (GError **error)
{
  ll_error_set (error, LL_ERROR_MALFORMED,
                "the S/MIME structure is truncated: it ends before its own length");
  return FALSE;
}

static gboolean
malformed (GError **error, const char *what)
{
  ll_error_set (error, LL_ERROR_MALFORMED, "the S/MIME structure is malformed (ASN.1): %s", what);
  return FALSE;
}

/* Something does not fit into its level: where the level is as large as the input, it is the
 * input that is cut short; else one of the lengths lies. */
static gboolean
overrun (const LlBer *ber, GError **error)
{
  if (ber->levels[ber->depth].end == ber->reader.octets.length)
    return truncated (error);
  return malformed (error, N_ ("an element is longer than what contains it"));
}

typedef struct
{
  const guint8 *data;
  gsize n;
  gsize at;
} Bytes;

static gboolean
take (Bytes *bytes, guint8 *out)
{
  if (bytes->at >= bytes->n)
    return FALSE;
  *out = bytes->data[bytes->at++];
  return TRUE;
}

static gboolean
parse_tag (const LlBer *ber, Bytes *bytes, LlBerElement *element, GError **error)
{
  guint8 octet;
  if (!take (bytes, &octet))
    return overrun (ber, error);
  element->class = (LlBerClass)(octet >> 6);
  element->constructed = (octet & 0x20) != 0;
  element->tag = octet & 0x1f;
  if (element->tag != 0x1f)
    return TRUE;
  element->tag = 0;
  for (guint i = 0; i < 4; i++)
    {
      if (!take (bytes, &octet))
        return overrun (ber, error);
      element->tag = element->tag << 7 | (octet & 0x7fu);
      /* X.690 8.1.2.4: not for small numbers, no leading zeros; two parsers may see two things in it. */
      if (element->tag == 0 || ((octet & 0x80) == 0 && element->tag < 0x1f))
        return malformed (error, N_ ("a tag number is in the wrong form"));
      if ((octet & 0x80) == 0)
        return TRUE;
    }
  return malformed (error, N_ ("a tag number is too large"));
}

static gboolean
parse_length (const LlBer *ber, Bytes *bytes, LlBerElement *element, GError **error)
{
  guint8 octet;
  if (!take (bytes, &octet))
    return overrun (ber, error);
  element->length = octet;
  if (octet < 0x80)
    return TRUE;
  guint more = octet & 0x7fu;
  element->length = 0;
  element->indefinite = more == 0;
  if (element->indefinite && !element->constructed)
    return malformed (error, N_ ("a primitive element has no length"));
  if (more > 8)
    return malformed (error, N_ ("a length is too large"));
  for (guint i = 0; i < more; i++)
    {
      if (!take (bytes, &octet))
        return overrun (ber, error);
      element->length = element->length << 8 | octet;
    }
  return TRUE;
}

static gboolean
read_header (LlBer *ber, LlBerElement *out, GError **error)
{
  Bytes bytes = { 0 };
  LlBerElement element = { .at = ber->reader.position };
  guint64 left = ber->levels[ber->depth].end - element.at;
  if (!ll_reader_need (&ber->reader, HEADER_MAX, &bytes.data, &bytes.n, error))
    return FALSE;
  bytes.n = (gsize)MIN (bytes.n, left);
  if (!parse_tag (ber, &bytes, &element, error) || !parse_length (ber, &bytes, &element, error))
    return FALSE;
  element.header_length = (guint)bytes.at;
  if (element.length > left - bytes.at)
    return overrun (ber, error);
  ll_reader_skip (&ber->reader, bytes.at);
  *out = element;
  return TRUE;
}

/* X.690 8.1.5: tag 0, primitive, length 0. */
static gboolean
is_end_of_contents (const LlBerElement *element)
{
  return ll_ber_is (element, LL_BER_UNIVERSAL, 0);
}

gboolean
ll_ber_next (LlBer *ber, LlBerElement *out_element, gboolean *out_more, GError **error)
{
  gboolean indefinite = ber->levels[ber->depth].indefinite;
  guint64 end = ber->levels[ber->depth].end;
  *out_more = FALSE;
  if (ber->levels[ber->depth].done || (!indefinite && ber->reader.position == end))
    return TRUE;
  if (ber->reader.position == end)
    return overrun (ber, error);
  LlBerElement element;
  if (!read_header (ber, &element, error))
    return FALSE;
  if (is_end_of_contents (&element))
    {
      if (!indefinite || element.constructed || element.length != 0)
        return malformed (error, N_ ("an end mark stands where none belongs"));
      ber->levels[ber->depth].done = TRUE;
      return TRUE;
    }
  *out_element = element;
  *out_more = TRUE;
  return TRUE;
}

gboolean
ll_ber_enter (LlBer *ber, const LlBerElement *element, GError **error)
{
  if (!element->constructed)
    return malformed (error, N_ ("a simple value stands where a structure belongs"));
  if (ber->depth >= LL_LIMIT_BER_DEPTH)
    return malformed (error, N_ ("it is nested too deeply"));
  guint64 end = ber->levels[ber->depth].end;
  if (!element->indefinite)
    end = ber->reader.position + element->length;
  ber->depth++;
  ber->levels[ber->depth].end = end;
  ber->levels[ber->depth].indefinite = element->indefinite;
  ber->levels[ber->depth].done = FALSE;
  return TRUE;
}

gboolean
ll_ber_leave (LlBer *ber, GError **error)
{
  LlBerElement element;
  gboolean more;
  g_assert (ber->depth > 0);
  if (!ll_ber_next (ber, &element, &more, error))
    return FALSE;
  if (more)
    return malformed (error, N_ ("an element stands where none belongs"));
  ber->depth--;
  return TRUE;
}

/* Without recursion: the levels of the cursor are the stack, and their number is bounded. */
gboolean
ll_ber_skip (LlBer *ber, const LlBerElement *element, GError **error)
{
  if (!element->indefinite)
    {
      ll_reader_skip (&ber->reader, element->length);
      return TRUE;
    }
  guint depth = ber->depth;
  if (!ll_ber_enter (ber, element, error))
    return FALSE;
  while (ber->depth > depth)
    {
      LlBerElement inner;
      gboolean more;
      if (!ll_ber_next (ber, &inner, &more, error))
        return FALSE;
      if (!more)
        ber->depth--;
      else if (!inner.indefinite)
        ll_reader_skip (&ber->reader, inner.length);
      else if (!ll_ber_enter (ber, &inner, error))
        return FALSE;
    }
  return TRUE;
}

void
ll_ber_put_header (GByteArray *out, LlBerClass class, gboolean constructed, guint8 tag, guint64 length)
{
  guint8 header[10] = { (guint8)(class << 6 | (constructed ? 0x20 : 0) | tag) };
  guint n = 0;
  g_assert (tag < 0x1f);
  if (length >= 0x80)
    for (guint64 rest = length; rest > 0; rest >>= 8)
      n++;
  header[1] = (guint8)(n > 0 ? 0x80 | n : length);
  for (guint i = 0; i < n; i++)
    header[2 + i] = (guint8)(length >> (8 * (n - 1 - i)));
  g_byte_array_append (out, header, 2 + n);
}
