/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's configuration, letterlock.conf: a GLib key file of which every group,
 * key and value is known, or it is refused (a misspelt "encrypt = requird" must
 * not come to mean "no").  Nothing in it has to be there.
 */
#pragma once

#include "ll-smime.h"

G_BEGIN_DECLS

#define LL_PROTOCOL_AUTO (-1)

typedef enum
{
  LL_SIGN_ALWAYS,
  LL_SIGN_ENCRYPTED, /* only together with encryption */
  LL_SIGN_NEVER,
} LlSignPolicy;

typedef enum
{
  LL_ENCRYPT_PREFERRED,
  LL_ENCRYPT_REQUIRED,
  LL_ENCRYPT_NEVER,
} LlEncryptPolicy;

typedef struct
{
  char *address;
  int protocol;            /* LlProtocol or LL_PROTOCOL_AUTO */
  int sign;                /* LlSignPolicy */
  char *openpgp_key;       /* (nullable) fingerprint */
  char *smime_certificate; /* (nullable) fingerprint or path */
  char *smime_key;         /* (nullable) path */
} LlConfigIdentity;

typedef struct
{
  char *pattern;
  int encrypt;  /* LlEncryptPolicy */
  int protocol; /* LlProtocol or LL_PROTOCOL_AUTO */
} LlConfigRecipient;

typedef struct
{
  GPtrArray *identities; /* (element-type LlConfigIdentity) */
  GPtrArray *recipients; /* (element-type LlConfigRecipient): in the order of the file */
  int content_cipher;    /* LlSmimeCipher */
  int rsa_encryption;    /* 0: PKCS#1 v1.5, 1: OAEP */
  int rsa_signature;     /* 0: PKCS#1 v1.5, 1: PSS */
  char **certificates;   /* (nullable) paths */
  char **keys;           /* (nullable) */
  char **anchors;        /* (nullable) */
} LlConfig;

/**
 * ll_config_load:
 * @path: (nullable): NULL: the usual place, where the file may be missing
 * Errors: LL_ERROR_USAGE, naming file, group and key
 */
LlConfig *ll_config_load (const char *path, GError **error);
void ll_config_free (LlConfig *config);

/** ll_config_identity: (nullable): the section of @address. */
const LlConfigIdentity *ll_config_identity (const LlConfig *config, const char *address);
/** ll_config_recipient: (nullable): the first section whose pattern fits @address. */
const LlConfigRecipient *ll_config_recipient (const LlConfig *config, const char *address);

/** ll_config_is_path: whether a value of smime-certificate is a file rather than a fingerprint. */
gboolean ll_config_is_path (const char *value);

/** ll_protocol_parse: "auto", "openpgp", "smime".  Returns: FALSE when it is none of these. */
gboolean ll_protocol_parse (const char *word, int *out_protocol);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlConfig, ll_config_free)

G_END_DECLS
