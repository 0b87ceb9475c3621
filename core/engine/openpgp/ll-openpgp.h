/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The OpenPGP engine: GnuPG through GPGME, always behind the gpg guard, so that
 * plaintext never travels on gpg's standard output (where key listings of
 * injected packets travel too) and gpg.conf cannot change a result.
 */
#pragma once

#include "ll-engine.h"

G_BEGIN_DECLS

typedef struct
{
  const char *guard;   /* absolute path of letterlock-gpg-guard */
  const char *home;    /* (nullable) GNUPGHOME; NULL: the user's */
  gboolean may_prompt; /* FALSE: pinentry is never started */
  gboolean offline;
} LlOpenpgpOptions;

/** ll_openpgp_engine_new: starts nothing yet.  Errors: LL_ERROR_ENGINE */
LlEngine *ll_openpgp_engine_new (const LlOpenpgpOptions *options, GError **error);

G_END_DECLS
