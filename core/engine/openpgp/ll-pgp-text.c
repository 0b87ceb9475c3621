/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-pgp-text.h"

#include <string.h>

/* gpg's own bound is 19995 with the line end. */
#define MAX_LINE 19990u

typedef struct
{
  guint64 line; /* octets of the current line */
  gboolean cr;  /* the last octet was CR */
  gboolean has_crlf;
  gboolean has_lf;
  gboolean has_lone_cr;
  gboolean has_long_line;
} Lines;

static void
take_octet (Lines *lines, guint8 octet)
{
  lines->has_lone_cr |= lines->cr && octet != '\n';
  if (octet == '\n')
    {
      lines->has_crlf |= lines->cr;
      lines->has_lf |= !lines->cr;
      lines->line = 0;
    }
  else
    lines->has_long_line |= ++lines->line >= MAX_LINE;
  lines->cr = octet == '\r';
}

static gboolean
read_lines (LlOctets content, Lines *lines, GError **error)
{
  g_auto (LlReader) reader = { 0 };
  ll_reader_init (&reader, content);
  for (;;)
    {
      const guint8 *data;
      gsize n;
      if (!ll_reader_fill (&reader, &data, &n, error))
        return FALSE;
      if (n == 0)
        break;
      for (gsize i = 0; i < n; i++)
        take_octet (lines, data[i]);
      ll_reader_skip (&reader, n);
    }
  lines->has_lone_cr |= lines->cr;
  return TRUE;
}

/* Whatever is known of the signer, the content is not known to be what was signed. */
static void
lower_all (GPtrArray *signers, LlSignatureStatus to, const char *reason)
{
  for (guint i = 0; i < signers->len; i++)
    {
      LlSigner *signer = g_ptr_array_index (signers, i);
      if (signer->status == LL_SIGNATURE_BAD || signer->status == LL_SIGNATURE_NO_KEY
          || signer->status == LL_SIGNATURE_UNSUPPORTED)
        continue;
      signer->status = to;
      ll_text_free (signer->reason);
      signer->reason = ll_text_new ("%s", reason);
    }
}

/* gpg drops the CRs of a literal packet that calls itself text, and nothing signs that name: the content is
 * what was signed only when there were none. */
static gboolean
is_whole_text (const LlGpgStatus *status, LlOctets content)
{
  return status->has_length && status->plaintext_length == content.length;
}

gboolean
ll_pgp_check_text (const LlGpgStatus *status, LlOctets content, gboolean to_crlf, GPtrArray *signers,
                   GError **error)
{
  Lines lines = { 0 };
  if (status->n_validsig == 0 || (status->n_text_class == 0 && !status->is_text))
    return TRUE;
  if (status->n_text_class == 0)
    {
      if (!is_whole_text (status, content))
        lower_all (signers, LL_SIGNATURE_UNSUPPORTED,
                   N_ ("the signature is over octets, but the message was made text"));
      return TRUE;
    }
  if (!read_lines (content, &lines, error))
    return FALSE;
  if (lines.has_lone_cr || (lines.has_crlf && lines.has_lf && !to_crlf))
    lower_all (signers, LL_SIGNATURE_BAD,
               N_ ("the line ends were changed, which a signature over text does not cover"));
  else if (lines.has_long_line)
    lower_all (signers, LL_SIGNATURE_UNSUPPORTED,
               N_ ("a signature over text does not cover the end of so long a line"));
  return TRUE;
}
