/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of this folder share: octets in, octets out, errors by code. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ll-limits.h"
#include "ll-spool.h"

static inline LlSpool *
spool_of (const void *data, gsize length)
{
  LlSpool *spool = ll_spool_new ();
  assert_true (ll_spool_append (spool, data, length, NULL));
  return spool;
}

static inline LlSpool *
spool_of_text (const char *text)
{
  return spool_of (text, strlen (text));
}

static inline gboolean
string_sink_write (gpointer self, const guint8 *data, gsize length, GError **error)
{
  g_string_append_len (self, (const char *)data, (gssize)length);
  return TRUE;
}

/* Appends to @out, which it borrows. */
static inline LlSink *
string_sink (GString *out)
{
  static const LlSinkOps ops = { string_sink_write, NULL, NULL };
  return ll_sink_new (&ops, out);
}

static inline GString *
octets_string (LlOctets octets)
{
  GString *out = g_string_new (NULL);
  g_autoptr (LlSink) sink = string_sink (out);
  assert_true (ll_octets_copy (octets, sink, NULL));
  return out;
}

#define assert_octets(octets, expected)                                                                      \
  do                                                                                                         \
    {                                                                                                        \
      g_autoptr (GString) assert_got = octets_string (octets);                                               \
      assert_string_equal (assert_got->str, expected);                                                       \
      assert_int_equal (assert_got->len, strlen (expected));                                                 \
    }                                                                                                        \
  while (0)

/* @part: of the sentence for people */
#define assert_refused(error, expected_code, part)                                                           \
  do                                                                                                         \
    {                                                                                                        \
      assert_non_null (error);                                                                               \
      assert_true ((error)->domain == LL_ERROR);                                                             \
      assert_int_equal ((error)->code, expected_code);                                                       \
      if (strstr ((error)->message, part) == NULL)                                                           \
        fail_msg ("\"%s\" does not say \"%s\"", (error)->message, part);                                     \
    }                                                                                                        \
  while (0)
