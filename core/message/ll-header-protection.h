/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Header protection (RFC 9788): which fields go inside and what stays outside;
 * which fields of a message that arrived may be believed.
 */
#pragma once

#include "ll-entity.h"
#include "ll-protect.h"
#include "ll-verdict.h"

G_BEGIN_DECLS

/* ---- writing ---- */

typedef struct
{
  const LlHeader *header; /* of the message that is protected */
  LlHeaderPolicy policy;
  gboolean cipher; /* hp="cipher": the outer fields are recorded as HP-Outer */
} LlHeaderPlan;

/** ll_header_plan_inner: LlCanonical.write_fields; @user_data: LlHeaderPlan.  RFC 9788 2.1, 2.2 */
gboolean ll_header_plan_inner (LlSink *out, gpointer user_data, GError **error);

/** ll_header_plan_outer: the fields that stay outside, with the line ends they came with. */
gboolean ll_header_plan_outer (const LlHeaderPlan *plan, LlSink *out, GError **error);

/** ll_header_plan_suffix: (transfer none): for the payload's Content-Type */
const char *ll_header_plan_suffix (const LlHeaderPlan *plan);

/* ---- reading ---- */

/**
 * ll_header_scheme_of:
 * @payload: root of the cryptographic payload
 */
LlHeaderScheme ll_header_scheme_of (const LlEntity *payload);

/** ll_header_is_protectable: fields of which the protected value is the only one that counts (RFC 9788 4). */
gboolean ll_header_is_protectable (const char *name);

/** ll_header_belongs_inside: whether a field of this name may come out of a payload: not what relays and
 *  mailboxes write, which a sender could only forge there. */
gboolean ll_header_belongs_inside (const char *name);

/** ll_header_singleton_repeated: (nullable): the name of a field that must not stand twice and does (B-13) */
const char *ll_header_singleton_repeated (const LlHeader *header);

/** ll_header_states: fills verdict->headers (B-6).  verdict->signature and encryption are set already. */
void ll_header_states (LlVerdict *verdict, const LlEntity *payload, const LlHeader *outer);

G_END_DECLS
