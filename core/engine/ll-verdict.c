/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-verdict.h"

#include "ll-address.h"

#include <string.h>

static const char *const protocol_names[] = {
  [LL_PROTOCOL_OPENPGP] = "openpgp",
  [LL_PROTOCOL_SMIME] = "smime",
};

static const char *const encryption_names[] = {
  [LL_ENCRYPTION_NONE] = "none",
  [LL_ENCRYPTION_OK] = "ok",
  [LL_ENCRYPTION_OK_UNAUTHENTICATED] = "ok-unauthenticated",
  [LL_ENCRYPTION_FAILED] = "failed",
};

static const char *const signature_names[] = {
  [LL_SIGNATURE_NONE] = "none",
  [LL_SIGNATURE_VALID] = "valid",
  [LL_SIGNATURE_VALID_UNTRUSTED] = "valid-untrusted",
  [LL_SIGNATURE_WRONG_SENDER] = "wrong-sender",
  [LL_SIGNATURE_KEY_EXPIRED] = "key-expired",
  [LL_SIGNATURE_KEY_REVOKED] = "key-revoked",
  [LL_SIGNATURE_NO_KEY] = "no-key",
  [LL_SIGNATURE_WEAK] = "weak",
  [LL_SIGNATURE_BAD] = "bad",
  [LL_SIGNATURE_UNSUPPORTED] = "unsupported",
};

static const char *const trust_names[] = {
  [LL_TRUST_UNKNOWN] = "unknown", [LL_TRUST_NEVER] = "never",   [LL_TRUST_MARGINAL] = "marginal",
  [LL_TRUST_FULL] = "full",       [LL_TRUST_PINNED] = "pinned", [LL_TRUST_ULTIMATE] = "ultimate",
};

static const char *const scheme_names[] = {
  [LL_HEADERS_NONE] = "none",
  [LL_HEADERS_RFC9788] = "rfc9788",
  [LL_HEADERS_V1] = "protected-headers-v1",
  [LL_HEADERS_WRAPPED] = "rfc822-wrap",
};

const char *
ll_protocol_name (LlProtocol protocol)
{
  return protocol_names[protocol];
}

const char *
ll_encryption_status_name (LlEncryptionStatus status)
{
  return encryption_names[status];
}

const char *
ll_signature_status_name (LlSignatureStatus status)
{
  return signature_names[status];
}

const char *
ll_trust_name (LlTrust trust)
{
  return trust_names[trust];
}

const char *
ll_header_scheme_name (LlHeaderScheme scheme)
{
  return scheme_names[scheme];
}

/* A name is chosen by whoever made the key: one that reads like an address, or breaks out of the line it
 * is shown in, would put somebody else into the verdict (security.md H-3, K-6). */
static gboolean
is_honest_name (const char *name)
{
  static const gunichar brackets[] = { '<', '>', 0xff1c, 0xff1e, 0xfe64, 0xfe65 };
  const LlMailbox mailbox = { .display = (char *)name };
  if (name == NULL || !g_utf8_validate (name, -1, NULL))
    return FALSE;
  g_auto (GStrv) flags = ll_mailbox_flags (&mailbox);
  for (gsize i = 0; i < G_N_ELEMENTS (brackets); i++)
    if (g_utf8_strchr (name, -1, brackets[i]) != NULL)
      return FALSE;
  return flags[0] == NULL;
}

LlIdentity *
ll_identity_new (const char *address, const char *name, LlTrust trust)
{
  LlIdentity *identity = g_new0 (LlIdentity, 1);
  identity->address = g_strdup (address);
  identity->name = is_honest_name (name) ? g_strdup (name) : NULL;
  identity->trust = trust;
  return identity;
}

void
ll_identity_free (LlIdentity *identity)
{
  if (identity == NULL)
    return;
  g_free (identity->address);
  g_free (identity->name);
  g_free (identity);
}

LlSigner *
ll_signer_new (LlProtocol protocol)
{
  LlSigner *signer = g_new0 (LlSigner, 1);
  signer->protocol = protocol;
  signer->identities = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_identity_free);
  /* What nobody judged must never pass for good. */
  signer->status = LL_SIGNATURE_UNSUPPORTED;
  signer->time = -1;
  return signer;
}

void
ll_signer_free (LlSigner *signer)
{
  if (signer == NULL)
    return;
  g_free (signer->fingerprint);
  g_ptr_array_unref (signer->identities);
  g_free (signer->hash);
  ll_text_free (signer->reason);
  g_free (signer);
}

static void
warning_free (gpointer data)
{
  LlWarning *warning = data;
  ll_text_free (warning->text);
  g_free (warning);
}

static void
header_free (gpointer data)
{
  LlVerdictHeader *header = data;
  g_free (header->name);
  g_free (header->value);
  g_free (header->outer);
  g_free (header);
}

LlVerdict *
ll_verdict_new (void)
{
  LlVerdict *verdict = g_new0 (LlVerdict, 1);
  verdict->recipients = g_ptr_array_new_with_free_func (g_free);
  verdict->signers = g_ptr_array_new_with_free_func ((GDestroyNotify)ll_signer_free);
  verdict->sender_flags = g_new0 (char *, 1);
  verdict->headers = g_ptr_array_new_with_free_func (header_free);
  verdict->layers = g_ptr_array_new_with_free_func (g_free);
  verdict->errant = g_ptr_array_new_with_free_func (g_free);
  verdict->warnings = g_ptr_array_new_with_free_func (warning_free);
  return verdict;
}

void
ll_verdict_free (LlVerdict *verdict)
{
  if (verdict == NULL)
    return;
  g_free (verdict->cipher);
  g_ptr_array_unref (verdict->recipients);
  g_ptr_array_unref (verdict->signers);
  g_free (verdict->sender_address);
  g_free (verdict->sender_display);
  g_strfreev (verdict->sender_flags);
  g_ptr_array_unref (verdict->headers);
  g_ptr_array_unref (verdict->layers);
  g_ptr_array_unref (verdict->errant);
  g_ptr_array_unref (verdict->warnings);
  g_clear_error (&verdict->error);
  g_free (verdict);
}

void
ll_verdict_warn (LlVerdict *verdict, const char *code, const char *msgid, ...)
{
  LlWarning *warning = g_new0 (LlWarning, 1);
  warning->code = code;
  va_list args;
  va_start (args, msgid);
  warning->text = ll_text_new_valist (msgid, args);
  va_end (args);
  g_ptr_array_add (verdict->warnings, warning);
}

const char *
ll_verdict_summary (const LlVerdict *verdict)
{
  static const char *const words[2][2] = { { "none", "signed" }, { "encrypted", "signed-and-encrypted" } };
  gboolean encrypted
      = verdict->encryption == LL_ENCRYPTION_OK || verdict->encryption == LL_ENCRYPTION_OK_UNAUTHENTICATED;
  return words[encrypted][verdict->signature == LL_SIGNATURE_VALID];
}
