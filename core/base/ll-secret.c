/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Pages of its own for each secret: locking works on pages, and nothing else
 * may share them.  The handle itself holds no secret octet. */
struct LlSecret
{
  gatomicrefcount references;
  guint8 *data;
  gsize length;
  gsize mapped;
};

LlSecret *
ll_secret_new (gsize length)
{
  gsize page = (gsize)sysconf (_SC_PAGESIZE);
  LlSecret *secret = g_new0 (LlSecret, 1);
  g_atomic_ref_count_init (&secret->references);
  secret->length = length;
  secret->mapped = (length + 1 + page - 1) / page * page;
  secret->data = mmap (NULL, secret->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (secret->data == MAP_FAILED)
    g_error ("out of memory for a secret of %" G_GSIZE_FORMAT " octets", length);
  /* Locking may be forbidden (RLIMIT_MEMLOCK): then the secret could reach swap, which is
   * no reason to refuse the work; core dumps and children are excluded all the same. */
  (void)mlock (secret->data, secret->mapped);
  (void)madvise (secret->data, secret->mapped, MADV_DONTDUMP);
  (void)madvise (secret->data, secret->mapped, MADV_WIPEONFORK);
  return secret;
}

LlSecret *
ll_secret_ref (LlSecret *secret)
{
  g_atomic_ref_count_inc (&secret->references);
  return secret;
}

void
ll_secret_unref (LlSecret *secret)
{
  if (secret == NULL || !g_atomic_ref_count_dec (&secret->references))
    return;
  explicit_bzero (secret->data, secret->mapped);
  (void)munmap (secret->data, secret->mapped);
  g_free (secret);
}

guint8 *
ll_secret_data (LlSecret *secret)
{
  return secret->data;
}

gsize
ll_secret_length (const LlSecret *secret)
{
  return secret->length;
}

void
ll_secret_truncate (LlSecret *secret, gsize length)
{
  g_return_if_fail (length <= secret->length);
  explicit_bzero (secret->data + length, secret->length - length);
  secret->length = length;
}
