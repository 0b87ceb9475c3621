/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-memory-store.h"

#include <openssl/x509v3.h>

#include "ll-address.h"
#include "ll-key-file-private.h"
#include "ll-smime.h"

struct LlMemoryStore
{
  LlKeySource source; /* first, so that one is the other */
  LlPrompter *prompter;
  GPtrArray *certificates;  /* (element-type X509): found by their addresses */
  GPtrArray *intermediates; /* (element-type X509): of chains only */
  GPtrArray *anchors;       /* (element-type X509) */
  GPtrArray *files;         /* (element-type LlKeyFile) */
  GPtrArray *keys;          /* (element-type EVP_PKEY) */
  const char *closed;       /* (nullable) path of a file nobody gave the passphrase for */
};

static GPtrArray *
new_certificates (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)X509_free);
}

static gboolean
holds (GPtrArray *certificates, X509 *certificate)
{
  for (guint i = 0; i < certificates->len; i++)
    if (X509_cmp (g_ptr_array_index (certificates, i), certificate) == 0)
      return TRUE;
  return FALSE;
}

static void
add_certificate (GPtrArray *certificates, X509 *certificate)
{
  if (holds (certificates, certificate))
    return;
  X509_up_ref (certificate);
  g_ptr_array_add (certificates, certificate);
}

static void
add_all (GPtrArray *certificates, GPtrArray *more)
{
  for (guint i = 0; i < more->len; i++)
    add_certificate (certificates, g_ptr_array_index (more, i));
}

/* Whether another certificate of the same key file was issued with this one: then it belongs to
 * the chain and speaks for nobody. */
static gboolean
is_issuer (X509 *certificate, GPtrArray *company)
{
  for (guint i = 0; i < company->len; i++)
    {
      X509 *other = g_ptr_array_index (company, i);
      if (X509_cmp (other, certificate) != 0 && X509_check_issued (certificate, other) == X509_V_OK)
        return TRUE;
    }
  return FALSE;
}

static void
adopt (LlMemoryStore *store, LlKeyContents *contents)
{
  for (guint i = 0; i < contents->certificates->len; i++)
    {
      X509 *certificate = g_ptr_array_index (contents->certificates, i);
      gboolean chain = is_issuer (certificate, contents->certificates);
      add_certificate (chain ? store->intermediates : store->certificates, certificate);
    }
  g_ptr_array_extend_and_steal (store->keys, g_ptr_array_ref (contents->keys));
}

static gboolean
open_file (LlMemoryStore *store, LlKeyFile *file, GError **error)
{
  g_auto (LlUnlock) unlock = { .prompter = store->prompter, .path = file->path };
  g_autoptr (LlKeyContents) contents = ll_key_contents_new ();
  if (!ll_key_file_read (file, &unlock, contents, error))
    return FALSE;
  adopt (store, contents);
  return TRUE;
}

static gboolean
open_files (LlMemoryStore *store, gboolean only_sealed, GError **error)
{
  for (guint i = 0; i < store->files->len; i++)
    {
      LlKeyFile *file = g_ptr_array_index (store->files, i);
      g_autoptr (GError) failure = NULL;
      if (file->opened || (only_sealed && !file->sealed) || open_file (store, file, &failure))
        continue;
      /* Another key may do: a timer job must not fail for one that it does not need. */
      if (g_error_matches (failure, LL_ERROR, LL_ERROR_NO_PASSPHRASE))
        store->closed = file->path;
      else
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }
  return TRUE;
}

void
ll_memory_store_explain (const LlMemoryStore *store, GError **error)
{
  gboolean no_key = g_error_matches (*error, LL_ERROR, LL_ERROR_NO_SECRET_KEY)
                    || g_error_matches (*error, LL_ERROR, LL_ERROR_NO_KEY);
  if (!no_key || store->closed == NULL)
    return;
  g_clear_error (error);
  ll_unlock_refused (store->closed, error);
}

static void
set_no_handle (const LlMemoryStore *store, GError **error)
{
  if (store->closed != NULL)
    ll_unlock_refused (store->closed, error);
  else
    ll_error_set (error, LL_ERROR_NO_KEY, "no certificate belongs to the key in %s; give it with --cert",
                  ((LlKeyFile *)g_ptr_array_index (store->files, 0))->path);
}

/* ---- the key source ---- */

static gboolean
speaks_for (X509 *certificate, const char *address)
{
  g_autoptr (GPtrArray) addresses = ll_certificate_addresses (certificate);
  for (guint i = 0; addresses != NULL && i < addresses->len; i++)
    if (ll_address_equal (g_ptr_array_index (addresses, i), address))
      return TRUE;
  return FALSE;
}

static GPtrArray *
matching (LlMemoryStore *store, const char *address)
{
  GPtrArray *found = new_certificates ();
  for (guint i = 0; i < store->certificates->len; i++)
    if (speaks_for (g_ptr_array_index (store->certificates, i), address))
      add_certificate (found, g_ptr_array_index (store->certificates, i));
  return found;
}

static GPtrArray *
find_certificates (LlKeySource *source, const char *address, GError **error)
{
  LlMemoryStore *store = (LlMemoryStore *)source;
  g_autoptr (GPtrArray) found = matching (store, address);
  if (found->len > 0)
    return g_steal_pointer (&found);
  if (!open_files (store, TRUE, error))
    return NULL;
  return matching (store, address);
}

static GPtrArray *
list_intermediates (LlKeySource *source, GError **error)
{
  LlMemoryStore *store = (LlMemoryStore *)source;
  GPtrArray *all = new_certificates ();
  add_all (all, store->intermediates);
  add_all (all, store->certificates);
  return all;
}

static GPtrArray *
list_anchors (LlKeySource *source, GError **error)
{
  LlMemoryStore *store = (LlMemoryStore *)source;
  GPtrArray *all = new_certificates ();
  add_all (all, store->anchors);
  return all;
}

static void
pair (GPtrArray *handles, GPtrArray *certificates, EVP_PKEY *key)
{
  for (guint i = 0; i < certificates->len; i++)
    {
      X509 *certificate = g_ptr_array_index (certificates, i);
      EVP_PKEY *public = X509_get0_pubkey (certificate);
      if (public != NULL && EVP_PKEY_eq (public, key) == 1)
        g_ptr_array_add (handles, ll_key_handle_new (certificate, key));
    }
}

static GPtrArray *
list_keys (LlKeySource *source, GError **error)
{
  LlMemoryStore *store = (LlMemoryStore *)source;
  if (!open_files (store, FALSE, error))
    return NULL;
  g_autoptr (GPtrArray) handles = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_key_handle_free);
  for (guint i = 0; i < store->keys->len; i++)
    pair (handles, store->certificates, g_ptr_array_index (store->keys, i));
  if (handles->len > 0 || store->files->len == 0)
    return g_steal_pointer (&handles);
  set_no_handle (store, error);
  return NULL;
}

/* ---- filling it ---- */

LlMemoryStore *
ll_memory_store_new (LlPrompter *prompter)
{
  LlMemoryStore *store = g_new0 (LlMemoryStore, 1);
  store->source.find_certificates = find_certificates;
  store->source.list_intermediates = list_intermediates;
  store->source.list_anchors = list_anchors;
  store->source.list_keys = list_keys;
  store->prompter = prompter;
  store->certificates = new_certificates ();
  store->intermediates = new_certificates ();
  store->anchors = new_certificates ();
  store->files = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_key_file_free);
  store->keys = g_ptr_array_new_with_free_func ((GDestroyNotify)EVP_PKEY_free);
  return store;
}

void
ll_memory_store_free (LlMemoryStore *store)
{
  if (store == NULL)
    return;
  g_ptr_array_unref (store->certificates);
  g_ptr_array_unref (store->intermediates);
  g_ptr_array_unref (store->anchors);
  g_ptr_array_unref (store->files);
  g_ptr_array_unref (store->keys);
  g_free (store);
}

LlKeySource *
ll_memory_store_source (LlMemoryStore *store)
{
  return &store->source;
}

static LlKeyContents *
read_certificates (const char *path, GError **error)
{
  g_autoptr (LlKeyFile) file = ll_key_file_load (path, FALSE, error);
  g_autoptr (LlKeyContents) contents = ll_key_contents_new ();
  if (file == NULL || !ll_key_file_read (file, NULL, contents, error))
    return NULL;
  if (file->sealed)
    {
      ll_error_set (error, LL_ERROR_USAGE, "%s is a PKCS#12 file with a passphrase; give it with --key",
                    path);
      return NULL;
    }
  if (contents->certificates->len == 0)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "there is no certificate in %s", path);
      return NULL;
    }
  return g_steal_pointer (&contents);
}

gboolean
ll_memory_store_add_certificates (LlMemoryStore *store, const char *path, char **out_fingerprint,
                                  GError **error)
{
  g_autoptr (LlKeyContents) contents = read_certificates (path, error);
  if (contents == NULL)
    return FALSE;
  add_all (store->certificates, contents->certificates);
  if (out_fingerprint != NULL)
    *out_fingerprint = ll_certificate_fingerprint (g_ptr_array_index (contents->certificates, 0));
  return TRUE;
}

gboolean
ll_memory_store_add_anchors (LlMemoryStore *store, const char *path, GError **error)
{
  g_autoptr (LlKeyContents) contents = read_certificates (path, error);
  if (contents == NULL)
    return FALSE;
  add_all (store->anchors, contents->certificates);
  return TRUE;
}

gboolean
ll_memory_store_add_keys (LlMemoryStore *store, const char *path, GError **error)
{
  g_autoptr (LlKeyFile) file = ll_key_file_load (path, TRUE, error);
  g_autoptr (LlKeyContents) contents = ll_key_contents_new ();
  if (file == NULL || !ll_key_file_read (file, NULL, contents, error))
    return FALSE;
  if (!file->has_keys)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "there is no private key in %s; give certificates with --cert",
                    path);
      return FALSE;
    }
  adopt (store, contents);
  g_ptr_array_add (store->files, g_steal_pointer (&file));
  return TRUE;
}
