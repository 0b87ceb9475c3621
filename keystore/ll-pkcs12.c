/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/err.h>

#include "ll-key-file-private.h"

/* The safe is walked by hand: PKCS12_parse() fails where there is no MAC, and gives one key only. */

typedef struct
{
  const guint8 *der;
  gsize length;
  LlKeyContents *contents;
} Attempt;

typedef struct
{
  const char *passphrase; /* (nullable): NULL is not the same as "" (RFC 7292 B.1) */
  int length;
  OSSL_LIB_CTX *context; /* (nullable) */
  LlKeyContents *contents;
} Opening;

typedef STACK_OF (PKCS7) PKCS7_STACK;
typedef STACK_OF (PKCS12_SAFEBAG) BAG_STACK;

static void
free_safes (PKCS7_STACK *safes)
{
  sk_PKCS7_pop_free (safes, PKCS7_free);
}

static void
free_bags (BAG_STACK *bags)
{
  sk_PKCS12_SAFEBAG_pop_free (bags, PKCS12_SAFEBAG_free);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS7_STACK, free_safes)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BAG_STACK, free_bags)

static gboolean
damaged (GError **error)
{
  ERR_clear_error ();
  ll_error_set (error, LL_ERROR_MALFORMED, "the PKCS#12 file is damaged");
  return FALSE;
}

static PKCS12 *
parse (const guint8 *der, gsize length, OSSL_LIB_CTX *context)
{
  g_autoptr (PKCS12) p12 = PKCS12_init_ex (NID_pkcs7_data, context, NULL);
  const guint8 *p = der;
  if (p12 == NULL || d2i_PKCS12 (&p12, &p, (long)length) == NULL)
    {
      /* On failure d2i has freed it and set the pointer to NULL. */
      ERR_clear_error ();
      return NULL;
    }
  return p == der + length ? g_steal_pointer (&p12) : NULL;
}

/* A certificate of a private library context must not outlive it: made anew from its octets. */
static gboolean
add_certificate (LlKeyContents *contents, const PKCS12_SAFEBAG *bag)
{
  g_autoptr (X509) certificate = PKCS12_SAFEBAG_get1_cert (bag);
  guint8 *der = NULL;
  int length = certificate != NULL ? i2d_X509 (certificate, &der) : -1;
  const guint8 *p = der;
  X509 *copy = length > 0 ? d2i_X509 (NULL, &p, length) : NULL;
  OPENSSL_free (der);
  if (copy == NULL)
    return FALSE;
  g_ptr_array_add (contents->certificates, copy);
  return TRUE;
}

static gboolean
add_key (LlKeyContents *contents, const PKCS8_PRIV_KEY_INFO *info)
{
  EVP_PKEY *key = info != NULL ? EVP_PKCS82PKEY (info) : NULL;
  if (key == NULL)
    return FALSE;
  g_ptr_array_add (contents->keys, key);
  return TRUE;
}

static gboolean walk_bags (const Opening *opening, const BAG_STACK *bags, guint depth);

static gboolean
walk_bag (const Opening *opening, const PKCS12_SAFEBAG *bag, guint depth)
{
  switch (PKCS12_SAFEBAG_get_nid (bag))
    {
    case NID_keyBag:
      return add_key (opening->contents, PKCS12_SAFEBAG_get0_p8inf (bag));
    case NID_pkcs8ShroudedKeyBag:
      {
        g_autoptr (PKCS8_PRIV_KEY_INFO) info
            = PKCS12_decrypt_skey_ex (bag, opening->passphrase, opening->length, opening->context, NULL);
        return info != NULL && add_key (opening->contents, info);
      }
    case NID_certBag:
      return PKCS12_SAFEBAG_get_bag_nid (bag) != NID_x509Certificate
             || add_certificate (opening->contents, bag);
    case NID_safeContentsBag:
      return walk_bags (opening, PKCS12_SAFEBAG_get0_safes (bag), depth + 1);
    default: /* CRLs and secrets are of no use here */
      return TRUE;
    }
}

static gboolean
walk_bags (const Opening *opening, const BAG_STACK *bags, guint depth)
{
  if (depth > 4)
    return FALSE;
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num (bags); i++)
    if (!walk_bag (opening, sk_PKCS12_SAFEBAG_value (bags, i), depth))
      return FALSE;
  return TRUE;
}

static gboolean
walk_safe (const Opening *opening, PKCS7 *safe)
{
  g_autoptr (BAG_STACK) bags = NULL;
  switch (OBJ_obj2nid (safe->type))
    {
    case NID_pkcs7_data:
      bags = PKCS12_unpack_p7data (safe);
      break;
    case NID_pkcs7_encrypted:
      bags = PKCS12_unpack_p7encdata (safe, opening->passphrase, opening->length);
      break;
    default:
      return TRUE;
    }
  return bags != NULL && walk_bags (opening, bags, 0);
}

static gboolean
walk (const Opening *opening, const PKCS12 *p12)
{
  ERR_clear_error ();
  g_autoptr (PKCS7_STACK) safes = PKCS12_unpack_authsafes (p12);
  if (safes == NULL)
    return FALSE;
  for (int i = 0; i < sk_PKCS7_num (safes); i++)
    if (!walk_safe (opening, sk_PKCS7_value (safes, i)))
      return FALSE;
  return TRUE;
}

static void
take (LlKeyContents *contents, LlKeyContents *found)
{
  g_ptr_array_extend_and_steal (contents->certificates, g_ptr_array_ref (found->certificates));
  g_ptr_array_extend_and_steal (contents->keys, g_ptr_array_ref (found->keys));
}

/* Returns FALSE without error when the contents did not open with this passphrase. */
static gboolean
open_contents (Attempt *attempt, const PKCS12 *p12, const char *passphrase, gsize length, GError **error)
{
  g_autoptr (LlKeyContents) found = ll_key_contents_new ();
  Opening opening = { passphrase, (int)length, NULL, found };
  gboolean ok = walk (&opening, p12);
  if (!ok && ll_legacy_is_needed ())
    {
      g_autoptr (LlLegacy) legacy = ll_legacy_new (error);
      if (legacy == NULL)
        return FALSE;
      opening.context = ll_legacy_context (legacy);
      g_ptr_array_set_size (found->certificates, 0);
      g_ptr_array_set_size (found->keys, 0);
      g_autoptr (PKCS12) again = parse (attempt->der, attempt->length, opening.context);
      ok = again != NULL && walk (&opening, again);
    }
  ERR_clear_error ();
  if (ok)
    take (attempt->contents, found);
  return ok;
}

static gboolean
attempt_open (const char *passphrase, gsize length, gpointer user_data, GError **error)
{
  Attempt *attempt = user_data;
  g_autoptr (PKCS12) p12 = parse (attempt->der, attempt->length, NULL);
  if (p12 == NULL)
    return damaged (error);
  gboolean mac = PKCS12_mac_present (p12);
  gboolean right = mac && PKCS12_verify_mac (p12, passphrase, (int)length);
  ERR_clear_error ();
  g_autoptr (GError) failure = NULL;
  if ((right || !mac) && open_contents (attempt, p12, passphrase, length, &failure))
    return TRUE;
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  else if (right)
    return damaged (error);
  else
    ll_error_set (error, LL_ERROR_BAD_PASSPHRASE, "the passphrase is wrong, or the file was altered");
  return FALSE;
}

gboolean
ll_pkcs12_open (const guint8 *der, gsize length, LlUnlock *unlock, LlKeyContents *contents, GError **error)
{
  Attempt attempt = { der, length, contents };
  static const char *const without[] = { "", NULL };
  for (guint i = 0; i < G_N_ELEMENTS (without); i++)
    {
      g_autoptr (GError) failure = NULL;
      if (attempt_open (without[i], 0, &attempt, &failure))
        return TRUE;
      if (!g_error_matches (failure, LL_ERROR, LL_ERROR_BAD_PASSPHRASE))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }
  return unlock != NULL && ll_unlock (unlock, attempt_open, &attempt, error);
}
