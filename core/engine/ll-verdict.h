/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is true about a message: one verdict, the same words for both
 * protocols, computed from the cryptographic envelope alone (RFC 9787 4.4).
 * It is what the JSON report prints and what the exit status is made from.
 */
#pragma once

#include "ll-error.h"

G_BEGIN_DECLS

typedef enum
{
  LL_PROTOCOL_OPENPGP,
  LL_PROTOCOL_SMIME,
} LlProtocol;
#define LL_N_PROTOCOLS 2

typedef enum
{
  LL_ENCRYPTION_NONE,
  LL_ENCRYPTION_OK,
  LL_ENCRYPTION_OK_UNAUTHENTICATED, /* CMS without AEAD: nobody vouches that it was not altered */
  LL_ENCRYPTION_FAILED,
} LlEncryptionStatus;

/* Of one signer, and of the message. */
typedef enum
{
  LL_SIGNATURE_NONE,
  LL_SIGNATURE_VALID,           /* intact, trusted and by the address in From */
  LL_SIGNATURE_VALID_UNTRUSTED, /* intact; nothing says whose key it is */
  LL_SIGNATURE_WRONG_SENDER,    /* intact; by somebody other than From */
  LL_SIGNATURE_KEY_EXPIRED,
  LL_SIGNATURE_KEY_REVOKED,
  LL_SIGNATURE_NO_KEY,
  LL_SIGNATURE_WEAK, /* an algorithm that proves nothing any more */
  LL_SIGNATURE_BAD,
  LL_SIGNATURE_UNSUPPORTED, /* cannot be judged here; the reason says why */
} LlSignatureStatus;

typedef enum
{
  LL_TRUST_UNKNOWN,
  LL_TRUST_NEVER,
  LL_TRUST_MARGINAL,
  LL_TRUST_FULL,
  LL_TRUST_PINNED,
  LL_TRUST_ULTIMATE,
} LlTrust;

/* An address a key or certificate speaks for. */
typedef struct
{
  char *address; /* as ll_address_normalize() */
  char *name;    /* (nullable): NULL also for a name that could be taken for an address */
  LlTrust trust; /* of this address, not of the key as a whole (security.md H-6) */
} LlIdentity;

typedef struct
{
  LlProtocol protocol;
  char *fingerprint;        /* primary key, 40 or 64 hex; sha256 of the certificate; for an unknown key
                               what the signature claims, maybe a key id of 16 hex */
  GPtrArray *identities;    /* (element-type LlIdentity) */
  LlSignatureStatus status; /* set by the engine without regard to From; identity binding may lower it */
  gint64 time;              /* seconds since the epoch by the signer's own word; -1 unknown */
  char *hash;               /* (nullable) "SHA256" */
  LlText *reason;           /* (nullable): why the status is not VALID */
  /* Filled by identity binding: the identity that is shown (transfer none) (nullable) */
  const LlIdentity *shown;
} LlSigner;

typedef struct
{
  const char *code; /* static, stable */
  LlText *text;
} LlWarning;

typedef struct
{
  char *name;
  char *value; /* decoded for showing */
  char *outer; /* (nullable) what stood outside, where it differed */
  gboolean is_signed;
  gboolean confidential;
} LlVerdictHeader;

typedef enum
{
  LL_HEADERS_NONE,
  LL_HEADERS_RFC9788,
  LL_HEADERS_V1,      /* protected-headers="v1" */
  LL_HEADERS_WRAPPED, /* RFC 8551 message/rfc822 */
} LlHeaderScheme;

typedef struct
{
  LlEncryptionStatus encryption;
  LlProtocol encryption_protocol; /* when encryption is not NONE */
  char *cipher;                   /* (nullable) "AES256" */
  GPtrArray *recipients;          /* (element-type utf8): key ids or certificate names */

  LlSignatureStatus signature;
  GPtrArray *signers; /* (element-type LlSigner) */

  char *sender_address; /* (nullable): the single author, or nobody */
  char *sender_display; /* (nullable) */
  char **sender_flags;  /* NULL-terminated */

  LlHeaderScheme scheme;
  GPtrArray *headers;  /* (element-type LlVerdictHeader) */
  GPtrArray *layers;   /* (element-type utf8): outermost first, "encrypted openpgp" */
  GPtrArray *errant;   /* (element-type utf8): protected parts below other structure */
  GPtrArray *warnings; /* (element-type LlWarning) */
  GError *error;       /* (nullable): why encryption is FAILED or the message malformed */
} LlVerdict;

LlVerdict *ll_verdict_new (void);
void ll_verdict_free (LlVerdict *verdict);

/** ll_verdict_warn: @code static and stable; further arguments as ll_text_new(). */
void ll_verdict_warn (LlVerdict *verdict, const char *code, const char *msgid, ...) G_GNUC_PRINTF (3, 4);

/** ll_verdict_summary: "none", "signed", "encrypted" or "signed-and-encrypted": signed only when the
 *  status is VALID, encrypted only when it is OK or OK_UNAUTHENTICATED. */
const char *ll_verdict_summary (const LlVerdict *verdict);

/* The stable words of the JSON report. */
const char *ll_protocol_name (LlProtocol protocol);
const char *ll_encryption_status_name (LlEncryptionStatus status);
const char *ll_signature_status_name (LlSignatureStatus status);
const char *ll_trust_name (LlTrust trust);
const char *ll_header_scheme_name (LlHeaderScheme scheme);

LlSigner *ll_signer_new (LlProtocol protocol);
void ll_signer_free (LlSigner *signer);
LlIdentity *ll_identity_new (const char *address, const char *name, LlTrust trust);
void ll_identity_free (LlIdentity *identity);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlVerdict, ll_verdict_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlSigner, ll_signer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlIdentity, ll_identity_free)

G_END_DECLS
