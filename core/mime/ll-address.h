/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses out of header fields (RFC 5322 3.4, 6531, 6854), strictly: whoever
 * is shown as the sender must be the one and only mailbox in From.
 */
#pragma once

#include "ll-header.h"

G_BEGIN_DECLS

typedef struct
{
  char *address; /* addr-spec, domain in lower-case A-label form */
  char *display; /* (nullable) decoded display name, UTF-8 */
} LlMailbox;

void ll_mailbox_free (LlMailbox *mailbox);

/**
 * ll_address_list_parse:
 * @value: field body
 * Groups are flattened.  Nesting is checked before GMime sees it (it overflows the stack).
 * Errors: LL_ERROR_MALFORMED, LL_ERROR_LIMIT
 * Returns: (transfer full) (element-type LlMailbox): in order
 */
GPtrArray *ll_address_list_parse (const char *value, const char *field, GError **error);

/** ll_header_addresses: all mailboxes of every field called @name. */
GPtrArray *ll_header_addresses (const LlHeader *header, const char *name, GError **error);

/**
 * ll_header_from:
 * The author: exactly one From field with exactly one mailbox and no group (security.md H-2).
 * Errors: LL_ERROR_MALFORMED, which says what is there instead
 */
LlMailbox *ll_header_from (const LlHeader *header, GError **error);

/** ll_address_normalize: (transfer full) (nullable): @address with its domain in lower-case A-label
 *  form; NULL when it is no addr-spec (controls, blanks, no "@", longer than LL_LIMIT_ADDRESS). */
char *ll_address_normalize (const char *address);

/** ll_address_equal: local parts octet by octet, domains without regard to case or IDNA form (H-1). */
gboolean ll_address_equal (const char *a, const char *b);

/**
 * ll_mailbox_flags:
 * What a display name tries to pass off (H-3): "display-name-address",
 * "display-name-control", "display-name-bidi".
 * Returns: (transfer full): NULL-terminated, maybe empty
 */
char **ll_mailbox_flags (const LlMailbox *mailbox);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlMailbox, ll_mailbox_free)

G_END_DECLS
