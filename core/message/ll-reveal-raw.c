/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-identity.h"
#include "ll-open.h"
#include "ll-reveal.h"

/* The engine whose structure this is; a complaint counts only when nobody knows it. */
static LlEngine *
recognise (LlOctets octets, LlEngine *const *engines, guint n, LlKind *out_kind, GError **error)
{
  g_autoptr (GError) first = NULL;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) local = NULL;
      *out_kind = LL_KIND_UNKNOWN;
      if (engines[i]->ops->classify (engines[i], octets, out_kind, &local) && *out_kind != LL_KIND_UNKNOWN)
        return engines[i];
      if (first == NULL && local != NULL)
        first = g_steal_pointer (&local);
    }
  if (first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  else
    ll_error_set (error, LL_ERROR_MALFORMED, "the data is neither OpenPGP nor CMS");
  return NULL;
}

static gboolean
reveal_raw (LlVerdict *verdict, LlOctets input, LlOctets content, LlEngine *const *engines, guint n_engines,
            const LlRevealOptions *options, LlSpool *out, GError **error)
{
  LlKind kind = LL_KIND_UNKNOWN;
  LlEngine *engine = recognise (input, engines, n_engines, &kind, error);
  if (engine == NULL)
    return FALSE;
  LlVerifyRequest verify = { .signature = input, .at = options->at };
  LlDecryptRequest decrypt = { input, out, options->at, options->may_prompt };
  if (content.spool != NULL && kind == LL_KIND_DETACHED_SIGNATURE)
    {
      verify.content = content;
      return ll_open_signed (verdict, engine, &verify, NULL, error);
    }
  if (content.spool != NULL)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "the signature file holds no detached signature");
      return FALSE;
    }
  if (kind == LL_KIND_SIGNED || kind == LL_KIND_CLEARSIGNED)
    {
      verify.out = out;
      return ll_open_signed (verdict, engine, &verify, NULL, error);
    }
  if (kind == LL_KIND_ENCRYPTED)
    return ll_open_encrypted (verdict, engine, &decrypt, NULL, error);
  if (kind == LL_KIND_DETACHED_SIGNATURE)
    ll_error_set (
        error, LL_ERROR_USAGE,
        "this is a signature without its content; give it with --signature and the content as FILE");
  else
    ll_error_set (error, LL_ERROR_MALFORMED, "the data is neither signed nor encrypted");
  return FALSE;
}

LlVerdict *
ll_reveal_raw (LlSpool *input, LlOctets detached_content, LlEngine *const *engines, guint n_engines,
               const LlRevealOptions *options, LlSpool *out, GError **error)
{
  g_autoptr (LlVerdict) verdict = ll_verdict_new ();
  if (ll_spool_length (input) == 0)
    {
      ll_error_set (error, LL_ERROR_EMPTY, "the input is empty");
      return NULL;
    }
  if (!reveal_raw (verdict, ll_spool_octets (input), detached_content, engines, n_engines, options, out,
                   error))
    return NULL;
  ll_identity_bind_raw (verdict);
  return g_steal_pointer (&verdict);
}
