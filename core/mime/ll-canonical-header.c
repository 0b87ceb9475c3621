/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "ll-canonical-private.h"
#include "ll-entity-private.h"
#include "ll-gmime-private.h"
#include "ll-scan-private.h"

/* Of a header field only these cannot stay: white space at line ends is taken off before. */
#define UNSAFE_IN_FIELD (LL_UNSAFE_8BIT | LL_UNSAFE_FROM | LL_UNSAFE_DOT | LL_UNSAFE_LONG)
#define FOLD_COLUMN 78u

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

static void
string_free (GString *string)
{
  g_string_free (string, TRUE);
}

static gboolean
is_named (const LlHeaderField *field, const char *name)
{
  return field->name != NULL && g_ascii_strcasecmp (field->name, name) == 0;
}

/* The field with CRLF.  @safe: white space at a line end, which some relays take off (RFC 3156 5), goes to
 * the start of the next line, so that the unfolded value stays the same; a line of nothing else would end the
 * header once it is gone. */
static GString *
canonical_lines (const LlHeaderField *field, gboolean safe)
{
  GString *out = g_string_sized_new (field->raw_length + 16);
  const char *end = field->raw + field->raw_length;
  g_autoptr (GString) moved = g_string_new (NULL);
  for (const char *line = field->raw; line < end;)
    {
      const char *lf = memchr (line, '\n', (gsize)(end - line));
      const char *stop = lf != NULL ? lf : end;
      if (lf != NULL && stop > line && stop[-1] == '\r')
        stop--;
      const char *text = stop;
      while (safe && text > line && is_blank (text[-1]))
        text--;
      if (text > line)
        {
          g_string_append_len (out, moved->str, (gssize)moved->len);
          g_string_truncate (moved, 0);
          g_string_append_len (out, line, text - line);
          g_string_append (out, lf != NULL ? "\r\n" : "");
        }
      g_string_append_len (moved, text, stop - text);
      line = lf != NULL ? lf + 1 : end;
    }
  return out;
}

static guint
find_unsafe (const GString *text)
{
  LlScan scan = { 0 };
  ll_scan_add (&scan, (const guint8 *)text->str, text->len);
  ll_scan_end (&scan);
  return scan.unsafe & UNSAFE_IN_FIELD;
}

static gboolean
refuse (const LlHeaderField *field, LlFieldsKind kind, GError **error)
{
  const char *what = field->name != NULL ? field->name : N_ ("a line that is no field");
  if (kind == LL_FIELDS_MESSAGE)
    ll_error_set (error, LL_ERROR_UNSUPPORTED,
                  "the header of an attached message is not plain 7-bit text (%s) and cannot be signed "
                  "unchanged: attach the message as a file, or encrypt",
                  what);
  else
    ll_error_set (error, LL_ERROR_UNSUPPORTED,
                  "the header of a part is not plain 7-bit text (%s) and cannot be made so", what);
  return FALSE;
}

/* "Content-Type: " with the parameters as they were understood. */
static GString *
format_parameters (const char *name, const char *type, const LlParameters *parameters)
{
  const LlParameters shown = { .type = (char *)type, .list = parameters->list };
  g_autofree char *value = ll_parameters_format (&shown);
  GString *text = g_string_new (name);
  g_string_append_printf (text, ": %s\r\n", value);
  return text;
}

/* A structured field in 7 bits (RFC 2231); NULL when it cannot be. */
static GString *
reformat (const LlHeaderField *field)
{
  g_autoptr (LlParameters) parameters = ll_parameters_parse (field->value, NULL);
  if (parameters == NULL || !g_utf8_validate (field->value, -1, NULL) || *parameters->type == '\0'
      || !g_str_is_ascii (parameters->type))
    return NULL;
  for (guint i = 0; i < parameters->list->len; i++)
    {
      const LlParameter *parameter = g_ptr_array_index (parameters->list, i);
      if (!g_str_is_ascii (parameter->name))
        return NULL;
    }
  return format_parameters (field->name, parameters->type, parameters);
}

/* Free text in 7 bits (RFC 2047). */
static gboolean
write_words (const LlHeaderField *field, LlFieldsKind kind, LlSink *out, GError **error)
{
  gboolean text = is_named (field, "Content-Description") || !ll_header_is_structural (field->name);
  if (!text || !g_utf8_validate (field->value, -1, NULL))
    return refuse (field, kind, error);
  g_autofree char *words = ll_gmime_encode_words (field->value);
  return ll_header_write (out, field->name, words, error);
}

static void
append_suffix (GString *text, const char *suffix)
{
  while (text->len > 0 && strchr ("\r\n \t;", text->str[text->len - 1]) != NULL)
    g_string_truncate (text, text->len - 1);
  const char *line = strrchr (text->str, '\n');
  gsize column = line != NULL ? strlen (line + 1) : text->len;
  gboolean folds = suffix[0] == ';' && suffix[1] == ' ' && column + strlen (suffix) > FOLD_COLUMN;
  g_string_append_printf (text, "%s%s\r\n", folds ? ";\r\n" : "", folds ? suffix + 1 : suffix);
}

/* Rewritten, a field that others read differently would mean one thing only: that is not for us to choose. */
static gboolean
refuse_doubtful (const LlEntity *entity, GError **error)
{
  ll_error_set (error, LL_ERROR_MALFORMED, "the structure of the message is doubtful: %s", entity->defect);
  return FALSE;
}

/* A field that is not safe as it stands: to @out, or to @text when more may be appended. */
static gboolean
rewrite_field (const LlEntity *entity, const LlHeaderField *field, guint unsafe, LlFieldsKind kind,
               LlSink *out, GString **text, GError **error)
{
  g_clear_pointer (text, string_free);
  if (kind == LL_FIELDS_MESSAGE || field->name == NULL)
    return refuse (field, kind, error);
  if (!is_named (field, "Content-Type") && !is_named (field, "Content-Disposition"))
    return (unsafe & LL_UNSAFE_8BIT) != 0 ? write_words (field, kind, out, error)
                                          : ll_header_write (out, field->name, field->value, error);
  if (entity->defect != NULL)
    return refuse_doubtful (entity, error);
  *text = reformat (field);
  return (*text != NULL && find_unsafe (*text) == 0) || refuse (field, kind, error);
}

static gboolean
add_suffix (const LlEntity *entity, const LlHeaderField *field, const char *suffix, GString **text,
            GError **error)
{
  if (entity->defect != NULL)
    return refuse_doubtful (entity, error);
  /* Behind a quote or comment that is left open, nothing can be appended. */
  if (entity->priv->parameters->junk)
    {
      string_free (*text);
      *text = format_parameters (field->name, entity->type, entity->priv->parameters);
    }
  append_suffix (*text, suffix);
  return TRUE;
}

static gboolean
write_field (const LlEntity *entity, const LlHeaderField *field, const LlCanonical *how, LlFieldsKind kind,
             LlSink *out, GError **error)
{
  gboolean root = kind == LL_FIELDS_ROOT;
  g_autoptr (GString) text = canonical_lines (field, how->seven_bit);
  guint unsafe = how->seven_bit ? find_unsafe (text) : 0;
  if (unsafe != 0 && !rewrite_field (entity, field, unsafe, kind, out, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  if (root && how->type_suffix != NULL && is_named (field, "Content-Type"))
    {
      if (!add_suffix (entity, field, how->type_suffix, &text, error))
        return FALSE;
    }
  /* The root gets an empty line, even where a message ended in its header. */
  else if (root && text->len > 0 && text->str[text->len - 1] != '\n')
    g_string_append (text, "\r\n");
  return ll_sink_write (out, text->str, text->len, error);
}

/* Content-Length describes a mailbox file, not the content. */
static gboolean
is_written (const LlHeaderField *field, LlFieldsKind kind)
{
  return kind != LL_FIELDS_ROOT
         || (field->name != NULL && g_ascii_strncasecmp (field->name, "Content-", 8) == 0
             && !is_named (field, "Content-Length"));
}

static gboolean
write_encoding (const char *encoding, LlSink *out, GError **error)
{
  return ll_header_write (out, "Content-Transfer-Encoding", encoding, error);
}

static gboolean
write_fields (const LlEntity *entity, const LlCanonical *how, LlFieldsKind kind, const char *encoding,
              LlSink *out, GError **error)
{
  const char *missing = encoding;
  for (guint i = 0; i < ll_header_n_fields (entity->header); i++)
    {
      const LlHeaderField *field = ll_header_field (entity->header, i);
      gboolean ok = TRUE;
      if (encoding != NULL && is_named (field, "Content-Transfer-Encoding"))
        {
          ok = missing == NULL || write_encoding (encoding, out, error);
          missing = NULL;
        }
      else if (is_written (field, kind))
        ok = write_field (entity, field, how, kind, out, error);
      if (!ok)
        return FALSE;
    }
  gboolean version = missing == NULL || kind != LL_FIELDS_MESSAGE
                     || ll_header_count (entity->header, "MIME-Version") > 0
                     || ll_header_write (out, "MIME-Version", "1.0", error);
  return version && (missing == NULL || write_encoding (missing, out, error));
}

/* A root without a type gets one, for readers that stumble over a payload without header. */
static gboolean
write_default_type (const LlEntity *entity, const LlCanonical *how, LlSink *out, GError **error)
{
  if (ll_header_count (entity->header, "Content-Type") > 0)
    return TRUE;
  g_autoptr (GString) text = g_string_new ("Content-Type: ");
  g_string_append (text, entity->type);
  append_suffix (text, how->type_suffix != NULL ? how->type_suffix : "");
  return ll_sink_write (out, text->str, text->len, error);
}

gboolean
ll_canonical_write_header (const LlEntity *entity, const LlCanonical *how, LlFieldsKind kind,
                           const char *encoding, LlSink *out, GError **error)
{
  gboolean blank_line = entity->priv->blank_line || kind == LL_FIELDS_ROOT;
  if (encoding != NULL && !blank_line && ll_header_n_fields (entity->header) == 0)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    "an attached message without a header is not plain 7-bit text and cannot be signed "
                    "unchanged: attach it as a file, or encrypt");
      return FALSE;
    }
  if (kind == LL_FIELDS_ROOT
      && ((how->write_fields != NULL && !how->write_fields (out, how->user_data, error))
          || !write_default_type (entity, how, out, error)))
    return FALSE;
  return write_fields (entity, how, kind, encoding, out, error)
         && (!blank_line || ll_sink_puts (out, "\r\n", error));
}
