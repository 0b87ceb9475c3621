/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-config.h"

#include <string.h>

#include "ll-address.h"

/* ---- what may stand in the file ---- */

typedef struct
{
  const char *word;
  int value;
} Word;

static const Word protocol_words[] = { { "auto", LL_PROTOCOL_AUTO },
                                       { "openpgp", LL_PROTOCOL_OPENPGP },
                                       { "smime", LL_PROTOCOL_SMIME },
                                       { NULL, 0 } };
static const Word sign_words[] = {
  { "always", LL_SIGN_ALWAYS }, { "encrypted", LL_SIGN_ENCRYPTED }, { "never", LL_SIGN_NEVER }, { NULL, 0 }
};
static const Word encrypt_words[] = { { "preferred", LL_ENCRYPT_PREFERRED },
                                      { "required", LL_ENCRYPT_REQUIRED },
                                      { "never", LL_ENCRYPT_NEVER },
                                      { NULL, 0 } };
static const Word cipher_words[] = { { "aes256-cbc", LL_SMIME_AES256_CBC },
                                     { "aes128-cbc", LL_SMIME_AES128_CBC },
                                     { "aes256-gcm", LL_SMIME_AES256_GCM },
                                     { "aes128-gcm", LL_SMIME_AES128_GCM },
                                     { NULL, 0 } };
static const Word encryption_words[] = { { "pkcs1", 0 }, { "oaep", 1 }, { NULL, 0 } };
static const Word signature_words[] = { { "pkcs1", 0 }, { "pss", 1 }, { NULL, 0 } };

typedef enum
{
  KIND_IDENTITY,
  KIND_RECIPIENT,
  KIND_SMIME,
  KIND_TRANSPORT,
  N_KINDS,
} Kind;

static const struct
{
  const char *name;
  gboolean has_argument;
} kinds[N_KINDS] = {
  [KIND_IDENTITY] = { "identity", TRUE },
  [KIND_RECIPIENT] = { "recipient", TRUE },
  [KIND_SMIME] = { "smime", FALSE },
  [KIND_TRANSPORT] = { "transport", FALSE },
};

typedef struct Key Key;
typedef gboolean (*Setter) (gpointer field, const Key *key, const char *value, const char *directory);

struct Key
{
  Kind kind;
  const char *name;
  Setter set;
  gsize offset;
  const Word *words; /* for set_word() */
};

static gboolean set_word (gpointer field, const Key *key, const char *value, const char *directory);
static gboolean set_text (gpointer field, const Key *key, const char *value, const char *directory);
static gboolean set_fingerprint (gpointer field, const Key *key, const char *value, const char *directory);
static gboolean set_certificate (gpointer field, const Key *key, const char *value, const char *directory);
static gboolean set_path (gpointer field, const Key *key, const char *value, const char *directory);
static gboolean set_paths (gpointer field, const Key *key, const char *value, const char *directory);

#define IDENTITY(field) G_STRUCT_OFFSET (LlConfigIdentity, field)
#define RECIPIENT(field) G_STRUCT_OFFSET (LlConfigRecipient, field)
#define GLOBAL(field) G_STRUCT_OFFSET (LlConfig, field)

static const Key keys[] = {
  { KIND_IDENTITY, "protocol", set_word, IDENTITY (protocol), protocol_words },
  { KIND_IDENTITY, "sign", set_word, IDENTITY (sign), sign_words },
  { KIND_IDENTITY, "openpgp-key", set_fingerprint, IDENTITY (openpgp_key), NULL },
  { KIND_IDENTITY, "smime-certificate", set_certificate, IDENTITY (smime_certificate), NULL },
  { KIND_IDENTITY, "smime-key", set_path, IDENTITY (smime_key), NULL },
  { KIND_RECIPIENT, "encrypt", set_word, RECIPIENT (encrypt), encrypt_words },
  { KIND_RECIPIENT, "protocol", set_word, RECIPIENT (protocol), protocol_words },
  { KIND_SMIME, "content-cipher", set_word, GLOBAL (content_cipher), cipher_words },
  { KIND_SMIME, "rsa-encryption", set_word, GLOBAL (rsa_encryption), encryption_words },
  { KIND_SMIME, "rsa-signature", set_word, GLOBAL (rsa_signature), signature_words },
  { KIND_SMIME, "certificates", set_paths, GLOBAL (certificates), NULL },
  { KIND_SMIME, "keys", set_paths, GLOBAL (keys), NULL },
  { KIND_SMIME, "anchors", set_paths, GLOBAL (anchors), NULL },
  /* For programs that send; the same file serves them. */
  { KIND_TRANSPORT, "command", NULL, 0, NULL },
  { KIND_TRANSPORT, "url", NULL, 0, NULL },
  { KIND_TRANSPORT, "user", NULL, 0, NULL },
};

/* ---- setters: FALSE when the value is none ---- */

static gboolean
find_word (const Word *words, const char *word, int *out_value)
{
  for (; words->word != NULL; words++)
    if (strcmp (words->word, word) == 0)
      {
        *out_value = words->value;
        return TRUE;
      }
  return FALSE;
}

gboolean
ll_protocol_parse (const char *word, int *out_protocol)
{
  return find_word (protocol_words, word, out_protocol);
}

static gboolean
set_word (gpointer field, const Key *key, const char *value, const char *directory)
{
  return find_word (key->words, value, field);
}

static gboolean
set_text (gpointer field, const Key *key, const char *value, const char *directory)
{
  char **text = field;
  g_free (*text);
  *text = g_strdup (value);
  return *value != '\0';
}

static gboolean
is_fingerprint (const char *value)
{
  gsize length = strspn (value, "0123456789abcdefABCDEF");
  return value[length] == '\0' && (length == 40 || length == 64);
}

static gboolean
set_fingerprint (gpointer field, const Key *key, const char *value, const char *directory)
{
  return is_fingerprint (value) && set_text (field, key, value, directory);
}

gboolean
ll_config_is_path (const char *value)
{
  return !is_fingerprint (value);
}

static gboolean
set_certificate (gpointer field, const Key *key, const char *value, const char *directory)
{
  return is_fingerprint (value) ? set_text (field, key, value, directory)
                                : set_path (field, key, value, directory);
}

/* "~/" is the home directory; other relative names are beside the configuration. */
static char *
resolve (const char *value, const char *directory)
{
  if (g_str_has_prefix (value, "~/"))
    return g_build_filename (g_get_home_dir (), value + 2, NULL);
  return g_canonicalize_filename (value, directory);
}

static gboolean
set_path (gpointer field, const Key *key, const char *value, const char *directory)
{
  char **path = field;
  g_free (*path);
  *path = resolve (value, directory);
  return *value != '\0';
}

static gboolean
set_paths (gpointer field, const Key *key, const char *value, const char *directory)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) parts = g_strsplit (value, ";", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      g_strstrip (*part);
      g_autofree char *path = **part != '\0' ? resolve (*part, directory) : NULL;
      if (path != NULL)
        g_strv_builder_add (builder, path);
    }
  char ***paths = field;
  g_strfreev (*paths);
  *paths = g_strv_builder_end (builder);
  return **paths != NULL;
}

/* ---- reading ---- */

typedef struct
{
  const char *path;
  char *directory;
  GKeyFile *file;
  LlConfig *config;
} Reading;

static void
identity_free (gpointer data)
{
  LlConfigIdentity *identity = data;
  g_free (identity->address);
  g_free (identity->openpgp_key);
  g_free (identity->smime_certificate);
  g_free (identity->smime_key);
  g_free (identity);
}

static void
recipient_free (gpointer data)
{
  LlConfigRecipient *recipient = data;
  g_free (recipient->pattern);
  g_free (recipient);
}

static LlConfig *
config_new (void)
{
  LlConfig *config = g_new0 (LlConfig, 1);
  config->identities = g_ptr_array_new_with_free_func (identity_free);
  config->recipients = g_ptr_array_new_with_free_func (recipient_free);
  return config;
}

void
ll_config_free (LlConfig *config)
{
  if (config == NULL)
    return;
  g_ptr_array_unref (config->identities);
  g_ptr_array_unref (config->recipients);
  g_strfreev (config->certificates);
  g_strfreev (config->keys);
  g_strfreev (config->anchors);
  g_free (config);
}

/* Returns: (transfer full) (nullable): what follows the kind's name in "[identity alice@example.org]" */
static char *
split_group (const char *group, Kind *out_kind)
{
  const char *space = strpbrk (group, " \t");
  gsize length = space != NULL ? (gsize)(space - group) : strlen (group);
  g_autofree char *argument = g_strstrip (g_strdup (group + length));
  for (guint i = 0; i < N_KINDS; i++)
    {
      if (strlen (kinds[i].name) != length || strncmp (kinds[i].name, group, length) != 0)
        continue;
      if (kinds[i].has_argument != (*argument != '\0'))
        return NULL;
      *out_kind = (Kind)i;
      return g_steal_pointer (&argument);
    }
  return NULL;
}

/* The settings of one group live in this object. */
static gpointer
object_for (Reading *reading, Kind kind, const char *argument)
{
  if (kind == KIND_IDENTITY)
    {
      LlConfigIdentity *identity = g_new0 (LlConfigIdentity, 1);
      identity->address = ll_address_normalize (argument);
      identity->protocol = LL_PROTOCOL_AUTO;
      g_ptr_array_add (reading->config->identities, identity);
      return identity->address != NULL ? identity : NULL;
    }
  if (kind == KIND_RECIPIENT)
    {
      LlConfigRecipient *recipient = g_new0 (LlConfigRecipient, 1);
      recipient->pattern = g_ascii_strdown (argument, -1);
      recipient->protocol = LL_PROTOCOL_AUTO;
      g_ptr_array_add (reading->config->recipients, recipient);
      return recipient;
    }
  return reading->config;
}

static const Key *
find_key (Kind kind, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].kind == kind && strcmp (keys[i].name, name) == 0)
      return &keys[i];
  return NULL;
}

/* GLib knows no comment behind a value; people write them all the same. */
static char *
value_of (Reading *reading, const char *group, const char *name)
{
  char *value = g_key_file_get_string (reading->file, group, name, NULL);
  for (char *p = value; p != NULL && *p != '\0'; p++)
    if (*p == '#' && (p == value || g_ascii_isspace (p[-1])))
      *p-- = '\0';
  return value != NULL ? g_strstrip (value) : g_strdup ("");
}

static gboolean
read_key (Reading *reading, const char *group, Kind kind, gpointer object, const char *name, GError **error)
{
  const Key *key = find_key (kind, name);
  if (key == NULL)
    {
      ll_error_set (error, LL_ERROR_USAGE, "%s: [%s] %s: there is no such setting", reading->path, group,
                    name);
      return FALSE;
    }
  g_autofree char *value = value_of (reading, group, name);
  if (key->set == NULL || key->set ((guint8 *)object + key->offset, key, value, reading->directory))
    return TRUE;
  ll_error_set (error, LL_ERROR_USAGE, "%s: [%s] %s: %s is not a value of this setting", reading->path, group,
                name, value);
  return FALSE;
}

static gboolean
read_group (Reading *reading, const char *group, GError **error)
{
  Kind kind = KIND_SMIME;
  g_autofree char *argument = split_group (group, &kind);
  gpointer object = argument != NULL ? object_for (reading, kind, argument) : NULL;
  if (object == NULL)
    {
      ll_error_set (error, LL_ERROR_USAGE, "%s: there is no such section as [%s]", reading->path, group);
      return FALSE;
    }
  g_auto (GStrv) names = g_key_file_get_keys (reading->file, group, NULL, NULL);
  for (char **name = names; name != NULL && *name != NULL; name++)
    if (!read_key (reading, group, kind, object, *name, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_groups (Reading *reading, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (reading->file, NULL);
  for (char **group = groups; *group != NULL; group++)
    if (!read_group (reading, *group, error))
      return FALSE;
  return TRUE;
}

static LlConfig *
load (const char *path, gboolean may_be_missing, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (LlConfig) config = config_new ();
  g_autoptr (GError) failure = NULL;
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &failure))
    {
      if (may_be_missing && g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer (&config);
      ll_error_set (error, LL_ERROR_USAGE, "the configuration %s cannot be read: %s", path, failure->message);
      return NULL;
    }
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *directory = g_path_get_dirname (absolute);
  Reading reading = { path, directory, file, config };
  return read_groups (&reading, error) ? g_steal_pointer (&config) : NULL;
}

LlConfig *
ll_config_load (const char *path, GError **error)
{
  if (path != NULL)
    return load (path, FALSE, error);
  g_autofree char *usual = g_build_filename (g_get_user_config_dir (), "letterlock", "letterlock.conf", NULL);
  return load (usual, TRUE, error);
}

/* ---- asking ---- */

const LlConfigIdentity *
ll_config_identity (const LlConfig *config, const char *address)
{
  for (guint i = 0; i < config->identities->len; i++)
    {
      const LlConfigIdentity *identity = g_ptr_array_index (config->identities, i);
      if (ll_address_equal (identity->address, address))
        return identity;
    }
  return NULL;
}

const LlConfigRecipient *
ll_config_recipient (const LlConfig *config, const char *address)
{
  g_autofree char *lower = g_ascii_strdown (address, -1);
  for (guint i = 0; i < config->recipients->len; i++)
    {
      const LlConfigRecipient *recipient = g_ptr_array_index (config->recipients, i);
      if (g_pattern_match_simple (recipient->pattern, lower))
        return recipient;
    }
  return NULL;
}
