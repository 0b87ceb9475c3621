/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one interface that OpenPGP and S/MIME implement.  It works on octets and
 * knows nothing of messages; what a protocol looks like in MIME is data
 * (LlEngineMime), so that no other file asks "OpenPGP or S/MIME?".
 *
 * Order of things: an engine writes to the spool it is given while it works; the
 * content of that spool may be used only after the call returned TRUE.
 */
#pragma once

#include "ll-key-source.h"
#include "ll-spool.h"

G_BEGIN_DECLS

/* What some octets are, told from their own structure, never from a file name. */
typedef enum
{
  LL_KIND_UNKNOWN,
  LL_KIND_DETACHED_SIGNATURE,
  LL_KIND_SIGNED,      /* opaque: content inside */
  LL_KIND_CLEARSIGNED, /* OpenPGP cleartext signature framework, RFC 9580 7 */
  LL_KIND_ENCRYPTED,
  LL_KIND_CERTIFICATES, /* certs-only, or OpenPGP keys */
  LL_KIND_COMPRESSED,
} LlKind;

typedef struct LlEngine LlEngine;
typedef struct LlKeyPlan LlKeyPlan; /* each engine's own; see LlEngineOps.plan_free */

typedef struct
{
  LlOctets signature;     /* transfer encoding removed: armor, binary or DER */
  LlOctets content;       /* what is covered; content.spool == NULL: opaque, it is inside @signature */
  gboolean content_is_lf; /* stored with lone LF: what was signed had CRLF there */
  LlSpool *out;           /* opaque: receives the covered content; else NULL */
  gint64 at;              /* judge at this time, seconds since the epoch; 0: now */
} LlVerifyRequest;

typedef struct
{
  LlOctets ciphertext;
  LlSpool *out; /* receives the plaintext */
  gint64 at;
  gboolean may_prompt; /* FALSE: a needed passphrase is LL_ERROR_NO_PASSPHRASE */
} LlDecryptRequest;

typedef struct
{
  LlEncryptionStatus status; /* OK or OK_UNAUTHENTICATED */
  char *cipher;
  GPtrArray *recipients; /* (element-type utf8) */
  GPtrArray *signers;    /* (element-type LlSigner): signatures in the same structure; empty: none */
  gboolean was_signed;
} LlDecryption;

LlDecryption *ll_decryption_new (void);
void ll_decryption_free (LlDecryption *decryption);

/* One key that was looked at for an address, and what came of it: "-v" prints them. */
typedef struct
{
  char *address;
  char *fingerprint;
  gboolean chosen;
  gboolean for_signing;
  LlText *reason; /* why not; NULL when chosen */
} LlKeyDecision;

typedef struct
{
  const char *sender;  /* address in From */
  const char *sign_as; /* (nullable) address or fingerprint the user named */
  gboolean sign;
  const char *const *recipients; /* (nullable) NULL-terminated, normalized addresses; NULL: only sign */
  const char *const *hidden;     /* (nullable) further recipients, whom the others must not see */
  gboolean self;                 /* the sender can read it too */
} LlPlanRequest;

/* What this protocol looks like in a mail message. */
typedef struct
{
  const char *const *signature_types; /* second part of multipart/signed: [0] is written, all are read */
  const char *signature_filename;
  const char *signature_description;
  const char *encrypted_protocol;  /* multipart/encrypted: type of the first part; NULL: not used */
  const char *const *opaque_types; /* a single part that is the whole structure; NULL: not used */
  const char *opaque_filename;
  gboolean armored;      /* output is ASCII armor and needs no transfer encoding */
  gboolean signs_inside; /* encrypt() signs in the same structure */
  const char *raw_label; /* PEM label for --raw output of binary structures; NULL when armored */
} LlEngineMime;

typedef struct
{
  LlProtocol protocol;
  LlEngineMime mime;

  gboolean (*classify) (LlEngine *engine, LlOctets octets, LlKind *out_kind, GError **error);

  /* Judges every signature.  Returns TRUE when it could be judged at all, also when bad.
   * @out_signers: (transfer full) (element-type LlSigner): empty: not signed after all.
   * Errors: MALFORMED, LIMIT, UNSUPPORTED, ENGINE, IO */
  gboolean (*verify) (LlEngine *engine, const LlVerifyRequest *request, GPtrArray **out_signers,
                      GError **error);

  /* Errors: INTEGRITY, DECRYPT_FAILED, NO_SECRET_KEY, NOT_ENCRYPTED, UNSUPPORTED, MALFORMED, LIMIT,
   * NO_PASSPHRASE, BAD_PASSPHRASE, ENGINE, IO, G_IO_ERROR_CANCELLED */
  gboolean (*decrypt) (LlEngine *engine, const LlDecryptRequest *request, LlDecryption **out_decryption,
                       GError **error);

  /* Chooses keys for everybody or fails naming all who lack one.  @decisions (nullable)
   * (element-type LlKeyDecision) is filled also on failure.
   * Errors: NO_KEY, AMBIGUOUS_KEY, NO_RECIPIENTS, UNSUPPORTED (hidden recipients), ENGINE */
  LlKeyPlan *(*plan) (LlEngine *engine, const LlPlanRequest *request, GPtrArray *decisions, GError **error);
  void (*plan_free) (LlKeyPlan *plan);

  /* @content: canonical.  @out_micalg: (transfer full) (optional): "pgp-sha512", "sha-256" */
  gboolean (*sign) (LlEngine *engine, const LlKeyPlan *plan, LlOctets content, gboolean detached, LlSink *out,
                    char **out_micalg, GError **error);

  /* @sign: only where mime.signs_inside.  @out_smime_type: (transfer full) (optional) (nullable):
   * "enveloped-data", "authEnveloped-data".  What was made is checked against the plan before
   * this returns TRUE; @out is a spool or other place from which nothing has left yet. */
  gboolean (*encrypt) (LlEngine *engine, const LlKeyPlan *plan, LlOctets content, gboolean sign, LlSink *out,
                       char **out_smime_type, GError **error);

  void (*free) (LlEngine *engine);
} LlEngineOps;

/* Each engine's struct begins with this. */
struct LlEngine
{
  const LlEngineOps *ops;
};

void ll_engine_free (LlEngine *engine);

void ll_key_decision_free (LlKeyDecision *decision);
/** ll_key_decisions_add: @reason (transfer full) (nullable): NULL: chosen. */
void ll_key_decisions_add (GPtrArray *decisions, const char *address, const char *fingerprint,
                           gboolean for_signing, LlText *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlDecryption, ll_decryption_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlEngine, ll_engine_free)

G_END_DECLS
