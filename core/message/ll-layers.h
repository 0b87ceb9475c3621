/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which octets does a layer cover?  The one place that knows what a cryptographic
 * layer looks like in MIME (RFC 1847, 3156, 8551, 9787 4.1): it reads the engines'
 * tables and never asks which protocol it is.
 */
#pragma once

#include "ll-engine.h"
#include "ll-entity.h"

G_BEGIN_DECLS

typedef enum
{
  LL_LAYER_NONE,     /* the entity is the cryptographic payload */
  LL_LAYER_DETACHED, /* multipart/signed: @covered is signed by @data */
  LL_LAYER_OPAQUE,   /* signed content inside @data */
  LL_LAYER_ENCRYPTED,
  LL_LAYER_UNJUDGED, /* multipart/signed of a kind nobody here reads: @covered, and @problem */
} LlLayerKind;

typedef struct
{
  LlLayerKind kind;
  LlEngine *engine;  /* (transfer none) */
  LlEntity *covered; /* (transfer none) (nullable) */
  LlSpool *data;     /* (nullable) signature or ciphertext, transfer encoding removed */
  LlText *problem;   /* (nullable) */
} LlLayer;

void ll_layer_clear (LlLayer *layer);

/**
 * ll_layer_find:
 * Errors: MALFORMED for what claims to be a layer and is not soundly built; UNSUPPORTED; IO.
 */
gboolean ll_layer_find (const LlEntity *entity, LlEngine *const *engines, guint n_engines, LlLayer *out,
                        GError **error);

/** ll_layer_looks_protected: whether @entity's type alone claims a layer: what is errant below a payload. */
gboolean ll_layer_looks_protected (const LlEntity *entity, LlEngine *const *engines, guint n_engines,
                                   const char **out_word);

/** ll_message_eol: what lines of @message end with, told by its header: a binary part may hold anything. */
gboolean ll_message_eol (const LlEntity *message, LlEol *out_eol, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LlLayer, ll_layer_clear)

G_END_DECLS
