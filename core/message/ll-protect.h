/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing: a message signed, or signed and encrypted, for exactly the people it
 * is meant for, or not at all.
 */
#pragma once

#include "ll-engine.h"
#include "ll-entity.h"

G_BEGIN_DECLS

typedef enum
{
  LL_HCP_BASELINE, /* Subject hidden, Comments and Keywords removed (RFC 9788 3.2.1) */
  LL_HCP_SHY,      /* and display names, time zone (RFC 9788 3.2.2) */
  LL_HCP_NONE,     /* everything stays visible outside too */
} LlHeaderPolicy;

typedef struct
{
  gboolean encrypt;
  gboolean sign;
  gboolean opaque;               /* sign only: content inside the signature structure */
  const char *sign_as;           /* (nullable) */
  const char *const *recipients; /* (nullable): NULL: To, Cc and Bcc */
  gboolean self;
  LlHeaderPolicy headers;
  gboolean raw;       /* plain data, not a message */
  gboolean detached;  /* raw sign */
  const char *sender; /* raw: (nullable) address to sign for */
} LlProtectOptions;

/**
 * ll_protect:
 * @decisions: (nullable) (element-type LlKeyDecision): which key was taken and why not the others
 * @out: receives the finished message; written to only after everything succeeded
 * @out_notes: (optional) (transfer full) (element-type LlWarning): what the sender should know
 *   ("bcc-removed")
 * Errors: USAGE, MALFORMED, NO_KEY, AMBIGUOUS_KEY, NO_RECIPIENTS, RECIPIENT_MISMATCH, UNSUPPORTED,
 *   NO_PASSPHRASE, ENGINE, IO, G_IO_ERROR_CANCELLED
 */
gboolean ll_protect (LlSpool *input, LlEngine *engine, const LlProtectOptions *options, GPtrArray *decisions,
                     LlSink *out, GPtrArray **out_notes, GError **error);

G_END_DECLS
