/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What core asks the storey above for: certificates, keys as handles, and a
 * person to ask.  keystore/ and ui-bridge/ implement these; OpenPGP keys stay
 * where GnuPG has them, so its engine asks for nothing here.
 *
 * A key handle is a certificate and an EVP_PKEY whose private operations may
 * be carried out elsewhere (a card, gpg-agent): nobody here sees key octets.
 */
#pragma once

#include "ll-secret.h"
#include "ll-verdict.h"

G_BEGIN_DECLS

struct x509_st;
struct evp_pkey_st;

typedef struct
{
  struct x509_st *certificate; /* owned reference */
  struct evp_pkey_st *key;     /* owned reference */
} LlKeyHandle;

/** ll_key_handle_new: takes references of its own. */
LlKeyHandle *ll_key_handle_new (struct x509_st *certificate, struct evp_pkey_st *key);
void ll_key_handle_free (LlKeyHandle *handle);

typedef struct LlKeySource LlKeySource;
struct LlKeySource
{
  /* Certificates that speak for @address, wherever they came from, expired ones too:
   * the engine judges.  (transfer container) (element-type struct x509_st, each a new reference) */
  GPtrArray *(*find_certificates) (LlKeySource *source, const char *address, GError **error);
  /* Everything that may help to build a chain: intermediates.  Not trusted. */
  GPtrArray *(*list_intermediates) (LlKeySource *source, GError **error);
  /* Trust anchors for the e-mail purpose. */
  GPtrArray *(*list_anchors) (LlKeySource *source, GError **error);
  /* Own keys, also expired and superseded ones (they still decrypt).
   * (transfer full) (element-type LlKeyHandle).  May ask for a passphrase. */
  GPtrArray *(*list_keys) (LlKeySource *source, GError **error);
};

typedef enum
{
  LL_PROMPT_PASSPHRASE,
} LlPromptKind;

typedef struct LlPrompter LlPrompter;
struct LlPrompter
{
  /**
   * ask:
   * @subject: what it is for, a sentence for people
   * @again: the previous answer was wrong
   * Returns: (transfer full): Errors: LL_ERROR_NO_PASSPHRASE when there is no way to ask,
   *   G_IO_ERROR_CANCELLED when the person declines
   */
  LlSecret *(*ask) (LlPrompter *prompter, LlPromptKind kind, const LlText *subject, gboolean again,
                    GError **error);
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlKeyHandle, ll_key_handle_free)

G_END_DECLS
