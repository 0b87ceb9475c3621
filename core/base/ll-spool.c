/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-spool.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ll-limits.h"

/* The file is encrypted with AES-256 in counter mode: the keystream can be
 * entered at any block, so that any place can be read.  Nobody else can write
 * to an unlinked file of mode 0600, hence no authentication.  Each spool has
 * its own key and writes each place once, so no keystream is used twice. */
#define BLOCK 16u

struct LlSpool
{
  gatomicrefcount references;
  guint8 *memory;  /* LL_SPOOL_MEMORY octets, until there is a file */
  guint8 *scratch; /* LL_CHUNK octets of ciphertext on the way to the file */
  int fd;          /* -1 while in memory */
  guint64 length;
  guint64 limit;
  const char *limit_name;
  gboolean broken;
  guint8 key[32];
  EVP_CIPHER_CTX *writer;
  EVP_CIPHER_CTX *reader;
  guint64 reader_at; /* the reader's keystream stands here */
};

LlSpool *
ll_spool_new (void)
{
  LlSpool *spool = g_new0 (LlSpool, 1);
  g_atomic_ref_count_init (&spool->references);
  spool->fd = -1;
  spool->limit = LL_LIMIT_MESSAGE;
  spool->limit_name = N_ ("message size");
  return spool;
}

LlSpool *
ll_spool_ref (LlSpool *spool)
{
  g_atomic_ref_count_inc (&spool->references);
  return spool;
}

static void
wipe_memory (LlSpool *spool)
{
  if (spool->memory == NULL)
    return;
  OPENSSL_cleanse (spool->memory, MIN (spool->length, LL_SPOOL_MEMORY));
  g_clear_pointer (&spool->memory, g_free);
}

void
ll_spool_unref (LlSpool *spool)
{
  if (spool == NULL || !g_atomic_ref_count_dec (&spool->references))
    return;
  wipe_memory (spool);
  if (spool->fd >= 0)
    close (spool->fd);
  g_free (spool->scratch);
  EVP_CIPHER_CTX_free (spool->writer);
  EVP_CIPHER_CTX_free (spool->reader);
  OPENSSL_cleanse (spool->key, sizeof spool->key);
  g_free (spool);
}

void
ll_spool_set_limit (LlSpool *spool, guint64 limit, const char *what)
{
  spool->limit = limit;
  spool->limit_name = what;
}

guint64
ll_spool_length (const LlSpool *spool)
{
  return spool->length;
}

/* TMPDIR where the user says so; else /var/tmp, for a file that may be as large as a
 * message does not belong into a /tmp that is memory. */
static int
open_unlinked (void)
{
  const char *const folders[] = { getenv ("TMPDIR"), "/var/tmp", "/tmp" };
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      if (folders[i] == NULL)
        continue;
      int fd = open (folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
      if (fd >= 0)
        return fd;
      /* Not every file system has O_TMPFILE. */
      g_autofree char *name = g_build_filename (folders[i], "letterlock-XXXXXX", NULL);
      fd = mkostemp (name, O_CLOEXEC);
      if (fd >= 0)
        {
          unlink (name);
          return fd;
        }
    }
  return -1;
}

static gboolean
key_at (LlSpool *spool, EVP_CIPHER_CTX *context, guint64 offset)
{
  guint8 counter[BLOCK] = { 0 };
  guint64 block = offset / BLOCK;
  for (guint i = 0; i < 8; i++)
    counter[BLOCK - 1 - i] = (guint8)(block >> (8 * i));
  guint8 skipped[BLOCK] = { 0 };
  int n = 0;
  return EVP_EncryptInit_ex (context, EVP_aes_256_ctr (), NULL, spool->key, counter) == 1
         && EVP_EncryptUpdate (context, skipped, &n, skipped, (int)(offset % BLOCK)) == 1;
}

static gboolean
write_encrypted (LlSpool *spool, const guint8 *data, gsize length, GError **error)
{
  while (length > 0)
    {
      gsize piece = MIN (length, LL_CHUNK);
      int n = 0;
      if (EVP_EncryptUpdate (spool->writer, spool->scratch, &n, data, (int)piece) != 1)
        {
          ll_error_set (error, LL_ERROR_IO, "temporary file: encryption failed");
          return FALSE;
        }
      for (gsize done = 0; done < piece;)
        {
          ssize_t written = write (spool->fd, spool->scratch + done, piece - done);
          if (written < 0 && errno == EINTR)
            continue;
          if (written < 0)
            {
              ll_error_set_errno (error, errno, N_ ("temporary file"));
              return FALSE;
            }
          done += (gsize)written;
        }
      data += piece;
      length -= piece;
    }
  return TRUE;
}

static gboolean
move_to_file (LlSpool *spool, GError **error)
{
  spool->fd = open_unlinked ();
  if (spool->fd < 0)
    {
      ll_error_set_errno (error, errno, N_ ("temporary file"));
      return FALSE;
    }
  spool->writer = EVP_CIPHER_CTX_new ();
  spool->reader = EVP_CIPHER_CTX_new ();
  spool->scratch = g_malloc (LL_CHUNK);
  spool->reader_at = G_MAXUINT64;
  if (spool->writer == NULL || spool->reader == NULL || RAND_bytes (spool->key, sizeof spool->key) != 1
      || !key_at (spool, spool->writer, 0))
    {
      ll_error_set (error, LL_ERROR_IO, "temporary file: encryption failed");
      return FALSE;
    }
  if (spool->length > 0 && !write_encrypted (spool, spool->memory, spool->length, error))
    return FALSE;
  wipe_memory (spool);
  return TRUE;
}

static gboolean
append (LlSpool *spool, const guint8 *data, gsize length, GError **error)
{
  if (length > spool->limit || spool->length > spool->limit - length)
    {
      g_autofree char *limit = g_format_size_full (spool->limit, G_FORMAT_SIZE_IEC_UNITS);
      ll_error_set (error, LL_ERROR_LIMIT, "limit: %s over %s", spool->limit_name, limit);
      return FALSE;
    }
  if (spool->fd < 0 && spool->length + length <= LL_SPOOL_MEMORY)
    {
      if (spool->memory == NULL)
        spool->memory = g_malloc (LL_SPOOL_MEMORY);
      memcpy (spool->memory + spool->length, data, length);
    }
  else if ((spool->fd < 0 && !move_to_file (spool, error)) || !write_encrypted (spool, data, length, error))
    return FALSE;
  spool->length += length;
  return TRUE;
}

gboolean
ll_spool_append (LlSpool *spool, const void *data, gsize length, GError **error)
{
  if (spool->broken)
    {
      ll_error_set (error, LL_ERROR_IO, "temporary file: an earlier write failed");
      return FALSE;
    }
  spool->broken = length > 0 && !append (spool, data, length, error);
  return !spool->broken;
}

gboolean
ll_spool_append_fd (LlSpool *spool, int fd, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (LL_CHUNK);
  gboolean ok = TRUE;
  for (;;)
    {
      ssize_t n = read (fd, buffer, LL_CHUNK);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        ll_error_set_errno (error, errno, N_ ("input"));
      if (n <= 0)
        {
          ok = n == 0;
          break;
        }
      if (!ll_spool_append (spool, buffer, (gsize)n, error))
        {
          ok = FALSE;
          break;
        }
    }
  OPENSSL_cleanse (buffer, LL_CHUNK);
  return ok;
}

static gboolean
spool_sink_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  return ll_spool_append (self, data, length, error);
}

static void
spool_sink_free (gpointer self)
{
  ll_spool_unref (self);
}

LlSink *
ll_spool_sink (LlSpool *spool)
{
  static const LlSinkOps ops = { spool_sink_write, NULL, spool_sink_free };
  return ll_sink_new (&ops, ll_spool_ref (spool));
}

/* Reads exactly @length octets, which are known to be there. */
static gboolean
read_encrypted (LlSpool *spool, guint64 offset, guint8 *buffer, gsize length, GError **error)
{
  for (gsize done = 0; done < length;)
    {
      ssize_t n = pread (spool->fd, buffer + done, length - done, (off_t)(offset + done));
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          ll_error_set_errno (error, n < 0 ? errno : EIO, N_ ("temporary file"));
          return FALSE;
        }
      done += (gsize)n;
    }
  gboolean ok = spool->reader_at == offset || key_at (spool, spool->reader, offset);
  for (gsize done = 0; ok && done < length;)
    {
      int n = 0;
      int piece = (int)MIN (length - done, LL_CHUNK);
      ok = EVP_EncryptUpdate (spool->reader, buffer + done, &n, buffer + done, piece) == 1;
      done += (gsize)piece;
    }
  spool->reader_at = ok ? offset + length : G_MAXUINT64;
  if (!ok)
    ll_error_set (error, LL_ERROR_IO, "temporary file: decryption failed");
  return ok;
}

LlOctets
ll_spool_octets (LlSpool *spool)
{
  return (LlOctets){ spool, 0, spool->length };
}

LlOctets
ll_octets_sub (LlOctets octets, guint64 offset, guint64 length)
{
  g_assert (offset <= octets.length && length <= octets.length - offset);
  return (LlOctets){ octets.spool, octets.offset + offset, length };
}

gboolean
ll_octets_read (LlOctets octets, guint64 offset, void *buffer, gsize length, gsize *out_length,
                GError **error)
{
  if (offset >= octets.length)
    {
      *out_length = 0;
      return TRUE;
    }
  LlSpool *spool = octets.spool;
  gsize n = (gsize)MIN (length, octets.length - offset);
  guint64 at = octets.offset + offset;
  g_assert (at <= spool->length && n <= spool->length - at);
  if (spool->fd < 0)
    memcpy (buffer, spool->memory + at, n);
  else if (!read_encrypted (spool, at, buffer, n, error))
    return FALSE;
  *out_length = n;
  return TRUE;
}

GBytes *
ll_octets_load (LlOctets octets, gsize limit, const char *what, GError **error)
{
  if (octets.length > limit)
    {
      g_autofree char *size = g_format_size_full (limit, G_FORMAT_SIZE_IEC_UNITS);
      ll_error_set (error, LL_ERROR_LIMIT, "limit: %s over %s", what, size);
      return NULL;
    }
  gsize n = 0;
  g_autofree guint8 *data = g_malloc (octets.length + 1);
  if (!ll_octets_read (octets, 0, data, (gsize)octets.length, &n, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), n);
}

gboolean
ll_octets_copy (LlOctets octets, LlSink *sink, GError **error)
{
  g_auto (LlReader) reader = { 0 };
  ll_reader_init (&reader, octets);
  for (;;)
    {
      const guint8 *data;
      gsize n;
      if (!ll_reader_fill (&reader, &data, &n, error))
        return FALSE;
      if (n == 0)
        return TRUE;
      if (!ll_sink_write (sink, data, n, error))
        return FALSE;
      ll_reader_skip (&reader, n);
    }
}

void
ll_reader_init (LlReader *reader, LlOctets octets)
{
  *reader = (LlReader){ .octets = octets };
}

void
ll_reader_clear (LlReader *reader)
{
  if (reader->buffer != NULL)
    OPENSSL_cleanse (reader->buffer, LL_CHUNK);
  g_clear_pointer (&reader->buffer, g_free);
}

gboolean
ll_reader_need (LlReader *reader, gsize n, const guint8 **out_data, gsize *out_n, GError **error)
{
  g_assert (n <= LL_CHUNK);
  if (reader->buffer == NULL)
    reader->buffer = g_malloc (LL_CHUNK);
  gsize have = reader->end - reader->start;
  if (have < n)
    {
      memmove (reader->buffer, reader->buffer + reader->start, have);
      gsize got = 0;
      if (!ll_octets_read (reader->octets, reader->position + have, reader->buffer + have, LL_CHUNK - have,
                           &got, error))
        return FALSE;
      reader->start = 0;
      reader->end = have + got;
    }
  *out_data = reader->buffer + reader->start;
  *out_n = reader->end - reader->start;
  return TRUE;
}

gboolean
ll_reader_fill (LlReader *reader, const guint8 **out_data, gsize *out_n, GError **error)
{
  return ll_reader_need (reader, 1, out_data, out_n, error);
}

void
ll_reader_skip (LlReader *reader, guint64 n)
{
  gsize have = reader->end - reader->start;
  if (n <= have)
    reader->start += (gsize)n;
  else
    reader->start = reader->end = 0;
  reader->position += n;
}
