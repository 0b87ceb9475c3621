/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one table of what the outside may make us do.  Octets unless a name says
 * otherwise.  Exceeding one is LL_ERROR_LIMIT and the text names the limit.
 */
#pragma once

#include <glib.h>

#define LL_LIMIT_MESSAGE (G_GUINT64_CONSTANT (2) << 30)
#define LL_LIMIT_HEADER_SECTION (1024u * 1024)
#define LL_LIMIT_HEADERS (16u * 1024 * 1024) /* header sections of all parts, with what they cost to keep */
#define LL_LIMIT_HEADER_FIELD (64u * 1024)
#define LL_LIMIT_HEADER_FIELDS 2000u /* fields in one header section */
#define LL_LIMIT_DEPTH 50u           /* nested multiparts and message/rfc822 */
#define LL_LIMIT_PARTS 5000u
#define LL_LIMIT_ADDRESSES 10000u
#define LL_LIMIT_PARAMETERS 100u              /* parameters of one field */
#define LL_LIMIT_ADDRESS_DEPTH 8u             /* nested groups or comments (GMime recurses) */
#define LL_LIMIT_ADDRESS 254u                 /* RFC 5321 4.5.3.1.3 */
#define LL_LIMIT_SIGNATURE (4u * 1024 * 1024) /* a detached signature, or CMS without its content */
#define LL_LIMIT_PLAINTEXT                                                                                   \
  (G_GUINT64_CONSTANT (512) << 20) /* decompressed, unless 100 times the input is more */
#define LL_LIMIT_EXPANSION 100u
#define LL_LIMIT_KEY_FILE (1024u * 1024)
#define LL_LIMIT_LAYERS 3u /* cryptographic layers of one message */
#define LL_LIMIT_SIGNERS 32u
#define LL_LIMIT_BER_DEPTH 32u

/* Working buffers. */
#define LL_CHUNK (64u * 1024)
/* A spool stays in memory up to this size and is an encrypted file above it. */
#define LL_SPOOL_MEMORY (512u * 1024)
