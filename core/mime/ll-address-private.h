/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ll-address.h"

G_BEGIN_DECLS

/** ll_address_scan: as ll_address_list_parse(), appending to @list; @out_group: whether there was a group. */
gboolean ll_address_scan (const char *value, const char *field, GPtrArray *list, gboolean *out_group,
                          GError **error);

/** ll_address_is_atom_char: what needs no quotes (RFC 5322 3.2.3, RFC 6532), and the dot. */
gboolean ll_address_is_atom_char (char c);

G_END_DECLS
