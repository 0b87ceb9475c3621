/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-cms-recipient.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "ll-cms-agreement.h"

#define NAME_MAX_CHARACTERS 60
#define SERIAL_MAX_OCTETS 20
#define NAMES_IN_ERROR 4u

#define OID_KEM_RECIPIENT "1.2.840.113549.1.9.16.13.3"

/* ---- what they are called ---- */

static char *
hex (const ASN1_STRING *string)
{
  GString *text = g_string_new (NULL);
  const guint8 *data = ASN1_STRING_get0_data (string);
  int n = ASN1_STRING_length (string);
  for (int i = 0; i < MIN (n, SERIAL_MAX_OCTETS); i++)
    g_string_append_printf (text, "%02X", data[i]);
  if (n > SERIAL_MAX_OCTETS)
    g_string_append (text, "…");
  return g_string_free (text, FALSE);
}

static char *
shorten (const char *text, gssize length)
{
  g_autofree char *valid = g_utf8_make_valid (text, length);
  if (g_utf8_strlen (valid, -1) <= NAME_MAX_CHARACTERS)
    return g_steal_pointer (&valid);
  g_autofree char *start = g_utf8_substring (valid, 0, NAME_MAX_CHARACTERS);
  return g_strconcat (start, "…", NULL);
}

/* The common name, or else the organization, or whatever comes last. */
static char *
issuer_name (X509_NAME *name)
{
  static const int preferred[] = { NID_commonName, NID_organizationName };
  int at = -1;
  for (gsize i = 0; at < 0 && i < G_N_ELEMENTS (preferred); i++)
    at = X509_NAME_get_index_by_NID (name, preferred[i], -1);
  if (at < 0)
    at = X509_NAME_entry_count (name) - 1;
  guint8 *utf8 = NULL;
  int n
      = at < 0 ? -1 : ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (name, at)));
  char *text = n >= 0 ? shorten ((const char *)utf8, n) : g_strdup ("?");
  OPENSSL_free (utf8);
  return text;
}

static char *
issuer_serial_name (const LlIssuerSerial *name)
{
  g_autofree char *issuer = issuer_name (name->issuer);
  g_autofree char *serial = hex (name->serial);
  return g_strdup_printf ("%s, serial number %s", issuer, serial);
}

static char *
key_id_name (const ASN1_OCTET_STRING *key_id)
{
  g_autofree char *text = hex (key_id);
  return g_strdup_printf ("key identifier %s", text);
}

static char *
transport_name (const LlKeyTransport *transport)
{
  return transport->rid->type == LL_RID_ISSUER_SERIAL ? issuer_serial_name (transport->rid->d.issuer_serial)
                                                      : key_id_name (transport->rid->d.key_id);
}

static char *
agreement_name (const LlAgreementId *rid)
{
  return rid->type == LL_RID_ISSUER_SERIAL ? issuer_serial_name (rid->d.issuer_serial)
                                           : key_id_name (rid->d.key->key_id);
}

static void
add_names (GPtrArray *names, const LlRecipientInfo *info)
{
  switch (info->type)
    {
    case LL_RECIPIENT_TRANSPORT:
      g_ptr_array_add (names, transport_name (info->d.transport));
      break;
    case LL_RECIPIENT_AGREEMENT:
      for (int i = 0; i < sk_LlRecipientEncryptedKey_num (info->d.agreement->keys); i++)
        g_ptr_array_add (names,
                         agreement_name (sk_LlRecipientEncryptedKey_value (info->d.agreement->keys, i)->rid));
      break;
    case LL_RECIPIENT_PASSWORD:
      g_ptr_array_add (names, g_strdup (N_ ("a password")));
      break;
    default:
      g_ptr_array_add (names, g_strdup (N_ ("a key of another kind")));
      break;
    }
}

GPtrArray *
ll_cms_recipient_names (const LlRecipientInfos *infos)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; i < sk_LlRecipientInfo_num (infos); i++)
    add_names (names, sk_LlRecipientInfo_value (infos, i));
  return names;
}

/* ---- which one is ours ---- */

static gboolean
is_issuer_serial (const LlIssuerSerial *name, X509 *certificate)
{
  return X509_NAME_cmp (name->issuer, X509_get_issuer_name (certificate)) == 0
         && ASN1_INTEGER_cmp (name->serial, X509_get0_serialNumber (certificate)) == 0;
}

static gboolean
is_key_id (const ASN1_OCTET_STRING *key_id, X509 *certificate)
{
  const ASN1_OCTET_STRING *own = X509_get0_subject_key_id (certificate);
  return own != NULL && ASN1_STRING_length (own) > 0 && ASN1_OCTET_STRING_cmp (own, key_id) == 0;
}

static gboolean
is_for (const LlRecipientId *rid, X509 *certificate)
{
  return rid->type == LL_RID_ISSUER_SERIAL ? is_issuer_serial (rid->d.issuer_serial, certificate)
                                           : is_key_id (rid->d.key_id, certificate);
}

static gboolean
is_agreement_for (const LlAgreementId *rid, X509 *certificate)
{
  return rid->type == LL_RID_ISSUER_SERIAL ? is_issuer_serial (rid->d.issuer_serial, certificate)
                                           : is_key_id (rid->d.key->key_id, certificate);
}

static gboolean
match_agreement (const LlKeyAgreement *agreement, const LlKeyHandle *handle, LlCmsMatch *out)
{
  for (int i = 0; i < sk_LlRecipientEncryptedKey_num (agreement->keys); i++)
    {
      const LlRecipientEncryptedKey *key = sk_LlRecipientEncryptedKey_value (agreement->keys, i);
      if (!is_agreement_for (key->rid, handle->certificate))
        continue;
      *out = (LlCmsMatch){ handle, NULL, agreement, key->encrypted_key };
      return TRUE;
    }
  return FALSE;
}

static gboolean
match_one (const LlRecipientInfo *info, const LlKeyHandle *handle, LlCmsMatch *out)
{
  if (info->type == LL_RECIPIENT_AGREEMENT)
    return match_agreement (info->d.agreement, handle, out);
  if (info->type != LL_RECIPIENT_TRANSPORT || !is_for (info->d.transport->rid, handle->certificate))
    return FALSE;
  *out = (LlCmsMatch){ .handle = handle, .transport = info->d.transport };
  return TRUE;
}

static gboolean
match_any (const LlRecipientInfos *infos, GPtrArray *keys, LlCmsMatch *out)
{
  for (int i = 0; i < sk_LlRecipientInfo_num (infos); i++)
    for (guint k = 0; k < keys->len; k++)
      if (match_one (sk_LlRecipientInfo_value (infos, i), g_ptr_array_index (keys, k), out))
        return TRUE;
  return FALSE;
}

/* ---- why none is ours ---- */

/* RFC 9629 with RFC 9936; data, for there will be more of them. */
static const struct
{
  const char *oid, *name;
} kems[] = {
  { "2.16.840.1.101.3.4.4.1", "ML-KEM-512" },
  { "2.16.840.1.101.3.4.4.2", "ML-KEM-768" },
  { "2.16.840.1.101.3.4.4.3", "ML-KEM-1024" },
};

static const char *
kem_name (const LlOtherRecipient *other)
{
  LlCmsOid oid;
  if (ASN1_TYPE_get (other->value) != V_ASN1_SEQUENCE)
    return "ML-KEM";
  g_autoptr (LlKemRecipient) kem = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (LlKemRecipient), other->value);
  ll_cms_oid (kem != NULL ? kem->kem->algorithm : NULL, oid);
  for (gsize i = 0; i < G_N_ELEMENTS (kems); i++)
    if (strcmp (oid, kems[i].oid) == 0)
      return kems[i].name;
  return "ML-KEM";
}

/* The first post-quantum recipient, which may have been us (security.md M-7). */
static const char *
find_kem (const LlRecipientInfos *infos)
{
  LlCmsOid oid;
  for (int i = 0; i < sk_LlRecipientInfo_num (infos); i++)
    {
      const LlRecipientInfo *info = sk_LlRecipientInfo_value (infos, i);
      if (info->type == LL_RECIPIENT_OTHER
          && strcmp (ll_cms_oid (info->d.other->type, oid), OID_KEM_RECIPIENT) == 0)
        return kem_name (info->d.other);
    }
  return NULL;
}

static gboolean
has_certificate_recipient (const LlRecipientInfos *infos)
{
  for (int i = 0; i < sk_LlRecipientInfo_num (infos); i++)
    {
      int type = sk_LlRecipientInfo_value (infos, i)->type;
      if (type == LL_RECIPIENT_TRANSPORT || type == LL_RECIPIENT_AGREEMENT)
        return TRUE;
    }
  return FALSE;
}

static char *
list_names (const LlRecipientInfos *infos)
{
  g_autoptr (GPtrArray) names = ll_cms_recipient_names (infos);
  guint hidden = names->len > NAMES_IN_ERROR ? names->len - NAMES_IN_ERROR : 0;
  g_ptr_array_set_size (names, (int)(names->len - hidden));
  g_ptr_array_add (names, NULL);
  g_autofree char *list = g_strjoinv ("; ", (char **)names->pdata);
  return hidden > 0 ? g_strdup_printf ("%s (+%u)", list, hidden) : g_steal_pointer (&list);
}

static gboolean
no_match (const LlRecipientInfos *infos, GError **error)
{
  const char *kem = find_kem (infos);
  g_autofree char *list = list_names (infos);
  if (sk_LlRecipientInfo_num (infos) <= 0)
    ll_error_set (error, LL_ERROR_NO_SECRET_KEY, "the message is encrypted to nobody");
  else if (kem != NULL)
    ll_error_set (error, LL_ERROR_UNSUPPORTED, "encryption to a post-quantum (%s) key is not supported", kem);
  else if (has_certificate_recipient (infos))
    ll_error_set (error, LL_ERROR_NO_SECRET_KEY,
                  "none of your S/MIME keys opens the message; it is encrypted to: %s", list);
  else
    ll_error_set (error, LL_ERROR_UNSUPPORTED, "the message is not encrypted to a certificate but to %s",
                  list);
  return FALSE;
}

gboolean
ll_cms_recipient_find (const LlRecipientInfos *infos, GPtrArray *keys, LlCmsMatch *out_match, GError **error)
{
  LlCmsMatch match = { 0 };
  if (!match_any (infos, keys, &match))
    return no_match (infos, error);
  if (match.transport != NULL ? !ll_cms_transport_check (match.transport, match.handle->key, error)
                              : !ll_cms_agreement_check (match.agreement, match.handle->key, error))
    return FALSE;
  *out_match = match;
  return TRUE;
}

gboolean
ll_cms_recipient_unwrap (const LlCmsMatch *match, LlSecret *cek)
{
  return match->transport != NULL
             ? ll_cms_transport_unwrap (match->transport, match->handle->key, cek)
             : ll_cms_agreement_unwrap (match->agreement, match->encrypted_key, match->handle->key, cek);
}

/* ---- whom we can encrypt to ---- */

static LlText *
rsa_reason (EVP_PKEY *key)
{
  int bits = EVP_PKEY_get_bits (key);
  if (bits >= 2048)
    return NULL;
  g_autofree char *text = g_strdup_printf ("%d", bits);
  return ll_text_new (N_ ("its RSA key of %s bits is too short; 2048 are needed"), text);
}

LlText *
ll_cms_can_encrypt_to (X509 *certificate)
{
  char group[64] = "";
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  if (key == NULL)
    return ll_text_new (N_ ("its public key is of an unknown kind"));
  if (EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA)
    return rsa_reason (key);
  if (ll_cms_agreement_possible (key))
    return NULL;
  if (EVP_PKEY_get_base_id (key) != EVP_PKEY_EC)
    {
      const char *name = EVP_PKEY_get0_type_name (key);
      return ll_text_new (N_ ("its %s key cannot encrypt"), name != NULL ? name : "?");
    }
  if (EVP_PKEY_get_group_name (key, group, sizeof group, NULL) != 1)
    g_strlcpy (group, "?", sizeof group);
  return ll_text_new (N_ ("there is no way to encrypt to keys on its curve, %s"), group);
}

LlRecipientInfo *
ll_cms_recipient_wrap (X509 *recipient, LlSecret *cek, gboolean oaep, GError **error)
{
  g_autoptr (LlText) reason = ll_cms_can_encrypt_to (recipient);
  if (reason != NULL)
    {
      g_autofree char *text = ll_text_format (reason, NULL, NULL);
      g_autofree char *name = ll_certificate_name (recipient);
      ll_error_set (error, LL_ERROR_UNSUPPORTED, "cannot encrypt to the certificate of %s: %s", name, text);
      return NULL;
    }
  if (EVP_PKEY_get_base_id (X509_get0_pubkey (recipient)) == EVP_PKEY_RSA)
    return ll_cms_transport_wrap (recipient, cek, oaep, error);
  return ll_cms_agreement_wrap (recipient, cek, error);
}
