/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-smime-plan.h"

typedef struct
{
  LlEngine base;
  LlSmimeOptions options;
} SmimeEngine;

static const SmimeEngine *
smime_engine (LlEngine *engine)
{
  return (const SmimeEngine *)engine;
}

/* ---- classify ---- */

static LlKind
signed_kind (const LlCms *cms)
{
  GError *ignored = NULL;
  guint signers = 0, certificates = 0;
  if (!ll_cms_count_signed (cms, &signers, &certificates, &ignored))
    {
      g_error_free (ignored);
      return LL_KIND_UNKNOWN;
    }
  if (cms->has_content)
    return LL_KIND_SIGNED;
  if (signers > 0)
    return LL_KIND_DETACHED_SIGNATURE;
  return certificates > 0 ? LL_KIND_CERTIFICATES : LL_KIND_UNKNOWN;
}

/* Whether the octets set out to be CMS, a SEQUENCE that begins with an identifier of RSA's arc or PEM that
 * says so: then damage is said to be damage. */
static gboolean
begins_like_cms (LlOctets octets)
{
  static const guint8 rsadsi[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01 };
  guint8 start[32] = { 0 };
  gsize n = 0;
  if (!ll_octets_read (octets, 0, start, sizeof start - 1, &n, NULL))
    return FALSE;
  if (g_str_has_prefix ((const char *)start, "-----BEGIN CMS-")
      || g_str_has_prefix ((const char *)start, "-----BEGIN PKCS"))
    return TRUE;
  /* The length takes one octet, or says in its low bits how many more. */
  gsize at = 2 + (start[1] > 0x80 ? start[1] & 0x7fu : 0);
  return start[0] == 0x30 && at + 2 + sizeof rsadsi <= n && start[at] == 0x06
         && memcmp (start + at + 2, rsadsi, sizeof rsadsi) == 0;
}

static gboolean
smime_classify (LlEngine *engine, LlOctets octets, LlKind *out_kind, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (LlCms) cms = ll_cms_open (octets, &failure);
  *out_kind = LL_KIND_UNKNOWN;
  if (!cms && (!g_error_matches (failure, LL_ERROR, LL_ERROR_MALFORMED) || begins_like_cms (octets)))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (!cms)
    return TRUE;
  switch (cms->type)
    {
    case LL_CMS_SIGNED:
      *out_kind = signed_kind (cms);
      break;
    case LL_CMS_ENVELOPED:
    case LL_CMS_AUTH_ENVELOPED:
      *out_kind = LL_KIND_ENCRYPTED;
      break;
    case LL_CMS_COMPRESSED:
      *out_kind = LL_KIND_COMPRESSED;
      break;
    case LL_CMS_OTHER:
      break;
    }
  return TRUE;
}

/* ---- reading ---- */

static gboolean
smime_verify (LlEngine *engine, const LlVerifyRequest *request, GPtrArray **out_signers, GError **error)
{
  g_autoptr (LlCms) cms = ll_cms_open (request->signature, error);
  if (!cms)
    return FALSE;
  if (cms->type != LL_CMS_SIGNED)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    "the signature part is not an S/MIME signature but of the type %s", cms->oid);
      return FALSE;
    }
  return ll_cms_verify (cms, smime_engine (engine)->options.source, request, out_signers, error);
}

static gboolean
smime_decrypt (LlEngine *engine, const LlDecryptRequest *request, LlDecryption **out_decryption,
               GError **error)
{
  g_autoptr (LlCms) cms = ll_cms_open (request->ciphertext, error);
  if (!cms)
    return FALSE;
  if (cms->type == LL_CMS_COMPRESSED)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED, "compressed S/MIME messages cannot be read here");
      return FALSE;
    }
  if (cms->type != LL_CMS_ENVELOPED && cms->type != LL_CMS_AUTH_ENVELOPED)
    {
      ll_error_set (error, LL_ERROR_NOT_ENCRYPTED, "the S/MIME part is not encrypted");
      return FALSE;
    }
  g_autoptr (GPtrArray) keys = ll_key_handles_load (smime_engine (engine)->options.source, error);
  if (!keys)
    return FALSE;
  g_autoptr (LlDecryption) decryption = ll_decryption_new ();
  if (!ll_cms_decrypt (cms, keys, request->out, decryption, error))
    return FALSE;
  *out_decryption = g_steal_pointer (&decryption);
  return TRUE;
}

/* ---- writing ---- */

static LlKeyPlan *
smime_plan (LlEngine *engine, const LlPlanRequest *request, GPtrArray *decisions, GError **error)
{
  return ll_smime_plan (smime_engine (engine)->options.source, request, decisions, error);
}

static gboolean
smime_sign (LlEngine *engine, const LlKeyPlan *plan, LlOctets content, gboolean detached, LlSink *out,
            char **out_micalg, GError **error)
{
  if (!plan->signer)
    {
      ll_error_set (error, LL_ERROR_USAGE, "this message was planned without a signature");
      return FALSE;
    }
  return ll_cms_sign (plan->signer, plan->chain, &smime_engine (engine)->options, content, detached, out,
                      out_micalg, error);
}

static gboolean
smime_encrypt (LlEngine *engine, const LlKeyPlan *plan, LlOctets content, gboolean sign, LlSink *out,
               char **out_smime_type, GError **error)
{
  if (sign)
    {
      ll_error_set (error, LL_ERROR_USAGE, "S/MIME signs before it encrypts, in a structure of its own");
      return FALSE;
    }
  if (plan->recipients->len == 0)
    {
      ll_error_set (error, LL_ERROR_USAGE, "this message was planned without recipients");
      return FALSE;
    }
  g_autoptr (LlSpool) spool = ll_spool_new ();
  g_autoptr (LlSink) sink = ll_spool_sink (spool);
  g_autofree char *type = NULL;
  if (!ll_cms_encrypt (plan->recipients, &smime_engine (engine)->options, content, sink, &type, error)
      || !ll_sink_finish (sink, error)
      || !ll_cms_check_recipients (ll_spool_octets (spool), plan->recipients, error)
      || !ll_octets_copy (ll_spool_octets (spool), out, error))
    return FALSE;
  if (out_smime_type)
    *out_smime_type = g_steal_pointer (&type);
  return TRUE;
}

/* ---- the table ---- */

static const char *const SIGNATURE_TYPES[]
    = { "application/pkcs7-signature", "application/x-pkcs7-signature", NULL };
static const char *const OPAQUE_TYPES[] = { "application/pkcs7-mime", "application/x-pkcs7-mime", NULL };

static void
smime_free (LlEngine *engine)
{
  g_free (engine);
}

static const LlEngineOps OPS = {
  .protocol = LL_PROTOCOL_SMIME,
  .mime = {
    .signature_types = SIGNATURE_TYPES,
    .signature_filename = "smime.p7s",
    .signature_description = "S/MIME signature",
    .opaque_types = OPAQUE_TYPES,
    .opaque_filename = "smime.p7m",
    .raw_label = "CMS",
  },
  .classify = smime_classify,
  .verify = smime_verify,
  .decrypt = smime_decrypt,
  .plan = smime_plan,
  .plan_free = ll_smime_plan_free,
  .sign = smime_sign,
  .encrypt = smime_encrypt,
  .free = smime_free,
};

LlEngine *
ll_smime_engine_new (const LlSmimeOptions *options)
{
  SmimeEngine *engine = g_new0 (SmimeEngine, 1);
  engine->base.ops = &OPS;
  engine->options = *options;
  return &engine->base;
}
