/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-header.h"

#include <string.h>

#include "ll-header-private.h"
#include "ll-limits.h"

struct LlHeader
{
  gatomicrefcount references;
  GArray *fields; /* LlHeaderField, pointing into the store */
  char *store;
};

LlHeader *
ll_header_ref (LlHeader *header)
{
  g_atomic_ref_count_inc (&header->references);
  return header;
}

void
ll_header_unref (LlHeader *header)
{
  if (header == NULL || !g_atomic_ref_count_dec (&header->references))
    return;
  g_array_unref (header->fields);
  g_free (header->store);
  g_free (header);
}

guint
ll_header_n_fields (const LlHeader *header)
{
  return header->fields->len;
}

const LlHeaderField *
ll_header_field (const LlHeader *header, guint i)
{
  return i < header->fields->len ? &g_array_index (header->fields, LlHeaderField, i) : NULL;
}

static const LlHeaderField *
find (const LlHeader *header, const char *name, guint *out_count)
{
  const LlHeaderField *first = NULL;
  *out_count = 0;
  for (guint i = 0; i < header->fields->len; i++)
    {
      const LlHeaderField *field = ll_header_field (header, i);
      if (field->name == NULL || g_ascii_strcasecmp (field->name, name) != 0)
        continue;
      if (first == NULL)
        first = field;
      ++*out_count;
    }
  return first;
}

guint
ll_header_count (const LlHeader *header, const char *name)
{
  guint count;
  find (header, name, &count);
  return count;
}

const char *
ll_header_get (const LlHeader *header, const char *name)
{
  guint count;
  const LlHeaderField *first = find (header, name, &count);
  return first != NULL ? first->value : NULL;
}

/* The section is collected first, for a delimiter may still cut it short. */
typedef struct
{
  GByteArray *text;
  GArray *starts; /* gsize: where each field begins in @text */
} Section;

static void
section_clear (Section *section)
{
  if (section->text != NULL)
    g_byte_array_unref (section->text);
  if (section->starts != NULL)
    g_array_unref (section->starts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Section, section_clear)

static gboolean
refuse_long_field (GError **error)
{
  ll_error_set (error, LL_ERROR_LIMIT, "a header field is longer than 64 KB");
  return FALSE;
}

/* Shows the next line with its line end. */
static gboolean
next_line (LlReader *reader, const guint8 **out_line, gsize *out_length, GError **error)
{
  const guint8 *data;
  gsize n;
  if (!ll_reader_fill (reader, &data, &n, error))
    return FALSE;
  const guint8 *end = n > 0 ? memchr (data, '\n', n) : NULL;
  if (end == NULL && n > 0)
    {
      if (!ll_reader_need (reader, LL_CHUNK, &data, &n, error))
        return FALSE;
      end = memchr (data, '\n', n);
    }
  if (end == NULL && reader->position + n < reader->octets.length)
    return refuse_long_field (error);
  *out_line = data;
  *out_length = end != NULL ? (gsize)(end - data) + 1 : n;
  return TRUE;
}

static gboolean
line_is_empty (const guint8 *line, gsize length)
{
  return (length == 1 && line[0] == '\n') || (length == 2 && line[0] == '\r' && line[1] == '\n');
}

/* security.md I-5: other parsers cut a value at NUL, and disagree about a lone CR. */
static gboolean
check_octets (const guint8 *line, gsize length, GError **error)
{
  if (memchr (line, '\0', length) != NULL)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "the header section holds a NUL octet");
      return FALSE;
    }
  const guint8 *end = line + length;
  for (const guint8 *cr = memchr (line, '\r', length); cr != NULL;
       cr = memchr (cr + 1, '\r', (gsize)(end - cr - 1)))
    if (cr + 1 == end || cr[1] != '\n')
      {
        ll_error_set (error, LL_ERROR_MALFORMED,
                      "the header section holds a carriage return outside a line end");
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_limits (const Section *section, GError **error)
{
  guint fields = section->starts->len;
  gsize field = section->text->len - g_array_index (section->starts, gsize, fields - 1);
  if (field > LL_LIMIT_HEADER_FIELD)
    return refuse_long_field (error);
  if (section->text->len > LL_LIMIT_HEADER_SECTION)
    ll_error_set (error, LL_ERROR_LIMIT, "the header section is longer than 1 MB");
  else if (fields > LL_LIMIT_HEADER_FIELDS)
    ll_error_set (error, LL_ERROR_LIMIT, "the message has more than 2000 header fields");
  else
    return TRUE;
  return FALSE;
}

static gboolean
add_line (Section *section, const guint8 *line, gsize length, GError **error)
{
  if (!check_octets (line, length, error))
    return FALSE;
  gboolean continues = line[0] == ' ' || line[0] == '\t';
  if (!continues || section->starts->len == 0)
    {
      gsize start = section->text->len;
      g_array_append_val (section->starts, start);
    }
  g_byte_array_append (section->text, line, (guint)length);
  return check_limits (section, error);
}

/* RFC 2046 5.1.1: the line end in front of a delimiter belongs to the delimiter. */
static void
drop_line_end (Section *section)
{
  guint n = section->text->len;
  if (n > 0 && section->text->data[n - 1] == '\n')
    n -= n > 1 && section->text->data[n - 2] == '\r' ? 2 : 1;
  g_byte_array_set_size (section->text, n);
}

static gboolean
collect (LlReader *reader, LlHeaderStop stop, gpointer user_data, Section *section, gboolean *out_body,
         GError **error)
{
  *out_body = FALSE;
  for (;;)
    {
      const guint8 *line;
      gsize length;
      if (!next_line (reader, &line, &length, error))
        return FALSE;
      if (length == 0)
        return TRUE;
      if (stop != NULL && length > 2 && line[0] == '-' && line[1] == '-')
        {
          gboolean stopped;
          if (!stop (user_data, &stopped, error))
            return FALSE;
          if (stopped)
            {
              drop_line_end (section);
              return TRUE;
            }
          if (!next_line (reader, &line, &length, error))
            return FALSE;
        }
      *out_body = line_is_empty (line, length);
      if (!*out_body && !add_line (section, line, length, error))
        return FALSE;
      ll_reader_skip (reader, length);
      if (*out_body)
        return TRUE;
    }
}

/* Length of the field name in front of the colon, 0 when this is no field.  White space before the
 * colon (RFC 5322 4.5) is taken for a field as well: others do, and a second From must not hide. */
static gsize
name_length (const char *text, gsize length, gsize *out_colon)
{
  gsize n = 0;
  while (n < length && text[n] > 32 && text[n] < 127 && text[n] != ':')
    n++;
  gsize colon = n;
  while (colon < length && (text[colon] == ' ' || text[colon] == '\t'))
    colon++;
  if (colon >= length || text[colon] != ':')
    return 0;
  *out_colon = colon;
  return n;
}

static char *
store_text (char **store, const char *text, gsize length)
{
  char *start = *store;
  memcpy (start, text, length);
  start[length] = '\0';
  *store += length + 1;
  return start;
}

/* RFC 5322 2.2.3: takes the line ends out and keeps the white space behind them. */
static char *
store_unfolded (char **store, const char *text, gsize length)
{
  char *start = *store;
  char *to = start;
  for (gsize i = 0; i < length; i++)
    if (text[i] != '\r' && text[i] != '\n' && (to > start || (text[i] != ' ' && text[i] != '\t')))
      *to++ = text[i];
  while (to > start && (to[-1] == ' ' || to[-1] == '\t'))
    to--;
  *to = '\0';
  *store = to + 1;
  return start;
}

static LlHeaderField
store_field (char **store, const char *text, gsize length)
{
  LlHeaderField field = { .raw = store_text (store, text, length), .raw_length = length };
  gsize colon = 0;
  gsize n = name_length (text, length, &colon);
  if (n > 0)
    {
      field.name = store_text (store, text, n);
      field.value = store_unfolded (store, text + colon + 1, length - colon - 1);
    }
  else
    field.value = store_unfolded (store, text, length);
  return field;
}

static LlHeader *
header_from_section (const Section *section)
{
  LlHeader *header = g_new0 (LlHeader, 1);
  g_atomic_ref_count_init (&header->references);
  guint fields = section->starts->len;
  header->fields = g_array_sized_new (FALSE, FALSE, sizeof (LlHeaderField), fields);
  /* Each octet is stored twice at most, in raw and in name or value. */
  char *store = header->store = g_malloc (2 * (gsize)section->text->len + 3 * (gsize)fields + 1);
  for (guint i = 0; i < fields; i++)
    {
      gsize start = g_array_index (section->starts, gsize, i);
      gsize end = i + 1 < fields ? g_array_index (section->starts, gsize, i + 1) : section->text->len;
      LlHeaderField field = store_field (&store, (const char *)section->text->data + start, end - start);
      g_array_append_val (header->fields, field);
    }
  return header;
}

LlHeader *
ll_header_read (LlReader *reader, LlHeaderStop stop, gpointer user_data, gboolean *out_body, GError **error)
{
  g_auto (Section) section = { g_byte_array_new (), g_array_new (FALSE, FALSE, sizeof (gsize)) };
  if (!collect (reader, stop, user_data, &section, out_body, error))
    return NULL;
  return header_from_section (&section);
}

gboolean
ll_header_first_line (LlReader *reader, gsize offset, LlFirstLine *out_kind, GError **error)
{
  const guint8 *data;
  gsize n;
  if (!ll_reader_need (reader, MIN (offset + 1024, LL_CHUNK), &data, &n, error))
    return FALSE;
  const char *line = (const char *)data + MIN (offset, n);
  n -= MIN (offset, n);
  gsize colon;
  if (n == 0 || line_is_empty ((const guint8 *)line, MIN (n, line[0] == '\n' ? 1 : 2)))
    *out_kind = LL_FIRST_LINE_FIELD;
  else if (line[0] == ' ' || line[0] == '\t')
    *out_kind = LL_FIRST_LINE_CONTINUATION;
  else if (n >= 5 && memcmp (line, "From ", 5) == 0 && name_length (line, n, &colon) == 0)
    *out_kind = LL_FIRST_LINE_MBOX;
  else
    *out_kind = name_length (line, n, &colon) > 0 ? LL_FIRST_LINE_FIELD : LL_FIRST_LINE_OTHER;
  return TRUE;
}

gboolean
ll_header_skip_mbox (LlReader *reader, GError **error)
{
  LlFirstLine kind;
  const guint8 *data;
  gsize n;
  if (!ll_header_first_line (reader, 0, &kind, error))
    return FALSE;
  if (kind != LL_FIRST_LINE_MBOX)
    return TRUE;
  if (!ll_reader_need (reader, LL_CHUNK, &data, &n, error))
    return FALSE;
  const guint8 *end = memchr (data, '\n', n);
  gsize length = end != NULL ? (gsize)(end - data) + 1 : n;
  /* A letter may begin with this word as well. */
  if (end == NULL || !ll_header_first_line (reader, length, &kind, error))
    return end == NULL;
  if (kind == LL_FIRST_LINE_FIELD)
    ll_reader_skip (reader, length);
  return TRUE;
}

LlHeader *
ll_header_parse (LlOctets section, gboolean mbox, guint64 *out_length, gboolean *out_body, GError **error)
{
  g_auto (LlReader) reader = { 0 };
  ll_reader_init (&reader, section);
  if (mbox && !ll_header_skip_mbox (&reader, error))
    return NULL;
  LlHeader *header = ll_header_read (&reader, NULL, NULL, out_body, error);
  if (header != NULL)
    *out_length = reader.position;
  return header;
}
