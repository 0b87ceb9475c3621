/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libletterlock: signs, encrypts, decrypts and verifies whole mail messages in
 * OpenPGP and S/MIME.
 *
 *   LlEngine *engine = ll_openpgp_engine_new (&(LlOpenpgpOptions){ .guard = path }, &error);
 *   g_autoptr (LlRevealed) r = ll_reveal (message, &engine, 1, &(LlRevealOptions){ .decrypt = TRUE },
 * &error); puts (ll_verdict_summary (r->verdict));
 *
 * It has no terminal, no configuration, no network and no state of its own: keys
 * come from a key source, words for people leave it as templates.  See
 * ll-reveal.h for reading, ll-protect.h for writing.
 */
#pragma once

#include "ll-address.h"
#include "ll-engine.h"
#include "ll-entity.h"
#include "ll-error.h"
#include "ll-header.h"
#include "ll-key-source.h"
#include "ll-limits.h"
#include "ll-openpgp.h"
#include "ll-protect.h"
#include "ll-reveal.h"
#include "ll-secret.h"
#include "ll-sink.h"
#include "ll-smime.h"
#include "ll-spool.h"
#include "ll-text.h"
#include "ll-verdict.h"
