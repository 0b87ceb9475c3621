/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-pgp-walk.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_PACKETS 4096u
/* Enough of a body for version, key id, type and algorithms. */
#define HEAD 32u
/* Enough of a compressed body to see the packets it begins with. */
#define COMPRESSED_HEAD (16u * 1024)
#define INFLATED_HEAD (64u * 1024)

typedef enum
{
  STATE_TAG,
  STATE_LENGTH,
  STATE_BODY,
  STATE_REST, /* indeterminate length: to the end of the input */
} State;

struct LlPgpWalk
{
  State state;
  GArray *packets;
  guint64 position;
  LlPgpPacket current;
  gboolean listed;  /* the current packet is in @packets */
  guint8 length[5]; /* octets of the length field so far */
  guint n_length;
  guint need_length; /* 0: new format, told by its first octet */
  gboolean old_format;
  gboolean keep_compressed;
  gboolean partial;       /* another length follows this part of the body */
  guint64 left;           /* of this part of the body */
  GByteArray *head;       /* of the current packet */
  GByteArray *compressed; /* of the first COMPRESSED packet */
};

LlPgpWalk *
ll_pgp_walk_new (void)
{
  LlPgpWalk *walk = g_new0 (LlPgpWalk, 1);
  walk->packets = g_array_new (FALSE, TRUE, sizeof (LlPgpPacket));
  walk->head = g_byte_array_new ();
  walk->compressed = g_byte_array_new ();
  return walk;
}

void
ll_pgp_walk_free (LlPgpWalk *walk)
{
  if (walk == NULL)
    return;
  g_array_unref (walk->packets);
  g_byte_array_unref (walk->head);
  g_byte_array_unref (walk->compressed);
  g_free (walk);
}

static gboolean
malformed (GError **error)
{
  ll_error_set (error, LL_ERROR_MALFORMED, N_ ("malformed: OpenPGP packet structure"));
  return FALSE;
}

static guint64
read_number (const guint8 *data, gsize n)
{
  guint64 value = 0;
  for (gsize i = 0; i < n; i++)
    value = value << 8 | data[i];
  return value;
}

/* Where version 3 and version 4 to 6 keep type and hash (RFC 9580 5.2.2, 5.2.3). */
static void
read_signature (LlPgpPacket *packet, const guint8 *body, gsize n)
{
  gboolean old = packet->version < 4;
  gsize type_at = old ? 2 : 1, hash_at = old ? 16 : 3;
  packet->signature_type = n > type_at ? body[type_at] : 0xff;
  packet->hash = n > hash_at ? body[hash_at] : 0;
}

static void
read_head (LlPgpPacket *packet, const guint8 *body, gsize n)
{
  switch (packet->tag)
    {
    case LL_PGP_PKESK:
      packet->version = n > 0 ? body[0] : 0;
      if (packet->version == 3 && n >= 10)
        {
          packet->key_id = read_number (body + 1, 8);
          packet->algorithm = body[9];
        }
      return;
    case LL_PGP_SIGNATURE:
      packet->version = n > 0 ? body[0] : 0;
      read_signature (packet, body, n);
      return;
    case LL_PGP_ONE_PASS:
      packet->version = n > 0 ? body[0] : 0;
      packet->signature_type = n > 1 ? body[1] : 0xff;
      return;
    case LL_PGP_COMPRESSED:
      packet->algorithm = n > 0 ? body[0] : 0xff;
      return;
    case LL_PGP_SKESK:
    case LL_PGP_SEIPD:
    case LL_PGP_AEAD:
    case LL_PGP_PUBLIC_KEY:
    case LL_PGP_SECRET_KEY:
      packet->version = n > 0 ? body[0] : 0;
      return;
    default:
      return;
    }
}

/* Puts the current packet on the list as soon as enough of it is known. */
static void
update_current (LlPgpWalk *walk)
{
  read_head (&walk->current, walk->head->data, walk->head->len);
  if (walk->listed)
    g_array_index (walk->packets, LlPgpPacket, walk->packets->len - 1) = walk->current;
  else
    g_array_append_val (walk->packets, walk->current);
  walk->listed = TRUE;
}

static void
end_packet (LlPgpWalk *walk)
{
  walk->current.end = walk->position;
  update_current (walk);
  walk->state = STATE_TAG;
}

static gboolean
may_stream (guint tag)
{
  return tag == LL_PGP_COMPRESSED || tag == LL_PGP_ENCRYPTED || tag == LL_PGP_LITERAL || tag == LL_PGP_SEIPD
         || tag == LL_PGP_AEAD;
}

static gboolean
begin_packet (LlPgpWalk *walk, guint8 octet, GError **error)
{
  if ((octet & 0x80) == 0)
    return malformed (error);
  if (walk->packets->len >= MAX_PACKETS)
    {
      ll_error_set (error, LL_ERROR_LIMIT, N_ ("limit: more than %s OpenPGP packets"), "4096");
      return FALSE;
    }
  walk->old_format = (octet & 0x40) == 0;
  walk->current
      = (LlPgpPacket){ .offset = walk->position, .tag = walk->old_format ? octet >> 2 & 0x0f : octet & 0x3f };
  if (walk->current.tag == 0)
    return malformed (error);
  walk->listed = FALSE;
  walk->n_length = 0;
  walk->partial = FALSE;
  walk->need_length = walk->old_format ? 1u << (octet & 3) : 0;
  walk->keep_compressed = walk->current.tag == LL_PGP_COMPRESSED && walk->compressed->len == 0;
  g_byte_array_set_size (walk->head, 0);
  walk->state = STATE_LENGTH;
  if (!walk->old_format || (octet & 3) != 3)
    return TRUE;
  walk->state = STATE_REST;
  return may_stream (walk->current.tag) || malformed (error);
}

static gboolean
begin_body (LlPgpWalk *walk, guint64 length, gboolean partial, GError **error)
{
  if (partial && !may_stream (walk->current.tag))
    return malformed (error);
  walk->left = length;
  walk->partial = partial;
  walk->state = STATE_BODY;
  return TRUE;
}

static gboolean
take_length (LlPgpWalk *walk, guint8 octet, GError **error)
{
  walk->length[walk->n_length++] = octet;
  if (walk->need_length == 0 && octet >= 224 && octet < 255)
    return begin_body (walk, G_GUINT64_CONSTANT (1) << (octet & 0x1f), TRUE, error);
  if (walk->need_length == 0)
    walk->need_length = octet < 192 ? 1 : octet < 224 ? 2 : 5;
  if (walk->n_length < walk->need_length)
    return TRUE;
  if (walk->old_format)
    return begin_body (walk, read_number (walk->length, walk->n_length), FALSE, error);
  if (walk->n_length == 1)
    return begin_body (walk, walk->length[0], FALSE, error);
  if (walk->n_length == 2)
    return begin_body (walk, ((walk->length[0] - 192u) << 8) + walk->length[1] + 192u, FALSE, error);
  return begin_body (walk, read_number (walk->length + 1, 4), FALSE, error);
}

static void
take_body (LlPgpWalk *walk, const guint8 *data, gsize n)
{
  if (walk->head->len < HEAD)
    {
      g_byte_array_append (walk->head, data, (guint)MIN (n, HEAD - walk->head->len));
      update_current (walk);
    }
  if (walk->keep_compressed && walk->compressed->len < COMPRESSED_HEAD)
    g_byte_array_append (walk->compressed, data, (guint)MIN (n, COMPRESSED_HEAD - walk->compressed->len));
  walk->position += n;
}

static void
end_part (LlPgpWalk *walk)
{
  if (!walk->partial)
    {
      end_packet (walk);
      return;
    }
  walk->state = STATE_LENGTH;
  walk->n_length = 0;
  walk->need_length = 0;
}

gboolean
ll_pgp_walk_feed (LlPgpWalk *walk, const guint8 *data, gsize n, GError **error)
{
  for (;;)
    {
      gsize used = 1;
      if (walk->state == STATE_BODY && walk->left == 0)
        {
          end_part (walk);
          continue;
        }
      if (n == 0)
        return TRUE;
      switch (walk->state)
        {
        case STATE_TAG:
          if (!begin_packet (walk, *data, error))
            return FALSE;
          walk->position++;
          break;
        case STATE_LENGTH:
          walk->position++;
          if (!take_length (walk, *data, error))
            return FALSE;
          break;
        case STATE_BODY:
          used = (gsize)MIN (n, walk->left);
          take_body (walk, data, used);
          walk->left -= used;
          break;
        case STATE_REST:
        default:
          used = n;
          take_body (walk, data, used);
          break;
        }
      data += used;
      n -= used;
    }
}

gboolean
ll_pgp_walk_at_end (const LlPgpWalk *walk)
{
  return walk->state == STATE_TAG || (walk->state == STATE_REST && walk->listed);
}

const LlPgpPacket *
ll_pgp_walk_packets (const LlPgpWalk *walk, gsize *out_n)
{
  *out_n = walk->packets->len;
  return (const LlPgpPacket *)(void *)walk->packets->data;
}

/* Inflates the beginning into @inside; stops quietly where the data ends or is no longer valid. */
static void
inflate_head (GConverter *converter, const guint8 *data, gsize n, LlPgpWalk *inside)
{
  guint8 buffer[4096];
  for (guint total = 0; total < INFLATED_HEAD;)
    {
      gsize used, made;
      GConverterResult result = g_converter_convert (converter, data, n, buffer, sizeof buffer,
                                                     G_CONVERTER_NO_FLAGS, &used, &made, NULL);
      if (result == G_CONVERTER_ERROR || !ll_pgp_walk_feed (inside, buffer, made, NULL)
          || result == G_CONVERTER_FINISHED)
        return;
      data += used;
      n -= used;
      total += (guint)made;
    }
}

LlPgpWalk *
ll_pgp_walk_inside (const LlPgpWalk *walk)
{
  static const GZlibCompressorFormat formats[]
      = { [1] = G_ZLIB_COMPRESSOR_FORMAT_RAW, [2] = G_ZLIB_COMPRESSOR_FORMAT_ZLIB };
  const GByteArray *head = walk->compressed;
  if (head->len < 2 || (head->data[0] != 1 && head->data[0] != 2))
    return NULL;
  g_autoptr (GZlibDecompressor) converter = g_zlib_decompressor_new (formats[head->data[0]]);
  LlPgpWalk *inside = ll_pgp_walk_new ();
  inflate_head (G_CONVERTER (converter), head->data + 1, head->len - 1, inside);
  return inside;
}
