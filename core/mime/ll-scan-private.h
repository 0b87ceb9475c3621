/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What in some octets would not survive the way unchanged (RFC 3156 3 and 5, RFC 8551 3.1.3). */
#pragma once

#include "ll-spool.h"

G_BEGIN_DECLS

typedef enum
{
  LL_UNSAFE_8BIT = 1 << 0,
  LL_UNSAFE_NUL = 1 << 1,
  LL_UNSAFE_LONE_CR = 1 << 2,
  LL_UNSAFE_LONE_LF = 1 << 3,
  LL_UNSAFE_BLANK_END = 1 << 4, /* white space at a line end */
  LL_UNSAFE_FROM = 1 << 5,      /* "From " at a line start */
  LL_UNSAFE_DOT = 1 << 6,       /* a line of one dot */
  LL_UNSAFE_LONG = 1 << 7,      /* a line over 998 octets */
} LlUnsafe;

/* Starts as zeros. */
typedef struct
{
  guint unsafe; /* LlUnsafe */
  guint64 octets;
  guint64 odd; /* those that are neither printable ASCII, TAB nor line ends */
  /*< private >*/
  gsize column;
  gboolean after_cr;
  guint8 last;    /* of the line, without line end */
  guint8 head[5]; /* of the line */
} LlScan;

void ll_scan_add (LlScan *scan, const guint8 *data, gsize length);
/** ll_scan_end: the end counts as a line end, for a delimiter's stands behind it. */
void ll_scan_end (LlScan *scan);

/** ll_scan_octets: the whole range, ended */
gboolean ll_scan_octets (LlOctets octets, LlScan *out_scan, GError **error);

G_END_DECLS
