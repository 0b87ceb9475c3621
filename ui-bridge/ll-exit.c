/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-exit.h"

#include <gio/gio.h>

#include "ll-report.h"

static const LlExit of_error[] = {
  [LL_ERROR_USAGE] = LL_EXIT_USAGE,
  [LL_ERROR_EMPTY] = LL_EXIT_MALFORMED,
  [LL_ERROR_MALFORMED] = LL_EXIT_MALFORMED,
  [LL_ERROR_LIMIT] = LL_EXIT_MALFORMED,
  [LL_ERROR_MIXED_CONTENT] = LL_EXIT_MALFORMED,
  [LL_ERROR_INTEGRITY] = LL_EXIT_BAD,
  [LL_ERROR_DECRYPT_FAILED] = LL_EXIT_BAD,
  [LL_ERROR_UNSUPPORTED] = LL_EXIT_FAILURE,
  [LL_ERROR_NOT_ENCRYPTED] = LL_EXIT_MALFORMED,
  [LL_ERROR_NO_SECRET_KEY] = LL_EXIT_NO_KEY,
  [LL_ERROR_NO_KEY] = LL_EXIT_NO_KEY,
  [LL_ERROR_AMBIGUOUS_KEY] = LL_EXIT_NO_KEY,
  [LL_ERROR_NO_RECIPIENTS] = LL_EXIT_USAGE,
  [LL_ERROR_NO_PASSPHRASE] = LL_EXIT_CANCELLED,
  [LL_ERROR_BAD_PASSPHRASE] = LL_EXIT_CANCELLED,
  [LL_ERROR_RECIPIENT_MISMATCH] = LL_EXIT_FAILURE,
  [LL_ERROR_ENGINE] = LL_EXIT_FAILURE,
  [LL_ERROR_IO] = LL_EXIT_FAILURE,
  [LL_ERROR_CLOSED] = LL_EXIT_FAILURE,
};

static const LlExit of_signature[] = {
  [LL_SIGNATURE_NONE] = LL_EXIT_OK,
  [LL_SIGNATURE_VALID] = LL_EXIT_OK,
  [LL_SIGNATURE_VALID_UNTRUSTED] = LL_EXIT_UNJUDGED,
  [LL_SIGNATURE_WRONG_SENDER] = LL_EXIT_BAD,
  [LL_SIGNATURE_KEY_EXPIRED] = LL_EXIT_UNJUDGED,
  [LL_SIGNATURE_KEY_REVOKED] = LL_EXIT_UNJUDGED,
  [LL_SIGNATURE_NO_KEY] = LL_EXIT_UNJUDGED,
  [LL_SIGNATURE_WEAK] = LL_EXIT_UNJUDGED,
  [LL_SIGNATURE_BAD] = LL_EXIT_BAD,
  [LL_SIGNATURE_UNSUPPORTED] = LL_EXIT_UNJUDGED,
};

/* What calls for attention first: evidence that something was altered, then what could not be
 * looked at, then what could not be judged. */
static const guint gravity[] = {
  [LL_EXIT_OK] = 0,        [LL_EXIT_USAGE] = 1,   [LL_EXIT_UNSIGNED] = 2,
  [LL_EXIT_UNJUDGED] = 3,  [LL_EXIT_NO_KEY] = 4,  [LL_EXIT_CANCELLED] = 5,
  [LL_EXIT_MALFORMED] = 6, [LL_EXIT_FAILURE] = 7, [LL_EXIT_BAD] = 8,
};

LlExit
ll_exit_of_error (const GError *error)
{
  if (error == NULL)
    return LL_EXIT_OK;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return LL_EXIT_CANCELLED;
  if (error->domain == LL_ERROR && (gsize)error->code < G_N_ELEMENTS (of_error))
    return of_error[error->code];
  return LL_EXIT_FAILURE;
}

LlExit
ll_exit_of_verdict (const LlVerdict *verdict, gboolean must_be_signed)
{
  if (verdict->error != NULL)
    return ll_exit_of_error (verdict->error);
  if (verdict->encryption == LL_ENCRYPTION_FAILED)
    return LL_EXIT_FAILURE;
  if (must_be_signed && verdict->signature == LL_SIGNATURE_NONE)
    return LL_EXIT_UNSIGNED;
  if ((gsize)verdict->signature >= G_N_ELEMENTS (of_signature))
    return LL_EXIT_UNJUDGED;
  return of_signature[verdict->signature];
}

LlExit
ll_exit_worst (LlExit a, LlExit b)
{
  return gravity[a] >= gravity[b] ? a : b;
}
