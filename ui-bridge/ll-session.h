/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one place that connects the parts: configuration, key store, prompter and
 * the engines of both protocols.
 */
#pragma once

#include "ll-config.h"
#include "ll-engine.h"
#include "ll-options.h"

G_BEGIN_DECLS

typedef struct LlSession LlSession;

/**
 * ll_session_new:
 * @options: (transfer none): outlives the session
 * Errors: LL_ERROR_USAGE (configuration), and those of reading key files.  An engine that is missing
 *   is an error only for who asks for it.
 */
LlSession *ll_session_new (const LlOptions *options, GError **error);
void ll_session_free (LlSession *session);

/** ll_session_engine: (transfer none): Errors: LL_ERROR_ENGINE */
LlEngine *ll_session_engine (const LlSession *session, LlProtocol protocol, GError **error);

/** ll_session_engines: fills @engines with those there are.  Returns: how many */
guint ll_session_engines (const LlSession *session, LlEngine *engines[LL_N_PROTOCOLS]);

/** ll_session_explain: says of an error (inout) what the parts below cannot know of each other: that a key
 *  was missing because its file stayed closed. */
void ll_session_explain (const LlSession *session, GError **error);

const LlConfig *ll_session_config (const LlSession *session);

/** ll_session_own_key: (nullable): the key that @identity names for @protocol. */
const char *ll_session_own_key (const LlConfigIdentity *identity, LlProtocol protocol);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlSession, ll_session_free)

G_END_DECLS
