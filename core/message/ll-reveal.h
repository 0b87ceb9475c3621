/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading: what is inside a message, and what is true about it.
 *
 *   g_autoptr (LlRevealed) r = ll_reveal (input, engines, n, &options, &error);
 *   if (r->verdict->error) …            // nothing of the protected content may be shown
 *   ll_revealed_write (r, LL_WRITE_MESSAGE, sink, &error);
 */
#pragma once

#include "ll-engine.h"
#include "ll-entity.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 at;           /* judge at this time; 0: now */
  gboolean at_message; /* judge at the message's own Date (protected before outer) */
  gboolean decrypt;    /* FALSE: an encryption layer is named, not opened */
  gboolean inline_pgp; /* the caller asks for a text body that is wholly inline OpenPGP */
  gboolean may_prompt;
} LlRevealOptions;

typedef struct
{
  LlVerdict *verdict;
  LlEntity *message;   /* as it arrived */
  LlEntity *payload;   /* (transfer none) the cryptographic payload: @message itself when there is no
                          layer; NULL when it must not be shown */
  LlEol eol;           /* of the message as it arrived */
  gboolean unopened;   /* something encrypted stands where it is not opened automatically: below other
                          content (RFC 9787 6.2.1), or inline */
  gboolean outer_from; /* the protected From, if any, is not to be believed or absent: the outer one is shown
                          (RFC 9788 4.4) */
  /*< private >*/
  GPtrArray *spools;
  GPtrArray *entities;
  LlHeader *fields;
} LlRevealed;

/**
 * ll_reveal:
 * @input: the message; must outlive the result
 * @engines: one of each protocol that is available
 * Returns: (transfer full): also for a message that is damaged or cannot be opened:
 *   then verdict->error says why and @payload is NULL.  NULL only when no verdict is
 *   possible at all (I/O, engine missing, cancelled, no passphrase, malformed outer message).
 */
LlRevealed *ll_reveal (LlSpool *input, LlEngine *const *engines, guint n_engines,
                       const LlRevealOptions *options, GError **error);
void ll_revealed_free (LlRevealed *revealed);

/**
 * ll_revealed_field:
 * Returns: (transfer none) (nullable): the value of @name that may be believed as far as this
 *   message can be: the protected one where headers are protected (a field absent inside is absent),
 *   else the outer one
 */
const char *ll_revealed_field (const LlRevealed *revealed, const char *name);

/** ll_revealed_source: (transfer none): the header section that speaks for the field called @name: that of
 * the payload or that of the message as it arrived. */
const LlHeader *ll_revealed_source (const LlRevealed *revealed, const char *name);

typedef enum
{
  LL_WRITE_MESSAGE, /* the message with protection removed and protected fields restored */
  LL_WRITE_BODY,    /* the payload entity alone, octet by octet */
} LlWriteForm;

/** ll_revealed_check_opened: LL_ERROR_MIXED_CONTENT when @unopened and nothing was decrypted: whoever asked
 *  for decryption must not get ciphertext and be told that all went well. */
gboolean ll_revealed_check_opened (const LlRevealed *revealed, GError **error);

gboolean ll_revealed_write (const LlRevealed *revealed, LlWriteForm form, LlSink *out, GError **error);

/** ll_reveal_raw: plain data instead of a message: @out receives the content. */
LlVerdict *ll_reveal_raw (LlSpool *input, LlOctets detached_content, LlEngine *const *engines,
                          guint n_engines, const LlRevealOptions *options, LlSpool *out, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlRevealed, ll_revealed_free)

G_END_DECLS
