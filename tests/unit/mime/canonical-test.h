/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The canonical form, and a check of it that shares no code with the writer. */
#pragma once

#include "entity-test.h"

#include "ll-canonical.h"

static inline LlEol
eol_of (LlOctets octets)
{
  LlEol eol;
  assert_true (ll_octets_eol (octets, &eol, NULL));
  return eol;
}

static inline GString *
canonical_of (const Message *m, gboolean seven_bit, GError **error)
{
  const LlCanonical how = { .eol = eol_of (ll_spool_octets (m->spool)), .seven_bit = seven_bit };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (LlSink) sink = string_sink (out);
  return ll_canonical_write (m->root, &how, sink, error) ? g_steal_pointer (&out) : NULL;
}

/* security.md D-9 */
static inline void
assert_survives (const GString *text)
{
  g_auto (GStrv) lines = g_strsplit (text->str, "\r\n", -1);
  assert_int_equal (strlen (text->str), text->len);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = lines[i];
      gsize n = strlen (line);
      for (gsize k = 0; k < n; k++)
        if ((guint8)line[k] >= 0x80 || line[k] == '\r' || line[k] == '\n')
          fail_msg ("octet %02x in \"%s\"", (guint8)line[k], line);
      if (n > 998 || g_str_has_prefix (line, "From ") || strcmp (line, ".") == 0
          || (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t')))
        fail_msg ("unsafe line \"%s\"", line);
    }
}
