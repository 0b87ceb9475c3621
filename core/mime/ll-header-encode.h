/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Field values for places that must be 7-bit. */
#pragma once

#include "ll-header.h"

G_BEGIN_DECLS

/**
 * ll_header_encode:
 * @value: unfolded; ASCII passes unchanged; UTF-8 becomes RFC 2047 words, in address fields only
 *   in display names; domains become A-labels
 * Errors: LL_ERROR_UNSUPPORTED for a local part outside ASCII (RFC 6531 only) or octets that are not UTF-8
 * Returns: (transfer full):
 */
char *ll_header_encode (const char *name, const char *value, GError **error);

G_END_DECLS
