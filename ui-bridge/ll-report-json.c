/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-glib/json-glib.h>
#include <string.h>

#include "ll-escape.h"
#include "ll-report.h"
#include "ll-tell.h"
#include "ll-when.h"

#define VERSION 1

/* Members whose value is unknown are left out; lists are always there. */
static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  if (value == NULL)
    return;
  g_autofree char *valid = g_utf8_make_valid (value, -1);
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, valid);
}

static void
add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_value (JsonBuilder *builder, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);
  json_builder_add_string_value (builder, valid);
}

static void
add_list (JsonBuilder *builder, const char *name, GPtrArray *values)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < values->len; i++)
    add_value (builder, g_ptr_array_index (values, i));
  json_builder_end_array (builder);
}

static void
add_text (JsonBuilder *builder, const char *name, const LlText *text)
{
  g_autofree char *words = text != NULL ? ll_text_format (text, ll_translate, NULL) : NULL;
  add_string (builder, name, words);
}

static void
begin_object (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

static void
add_encryption (JsonBuilder *builder, const LlVerdict *verdict)
{
  begin_object (builder, "encryption");
  add_string (builder, "status", ll_encryption_status_name (verdict->encryption));
  if (verdict->encryption != LL_ENCRYPTION_NONE)
    {
      add_string (builder, "protocol", ll_protocol_name (verdict->encryption_protocol));
      add_string (builder, "cipher", verdict->cipher);
    }
  add_list (builder, "recipients", verdict->recipients);
  json_builder_end_object (builder);
}

/* A key id names no key (security.md H-11): it must not pass for a fingerprint. */
static void
add_fingerprint (JsonBuilder *builder, const char *fingerprint)
{
  gsize length = fingerprint != NULL ? strlen (fingerprint) : 0;
  add_string (builder, length == 40 || length == 64 ? "fingerprint" : "key-id", fingerprint);
}

static void
add_signer (JsonBuilder *builder, const LlSigner *signer)
{
  g_autofree char *time = ll_when_format (signer->time);
  json_builder_begin_object (builder);
  add_string (builder, "protocol", ll_protocol_name (signer->protocol));
  add_fingerprint (builder, signer->fingerprint);
  if (signer->shown != NULL)
    {
      add_string (builder, "address", signer->shown->address);
      add_string (builder, "name", signer->shown->name);
    }
  add_string (builder, "status", ll_signature_status_name (signer->status));
  add_string (builder, "trust",
              ll_trust_name (signer->shown != NULL ? signer->shown->trust : LL_TRUST_UNKNOWN));
  add_string (builder, "time", time);
  add_string (builder, "hash", signer->hash);
  add_text (builder, "reason", signer->reason);
  json_builder_end_object (builder);
}

static void
add_signature (JsonBuilder *builder, const LlVerdict *verdict)
{
  begin_object (builder, "signature");
  add_string (builder, "status", ll_signature_status_name (verdict->signature));
  json_builder_set_member_name (builder, "signers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < verdict->signers->len; i++)
    add_signer (builder, g_ptr_array_index (verdict->signers, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_sender (JsonBuilder *builder, const LlVerdict *verdict)
{
  begin_object (builder, "sender");
  add_string (builder, "address", verdict->sender_address);
  add_string (builder, "display", verdict->sender_display);
  json_builder_set_member_name (builder, "flags");
  json_builder_begin_array (builder);
  for (char **flag = verdict->sender_flags; flag != NULL && *flag != NULL; flag++)
    add_value (builder, *flag);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_headers (JsonBuilder *builder, const LlVerdict *verdict)
{
  begin_object (builder, "headers");
  add_string (builder, "scheme", ll_header_scheme_name (verdict->scheme));
  json_builder_set_member_name (builder, "fields");
  json_builder_begin_array (builder);
  for (guint i = 0; i < verdict->headers->len; i++)
    {
      const LlVerdictHeader *header = g_ptr_array_index (verdict->headers, i);
      json_builder_begin_object (builder);
      add_string (builder, "name", header->name);
      add_string (builder, "value", header->value);
      add_string (builder, "outer", header->outer);
      add_boolean (builder, "signed", header->is_signed);
      add_boolean (builder, "confidential", header->confidential);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_warnings (JsonBuilder *builder, const LlVerdict *verdict)
{
  json_builder_set_member_name (builder, "warnings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < verdict->warnings->len; i++)
    {
      const LlWarning *warning = g_ptr_array_index (verdict->warnings, i);
      json_builder_begin_object (builder);
      add_string (builder, "code", warning->code);
      add_text (builder, "text", warning->text);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_error (JsonBuilder *builder, const GError *error)
{
  if (error == NULL)
    return;
  const LlText *text = ll_error_text (error);
  begin_object (builder, "error");
  add_string (builder, "code", ll_error_name (error));
  if (text != NULL)
    add_text (builder, "text", text);
  else
    add_string (builder, "text", error->message);
  json_builder_end_object (builder);
}

static char *
finish (JsonBuilder *builder)
{
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *json = json_to_string (root, FALSE);
  g_autofree char *safe = ll_escape_json (json);
  return g_strconcat (safe, "\n", NULL);
}

static JsonBuilder *
begin (void)
{
  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "version");
  json_builder_add_int_value (builder, VERSION);
  return builder;
}

char *
ll_report_json (const LlVerdict *verdict, const char *source)
{
  g_autoptr (JsonBuilder) builder = begin ();
  add_string (builder, "source", source);
  add_string (builder, "summary", ll_verdict_summary (verdict));
  add_encryption (builder, verdict);
  add_signature (builder, verdict);
  add_sender (builder, verdict);
  add_headers (builder, verdict);
  add_list (builder, "layers", verdict->layers);
  add_list (builder, "errant", verdict->errant);
  add_warnings (builder, verdict);
  add_error (builder, verdict->error);
  return finish (builder);
}

char *
ll_report_error_json (const GError *error)
{
  g_autoptr (JsonBuilder) builder = begin ();
  add_error (builder, error);
  return finish (builder);
}
