/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-error.h"

#include <errno.h>

typedef struct
{
  LlText *text;
} LlErrorPrivate;

static void
ll_error_private_init (LlErrorPrivate *priv)
{
  priv->text = NULL;
}

static void
ll_error_private_copy (const LlErrorPrivate *source, LlErrorPrivate *destination)
{
  destination->text = ll_text_copy (source->text);
}

static void
ll_error_private_clear (LlErrorPrivate *priv)
{
  g_clear_pointer (&priv->text, ll_text_free);
}

/* Provides ll_error_quark() and ll_error_get_private(). */
G_DEFINE_EXTENDED_ERROR (LlError, ll_error)

static const char *const code_names[] = {
  [LL_ERROR_USAGE] = "usage",
  [LL_ERROR_EMPTY] = "empty",
  [LL_ERROR_MALFORMED] = "malformed",
  [LL_ERROR_LIMIT] = "limit",
  [LL_ERROR_MIXED_CONTENT] = "mixed-content",
  [LL_ERROR_INTEGRITY] = "integrity",
  [LL_ERROR_DECRYPT_FAILED] = "decrypt-failed",
  [LL_ERROR_UNSUPPORTED] = "unsupported",
  [LL_ERROR_NOT_ENCRYPTED] = "not-encrypted",
  [LL_ERROR_NO_SECRET_KEY] = "no-secret-key",
  [LL_ERROR_NO_KEY] = "no-key",
  [LL_ERROR_AMBIGUOUS_KEY] = "ambiguous-key",
  [LL_ERROR_NO_RECIPIENTS] = "no-recipients",
  [LL_ERROR_NO_PASSPHRASE] = "no-passphrase",
  [LL_ERROR_BAD_PASSPHRASE] = "bad-passphrase",
  [LL_ERROR_RECIPIENT_MISMATCH] = "recipient-mismatch",
  [LL_ERROR_ENGINE] = "engine",
  [LL_ERROR_IO] = "io",
  [LL_ERROR_CLOSED] = "closed",
};

const char *
ll_error_code_name (LlErrorCode code)
{
  g_return_val_if_fail ((gsize)code < G_N_ELEMENTS (code_names), "unknown");
  return code_names[code];
}

static G_GNUC_PRINTF (3, 0) void set_valist (GError **error, LlErrorCode code, const char *msgid,
                                             va_list args)
{
  if (error == NULL)
    return;
  LlText *text = ll_text_new_valist (msgid, args);
  g_autofree char *english = ll_text_format (text, NULL, NULL);
  *error = g_error_new_literal (LL_ERROR, (gint)code, english);
  ll_error_get_private (*error)->text = text;
}

void
ll_error_set (GError **error, LlErrorCode code, const char *msgid, ...)
{
  g_return_if_fail (error == NULL || *error == NULL);
  va_list args;
  va_start (args, msgid);
  set_valist (error, code, msgid, args);
  va_end (args);
}

void
ll_error_set_errno (GError **error, int errnum, const char *what)
{
  if (errnum == EPIPE)
    ll_error_set (error, LL_ERROR_CLOSED, "%s: the reader went away before everything was written", what);
  else
    ll_error_set (error, LL_ERROR_IO, "%s: %s", what, g_strerror (errnum));
}

const LlText *
ll_error_text (const GError *error)
{
  if (error == NULL || error->domain != LL_ERROR)
    return NULL;
  return ll_error_get_private (error)->text;
}
