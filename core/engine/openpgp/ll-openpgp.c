/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-openpgp.h"

#include "ll-gpg.h"

static gboolean
classify (LlEngine *engine, LlOctets octets, LlKind *out_kind, GError **error)
{
  return ll_pgp_scan_kind (octets, out_kind, error);
}

static void
free_engine (LlEngine *base)
{
  LlOpenpgp *engine = (LlOpenpgp *)base;
  if (engine->spare != NULL)
    gpgme_release (engine->spare);
  g_mutex_clear (&engine->lock);
  g_free (engine->guard);
  g_free (engine->home);
  g_free (engine->version);
  g_free (engine);
}

static const char *const signature_types[] = { "application/pgp-signature", NULL };

static const LlEngineOps ops = {
  .protocol = LL_PROTOCOL_OPENPGP,
  .mime = {
    .signature_types = signature_types,
    .signature_filename = "signature.asc",
    .signature_description = "OpenPGP digital signature",
    .encrypted_protocol = "application/pgp-encrypted",
    .armored = TRUE,
    .signs_inside = TRUE,
  },
  .classify = classify,
  .verify = ll_openpgp_verify,
  .decrypt = ll_openpgp_decrypt,
  .plan = ll_openpgp_plan,
  .plan_free = ll_openpgp_plan_free,
  .sign = ll_openpgp_sign,
  .encrypt = ll_openpgp_encrypt,
  .free = free_engine,
};

LlEngine *
ll_openpgp_engine_new (const LlOpenpgpOptions *options, GError **error)
{
  if (options->guard == NULL || !g_path_is_absolute (options->guard))
    {
      ll_error_set (error, LL_ERROR_ENGINE, N_ ("the path of the gpg guard is not absolute"));
      return NULL;
    }
  if (!ll_gpg_initialize (error))
    return NULL;
  LlOpenpgp *engine = g_new0 (LlOpenpgp, 1);
  engine->base.ops = &ops;
  engine->guard = g_strdup (options->guard);
  engine->home = g_strdup (options->home);
  engine->may_prompt = options->may_prompt;
  g_mutex_init (&engine->lock);
  return &engine->base;
}
