/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call of gpg through GPGME and the guard: a context that is ours alone
 * while it lasts, what gpg reported line by line, and how long it may take.
 *
 *   LlGpgCall call;
 *   if (!ll_gpg_begin (&call, engine, &(LlGpgSettings){ .size = n }, &error)) return FALSE;
 *   gpgme_error_t err = gpgme_op_verify (call.context, ...);
 *   ...
 *   ll_gpg_end (&call);
 *
 * gpg's own words for success are not enough anywhere: see LlGpgStatus.
 */
#pragma once

#include <gpgme.h>

#include "ll-engine.h"
#include "ll-openpgp.h"
#include "ll-pgp-scan.h"

G_BEGIN_DECLS

typedef struct
{
  LlEngine base;
  char *guard;
  char *home; /* (nullable) */
  gboolean may_prompt;
  GMutex lock;
  gpgme_ctx_t spare; /* an idle context: making one starts gpg */
  char *version;     /* of gpg, once known */
} LlOpenpgp;

/* What the status lines said (doc/DETAILS of GnuPG).  Only they are believed (C-15). */
typedef struct
{
  guint n_plaintext, n_begin_decryption, n_decryption_okay, n_goodmdc, n_badmdc, n_newsig, n_unexpected,
      n_nodata;
  gboolean too_deep; /* packets nested more than gpg will follow */
  gboolean is_text;  /* gpg turns CRLF into LF on the way out */
  gboolean has_length;
  guint64 plaintext_length;
  gboolean has_session_key; /* DECRYPTION_INFO was there */
  guint mdc, cipher, aead;
  GPtrArray *encrypted_to;        /* (element-type utf8) key ids */
  GPtrArray *missing;             /* (element-type utf8) key ids without secret key */
  GHashTable *primaries;          /* fingerprint that signed -> fingerprint of its primary key */
  guint n_validsig, n_text_class; /* intact signatures; those of class 1, over text */
  GHashTable *strange_classes;    /* fingerprint that signed: signature of a class other than 0 and 1 */
  gpgme_error_t error;            /* of the last ERROR or FAILURE line that says why */
  gboolean asked;                 /* pinentry was started */
  gboolean may_decrypt;
} LlGpgStatus;

typedef struct
{
  LlOpenpgp *engine;
  gpgme_ctx_t context;
  LlGpgStatus status;
  gint64 started; /* monotonic, microseconds */
  guint deadline; /* seconds, 0: none */
  gboolean may_prompt;
} LlGpgCall;

typedef struct
{
  gint64 at;
  const char *sign_as; /* (nullable) fingerprint */
  gboolean may_prompt;
  gboolean binary; /* what gpg reads is not armored */
  gboolean decrypts;
  guint64 size; /* octets of input: more of them may take longer */
} LlGpgSettings;

/** ll_gpg_initialize: once in the life of the process, before anything else of GPGME; starts no program.
 *  Errors: LL_ERROR_ENGINE */
gboolean ll_gpg_initialize (GError **error);

/** ll_gpg_begin: Errors: LL_ERROR_ENGINE */
gboolean ll_gpg_begin (LlGpgCall *call, LlOpenpgp *engine, const LlGpgSettings *settings, GError **error);
void ll_gpg_end (LlGpgCall *call);

/** ll_gpg_status_lists: makes and frees what a status holds. */
void ll_gpg_status_init (LlGpgStatus *status);
void ll_gpg_status_clear (LlGpgStatus *status);
/** ll_gpg_status_line: a gpgme_status_cb_t over LlGpgStatus. */
gpgme_error_t ll_gpg_status_line (void *status, const char *keyword, const char *arguments);

/**
 * ll_gpg_failed:
 * Says why a call failed, as far as it is the same for every kind of call: cancelled, passphrase, agent,
 * deadline, gpg missing.  Always sets @error.
 */
void ll_gpg_failed (const LlGpgCall *call, gpgme_error_t code, const char *doing, GError **error);

/** ll_gpg_plaintext_whole: exactly one content, and as many octets of it as gpg said (C-1, C-12). */
gboolean ll_gpg_plaintext_whole (const LlGpgStatus *status, guint64 written);

/** ll_gpg_lacks_agent: gpg calls a key without agent "no secret key"; whether that was so.  For explaining
 *  only: it is read from words for people. */
gboolean ll_gpg_lacks_agent (const LlGpgCall *call);

/* ---- ll-gpg-data.c: what gpg reads and where it writes ---- */

typedef struct
{
  LlOctets octets;
  guint64 position;
  gboolean to_crlf; /* LF becomes CRLF */
  gboolean after_cr;
  /* OpenPGP input: dearmored and watched */
  LlPgpArmor *armor;
  LlPgpWalk *walk;
  LlPgpCheck check;
  LlErrorCode truncated;
  gboolean no_passwords; /* leave out session keys made from a password (C-21) */
  guint64 fed;
  GByteArray *pending;
  gsize pending_at;
  gsize n_checked;
  GError *error; /* why reading failed */
  struct gpgme_data_cbs callbacks;
  gpgme_data_t data;
} LlGpgInput;

/** ll_gpg_input_plain: @octets as they are, or with CRLF line ends. */
gboolean ll_gpg_input_plain (LlGpgInput *input, LlOctets octets, gboolean to_crlf, GError **error);
/** ll_gpg_input_pgp: OpenPGP packets without armor, stopped where @check objects. */
gboolean ll_gpg_input_pgp (LlGpgInput *input, LlOctets octets, LlPgpCheck check, LlErrorCode truncated,
                           GError **error);
/** ll_gpg_input_finish: checks what gpg did not care to read, too. */
gboolean ll_gpg_input_finish (LlGpgInput *input, GError **error);
void ll_gpg_input_clear (LlGpgInput *input);

typedef struct
{
  LlSpool *spool;
  guint64 written;
  GError *error;
  struct gpgme_data_cbs callbacks;
  gpgme_data_t data;
} LlGpgOutput;

/** ll_gpg_take_error: moves @from to @error; FALSE when there is none.  Failing reads and writes say why;
 * what gpg complains about then only follows from them. */
gboolean ll_gpg_take_error (GError **from, GError **error);

gboolean ll_gpg_output_init (LlGpgOutput *output, LlSpool *spool, GError **error);
void ll_gpg_output_clear (LlGpgOutput *output);

/* ---- ll-gpg-keys.c ---- */

/**
 * ll_gpg_list_keys:
 * @patterns: NULL-terminated
 * Returns: (transfer full) (element-type gpgme_key_t): Errors: LL_ERROR_ENGINE
 */
GPtrArray *ll_gpg_list_keys (LlGpgCall *call, const char *const *patterns, gboolean secret, GError **error);

/** ll_gpg_uid_address: (transfer full) (nullable): the one address a user ID speaks for (H-6); NULL: none,
 * two, or revoked or invalid.  @out_name: (optional) (nullable) */
char *ll_gpg_uid_address (gpgme_key_t key, gpgme_user_id_t uid, char **out_name);

/** ll_gpg_date: (transfer full): "2026-11-24" */
char *ll_gpg_date (gint64 time);

/** ll_gpg_hash_name: (transfer full) (nullable): "SHA256" */
char *ll_gpg_hash_name (guint algorithm);
/** ll_gpg_hash_weak: MD5, SHA-1, RIPE-MD/160 (RFC 9580 9.5). */
gboolean ll_gpg_hash_weak (guint algorithm);

/* ---- ll-openpgp-signers.c ---- */

/** ll_openpgp_signers: each signature of the last verification in @call, with the identities of its key. */
GPtrArray *ll_openpgp_signers (LlGpgCall *call, gint64 at, GError **error);

/* ---- the operations ---- */

gboolean ll_openpgp_verify (LlEngine *engine, const LlVerifyRequest *request, GPtrArray **out_signers,
                            GError **error);
gboolean ll_openpgp_decrypt (LlEngine *engine, const LlDecryptRequest *request, LlDecryption **out_decryption,
                             GError **error);
LlKeyPlan *ll_openpgp_plan (LlEngine *engine, const LlPlanRequest *request, GPtrArray *decisions,
                            GError **error);
void ll_openpgp_plan_free (LlKeyPlan *plan);
gboolean ll_openpgp_sign (LlEngine *engine, const LlKeyPlan *plan, LlOctets content, gboolean detached,
                          LlSink *out, char **out_micalg, GError **error);
gboolean ll_openpgp_encrypt (LlEngine *engine, const LlKeyPlan *plan, LlOctets content, gboolean sign,
                             LlSink *out, char **out_smime_type, GError **error);

/* One chosen key and which of its parts may do what. */
typedef struct
{
  char *fingerprint;
  char *address;
  gboolean hidden;
  gboolean trusted;       /* gpg lets us encrypt to it */
  GArray *encryption_ids; /* (element-type guint64) */
  GPtrArray *signing;     /* (element-type utf8) fingerprints */
} LlPlanKey;

struct LlKeyPlan
{
  GPtrArray *recipients; /* (element-type LlPlanKey) */
  LlPlanKey *signer;     /* (nullable) */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlKeyPlan, ll_openpgp_plan_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LlGpgCall, ll_gpg_end)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LlGpgInput, ll_gpg_input_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LlGpgOutput, ll_gpg_output_clear)

G_END_DECLS
