/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-gpg.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ll-guard.h"

/* 2.2.36 is the first without status lines made by the signed text (CVE-2022-34903). */
#define OLDEST_GPG 2, 2, 36
#define SECONDS 30u               /* until a call without passphrase counts as stuck (K-11) */
#define OCTETS_PER_SECOND 500000u /* and longer for large messages, on slow machines too */

/* GPGME would look for gpg and gpgconf along PATH and start each of them to ask for its version
 * (K-9).  "." is a directory, so that nothing is started; each context then names the guard. */
static gpointer
initialize (gpointer unused)
{
  gpgme_set_global_flag ("disable-gpgconf", "1");
  gpgme_set_global_flag ("gpg-name", ".");
  return (gpointer)gpgme_check_version ("1.18.0");
}

gboolean
ll_gpg_initialize (GError **error)
{
  static GOnce once = G_ONCE_INIT;
  if (g_once (&once, initialize, NULL) != NULL)
    return TRUE;
  ll_error_set (error, LL_ERROR_ENGINE, N_ ("GPGME is too old: 1.18 or later is needed"));
  return FALSE;
}

static gboolean
version_at_least (const char *version, guint a, guint b, guint c)
{
  guint have[3] = { 0 };
  if (version == NULL || sscanf (version, "%u.%u.%u", &have[0], &have[1], &have[2]) < 2)
    return FALSE;
  const guint want[3] = { a, b, c };
  for (guint i = 0; i < 3; i++)
    if (have[i] != want[i])
      return have[i] > want[i];
  return TRUE;
}

/* The version GPGME got from "guard --version"; it says 1.0.0 when there was no answer. */
static gboolean
check_version (LlOpenpgp *engine, gpgme_ctx_t context, GError **error)
{
  const char *version = NULL;
  for (gpgme_engine_info_t info = gpgme_ctx_get_engine_info (context); info != NULL; info = info->next)
    if (info->protocol == GPGME_PROTOCOL_OpenPGP)
      version = info->version;
  if (!version_at_least (version, 1, 1, 0) && access (engine->guard, X_OK) != 0)
    {
      ll_error_set (error, LL_ERROR_ENGINE, N_ ("the gpg guard %s is missing: install letterlock again"),
                    engine->guard);
      return FALSE;
    }
  if (!version_at_least (version, 1, 1, 0))
    {
      ll_error_set (error, LL_ERROR_ENGINE, N_ ("GnuPG is not installed or does not start: install gnupg"));
      return FALSE;
    }
  if (!version_at_least (version, OLDEST_GPG))
    {
      ll_error_set (error, LL_ERROR_ENGINE, N_ ("GnuPG %s is too old: 2.2.36 or later is needed"), version);
      return FALSE;
    }
  g_mutex_lock (&engine->lock);
  if (engine->version == NULL)
    engine->version = g_strdup (version);
  g_mutex_unlock (&engine->lock);
  return TRUE;
}

static gpgme_ctx_t
new_context (LlOpenpgp *engine, GError **error)
{
  static GOnce once = G_ONCE_INIT;
  if (g_once (&once, initialize, NULL) == NULL)
    {
      ll_error_set (error, LL_ERROR_ENGINE, N_ ("GPGME is too old: 1.18 or later is needed"));
      return NULL;
    }
  gpgme_ctx_t context = NULL;
  gpgme_error_t code = gpgme_new (&context);
  if (code == 0)
    code = gpgme_ctx_set_engine_info (context, GPGME_PROTOCOL_OpenPGP, engine->guard, engine->home);
  if (code == 0)
    code = gpgme_set_ctx_flag (context, "full-status", "1");
  if (code == 0 && check_version (engine, context, error))
    return context;
  if (code != 0)
    ll_error_set (error, LL_ERROR_ENGINE, N_ ("GPGME cannot be used: %s"), gpgme_strerror (code));
  if (context != NULL)
    gpgme_release (context);
  return NULL;
}

static gpgme_ctx_t
take_context (LlOpenpgp *engine, GError **error)
{
  g_mutex_lock (&engine->lock);
  gpgme_ctx_t context = g_steal_pointer (&engine->spare);
  g_mutex_unlock (&engine->lock);
  return context != NULL ? context : new_context (engine, error);
}

static void
return_context (LlOpenpgp *engine, gpgme_ctx_t context)
{
  gpgme_set_status_cb (context, NULL, NULL);
  gpgme_signers_clear (context);
  g_mutex_lock (&engine->lock);
  if (engine->spare == NULL)
    engine->spare = g_steal_pointer (&context);
  g_mutex_unlock (&engine->lock);
  if (context != NULL)
    gpgme_release (context);
}

/* What the guard is told (ll-guard.h). */
static gboolean
set_channel (LlGpgCall *call, const LlGpgSettings *settings)
{
  g_autoptr (GString) value = g_string_new (LL_GUARD_CHANNEL);
  if (settings->at > 0)
    g_string_append_printf (value, ",at=%" G_GINT64_FORMAT, settings->at);
  if (settings->sign_as != NULL)
    g_string_append_printf (value, ",sign=%s", settings->sign_as);
  if (settings->binary)
    g_string_append (value, ",binary");
  if (call->deadline > 0)
    g_string_append_printf (value, ",deadline=%u", call->deadline);
  g_string_append_printf (value, ",version=%s", call->engine->version);
  return gpgme_set_ctx_flag (call->context, "auto-key-locate", value->str) == 0;
}

gboolean
ll_gpg_begin (LlGpgCall *call, LlOpenpgp *engine, const LlGpgSettings *settings, GError **error)
{
  *call = (LlGpgCall){ .engine = engine, .context = take_context (engine, error) };
  if (call->context == NULL)
    return FALSE;
  ll_gpg_status_init (&call->status);
  call->status.may_decrypt = settings->decrypts;
  call->may_prompt = settings->may_prompt && engine->may_prompt;
  call->started = g_get_monotonic_time ();
  if (!call->may_prompt)
    call->deadline = SECONDS + (guint)MIN (settings->size / OCTETS_PER_SECOND, 86400);
  gpgme_set_offline (call->context, 1);
  gpgme_set_pinentry_mode (call->context,
                           call->may_prompt ? GPGME_PINENTRY_MODE_DEFAULT : GPGME_PINENTRY_MODE_CANCEL);
  gpgme_set_status_cb (call->context, ll_gpg_status_line, &call->status);
  if (set_channel (call, settings))
    return TRUE;
  ll_error_set (error, LL_ERROR_ENGINE, N_ ("GPGME cannot be used: %s"), "ctx-flag");
  return FALSE;
}

void
ll_gpg_end (LlGpgCall *call)
{
  if (call->context == NULL)
    return;
  return_context (call->engine, call->context);
  ll_gpg_status_clear (&call->status);
  call->context = NULL;
}

static gboolean
log_says (const LlGpgCall *call, const char *words)
{
  gpgme_data_t data = NULL;
  char text[4096] = "";
  if (gpgme_data_new (&data) != 0)
    return FALSE;
  if (gpgme_op_getauditlog (call->context, data, GPGME_AUDITLOG_DIAG) == 0)
    {
      gpgme_data_seek (data, 0, SEEK_SET);
      gpgme_data_read (data, text, sizeof text - 1);
    }
  gpgme_data_release (data);
  return strstr (text, words) != NULL;
}

gboolean
ll_gpg_lacks_agent (const LlGpgCall *call)
{
  return log_says (call, "gpg: can't connect to the agent") || log_says (call, "gpg: no gpg-agent running");
}

static gboolean
over_deadline (const LlGpgCall *call)
{
  return call->deadline > 0
         && g_get_monotonic_time () - call->started >= (gint64)call->deadline * G_USEC_PER_SEC;
}

static void
set_cancelled (const LlGpgCall *call, GError **error)
{
  if (call->may_prompt)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  else
    ll_error_set (error, LL_ERROR_NO_PASSPHRASE,
                  N_ ("the OpenPGP key needs its passphrase and nobody can be asked for it here"));
}

void
ll_gpg_failed (const LlGpgCall *call, gpgme_error_t code, const char *doing, GError **error)
{
  gpgme_error_t cause = gpgme_err_code (call->status.error) != 0 ? call->status.error : code;
  g_autofree char *seconds = g_strdup_printf ("%u", call->deadline);
  if (over_deadline (call))
    {
      ll_error_set (error, LL_ERROR_ENGINE,
                    N_ ("GnuPG or its agent did not answer within %s seconds; try: gpgconf --kill all"),
                    seconds);
      return;
    }
  switch (gpgme_err_code (cause))
    {
    case GPG_ERR_CANCELED:
    case GPG_ERR_FULLY_CANCELED:
      set_cancelled (call, error);
      return;
    case GPG_ERR_NO_PIN_ENTRY:
    case GPG_ERR_ENOTTY:
      ll_error_set (error, LL_ERROR_NO_PASSPHRASE,
                    N_ ("the OpenPGP key needs its passphrase and GnuPG has no way to ask for it: "
                        "install a pinentry, or set GPG_TTY"));
      return;
    case GPG_ERR_BAD_PASSPHRASE:
      ll_error_set (error, LL_ERROR_BAD_PASSPHRASE, N_ ("the passphrase of the OpenPGP key is wrong"));
      return;
    case GPG_ERR_NO_AGENT:
    case GPG_ERR_AGENT:
    case GPG_ERR_ASSUAN_SERVER_FAULT:
    case GPG_ERR_EOF:
    case GPG_ERR_EPIPE:
    case GPG_ERR_ECONNREFUSED:
      ll_error_set (error, LL_ERROR_ENGINE, N_ ("gpg-agent does not answer: %s; try: gpgconf --kill all"),
                    gpgme_strerror (cause));
      return;
    case GPG_ERR_NO_DATA:
    case GPG_ERR_BAD_DATA:
    case GPG_ERR_INV_PACKET:
    case GPG_ERR_UNEXPECTED:
      ll_error_set (error, LL_ERROR_MALFORMED, N_ ("malformed: GnuPG cannot read the OpenPGP data (%s)"),
                    gpgme_strerror (cause));
      return;
    default:
      ll_error_set (error, LL_ERROR_ENGINE, N_ ("GnuPG failed while %s: %s"), doing, gpgme_strerror (cause));
      return;
    }
}
