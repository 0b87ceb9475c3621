/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-header-protection.h"

#include <string.h>

#include "ll-address.h"
#include "ll-header-encode.h"

/* What is known of a field.  Names not listed are copied inside and stay outside. */
typedef struct
{
  const char *name;
  guint flags;
} FieldRule;

enum
{
  NEVER_INSIDE = 1 << 0,  /* written by relays, or would tell the others (RFC 9788 11.4) */
  NEVER_OUTSIDE = 1 << 1, /* not in an encrypted message's outer header */
  HIDDEN = 1 << 2,        /* removed by hcp_baseline */
  SUBJECT = 1 << 3,       /* replaced by hcp_baseline */
  ADDRESSES = 1 << 4,     /* display names dropped by hcp_shy */
  DATE = 1 << 5,          /* to UTC by hcp_shy */
  SINGLE = 1 << 6,        /* at most once (RFC 5322 3.6) */
  PROTECTABLE = 1 << 7,
};

static const FieldRule rules[] = {
  { "From", ADDRESSES | SINGLE | PROTECTABLE },
  { "Sender", ADDRESSES | SINGLE | PROTECTABLE },
  { "Reply-To", ADDRESSES | SINGLE | PROTECTABLE },
  { "To", ADDRESSES | SINGLE | PROTECTABLE },
  { "Cc", ADDRESSES | SINGLE | PROTECTABLE },
  { "Bcc", NEVER_INSIDE | NEVER_OUTSIDE | PROTECTABLE },
  { "Resent-Bcc", NEVER_INSIDE | NEVER_OUTSIDE },
  { "Subject", SUBJECT | SINGLE | PROTECTABLE },
  { "Date", DATE | SINGLE | PROTECTABLE },
  { "Message-ID", SINGLE | PROTECTABLE },
  { "In-Reply-To", SINGLE | PROTECTABLE },
  { "References", SINGLE | PROTECTABLE },
  { "Followup-To", PROTECTABLE },
  { "Mail-Followup-To", PROTECTABLE }, /* steers the answer as Reply-To does (B-10) */
  { "Mail-Reply-To", PROTECTABLE },
  { "Disposition-Notification-To", PROTECTABLE },
  { "Return-Receipt-To", PROTECTABLE },
  { "Comments", HIDDEN | PROTECTABLE },
  { "Keywords", HIDDEN | PROTECTABLE },
  { "HP-Outer", NEVER_INSIDE | NEVER_OUTSIDE },
  { "Received", NEVER_INSIDE },
  { "Return-Path", NEVER_INSIDE },
  { "Delivered-To", NEVER_INSIDE },
  { "X-Original-To", NEVER_INSIDE },
  { "DKIM-Signature", NEVER_INSIDE },
  { "Authentication-Results", NEVER_INSIDE },
  { "ARC-Authentication-Results", NEVER_INSIDE },
  { "ARC-Message-Signature", NEVER_INSIDE },
  { "ARC-Seal", NEVER_INSIDE },
  { "Received-SPF", NEVER_INSIDE },
  { "Status", NEVER_INSIDE }, /* of the mailbox a message lies in */
  { "X-Status", NEVER_INSIDE },
  { "X-Keywords", NEVER_INSIDE },
  { "X-UID", NEVER_INSIDE },
  { "Lines", NEVER_INSIDE },
};

static guint
flags_of (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (g_ascii_strcasecmp (rules[i].name, name) == 0)
      return rules[i].flags;
  return 0;
}

gboolean
ll_header_is_protectable (const char *name)
{
  return (flags_of (name) & PROTECTABLE) != 0;
}

gboolean
ll_header_belongs_inside (const char *name)
{
  return !ll_header_is_structural (name) && (flags_of (name) & NEVER_INSIDE) == 0;
}

const char *
ll_header_singleton_repeated (const LlHeader *header)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if ((rules[i].flags & SINGLE) != 0 && ll_header_count (header, rules[i].name) > 1)
      return rules[i].name;
  return NULL;
}

/* ---- writing ---- */

/* "Alice <alice@x>, Bob <bob@y>" -> "alice@x, bob@y" */
static char *
without_display_names (const LlHeaderField *field, GError **error)
{
  g_autoptr (GPtrArray) list = ll_address_list_parse (field->value, field->name, error);
  if (list == NULL)
    return NULL;
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "",
                            ((const LlMailbox *)g_ptr_array_index (list, i))->address);
  return g_string_free (out, FALSE);
}

static char *
date_in_utc (const LlHeader *header, const LlHeaderField *field)
{
  gint64 seconds = ll_header_date (header);
  if (seconds < 0)
    return g_strdup (field->value);
  static const char *const months[]
      = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (seconds);
  if (date == NULL)
    return g_strdup (field->value);
  return g_strdup_printf ("%s, %02d %s %d %02d:%02d:%02d +0000", days[g_date_time_get_day_of_week (date) - 1],
                          g_date_time_get_day_of_month (date), months[g_date_time_get_month (date) - 1],
                          g_date_time_get_year (date), g_date_time_get_hour (date),
                          g_date_time_get_minute (date), g_date_time_get_second (date));
}

typedef enum
{
  OUTER_KEEP,
  OUTER_DROP,
  OUTER_REPLACE,
} OuterAction;

/* RFC 9788 3.2: what the header confidentiality policy makes of one field. */
static gboolean
decide_outer (const LlHeaderPlan *plan, const LlHeaderField *field, OuterAction *out_action, char **out_value,
              GError **error)
{
  guint flags = flags_of (field->name);
  *out_action = OUTER_KEEP;
  if (!plan->cipher)
    return TRUE;
  gboolean hides = plan->policy != LL_HCP_NONE;
  gboolean shy = plan->policy == LL_HCP_SHY;
  if ((flags & NEVER_OUTSIDE) != 0 || (hides && (flags & HIDDEN) != 0))
    *out_action = OUTER_DROP;
  else if (hides && (flags & SUBJECT) != 0)
    *out_value = g_strdup ("[...]");
  else if (shy && (flags & ADDRESSES) != 0)
    *out_value = without_display_names (field, error);
  else if (shy && (flags & DATE) != 0)
    *out_value = date_in_utc (plan->header, field);
  else
    return TRUE;
  if (*out_action == OUTER_DROP)
    return TRUE;
  *out_action = OUTER_REPLACE;
  return *out_value != NULL;
}

static gboolean
takes_part (const LlHeaderField *field)
{
  return field->name != NULL && !ll_header_is_structural (field->name);
}

static gboolean
write_hp_outer (const LlHeaderPlan *plan, const LlHeaderField *field, LlSink *out, GError **error)
{
  OuterAction action;
  g_autofree char *value = NULL;
  if (!decide_outer (plan, field, &action, &value, error))
    return FALSE;
  if (action == OUTER_DROP || (flags_of (field->name) & NEVER_INSIDE) != 0)
    return TRUE;
  g_autofree char *ascii = ll_header_encode (field->name, value != NULL ? value : field->value, error);
  if (ascii == NULL)
    return FALSE;
  g_autofree char *line = g_strdup_printf ("%s: %s", field->name, ascii);
  return ll_header_write (out, "HP-Outer", line, error);
}

gboolean
ll_header_plan_inner (LlSink *out, gpointer user_data, GError **error)
{
  const LlHeaderPlan *plan = user_data;
  guint n = ll_header_n_fields (plan->header);
  for (guint i = 0; i < n; i++)
    {
      const LlHeaderField *field = ll_header_field (plan->header, i);
      if (!takes_part (field) || (flags_of (field->name) & NEVER_INSIDE) != 0)
        continue;
      g_autofree char *ascii = ll_header_encode (field->name, field->value, error);
      if (ascii == NULL || !ll_header_write (out, field->name, ascii, error))
        return FALSE;
    }
  for (guint i = 0; plan->cipher && i < n; i++)
    {
      const LlHeaderField *field = ll_header_field (plan->header, i);
      if (takes_part (field) && !write_hp_outer (plan, field, out, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ll_header_plan_outer (const LlHeaderPlan *plan, LlSink *out, GError **error)
{
  for (guint i = 0; i < ll_header_n_fields (plan->header); i++)
    {
      const LlHeaderField *field = ll_header_field (plan->header, i);
      OuterAction action;
      g_autofree char *value = NULL;
      if (!takes_part (field))
        continue;
      if (!decide_outer (plan, field, &action, &value, error))
        return FALSE;
      gboolean ok = TRUE;
      if (action == OUTER_KEEP)
        ok = ll_sink_write (out, field->raw, field->raw_length, error)
             && (g_str_has_suffix (field->raw, "\n") || ll_sink_puts (out, "\r\n", error));
      else if (action == OUTER_REPLACE)
        ok = ll_header_write (out, field->name, value, error);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

const char *
ll_header_plan_suffix (const LlHeaderPlan *plan)
{
  /* protected-headers="v1" is what today's other programs look for (B-11). */
  return plan->cipher ? "; hp=\"cipher\"; protected-headers=\"v1\""
                      : "; hp=\"clear\"; protected-headers=\"v1\"";
}

/* ---- reading ---- */

LlHeaderScheme
ll_header_scheme_of (const LlEntity *payload)
{
  const char *hp = ll_entity_parameter (payload, "hp");
  const char *v1 = ll_entity_parameter (payload, "protected-headers");
  if (hp != NULL && (g_ascii_strcasecmp (hp, "clear") == 0 || g_ascii_strcasecmp (hp, "cipher") == 0))
    return LL_HEADERS_RFC9788;
  if (v1 != NULL && g_ascii_strcasecmp (v1, "v1") == 0)
    return LL_HEADERS_V1;
  /* "forwarded" tells it from a message that was attached (RFC 9788 4.10). */
  const char *forwarded = ll_entity_parameter (payload, "forwarded");
  if (ll_entity_is (payload, "message/rfc822") && ll_entity_n_children (payload) == 1 && forwarded != NULL
      && g_ascii_strcasecmp (forwarded, "no") == 0)
    return LL_HEADERS_WRAPPED;
  return LL_HEADERS_NONE;
}

/* Whether the sender left exactly this field outside. */
static gboolean
left_outside (const LlHeader *inner, const LlHeaderField *field)
{
  for (guint i = 0; i < ll_header_n_fields (inner); i++)
    {
      const LlHeaderField *hp = ll_header_field (inner, i);
      if (hp->name == NULL || g_ascii_strcasecmp (hp->name, "HP-Outer") != 0)
        continue;
      const char *colon = strchr (hp->value, ':');
      if (colon == NULL || (gsize)(colon - hp->value) != strlen (field->name)
          || g_ascii_strncasecmp (hp->value, field->name, strlen (field->name)) != 0)
        continue;
      g_autofree char *told = ll_header_decode (colon + 1);
      g_autofree char *own = ll_header_decode (field->value);
      if (strcmp (g_strstrip (told), g_strstrip (own)) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
same_value (const char *a, const char *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  g_autofree char *decoded_a = ll_header_decode (a);
  g_autofree char *decoded_b = ll_header_decode (b);
  return strcmp (decoded_a, decoded_b) == 0;
}

void
ll_header_states (LlVerdict *verdict, const LlEntity *payload, const LlHeader *outer)
{
  const LlHeader *inner = payload->header;
  gboolean opened
      = verdict->encryption == LL_ENCRYPTION_OK || verdict->encryption == LL_ENCRYPTION_OK_UNAUTHENTICATED;
  const char *hp = ll_entity_parameter (payload, "hp");
  gboolean cipher = opened && hp != NULL && g_ascii_strcasecmp (hp, "cipher") == 0;
  /* Some write hp="cipher" without HP-Outer: then only what really differs outside was hidden. */
  gboolean told = cipher && ll_header_count (inner, "HP-Outer") > 0;
  for (guint i = 0; i < ll_header_n_fields (inner); i++)
    {
      const LlHeaderField *field = ll_header_field (inner, i);
      if (field->name == NULL || !ll_header_belongs_inside (field->name))
        continue;
      const char *outside = ll_header_get (outer, field->name);
      gboolean equal = same_value (field->value, outside);
      LlVerdictHeader *state = g_new0 (LlVerdictHeader, 1);
      state->name = g_strdup (field->name);
      state->value = ll_header_decode (field->value);
      state->outer = equal || outside == NULL ? NULL : ll_header_decode (outside);
      state->is_signed = verdict->signature == LL_SIGNATURE_VALID;
      state->confidential = opened && (told ? !left_outside (inner, field) : !equal);
      g_ptr_array_add (verdict->headers, state);
    }
}
