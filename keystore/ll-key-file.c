/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ll-key-file-private.h"
#include "ll-limits.h"

typedef struct
{
  LlKeyFile *file;
  LlUnlock *unlock; /* (nullable) */
  LlKeyContents *contents;
  gboolean recognised;
} Reading;

LlKeyContents *
ll_key_contents_new (void)
{
  LlKeyContents *contents = g_new0 (LlKeyContents, 1);
  contents->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify)X509_free);
  contents->keys = g_ptr_array_new_with_free_func ((GDestroyNotify)EVP_PKEY_free);
  return contents;
}

void
ll_key_contents_free (LlKeyContents *contents)
{
  if (contents == NULL)
    return;
  g_ptr_array_unref (contents->certificates);
  g_ptr_array_unref (contents->keys);
  g_free (contents);
}

void
ll_key_file_free (LlKeyFile *file)
{
  if (file == NULL)
    return;
  g_free (file->path);
  ll_secret_unref (file->octets);
  g_free (file);
}

/* ---- loading ---- */

static gboolean
check_private (const char *path, const struct stat *st, GError **error)
{
  if ((st->st_mode & (S_IRWXG | S_IRWXO)) == 0)
    return TRUE;
  g_autofree char *quoted = g_shell_quote (path);
  ll_error_set (error, LL_ERROR_USAGE, "the key file %s is open to others; run: chmod 600 %s", path, quoted);
  return FALSE;
}

static LlSecret *
read_all (int fd, gsize size, const char *path, GError **error)
{
  g_autoptr (LlSecret) octets = ll_secret_new (size);
  gsize n = 0;
  while (n < size)
    {
      ssize_t got = read (fd, ll_secret_data (octets) + n, size - n);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          ll_error_set_errno (error, errno, path);
          return NULL;
        }
      if (got == 0)
        break;
      n += (gsize)got;
    }
  if (n > LL_LIMIT_KEY_FILE)
    {
      ll_error_set (error, LL_ERROR_LIMIT, "the key file %s is larger than 1 MiB", path);
      return NULL;
    }
  ll_secret_truncate (octets, n);
  return g_steal_pointer (&octets);
}

static LlSecret *
load (int fd, const char *path, gboolean private, GError **error)
{
  struct stat st;
  if (fstat (fd, &st) != 0)
    {
      ll_error_set_errno (error, errno, path);
      return NULL;
    }
  if (private && !check_private (path, &st, error))
    return NULL;
  /* One octet more than allowed, so that growing past the limit is seen. */
  gsize size = LL_LIMIT_KEY_FILE + 1;
  if (S_ISREG (st.st_mode) && st.st_size < (off_t)LL_LIMIT_KEY_FILE)
    size = (gsize)st.st_size + 1;
  return read_all (fd, size, path, error);
}

LlKeyFile *
ll_key_file_load (const char *path, gboolean private, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    {
      ll_error_set_errno (error, errno, path);
      return NULL;
    }
  LlSecret *octets = load (fd, path, private, error);
  (void)close (fd);
  if (octets == NULL)
    return NULL;
  LlKeyFile *file = g_new0 (LlKeyFile, 1);
  file->path = g_strdup (path);
  file->octets = octets;
  return file;
}

/* ---- objects ---- */

static gboolean
bad_key (Reading *reading, GError **error)
{
  ERR_clear_error ();
  ll_error_set (error, LL_ERROR_MALFORMED, "the private key in %s is damaged or of an unknown kind",
                reading->file->path);
  return FALSE;
}

static gboolean
take_key (Reading *reading, EVP_PKEY *key, GError **error)
{
  ERR_clear_error ();
  if (key == NULL)
    return bad_key (reading, error);
  g_ptr_array_add (reading->contents->keys, key);
  return TRUE;
}

static void
prefix_path (GError **error, Reading *reading)
{
  /* Only whole sentences can be an argument; those with arguments name the file themselves. */
  GError *inner = *error;
  const char *msgid = inner->domain == LL_ERROR ? ll_text_msgid (ll_error_text (inner)) : "%";
  if (strchr (msgid, '%') != NULL)
    return;
  GError *outer = NULL;
  ll_error_set (&outer, (LlErrorCode)inner->code, "%s: %s", reading->file->path, msgid);
  g_error_free (inner);
  *error = outer;
}

static gboolean
on_certificate (Reading *reading, const guint8 *der, gsize length, GError **error)
{
  const guint8 *p = der;
  /* "TRUSTED CERTIFICATE" has OpenSSL's own trust settings behind the certificate: not ours. */
  X509 *certificate = d2i_X509 (NULL, &p, (long)length);
  ERR_clear_error ();
  if (certificate == NULL)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "a certificate in %s is damaged", reading->file->path);
      return FALSE;
    }
  g_ptr_array_add (reading->contents->certificates, certificate);
  return TRUE;
}

static gboolean
on_plain_key (Reading *reading, const guint8 *der, gsize length, GError **error)
{
  reading->file->has_keys = TRUE;
  if (reading->unlock == NULL)
    return TRUE;
  const guint8 *p = der;
  return take_key (reading, d2i_AutoPrivateKey (NULL, &p, (long)length), error);
}

static gboolean
on_encrypted_key (Reading *reading, const guint8 *der, gsize length, GError **error)
{
  reading->file->has_keys = TRUE;
  const guint8 *p = der;
  g_autoptr (X509_SIG) encrypted = d2i_X509_SIG (NULL, &p, (long)length);
  if (encrypted == NULL)
    return bad_key (reading, error);
  if (reading->unlock == NULL)
    return TRUE;
  EVP_PKEY *key = ll_pkcs8_open (encrypted, reading->unlock, error);
  if (key == NULL)
    return FALSE;
  return take_key (reading, key, error);
}

static gboolean
on_pkcs12 (Reading *reading, const guint8 *der, gsize length, GError **error)
{
  reading->file->has_keys = TRUE;
  g_autoptr (GError) failure = NULL;
  gboolean ok = ll_pkcs12_open (der, length, reading->unlock, reading->contents, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  reading->file->opened = ok;
  reading->file->sealed = !ok;
  return TRUE;
}

static gboolean
on_pkcs7 (Reading *reading, const guint8 *der, gsize length, GError **error)
{
  const guint8 *p = der;
  g_autoptr (PKCS7) p7 = d2i_PKCS7 (NULL, &p, (long)length);
  ERR_clear_error ();
  if (p7 == NULL || !PKCS7_type_is_signed (p7) || p7->d.sign == NULL)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "the PKCS#7 structure in %s is damaged", reading->file->path);
      return FALSE;
    }
  for (int i = 0; i < sk_X509_num (p7->d.sign->cert); i++)
    {
      X509 *certificate = sk_X509_value (p7->d.sign->cert, i);
      X509_up_ref (certificate);
      g_ptr_array_add (reading->contents->certificates, certificate);
    }
  return TRUE;
}

/* ---- PEM ---- */

typedef struct
{
  const char *header;
  const guint8 *data;
  gsize length;
  EVP_PKEY *key;
} Traditional;

static int
give_passphrase (char *buffer, int size, int rwflag, void *user_data)
{
  GBytes *passphrase = user_data;
  gsize length = 0;
  const char *text = g_bytes_get_data (passphrase, &length);
  if (length > (gsize)size)
    return -1;
  memcpy (buffer, text, length);
  return (int)length;
}

/* RFC 1421 "Proc-Type: 4,ENCRYPTED", as old OpenSSL wrote it. */
static gboolean
attempt_traditional (const char *passphrase, gsize length, gpointer user_data, GError **error)
{
  Traditional *self = user_data;
  EVP_CIPHER_INFO cipher;
  g_autofree char *header = g_strdup (self->header);
  if (!PEM_get_EVP_CIPHER_INFO (header, &cipher))
    {
      ERR_clear_error ();
      ll_error_set (error, LL_ERROR_UNSUPPORTED, "the key is encrypted with an unknown cipher");
      return FALSE;
    }
  g_autoptr (LlSecret) work = ll_secret_new (self->length);
  memcpy (ll_secret_data (work), self->data, self->length);
  g_autoptr (GBytes) given = g_bytes_new_static (passphrase, length);
  long n = (long)self->length;
  const guint8 *p = ll_secret_data (work);
  if (PEM_do_header (&cipher, ll_secret_data (work), &n, give_passphrase, given))
    self->key = d2i_AutoPrivateKey (NULL, &p, n);
  ERR_clear_error ();
  if (self->key == NULL)
    ll_error_set (error, LL_ERROR_BAD_PASSPHRASE, "the passphrase is wrong");
  return self->key != NULL;
}

static gboolean
on_traditional_key (Reading *reading, const char *header, const guint8 *data, gsize length, GError **error)
{
  reading->file->has_keys = TRUE;
  if (reading->unlock == NULL)
    return TRUE;
  Traditional traditional = { .header = header, .data = data, .length = length };
  if (!ll_unlock (reading->unlock, attempt_traditional, &traditional, error))
    return FALSE;
  return take_key (reading, traditional.key, error);
}

typedef gboolean (*ObjectReader) (Reading *reading, const guint8 *der, gsize length, GError **error);

static const struct
{
  const char *label;
  ObjectReader read;
} pem_labels[] = {
  { PEM_STRING_X509, on_certificate },
  { PEM_STRING_X509_OLD, on_certificate },
  { PEM_STRING_X509_TRUSTED, on_certificate },
  { PEM_STRING_PKCS8, on_encrypted_key },
  { PEM_STRING_PKCS8INF, on_plain_key },
  { PEM_STRING_RSA, on_plain_key },
  { PEM_STRING_ECPRIVATEKEY, on_plain_key },
  { PEM_STRING_PKCS7, on_pkcs7 },
  { PEM_STRING_PKCS7_SIGNED, on_pkcs7 },
  { PEM_STRING_CMS, on_pkcs7 },
  { "PKCS12", on_pkcs12 },
};

static gboolean
on_pem_object (Reading *reading, const char *label, const char *header, const guint8 *data, gsize length,
               GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (pem_labels); i++)
    {
      if (strcmp (label, pem_labels[i].label) != 0)
        continue;
      reading->recognised = TRUE;
      if (pem_labels[i].read == on_plain_key && strstr (header, "ENCRYPTED") != NULL)
        return on_traditional_key (reading, header, data, length, error);
      return pem_labels[i].read (reading, data, length, error);
    }
  return TRUE; /* "EC PARAMETERS" and other company */
}

static gboolean
end_of_pem (Reading *reading, GError **error)
{
  unsigned long code = ERR_peek_last_error ();
  ERR_clear_error ();
  if (ERR_GET_LIB (code) == ERR_LIB_PEM && ERR_GET_REASON (code) == PEM_R_NO_START_LINE)
    return TRUE;
  ll_error_set (error, LL_ERROR_MALFORMED, "%s is damaged: a PEM block in it is cut short or altered",
                reading->file->path);
  return FALSE;
}

static gboolean
read_pem (Reading *reading, GError **error)
{
  LlSecret *octets = reading->file->octets;
  g_autoptr (BIO) bio = BIO_new_mem_buf (ll_secret_data (octets), (int)ll_secret_length (octets));
  gboolean ok = TRUE;
  while (ok)
    {
      char *label = NULL, *header = NULL;
      unsigned char *data = NULL;
      long length = 0;
      ERR_clear_error ();
      if (!PEM_read_bio (bio, &label, &header, &data, &length))
        return end_of_pem (reading, error);
      ok = on_pem_object (reading, label, header, data, (gsize)length, error);
      OPENSSL_free (label);
      OPENSSL_free (header);
      OPENSSL_clear_free (data, (size_t)length);
    }
  return FALSE;
}

/* ---- DER ---- */

#define DEFINE_FITS(name, type)                                                                              \
  static gboolean fits_##name (const guint8 *der, gsize length)                                              \
  {                                                                                                          \
    const guint8 *p = der;                                                                                   \
    type *object = d2i_##type (NULL, &p, (long)length);                                                      \
    gboolean fits = object != NULL && p == der + length;                                                     \
    type##_free (object);                                                                                    \
    ERR_clear_error ();                                                                                      \
    return fits;                                                                                             \
  }

DEFINE_FITS (certificate, X509)
DEFINE_FITS (pkcs12, PKCS12)
DEFINE_FITS (encrypted_key, X509_SIG)
DEFINE_FITS (key_info, PKCS8_PRIV_KEY_INFO)
DEFINE_FITS (pkcs7, PKCS7)

static gboolean
fits_plain_key (const guint8 *der, gsize length)
{
  const guint8 *p = der;
  EVP_PKEY *key = d2i_AutoPrivateKey (NULL, &p, (long)length);
  gboolean fits = key != NULL && p == der + length;
  EVP_PKEY_free (key);
  ERR_clear_error ();
  return fits;
}

static const struct
{
  gboolean (*fits) (const guint8 *der, gsize length);
  ObjectReader read;
} der_kinds[] = {
  { fits_certificate, on_certificate },     { fits_pkcs12, on_pkcs12 },
  { fits_encrypted_key, on_encrypted_key }, { fits_key_info, on_plain_key },
  { fits_plain_key, on_plain_key },         { fits_pkcs7, on_pkcs7 },
};

static gboolean
read_der (Reading *reading, GError **error)
{
  const guint8 *der = ll_secret_data (reading->file->octets);
  gsize length = ll_secret_length (reading->file->octets);
  for (guint i = 0; i < G_N_ELEMENTS (der_kinds); i++)
    {
      if (!der_kinds[i].fits (der, length))
        continue;
      reading->recognised = TRUE;
      return der_kinds[i].read (reading, der, length, error);
    }
  return TRUE;
}

static gboolean
read_objects (Reading *reading, GError **error)
{
  const guint8 *data = ll_secret_data (reading->file->octets);
  gsize length = ll_secret_length (reading->file->octets);
  static const char mark[] = "-----BEGIN ";
  gboolean pem = memmem (data, length, mark, sizeof mark - 1) != NULL;
  if (!(pem ? read_pem : read_der) (reading, error))
    return FALSE;
  if (reading->recognised)
    return TRUE;
  ll_error_set (error, LL_ERROR_MALFORMED,
                "%s is damaged, or it is not a certificate or key (PEM, DER or PKCS#12)",
                reading->file->path);
  return FALSE;
}

gboolean
ll_key_file_read (LlKeyFile *file, LlUnlock *unlock, LlKeyContents *contents, GError **error)
{
  Reading reading = { .file = file, .unlock = unlock, .contents = contents };
  file->opened = file->sealed = FALSE;
  g_autoptr (GError) failure = NULL;
  if (!read_objects (&reading, &failure))
    {
      prefix_path (&failure, &reading);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  file->opened |= unlock != NULL || !file->has_keys;
  return TRUE;
}
