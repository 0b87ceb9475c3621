/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-content-hash.h"

#include <openssl/err.h>

#include "ll-limits.h"
#include "ll-smime-private.h"

#define MAX_DIGESTS 8

struct LlContentHash
{
  guint n;
  struct
  {
    const LlDigest *digest;
    EVP_MD_CTX *context; /* NULL: this library has no such digest, or it is finished */
    guint8 value[EVP_MAX_MD_SIZE];
    gboolean finished;
  } digests[MAX_DIGESTS];
  guint64 length;
  GByteArray *head; /* at most LL_CHUNK */
};

LlContentHash *
ll_content_hash_new (void)
{
  LlContentHash *hash = g_new0 (LlContentHash, 1);
  hash->head = g_byte_array_new ();
  return hash;
}

void
ll_content_hash_free (LlContentHash *hash)
{
  if (!hash)
    return;
  for (guint i = 0; i < hash->n; i++)
    EVP_MD_CTX_free (hash->digests[i].context);
  g_byte_array_unref (hash->head);
  g_free (hash);
}

void
ll_content_hash_want (LlContentHash *hash, const LlDigest *digest)
{
  for (guint i = 0; i < hash->n; i++)
    if (hash->digests[i].digest == digest)
      return;
  g_return_if_fail (hash->n < MAX_DIGESTS);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  /* MD5 is missing where the system forbids it: then such signatures are bad, never good. */
  if (context && EVP_DigestInit_ex (context, digest->md (), NULL))
    hash->digests[hash->n].context = g_steal_pointer (&context);
  ERR_clear_error ();
  hash->digests[hash->n++].digest = digest;
}

/* ---- the sink ---- */

typedef struct
{
  LlContentHash *hash;
  LlSink *next;
} HashSink;

static gboolean
hash_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  HashSink *sink = self;
  LlContentHash *hash = sink->hash;
  for (guint i = 0; i < hash->n; i++)
    if (hash->digests[i].context && !EVP_DigestUpdate (hash->digests[i].context, data, length))
      {
        ll_openssl_error (error, LL_ERROR_ENGINE, N_ ("hashing the content"));
        return FALSE;
      }
  hash->length += length;
  if (hash->head->len < LL_CHUNK)
    g_byte_array_append (hash->head, data, (guint)MIN (length, LL_CHUNK - hash->head->len));
  return !sink->next || ll_sink_write (sink->next, data, length, error);
}

static gboolean
hash_finish (gpointer self, GError **error)
{
  HashSink *sink = self;
  LlContentHash *hash = sink->hash;
  for (guint i = 0; i < hash->n; i++)
    if (hash->digests[i].context)
      {
        hash->digests[i].finished
            = EVP_DigestFinal_ex (hash->digests[i].context, hash->digests[i].value, NULL);
        g_clear_pointer (&hash->digests[i].context, EVP_MD_CTX_free);
      }
  return !sink->next || ll_sink_finish (sink->next, error);
}

static void
hash_free (gpointer self)
{
  HashSink *sink = self;
  ll_sink_free (sink->next);
  g_free (sink);
}

static const LlSinkOps HASH_OPS = { hash_write, hash_finish, hash_free };

LlSink *
ll_content_hash_sink (LlContentHash *hash, LlSink *next)
{
  HashSink *sink = g_new0 (HashSink, 1);
  sink->hash = hash;
  sink->next = next;
  return ll_sink_new (&HASH_OPS, sink);
}

/* ---- the results ---- */

const guint8 *
ll_content_hash_value (const LlContentHash *hash, const LlDigest *digest)
{
  for (guint i = 0; i < hash->n; i++)
    if (hash->digests[i].digest == digest && hash->digests[i].finished)
      return hash->digests[i].value;
  return NULL;
}

GBytes *
ll_content_hash_whole (const LlContentHash *hash)
{
  return hash->length == hash->head->len ? g_bytes_new (hash->head->data, hash->head->len) : NULL;
}

gboolean
ll_content_hash_is_der_set (const LlContentHash *hash)
{
  const guint8 *at = hash->head->data;
  if (hash->head->len < 2 || at[0] != 0x31)
    return FALSE;
  if (at[1] < 0x80)
    return hash->length == (guint64)at[1] + 2;
  guint n = at[1] & 0x7f;
  if (n == 0 || n > 4 || hash->head->len < 2 + n)
    return FALSE;
  guint64 length = 0;
  for (guint i = 0; i < n; i++)
    length = length << 8 | at[2 + i];
  return hash->length == length + 2 + n;
}
