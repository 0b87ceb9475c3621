/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One target a parser of outside octets; built with -Dfuzz=true and clang. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ll-spool.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static inline LlSpool *
fuzz_spool (const uint8_t *data, size_t size)
{
  LlSpool *spool = ll_spool_new ();
  if (!ll_spool_append (spool, data, size, NULL))
    g_error ("spool");
  return spool;
}
