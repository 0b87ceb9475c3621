/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-session.h"

#include "ll-memory-store.h"
#include "ll-openpgp.h"
#include "ll-prompt.h"
#include "ll-smime.h"

struct LlSession
{
  LlConfig *config;
  LlPrompter *prompter; /* NULL: nobody is asked */
  LlMemoryStore *store;
  LlEngine *engines[LL_N_PROTOCOLS];
  GError *missing[LL_N_PROTOCOLS]; /* why an engine is NULL */
};

typedef gboolean (*AddFile) (LlMemoryStore *store, const char *path, GError **error);

static gboolean
add_certificates (LlMemoryStore *store, const char *path, GError **error)
{
  return ll_memory_store_add_certificates (store, path, NULL, error);
}

static gboolean
add_files (LlMemoryStore *store, AddFile add, char **paths, GError **error)
{
  for (char **path = paths; path != NULL && *path != NULL; path++)
    if (!add (store, *path, error))
      return FALSE;
  return TRUE;
}

static gboolean
add_identity (LlMemoryStore *store, LlConfigIdentity *identity, GError **error)
{
  if (identity->smime_key != NULL && !ll_memory_store_add_keys (store, identity->smime_key, error))
    return FALSE;
  if (identity->smime_certificate == NULL || !ll_config_is_path (identity->smime_certificate))
    return TRUE;
  /* From here on a certificate is named by its fingerprint, wherever it came from. */
  char *fingerprint = NULL;
  if (!ll_memory_store_add_certificates (store, identity->smime_certificate, &fingerprint, error))
    return FALSE;
  g_free (identity->smime_certificate);
  identity->smime_certificate = fingerprint;
  return TRUE;
}

static gboolean
fill_store (LlSession *session, const LlOptions *options, GError **error)
{
  LlMemoryStore *store = session->store;
  LlConfig *config = session->config;
  if (!add_files (store, add_certificates, options->certificates, error)
      || !add_files (store, ll_memory_store_add_keys, options->keys, error)
      || !add_files (store, ll_memory_store_add_anchors, options->anchors, error)
      || !add_files (store, add_certificates, config->certificates, error)
      || !add_files (store, ll_memory_store_add_keys, config->keys, error)
      || !add_files (store, ll_memory_store_add_anchors, config->anchors, error))
    return FALSE;
  for (guint i = 0; i < config->identities->len; i++)
    if (!add_identity (store, g_ptr_array_index (config->identities, i), error))
      return FALSE;
  return TRUE;
}

static LlEngine *
new_openpgp (const LlOptions *options, GError **error)
{
  const char *directory = g_getenv ("LETTERLOCK_LIBEXECDIR");
  g_autofree char *guard
      = g_build_filename (directory != NULL ? directory : LL_LIBEXECDIR, "letterlock-gpg-guard", NULL);
  LlOpenpgpOptions openpgp = { .guard = guard, .may_prompt = !options->batch, .offline = options->offline };
  return ll_openpgp_engine_new (&openpgp, error);
}

static LlEngine *
new_smime (LlSession *session)
{
  LlSmimeOptions smime = {
    .source = ll_memory_store_source (session->store),
    .cipher = (LlSmimeCipher)session->config->content_cipher,
    .rsa_oaep = session->config->rsa_encryption,
    .rsa_pss = session->config->rsa_signature,
  };
  return ll_smime_engine_new (&smime);
}

LlSession *
ll_session_new (const LlOptions *options, GError **error)
{
  g_autoptr (LlSession) session = g_new0 (LlSession, 1);
  session->config = ll_config_load (options->config, error);
  if (session->config == NULL)
    return NULL;
  session->prompter = options->batch ? NULL : ll_prompt_new ();
  session->store = ll_memory_store_new (session->prompter);
  if (!fill_store (session, options, error))
    return NULL;
  session->engines[LL_PROTOCOL_OPENPGP] = new_openpgp (options, &session->missing[LL_PROTOCOL_OPENPGP]);
  session->engines[LL_PROTOCOL_SMIME] = new_smime (session);
  return g_steal_pointer (&session);
}

void
ll_session_free (LlSession *session)
{
  if (session == NULL)
    return;
  for (guint i = 0; i < LL_N_PROTOCOLS; i++)
    {
      ll_engine_free (session->engines[i]);
      g_clear_error (&session->missing[i]);
    }
  ll_memory_store_free (session->store);
  ll_prompt_free (session->prompter);
  ll_config_free (session->config);
  g_free (session);
}

LlEngine *
ll_session_engine (const LlSession *session, LlProtocol protocol, GError **error)
{
  LlEngine *engine = session->engines[protocol];
  if (engine == NULL && error != NULL)
    *error = g_error_copy (session->missing[protocol]);
  return engine;
}

guint
ll_session_engines (const LlSession *session, LlEngine *engines[LL_N_PROTOCOLS])
{
  guint n = 0;
  for (guint i = 0; i < LL_N_PROTOCOLS; i++)
    if (session->engines[i] != NULL)
      engines[n++] = session->engines[i];
  return n;
}

void
ll_session_explain (const LlSession *session, GError **error)
{
  ll_memory_store_explain (session->store, error);
}

const LlConfig *
ll_session_config (const LlSession *session)
{
  return session->config;
}

const char *
ll_session_own_key (const LlConfigIdentity *identity, LlProtocol protocol)
{
  if (identity == NULL)
    return NULL;
  const char *const keys[LL_N_PROTOCOLS] = {
    [LL_PROTOCOL_OPENPGP] = identity->openpgp_key,
    [LL_PROTOCOL_SMIME] = identity->smime_certificate,
  };
  return keys[protocol];
}
