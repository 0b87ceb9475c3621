/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filters over sinks: line ends, transfer encodings, armor.  Each takes the
 * sink below it (transfer full) and holds back a few octets at most.
 */
#pragma once

#include "ll-spool.h"

G_BEGIN_DECLS

/** ll_sink_to_crlf: a lone LF becomes CRLF; CRLF and lone CR stay. */
LlSink *ll_sink_to_crlf (LlSink *next);
/** ll_sink_to_lf: CRLF becomes LF; lone CR and LF stay. */
LlSink *ll_sink_to_lf (LlSink *next);

/** ll_sink_base64_encode: lines of 76, each ended by CRLF, also the last. */
LlSink *ll_sink_base64_encode (LlSink *next);
/** ll_sink_base64_decode: @strict: anything outside the alphabet but white space, wrong padding or
 *  a cut group is LL_ERROR_MALFORMED naming @what (static). */
LlSink *ll_sink_base64_decode (gboolean strict, const char *what, LlSink *next);

/**
 * ll_sink_qp_encode:
 * Quoted-printable (RFC 2045 6.7) that also survives signing (RFC 3156 3):
 * CRLF is a line end, everything else that could be changed on the way is
 * encoded: 8-bit, lone CR or LF, controls, white space at line ends, "From " and
 * a lone "." at the start of a line, lines over 76.
 */
LlSink *ll_sink_qp_encode (LlSink *next);
LlSink *ll_sink_qp_decode (gboolean strict, const char *what, LlSink *next);

G_END_DECLS
