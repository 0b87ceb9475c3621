/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GMime with its one-time initialisation taken care of. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** ll_gmime_charset: (transfer none) (nullable): the iconv name of a MIME charset, NULL when it is no name.
 */
const char *ll_gmime_charset (const char *name);

/** ll_gmime_idn_domain: (transfer full): @domain in A-label form (IDNA 2008), or unchanged when it
 *  cannot be. */
char *ll_gmime_idn_domain (const char *domain);

/** ll_gmime_date: seconds since the epoch, -1 when unreadable. */
gint64 ll_gmime_date (const char *value);

/** ll_gmime_encode_words: (transfer full): UTF-8 @text with RFC 2047 words where needed. */
char *ll_gmime_encode_words (const char *text);

/** ll_gmime_encode_phrase: (transfer full): the same for a display name. */
char *ll_gmime_encode_phrase (const char *text);

G_END_DECLS
