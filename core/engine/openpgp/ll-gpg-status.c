/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "ll-gpg.h"
#include "ll-limits.h"

/* A line's arguments, split at blanks. */
typedef struct
{
  char **words;
  guint n;
} Words;

typedef gboolean (*LineHandler) (LlGpgStatus *status, const Words *words);

static const char *
word (const Words *words, guint i)
{
  return i < words->n ? words->words[i] : "";
}

static guint64
number (const Words *words, guint i)
{
  return g_ascii_strtoull (word (words, i), NULL, 10);
}

static gboolean
on_plaintext (LlGpgStatus *status, const Words *words)
{
  /* PLAINTEXT <format in hex> <time> <name>: 62 is binary */
  status->n_plaintext++;
  status->is_text = strcmp (word (words, 0), "62") != 0;
  return TRUE;
}

static gboolean
on_plaintext_length (LlGpgStatus *status, const Words *words)
{
  status->has_length = TRUE;
  status->plaintext_length = number (words, 0);
  return TRUE;
}

/* While verifying nothing is decrypted, whatever the signature part holds (F4). */
static gboolean
on_encryption (LlGpgStatus *status, const Words *words)
{
  return status->may_decrypt;
}

static gboolean
on_enc_to (LlGpgStatus *status, const Words *words)
{
  g_ptr_array_add (status->encrypted_to, g_strdup (word (words, 0)));
  return status->may_decrypt;
}

static gboolean
on_no_seckey (LlGpgStatus *status, const Words *words)
{
  g_ptr_array_add (status->missing, g_strdup (word (words, 0)));
  return TRUE;
}

static gboolean
on_begin_decryption (LlGpgStatus *status, const Words *words)
{
  /* a second one is a message inside the message, opened without being asked (C-13) */
  return ++status->n_begin_decryption <= 1 && status->may_decrypt;
}

static gboolean
on_decryption_info (LlGpgStatus *status, const Words *words)
{
  status->has_session_key = TRUE;
  status->mdc = (guint)number (words, 0);
  status->cipher = (guint)number (words, 1);
  status->aead = (guint)number (words, 2);
  return TRUE;
}

static gboolean
on_decryption_okay (LlGpgStatus *status, const Words *words)
{
  status->n_decryption_okay++;
  return TRUE;
}

static gboolean
on_goodmdc (LlGpgStatus *status, const Words *words)
{
  status->n_goodmdc++;
  return TRUE;
}

static gboolean
on_badmdc (LlGpgStatus *status, const Words *words)
{
  status->n_badmdc++;
  return TRUE;
}

static gboolean
on_newsig (LlGpgStatus *status, const Words *words)
{
  return ++status->n_newsig <= LL_LIMIT_SIGNERS;
}

static gboolean
on_unexpected (LlGpgStatus *status, const Words *words)
{
  /* UNEXPECTED <what>: 1 is what gpg says of data compressed over and over */
  status->n_unexpected++;
  status->too_deep = status->too_deep || strcmp (word (words, 0), "1") == 0;
  return TRUE;
}

static gboolean
on_nodata (LlGpgStatus *status, const Words *words)
{
  status->n_nodata++;
  return TRUE;
}

/* VALIDSIG <fpr> <date> <time> <expires> <version> <reserved> <pubkey> <hash> <class> <primary fpr> */
static gboolean
on_validsig (LlGpgStatus *status, const Words *words)
{
  const char *fingerprint = word (words, 0);
  const char *primary = words->n > 9 ? word (words, 9) : fingerprint;
  g_hash_table_insert (status->primaries, g_strdup (fingerprint), g_strdup (primary));
  status->n_validsig++;
  if (strcmp (word (words, 8), "01") == 0)
    status->n_text_class++;
  if (strcmp (word (words, 8), "00") != 0 && strcmp (word (words, 8), "01") != 0)
    g_hash_table_add (status->strange_classes, g_strdup (fingerprint));
  return TRUE;
}

/* ERROR <location> <code>; FAILURE <location> <code>.  A cancelled or wrong passphrase says more than
 * what follows from it. */
static gboolean
on_error (LlGpgStatus *status, const Words *words)
{
  gpgme_error_t error = (gpgme_error_t)number (words, 1);
  switch (gpgme_err_code (error))
    {
    case GPG_ERR_NO_ERROR:
    case GPG_ERR_GENERAL:
      return TRUE;
    default:
      if (gpgme_err_code (status->error) == GPG_ERR_NO_ERROR)
        status->error = error;
      return TRUE;
    }
}

static gboolean
on_pinentry (LlGpgStatus *status, const Words *words)
{
  status->asked = TRUE;
  return TRUE;
}

static const struct
{
  const char *keyword;
  LineHandler handler;
} lines[] = {
  { "PLAINTEXT", on_plaintext },
  { "PLAINTEXT_LENGTH", on_plaintext_length },
  { "ENC_TO", on_enc_to },
  { "NEED_PASSPHRASE_SYM", on_encryption },
  { "NO_SECKEY", on_no_seckey },
  { "BEGIN_DECRYPTION", on_begin_decryption },
  { "DECRYPTION_INFO", on_decryption_info },
  { "DECRYPTION_OKAY", on_decryption_okay },
  { "GOODMDC", on_goodmdc },
  { "BADMDC", on_badmdc },
  { "NEWSIG", on_newsig },
  { "VALIDSIG", on_validsig },
  { "UNEXPECTED", on_unexpected },
  { "NODATA", on_nodata },
  { "ERROR", on_error },
  { "FAILURE", on_error },
  { "PINENTRY_LAUNCHED", on_pinentry },
};

void
ll_gpg_status_init (LlGpgStatus *status)
{
  *status = (LlGpgStatus){ 0 };
  status->encrypted_to = g_ptr_array_new_with_free_func (g_free);
  status->missing = g_ptr_array_new_with_free_func (g_free);
  status->primaries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  status->strange_classes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
ll_gpg_status_clear (LlGpgStatus *status)
{
  g_clear_pointer (&status->encrypted_to, g_ptr_array_unref);
  g_clear_pointer (&status->missing, g_ptr_array_unref);
  g_clear_pointer (&status->primaries, g_hash_table_unref);
  g_clear_pointer (&status->strange_classes, g_hash_table_unref);
}

gboolean
ll_gpg_plaintext_whole (const LlGpgStatus *status, guint64 written)
{
  if (status->n_plaintext != 1 || status->n_unexpected > 0
      || gpgme_err_code (status->error) == GPG_ERR_BAD_DATA)
    return FALSE;
  if (!status->has_length)
    return TRUE;
  return status->is_text ? written <= status->plaintext_length : written == status->plaintext_length;
}

gpgme_error_t
ll_gpg_status_line (void *opaque, const char *keyword, const char *arguments)
{
  LlGpgStatus *status = opaque;
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    if (strcmp (lines[i].keyword, keyword) == 0)
      {
        g_auto (GStrv) split = g_strsplit (arguments, " ", 16);
        Words words = { split, g_strv_length (split) };
        return lines[i].handler (status, &words) ? 0 : gpgme_error (GPG_ERR_UNEXPECTED);
      }
  return 0;
}
