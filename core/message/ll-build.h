/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cryptographic structures put into MIME (RFC 1847, 3156, 8551), from the engine's
 * table.  All write the Content-* fields, the empty line and the body, with CRLF.
 */
#pragma once

#include "ll-engine.h"

G_BEGIN_DECLS

/** ll_build_signed: multipart/signed around @covered, octet by octet. */
gboolean ll_build_signed (const LlEngineMime *mime, LlOctets covered, LlOctets signature, const char *micalg,
                          LlSink *out, GError **error);

/** ll_build_opaque: the protocol's way to carry one structure: multipart/encrypted, or a single part
 *  whose smime-type is @smime_type. */
gboolean ll_build_opaque (const LlEngineMime *mime, LlOctets data, const char *smime_type, LlSink *out,
                          GError **error);

/** ll_build_raw: plain data: armor as it is, or PEM. */
gboolean ll_build_raw (const LlEngineMime *mime, LlOctets data, LlSink *out, GError **error);

G_END_DECLS
