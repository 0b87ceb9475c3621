/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PEM around a CMS structure (RFC 7468 9, and the labels of older programs). */
#pragma once

#include "ll-spool.h"

G_BEGIN_DECLS

/**
 * ll_cms_decode_pem:
 * @out_decoded: (transfer full) (nullable): what was inside; NULL when @octets are not PEM
 * Errors: MALFORMED (not of a CMS structure, strict base64, octets behind the end line), LIMIT, IO
 */
gboolean ll_cms_decode_pem (LlOctets octets, LlSpool **out_decoded, GError **error);

G_END_DECLS
