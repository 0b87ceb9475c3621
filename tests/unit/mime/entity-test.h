/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A message and its parts, which live and die together. */
#pragma once

#include "mime-test.h"

#include "ll-entity.h"

typedef struct
{
  LlSpool *spool;
  LlEntity *root;
  GError *error;
} Message;

static inline void
message_clear (Message *m)
{
  ll_entity_free (m->root);
  ll_spool_unref (m->spool);
  g_clear_error (&m->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Message, message_clear)

static inline Message
message_of (const char *data, gsize length, LlEntityKind kind)
{
  Message m = { .spool = spool_of (data, length) };
  m.root = ll_entity_parse (ll_spool_octets (m.spool), kind, &m.error);
  return m;
}

static inline Message
message_of_text (const char *text)
{
  Message m = message_of (text, strlen (text), LL_ENTITY_MESSAGE);
  if (m.error != NULL)
    fail_msg ("%s", m.error->message);
  return m;
}
