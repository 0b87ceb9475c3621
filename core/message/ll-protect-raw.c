/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-protect-raw.h"

#include "ll-build.h"

static gboolean
make_signed (LlSpool *input, LlEngine *engine, const LlProtectOptions *options, const LlKeyPlan *keys,
             LlSink *made, GError **error)
{
  return engine->ops->sign (engine, keys, ll_spool_octets (input), options->detached, made, NULL, error);
}

static gboolean
make_encrypted (LlSpool *input, LlEngine *engine, const LlProtectOptions *options, const LlKeyPlan *keys,
                LlSink *made, GError **error)
{
  return engine->ops->encrypt (engine, keys, ll_spool_octets (input), options->sign, made, NULL, error);
}

static gboolean
check_options (const LlEngine *engine, const LlProtectOptions *options, GError **error)
{
  if (options->encrypt && (options->recipients == NULL || options->recipients[0] == NULL))
    {
      ll_error_set (error, LL_ERROR_NO_RECIPIENTS, "plain data names no recipients; name them with -r ADDR");
      return FALSE;
    }
  if (options->encrypt && options->sign && !engine->ops->mime.signs_inside)
    {
      ll_error_set (error, LL_ERROR_USAGE,
                    "plain data is signed or encrypted with S/MIME, not both at once; use --no-sign, and "
                    "sign --raw before it");
      return FALSE;
    }
  if (options->sender == NULL && (options->sign || options->self))
    {
      ll_error_set (error, LL_ERROR_USAGE,
                    "plain data names no author; say whose key to use with --from ADDR");
      return FALSE;
    }
  return TRUE;
}

gboolean
ll_protect_raw (LlSpool *input, LlEngine *engine, const LlProtectOptions *options, GPtrArray *decisions,
                LlSink *out, GError **error)
{
  const LlEngineOps *ops = engine->ops;
  if (!check_options (engine, options, error))
    return FALSE;
  LlPlanRequest request = {
    .sender = options->sender,
    .sign_as = options->sign_as,
    .sign = options->sign,
    .recipients = options->encrypt ? options->recipients : NULL,
    .self = options->encrypt && options->self,
  };
  LlKeyPlan *keys = ops->plan (engine, &request, decisions, error);
  if (keys == NULL)
    return FALSE;
  g_autoptr (LlSpool) made = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (made);
  gboolean ok = options->encrypt ? make_encrypted (input, engine, options, keys, sink, error)
                                 : make_signed (input, engine, options, keys, sink, error);
  ops->plan_free (keys);
  return ok && ll_build_raw (&ops->mime, ll_spool_octets (made), out, error);
}
