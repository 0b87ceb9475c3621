/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program does before anything else: closed descriptors, core dumps,
 * umask, SIGPIPE, locale, and the terminal that pinentry will need.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void ll_startup (void);

G_END_DECLS
