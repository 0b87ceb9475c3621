/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GNUPGHOME of its own for each test program, with the real gpg in it. */
#pragma once

#include "ll-engine.h"
#include "ll-openpgp.h"

typedef struct
{
  char *path; /* short: the agent's socket is below it */
  LlEngine *engine;
} GpgHome;

GpgHome *gpg_home_new (void);
void gpg_home_free (GpgHome *home);

/** gpg_home_engine: another engine over the same home. */
LlEngine *gpg_home_engine (const GpgHome *home, gboolean may_prompt);

/** gpg_sh: runs @script with sh in the home; it must succeed.  Returns: (transfer full): its output */
char *gpg_sh (const GpgHome *home, const char *script);
/** gpg_key: an unprotected key of @algorithm.  Returns: (transfer full): its fingerprint */
char *gpg_key (const GpgHome *home, const char *uid, const char *algorithm, const char *usage);

/** gpg_load, gpg_save: a file in the home. */
LlSpool *gpg_load (const GpgHome *home, const char *name);
void gpg_save (const GpgHome *home, const char *name, const void *data, gsize n);

LlSpool *spool_of (const void *data, gsize n);
LlSpool *spool_of_text (const char *text);
/** text_of: (transfer full): NUL-terminated */
char *text_of (LlSpool *spool);

/** is_error: whether @error has @code and @part in its text; prints it when not. */
gboolean is_error (const GError *error, LlErrorCode code, const char *part);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GpgHome, gpg_home_free)
