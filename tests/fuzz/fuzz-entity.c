/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include "ll-canonical.h"

static void
use (const LlEntity *entity)
{
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (spool);
  g_autofree char *name = ll_entity_filename (entity);
  if (name != NULL && (strchr (name, '/') != NULL || !g_utf8_validate (name, -1, NULL)))
    g_error ("unsafe file name");
  (void)ll_entity_decode (entity, FALSE, "part", sink, NULL);
  (void)ll_entity_write_text (entity, sink, NULL);
  for (guint i = 0; i < ll_entity_n_children (entity); i++)
    use (ll_entity_child (entity, i));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (LlSpool) spool = fuzz_spool (data, size);
  g_autoptr (LlEntity) entity = ll_entity_parse (ll_spool_octets (spool), LL_ENTITY_MESSAGE, NULL);
  if (entity == NULL)
    return 0;
  use (entity);
  g_autoptr (LlSpool) canonical = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (canonical);
  LlCanonical how = { .seven_bit = TRUE };
  if (ll_octets_eol (entity->whole, &how.eol, NULL) && ll_canonical_write (entity, &how, sink, NULL))
    {
      g_autoptr (LlEntity) again = ll_entity_parse (ll_spool_octets (canonical), LL_ENTITY_PART, NULL);
      (void)again;
    }
  return 0;
}
