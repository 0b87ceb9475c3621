/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "ll-escape.h"
#include "ll-report.h"
#include "ll-tell.h"
#include "ll-when.h"

/* What the signature comes to.  Everything that is not valid says so in the same first words: there
 * is no half-good class (security.md A-7). */
static LlText *
signature_text (LlSignatureStatus status, const char *who)
{
  switch (status)
    {
    case LL_SIGNATURE_NONE:
      return ll_text_new (N_ ("not signed"));
    case LL_SIGNATURE_VALID:
      return ll_text_new (N_ ("signed by %s"), who);
    case LL_SIGNATURE_VALID_UNTRUSTED:
      return ll_text_new (
          N_ ("no valid signature: it is intact, but nothing shows that the key belongs to %s"), who);
    case LL_SIGNATURE_WRONG_SENDER:
      return ll_text_new (N_ ("no valid signature: it is by %s, not by the sender"), who);
    case LL_SIGNATURE_KEY_EXPIRED:
      return ll_text_new (N_ ("no valid signature: the key of %s has expired"), who);
    case LL_SIGNATURE_KEY_REVOKED:
      return ll_text_new (N_ ("no valid signature: the key of %s was revoked"), who);
    case LL_SIGNATURE_NO_KEY:
      return ll_text_new (N_ ("no valid signature: the key to check it is not here"));
    case LL_SIGNATURE_WEAK:
      return ll_text_new (
          N_ ("no valid signature: it is made with an algorithm that proves nothing any more"));
    case LL_SIGNATURE_BAD:
      return ll_text_new (N_ ("no valid signature: it is bad, what was signed is not what is here"));
    case LL_SIGNATURE_UNSUPPORTED:
      break;
    }
  return ll_text_new (N_ ("no valid signature: it cannot be judged here"));
}

static const char *const encryption_sentences[] = {
  [LL_ENCRYPTION_NONE] = NULL,
  [LL_ENCRYPTION_OK] = N_ ("encrypted"),
  [LL_ENCRYPTION_OK_UNAUTHENTICATED] = N_ ("encrypted, without protection against alteration"),
  [LL_ENCRYPTION_FAILED] = N_ ("encrypted, not opened"),
};

static const LlSigner *
decisive_signer (const LlVerdict *verdict)
{
  for (guint i = 0; i < verdict->signers->len; i++)
    {
      const LlSigner *signer = g_ptr_array_index (verdict->signers, i);
      if (signer->status == verdict->signature)
        return signer;
    }
  return NULL;
}

static char *
name_identity (const LlIdentity *identity)
{
  return identity->name != NULL && *identity->name != '\0'
             ? g_strdup_printf ("%s <%s>", identity->name, identity->address)
             : g_strdup (identity->address);
}

static gboolean
is_fingerprint (const char *text)
{
  return text != NULL && (strlen (text) == 40 || strlen (text) == 64);
}

/* (transfer full) (nullable): "key id" says that it names no key for certain (H-11). */
static char *
name_key (const LlSigner *signer)
{
  if (signer->fingerprint == NULL)
    return NULL;
  return is_fingerprint (signer->fingerprint) ? g_strdup (signer->fingerprint)
                                              : ll_tell_format (N_ ("key id %s"), signer->fingerprint);
}

static char *
name_signer (const LlSigner *signer)
{
  if (signer != NULL && signer->shown != NULL)
    return name_identity (signer->shown);
  if (signer != NULL && signer->identities->len > 0)
    return name_identity (g_ptr_array_index (signer->identities, 0));
  char *key = signer != NULL ? name_key (signer) : NULL;
  return key != NULL ? key : g_strdup (_ ("somebody"));
}

char *
ll_report_sentence (const LlVerdict *verdict)
{
  if (verdict->error != NULL)
    {
      g_autofree char *why = ll_tell_error (verdict->error);
      const char *what = encryption_sentences[verdict->encryption];
      return what != NULL ? g_strdup_printf ("%s: %s", _ (what), why) : g_steal_pointer (&why);
    }
  if (verdict->encryption == LL_ENCRYPTION_NONE && verdict->signature == LL_SIGNATURE_NONE)
    return g_strdup (_ ("neither signed nor encrypted"));
  g_autofree char *who = name_signer (decisive_signer (verdict));
  g_autoptr (LlText) text = signature_text (verdict->signature, who);
  g_autofree char *signature = ll_tell_text (text);
  const char *encryption = encryption_sentences[verdict->encryption];
  return encryption != NULL ? ll_tell_format (N_ ("%s; %s"), encryption, signature)
                            : g_steal_pointer (&signature);
}

/* ---- details ---- */

static void add_line (GString *out, const char *msgid, ...) G_GNUC_PRINTF (2, 3);

static void
add_line (GString *out, const char *msgid, ...)
{
  va_list args;
  va_start (args, msgid);
  g_autoptr (LlText) text = ll_text_new_valist (msgid, args);
  va_end (args);
  g_autofree char *line = ll_tell_text (text);
  g_string_append_printf (out, "  %s\n", line);
}

static void
add_reasons (GString *out, const LlVerdict *verdict)
{
  for (guint i = 0; i < verdict->signers->len; i++)
    {
      const LlSigner *signer = g_ptr_array_index (verdict->signers, i);
      if (signer->reason == NULL || signer->status == LL_SIGNATURE_VALID)
        continue;
      g_autofree char *who = name_signer (signer);
      g_autofree char *reason = ll_text_format (signer->reason, ll_translate, NULL);
      add_line (out, N_ ("signature of %s: %s"), who, reason);
    }
}

static void
add_warnings (GString *out, const LlVerdict *verdict)
{
  for (char **flag = verdict->sender_flags; flag != NULL && *flag != NULL; flag++)
    add_line (out, N_ ("careful: the sender's name looks like something else (%s)"), *flag);
  for (guint i = 0; i < verdict->warnings->len; i++)
    {
      const LlWarning *warning = g_ptr_array_index (verdict->warnings, i);
      g_autofree char *words = ll_text_format (warning->text, ll_translate, NULL);
      add_line (out, N_ ("careful: %s"), words);
    }
  for (guint i = 0; i < verdict->errant->len; i++)
    add_line (out, N_ ("not part of what is protected as a whole: %s"),
              (const char *)g_ptr_array_index (verdict->errant, i));
}

static char *
join (GPtrArray *values)
{
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < values->len; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index (values, i));
  return g_string_free (out, FALSE);
}

static void
add_encryption (GString *out, const LlVerdict *verdict)
{
  if (verdict->encryption == LL_ENCRYPTION_NONE)
    return;
  add_line (out, N_ ("encryption: %s, %s"), ll_protocol_name (verdict->encryption_protocol),
            verdict->cipher != NULL ? verdict->cipher : N_ ("unknown cipher"));
  g_autofree char *recipients = join (verdict->recipients);
  if (*recipients != '\0')
    add_line (out, N_ ("encrypted to: %s"), recipients);
}

static void
add_signer (GString *out, const LlSigner *signer)
{
  g_autofree char *who = name_signer (signer);
  g_autofree char *key = name_key (signer);
  g_autofree char *time = ll_when_format (signer->time);
  add_line (out, N_ ("signature: %s, %s, by %s"), ll_protocol_name (signer->protocol),
            ll_signature_status_name (signer->status), who);
  if (key != NULL)
    add_line (out, N_ ("  key: %s, trust: %s"), key,
              ll_trust_name (signer->shown != NULL ? signer->shown->trust : LL_TRUST_UNKNOWN));
  if (time != NULL)
    add_line (out, N_ ("  made: %s by the signer's clock, hash: %s"), time,
              signer->hash != NULL ? signer->hash : N_ ("unknown"));
}

static void
add_header (GString *out, const LlVerdictHeader *header)
{
  /* Marks stand in front of the colon, where no value can imitate them. */
  add_line (out, N_ ("header %s (%s, %s): %s"), header->name,
            header->is_signed ? N_ ("signed") : N_ ("not signed"),
            header->confidential ? N_ ("confidential") : N_ ("not confidential"), header->value);
  if (header->outer != NULL)
    add_line (out, N_ ("  outside it says: %s"), header->outer);
}

static void
add_everything (GString *out, const LlVerdict *verdict)
{
  g_autofree char *layers = join (verdict->layers);
  if (*layers != '\0')
    add_line (out, N_ ("layers: %s"), layers);
  add_encryption (out, verdict);
  for (guint i = 0; i < verdict->signers->len; i++)
    add_signer (out, g_ptr_array_index (verdict->signers, i));
  if (verdict->sender_address != NULL)
    add_line (out, N_ ("sender: %s"), verdict->sender_address);
  if (verdict->scheme != LL_HEADERS_NONE)
    add_line (out, N_ ("header protection: %s"), ll_header_scheme_name (verdict->scheme));
  for (guint i = 0; i < verdict->headers->len; i++)
    add_header (out, g_ptr_array_index (verdict->headers, i));
}

char *
ll_report_details (const LlVerdict *verdict, gboolean verbose)
{
  GString *out = g_string_new (NULL);
  add_reasons (out, verdict);
  add_warnings (out, verdict);
  if (verbose)
    add_everything (out, verdict);
  return g_string_free (out, FALSE);
}

char *
ll_report_text (const LlVerdict *verdict, gboolean verbose)
{
  g_autofree char *sentence = ll_report_sentence (verdict);
  g_autofree char *details = ll_report_details (verdict, verbose);
  return g_strconcat (sentence, "\n", details, NULL);
}
