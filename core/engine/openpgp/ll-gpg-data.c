/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "ll-gpg.h"
#include "ll-limits.h"

/* GPGME copies 512 octets at a time unless told otherwise. */
#define GPGME_BUFFER "65536"
#define CHUNK (48u * 1024)

static gboolean
make_data (gpgme_data_t *out, struct gpgme_data_cbs *callbacks, gpointer self, GError **error)
{
  gpgme_error_t code = gpgme_data_new_from_cbs (out, callbacks, self);
  if (code == 0)
    code = gpgme_data_set_flag (*out, "io-buffer-size", GPGME_BUFFER);
  if (code == 0)
    return TRUE;
  ll_error_set (error, LL_ERROR_ENGINE, N_ ("GPGME cannot be used: %s"), gpgme_strerror (code));
  return FALSE;
}

gboolean
ll_gpg_take_error (GError **from, GError **error)
{
  if (*from == NULL)
    return FALSE;
  g_propagate_error (error, g_steal_pointer (from));
  return TRUE;
}

static gssize
failed (LlGpgInput *input)
{
  if (input->error == NULL)
    ll_error_set (&input->error, LL_ERROR_IO, N_ ("reading failed"));
  errno = EIO;
  return -1;
}

/* ---- plain input ---- */

static void
append_crlf (LlGpgInput *input, const guint8 *data, gsize n)
{
  for (gsize start = 0; start < n;)
    {
      const guint8 *lf = memchr (data + start, '\n', n - start);
      gsize end = lf != NULL ? (gsize)(lf - data) : n;
      gboolean after_cr = end > start ? data[end - 1] == '\r' : input->after_cr;
      g_byte_array_append (input->pending, data + start, (guint)(end - start));
      if (lf != NULL)
        g_byte_array_append (input->pending, (const guint8 *)"\r\n" + (after_cr ? 1 : 0), after_cr ? 1 : 2);
      input->after_cr = lf == NULL && after_cr;
      start = end + 1;
    }
}

static gboolean
fill_plain (LlGpgInput *input)
{
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  gsize n = 0;
  if (!ll_octets_read (input->octets, input->position, buffer, CHUNK, &n, &input->error))
    return FALSE;
  input->position += n;
  if (input->to_crlf)
    append_crlf (input, buffer, n);
  else
    g_byte_array_append (input->pending, buffer, (guint)n);
  return TRUE;
}

/* ---- OpenPGP input ---- */

static gboolean
check_packets (LlGpgInput *input, gboolean at_end)
{
  gsize n;
  ll_pgp_walk_packets (input->walk, &n);
  if (n == input->n_checked && !at_end)
    return TRUE;
  input->n_checked = n;
  if (!input->check (input->walk, FALSE, &input->error))
    return FALSE;
  if (at_end && !ll_pgp_walk_at_end (input->walk))
    {
      ll_pgp_truncated (&input->error, ll_pgp_armor_form (input->armor), input->truncated);
      return FALSE;
    }
  return !at_end || input->check (input->walk, TRUE, &input->error);
}

/* Appends @data, which began at @input->fed, without the SKESK packets in it. */
static void
append_without_passwords (LlGpgInput *input, const guint8 *data, gsize n)
{
  gsize n_packets;
  const LlPgpPacket *packets = ll_pgp_walk_packets (input->walk, &n_packets);
  guint64 begin = input->fed, end = begin + n, at = begin;
  for (gsize i = 0; i < n_packets && at < end; i++)
    {
      guint64 until = packets[i].end != 0 ? packets[i].end : G_MAXUINT64;
      if (packets[i].tag != LL_PGP_SKESK || until <= at || packets[i].offset >= end)
        continue;
      if (packets[i].offset > at)
        g_byte_array_append (input->pending, data + (at - begin), (guint)(packets[i].offset - at));
      at = MIN (until, end);
    }
  if (at < end)
    g_byte_array_append (input->pending, data + (at - begin), (guint)(end - at));
}

static gboolean
fill_pgp (LlGpgInput *input)
{
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  gsize n = 0;
  if (!ll_pgp_armor_read (input->armor, buffer, CHUNK, &n, &input->error)
      || !ll_pgp_walk_feed (input->walk, buffer, n, &input->error) || !check_packets (input, n == 0))
    return FALSE;
  if (input->no_passwords)
    append_without_passwords (input, buffer, n);
  else
    g_byte_array_append (input->pending, buffer, (guint)n);
  input->fed += n;
  return TRUE;
}

static gssize
on_read (void *self, void *buffer, size_t size)
{
  LlGpgInput *input = self;
  if (input->error != NULL)
    return failed (input);
  if (input->pending_at == input->pending->len)
    {
      guint64 before = input->fed + input->position;
      do
        {
          before = input->fed + input->position;
          input->pending_at = 0;
          g_byte_array_set_size (input->pending, 0);
          if (!(input->walk != NULL ? fill_pgp (input) : fill_plain (input)))
            return failed (input);
        }
      while (input->pending->len == 0 && before != input->fed + input->position);
    }
  gsize n = MIN (size, input->pending->len - input->pending_at);
  if (n > 0)
    memcpy (buffer, input->pending->data + input->pending_at, n);
  input->pending_at += n;
  return (gssize)n;
}

gboolean
ll_gpg_input_plain (LlGpgInput *input, LlOctets octets, gboolean to_crlf, GError **error)
{
  *input = (LlGpgInput){
    .octets = octets, .to_crlf = to_crlf, .callbacks = { .read = on_read }, .pending = g_byte_array_new ()
  };
  return make_data (&input->data, &input->callbacks, input, error);
}

gboolean
ll_gpg_input_pgp (LlGpgInput *input, LlOctets octets, LlPgpCheck check, LlErrorCode truncated, GError **error)
{
  *input = (LlGpgInput){ .octets = octets,
                         .callbacks = { .read = on_read },
                         .check = check,
                         .truncated = truncated,
                         .pending = g_byte_array_new (),
                         .walk = ll_pgp_walk_new () };
  input->armor = ll_pgp_armor_open (octets, error);
  return input->armor != NULL && make_data (&input->data, &input->callbacks, input, error);
}

gboolean
ll_gpg_input_finish (LlGpgInput *input, GError **error)
{
  guint64 before;
  do
    {
      before = input->fed;
      g_byte_array_set_size (input->pending, 0);
    }
  while (input->error == NULL && fill_pgp (input) && input->fed > before);
  return !ll_gpg_take_error (&input->error, error);
}

void
ll_gpg_input_clear (LlGpgInput *input)
{
  if (input->data != NULL)
    gpgme_data_release (input->data);
  g_clear_pointer (&input->armor, ll_pgp_armor_free);
  g_clear_pointer (&input->walk, ll_pgp_walk_free);
  g_clear_pointer (&input->pending, g_byte_array_unref);
  g_clear_error (&input->error);
  input->data = NULL;
}

/* ---- output ---- */

static gssize
on_write (void *self, const void *buffer, size_t size)
{
  LlGpgOutput *output = self;
  if (output->error != NULL || !ll_spool_append (output->spool, buffer, size, &output->error))
    {
      errno = EFBIG;
      return -1;
    }
  output->written += size;
  return (gssize)size;
}

gboolean
ll_gpg_output_init (LlGpgOutput *output, LlSpool *spool, GError **error)
{
  *output = (LlGpgOutput){ .spool = spool, .callbacks = { .write = on_write } };
  return make_data (&output->data, &output->callbacks, output, error);
}

void
ll_gpg_output_clear (LlGpgOutput *output)
{
  if (output->data != NULL)
    gpgme_data_release (output->data);
  g_clear_error (&output->error);
  output->data = NULL;
}
