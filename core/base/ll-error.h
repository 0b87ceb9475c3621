/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of the library: one domain, few codes, each of which a caller acts
 * on differently.  A failed signature is not an error but a verdict
 * (ll-verdict.h).
 *
 *   g_autoptr (GError) error = NULL;
 *   if (!ll_spool_append (spool, data, n, &error))
 *     report (ll_error_text (error));      // sentence with its arguments apart
 *
 * A message is made of a template and its arguments, so that the storey that
 * speaks to people can translate it; error->message holds the English form.
 */
#pragma once

#include "ll-text.h"

G_BEGIN_DECLS

#define LL_ERROR (ll_error_quark ())

/**
 * LlErrorCode:
 * The stable name of each code (ll_error_code_name()) is part of the JSON
 * report.  Cancelling is %G_IO_ERROR_CANCELLED, not a code of this domain.
 */
typedef enum
{
  LL_ERROR_USAGE,              /* the caller asked for something impossible */
  LL_ERROR_EMPTY,              /* there is no message */
  LL_ERROR_MALFORMED,          /* not what it claims to be, or cut short */
  LL_ERROR_LIMIT,              /* over a limit of ll-limits.h, which the text names */
  LL_ERROR_MIXED_CONTENT,      /* protected part below unprotected structure (RFC 9787) */
  LL_ERROR_INTEGRITY,          /* altered: MDC, AEAD tag or structure check failed */
  LL_ERROR_DECRYPT_FAILED,     /* CMS: key, padding or content, never told apart (RFC 3218) */
  LL_ERROR_UNSUPPORTED,        /* understood and named, but not possible here */
  LL_ERROR_NOT_ENCRYPTED,      /* asked to decrypt what only looks encrypted */
  LL_ERROR_NO_SECRET_KEY,      /* none of our keys opens it */
  LL_ERROR_NO_KEY,             /* no usable key for an address; the text names each */
  LL_ERROR_AMBIGUOUS_KEY,      /* two usable keys and no rule between them */
  LL_ERROR_NO_RECIPIENTS,      /* nobody to encrypt to */
  LL_ERROR_NO_PASSPHRASE,      /* a passphrase is needed and nobody can be asked */
  LL_ERROR_BAD_PASSPHRASE,     /* a passphrase was given and is wrong */
  LL_ERROR_RECIPIENT_MISMATCH, /* what was made is not for whom it was meant; nothing is released */
  LL_ERROR_ENGINE,             /* gpg, its agent or a helper is missing or died */
  LL_ERROR_IO,                 /* reading or writing failed; the text holds the system's reason */
  LL_ERROR_CLOSED,             /* the reader of our output went away (EPIPE) */
} LlErrorCode;

GQuark ll_error_quark (void);

/**
 * ll_error_code_name:
 * Returns: (transfer none): the stable lower-case name, for example "no-secret-key"
 */
const char *ll_error_code_name (LlErrorCode code);

/**
 * ll_error_set:
 * @error: (out) (optional): as for g_set_error()
 * @msgid: English template; only %s conversions, marked for translation by
 *   this call alone
 * @...: one string for each %s
 *
 * Arguments that are themselves words for people are marked with N_() and
 * translated when the sentence is told.
 */
void ll_error_set (GError **error, LlErrorCode code, const char *msgid, ...) G_GNUC_PRINTF (3, 4);

/**
 * ll_error_set_errno:
 * As ll_error_set() with LL_ERROR_IO, or LL_ERROR_CLOSED for EPIPE; @what names
 * the thing that failed ("spool", "output") and @errnum's text follows it.
 */
void ll_error_set_errno (GError **error, int errnum, const char *what);

/**
 * ll_error_text:
 * Returns: (transfer none) (nullable): template and arguments of an LL_ERROR;
 *   NULL for an error of another domain
 */
const LlText *ll_error_text (const GError *error);

G_END_DECLS
