/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Characters that change how others look (security.md H-3). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

static inline gboolean
ll_unicode_is_control (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

static inline gboolean
ll_unicode_is_bidi (gunichar c)
{
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f
         || c == 0x061c;
}

G_END_DECLS
