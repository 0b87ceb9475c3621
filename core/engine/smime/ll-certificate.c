/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-smime-private.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <string.h>

#include "ll-address.h"

#define MIN_RSA_BITS 2048
#define MIN_EC_BITS 256

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GENERAL_NAMES, GENERAL_NAMES_free)

char *
ll_certificate_fingerprint (X509 *certificate)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (!X509_digest (certificate, EVP_sha256 (), digest, &length))
    {
      ERR_clear_error ();
      return g_strdup ("");
    }
  GString *hex = g_string_sized_new (2 * length);
  for (unsigned int i = 0; i < length; i++)
    g_string_append_printf (hex, "%02x", digest[i]);
  return g_string_free (hex, FALSE);
}

/* ---- addresses (RFC 8550 3, RFC 9598; security.md H-4, H-5) ---- */

/* An address is compared and shown as a C string: whatever would make that differ from what the
 * authority signed, "alice@example.org\0.evil.example" above all, spoils the whole certificate. */
static gboolean
is_ia5 (const guint8 *data, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (data[i] == 0 || data[i] >= 0x80)
      return FALSE;
  return TRUE;
}

static gboolean
is_utf8 (const guint8 *data, gsize length)
{
  return !memchr (data, 0, length) && g_utf8_validate ((const char *)data, (gssize)length, NULL);
}

static void
add_address (GPtrArray *addresses, const guint8 *data, gsize length)
{
  g_autofree char *raw = g_strndup ((const char *)data, length);
  char *address = ll_address_normalize (raw);
  if (!address)
    return;
  for (guint i = 0; i < addresses->len; i++)
    if (ll_address_equal (address, g_ptr_array_index (addresses, i)))
      {
        g_free (address);
        return;
      }
  g_ptr_array_add (addresses, address);
}

static gboolean
add_other_name (const OTHERNAME *other, GPtrArray *addresses, gboolean *out_is_mail)
{
  if (OBJ_obj2nid (other->type_id) != NID_id_on_SmtpUTF8Mailbox)
    return TRUE;
  *out_is_mail = TRUE;
  if (other->value->type != V_ASN1_UTF8STRING)
    return FALSE;
  const ASN1_STRING *value = other->value->value.utf8string;
  const guint8 *data = ASN1_STRING_get0_data (value);
  gsize length = (gsize)ASN1_STRING_length (value);
  if (!is_utf8 (data, length))
    return FALSE;
  add_address (addresses, data, length);
  return TRUE;
}

/* FALSE when the name makes the certificate unusable. */
static gboolean
add_general_name (const GENERAL_NAME *name, GPtrArray *addresses, gboolean *out_is_mail)
{
  if (name->type == GEN_OTHERNAME)
    return add_other_name (name->d.otherName, addresses, out_is_mail);
  if (name->type != GEN_EMAIL && name->type != GEN_DNS && name->type != GEN_URI)
    return TRUE;
  const guint8 *data = ASN1_STRING_get0_data (name->d.ia5);
  gsize length = (gsize)ASN1_STRING_length (name->d.ia5);
  if (!is_ia5 (data, length))
    return FALSE;
  if (name->type == GEN_EMAIL)
    {
      *out_is_mail = TRUE;
      add_address (addresses, data, length);
    }
  return TRUE;
}

static gboolean
add_subject_address (const ASN1_STRING *value, GPtrArray *addresses)
{
  const guint8 *data = ASN1_STRING_get0_data (value);
  gsize length = (gsize)ASN1_STRING_length (value);
  switch (ASN1_STRING_type (value))
    {
    case V_ASN1_IA5STRING:
    case V_ASN1_PRINTABLESTRING:
      if (!is_ia5 (data, length))
        return FALSE;
      break;
    case V_ASN1_UTF8STRING:
      if (!is_utf8 (data, length))
        return FALSE;
      break;
    default:
      return FALSE;
    }
  add_address (addresses, data, length);
  return TRUE;
}

static gboolean
add_subject_addresses (X509 *certificate, GPtrArray *addresses)
{
  const X509_NAME *subject = X509_get_subject_name (certificate);
  int at = -1;
  while ((at = X509_NAME_get_index_by_NID (subject, NID_pkcs9_emailAddress, at)) >= 0)
    if (!add_subject_address (X509_NAME_ENTRY_get_data (X509_NAME_get_entry (subject, at)), addresses))
      return FALSE;
  return TRUE;
}

GPtrArray *
ll_certificate_addresses (X509 *certificate)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_free);
  int found = 0;
  g_autoptr (GENERAL_NAMES) names = X509_get_ext_d2i (certificate, NID_subject_alt_name, &found, NULL);
  ERR_clear_error ();
  /* -1: there is none.  Twice the extension (-2) or one that does not parse says nothing reliable. */
  if (!names && found != -1)
    return NULL;
  gboolean has_mail = FALSE;
  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++)
    if (!add_general_name (sk_GENERAL_NAME_value (names, i), addresses, &has_mail))
      return NULL;
  if (!has_mail && !add_subject_addresses (certificate, addresses))
    return NULL;
  return g_steal_pointer (&addresses);
}

/* ---- name ---- */

static char *
common_name (X509 *certificate)
{
  const X509_NAME *subject = X509_get_subject_name (certificate);
  int at = -1;
  for (int next; (next = X509_NAME_get_index_by_NID (subject, NID_commonName, at)) >= 0;)
    at = next;
  if (at < 0)
    return NULL;
  unsigned char *utf8 = NULL;
  int length = ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (subject, at)));
  ERR_clear_error ();
  char *name = length > 0 ? g_utf8_make_valid ((const char *)utf8, length) : NULL;
  OPENSSL_free (utf8);
  return name;
}

char *
ll_x509_name (const X509_NAME *name)
{
  BIO *bio = BIO_new (BIO_s_mem ());
  char *text = NULL;
  if (bio && X509_NAME_print_ex (bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
    {
      char *data = NULL;
      long length = BIO_get_mem_data (bio, &data);
      text = g_utf8_make_valid (length > 0 ? data : "", length > 0 ? length : 0);
    }
  BIO_free (bio);
  ERR_clear_error ();
  return text ? text : g_strdup ("");
}

char *
ll_certificate_name (X509 *certificate)
{
  char *name = common_name (certificate);
  return name ? name : ll_x509_name (X509_get_subject_name (certificate));
}

/* ---- fit for a purpose (security.md F-8, G-1) ---- */

char *
ll_date (gint64 time)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (time);
  return date ? g_date_time_format (date, "%Y-%m-%d") : g_strdup ("?");
}

gint64
ll_asn1_time (const ASN1_TIME *time)
{
  struct tm tm;
  if (!time || !ASN1_TIME_to_tm (time, &tm))
    {
      ERR_clear_error ();
      return -1;
    }
  g_autoptr (GDateTime) date = g_date_time_new_utc (tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                                                    tm.tm_min, MIN (tm.tm_sec, 59));
  return date ? g_date_time_to_unix (date) : -1;
}

static LlText *
outside_validity (X509 *certificate, gint64 at)
{
  gint64 when = at ? at : g_get_real_time () / G_USEC_PER_SEC;
  gint64 from = ll_asn1_time (X509_get0_notBefore (certificate));
  gint64 until = ll_asn1_time (X509_get0_notAfter (certificate));
  if (when < from)
    {
      g_autofree char *date = ll_date (from);
      return ll_text_new (N_ ("the certificate is not valid before %s"), date);
    }
  if (when > until)
    {
      g_autofree char *date = ll_date (until);
      return ll_text_new (N_ ("the certificate expired on %s"), date);
    }
  return NULL;
}

gboolean
ll_certificate_valid_at (X509 *certificate, gint64 at)
{
  g_autoptr (LlText) why = outside_validity (certificate, at);
  return why == NULL;
}

LlText *
ll_certificate_weak (X509 *certificate)
{
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  ERR_clear_error ();
  if (!key)
    return NULL;
  int type = EVP_PKEY_get_base_id (key);
  int bits = EVP_PKEY_get_bits (key);
  gboolean rsa = type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;
  if ((rsa && bits < MIN_RSA_BITS) || (type == EVP_PKEY_EC && bits < MIN_EC_BITS))
    {
      g_autofree char *length = g_strdup_printf ("%d", bits);
      return ll_text_new (N_ ("the key of %s bits is too short"), length);
    }
  return NULL;
}

/* What a kind of key can do, and which key usage bits allow it (RFC 8550 4.4.2, RFC 5753, 8410). */
static const struct
{
  int type;
  guint32 sign;
  guint32 encrypt;
} KEY_TYPES[] = {
  { EVP_PKEY_RSA, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, KU_KEY_ENCIPHERMENT },
  { EVP_PKEY_RSA_PSS, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, 0 },
  { EVP_PKEY_EC, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, KU_KEY_AGREEMENT },
  { EVP_PKEY_ED25519, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, 0 },
  { EVP_PKEY_X25519, 0, KU_KEY_AGREEMENT },
};

static guint32
usage_needed (EVP_PKEY *key, LlPurpose purpose)
{
  for (gsize i = 0; key && i < G_N_ELEMENTS (KEY_TYPES); i++)
    if (KEY_TYPES[i].type == EVP_PKEY_get_base_id (key))
      return purpose == LL_PURPOSE_SIGN ? KEY_TYPES[i].sign : KEY_TYPES[i].encrypt;
  return 0;
}

LlText *
ll_certificate_wrong_purpose (X509 *certificate, LlPurpose purpose)
{
  gboolean sign = purpose == LL_PURPOSE_SIGN;
  guint32 usage = X509_get_key_usage (certificate);
  guint32 extended = X509_get_extended_key_usage (certificate);
  guint32 needed = usage_needed (X509_get0_pubkey (certificate), purpose);
  ERR_clear_error ();
  if (X509_get_extension_flags (certificate) & EXFLAG_INVALID)
    return ll_text_new (N_ ("the certificate has malformed extensions"));
  if (needed == 0)
    return ll_text_new (sign ? N_ ("its kind of key cannot sign mail")
                             : N_ ("its kind of key cannot encrypt mail"));
  /* Both are UINT32_MAX when the extension is absent: then nothing is forbidden. */
  if (!(usage & needed))
    return ll_text_new (sign ? N_ ("the certificate is not for signing")
                             : N_ ("the certificate is not for encryption"));
  if (!(extended & (XKU_SMIME | XKU_ANYEKU)))
    return ll_text_new (N_ ("the certificate is not for mail"));
  return NULL;
}

LlText *
ll_certificate_unusable (X509 *certificate, LlPurpose purpose, gint64 at)
{
  g_autoptr (GPtrArray) addresses = ll_certificate_addresses (certificate);
  if (!addresses)
    return ll_text_new (N_ ("an address in the certificate has octets that do not belong there"));
  LlText *why = ll_certificate_wrong_purpose (certificate, purpose);
  if (!why)
    why = ll_certificate_weak (certificate);
  if (!why)
    why = outside_validity (certificate, at);
  return why;
}
