/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-build.h"

#include <openssl/rand.h>

#include "ll-filter.h"

/* 144 random bits, so that no content can hold it by chance or by intent (security.md D-11); "=_" cannot
 * stand in quoted-printable or base64. */
static char *
make_boundary (void)
{
  guint8 random[18];
  if (RAND_bytes (random, sizeof random) != 1)
    g_error ("no random octets from the system");
  g_autofree char *text = g_base64_encode (random, sizeof random);
  /* "/" and "+" would need quoting in some readers. */
  g_strdelimit (text, "/+", '_');
  return g_strdup_printf ("=_%s", text);
}

static gboolean
write_armor (LlOctets data, LlSink *out, GError **error)
{
  g_autoptr (LlSink) lines = ll_sink_to_crlf (ll_sink_borrow (out));
  return ll_octets_copy (data, lines, error) && ll_sink_finish (lines, error);
}

static gboolean
write_base64 (LlOctets data, LlSink *out, GError **error)
{
  g_autoptr (LlSink) encoded = ll_sink_base64_encode (ll_sink_borrow (out));
  return ll_octets_copy (data, encoded, error) && ll_sink_finish (encoded, error);
}

static gboolean
write_data (const LlEngineMime *mime, LlOctets data, LlSink *out, GError **error)
{
  return mime->armored ? write_armor (data, out, error) : write_base64 (data, out, error);
}

static gboolean
write_signature_part (const LlEngineMime *mime, LlOctets signature, LlSink *out, GError **error)
{
  return ll_sink_printf (out, error, "Content-Type: %s; name=\"%s\"\r\n", mime->signature_types[0],
                         mime->signature_filename)
         && ll_sink_printf (out, error, "Content-Description: %s\r\n", mime->signature_description)
         && ll_sink_printf (out, error, "Content-Disposition: attachment; filename=\"%s\"\r\n",
                            mime->signature_filename)
         && ll_sink_printf (out, error, "Content-Transfer-Encoding: %s\r\n\r\n",
                            mime->armored ? "7bit" : "base64")
         && write_data (mime, signature, out, error);
}

gboolean
ll_build_signed (const LlEngineMime *mime, LlOctets covered, LlOctets signature, const char *micalg,
                 LlSink *out, GError **error)
{
  g_autofree char *boundary = make_boundary ();
  return ll_sink_printf (out, error,
                         "Content-Type: multipart/signed; micalg=\"%s\";\r\n protocol=\"%s\";\r\n"
                         " boundary=\"%s\"\r\n\r\n--%s\r\n",
                         micalg, mime->signature_types[0], boundary, boundary)
         && ll_octets_copy (covered, out, error) && ll_sink_printf (out, error, "\r\n--%s\r\n", boundary)
         && write_signature_part (mime, signature, out, error)
         && ll_sink_printf (out, error, "\r\n--%s--\r\n", boundary);
}

static gboolean
build_multipart_encrypted (const LlEngineMime *mime, LlOctets data, LlSink *out, GError **error)
{
  g_autofree char *boundary = make_boundary ();
  return ll_sink_printf (out, error,
                         "Content-Type: multipart/encrypted;\r\n protocol=\"%s\";\r\n"
                         " boundary=\"%s\"\r\n\r\n--%s\r\n",
                         mime->encrypted_protocol, boundary, boundary)
         && ll_sink_printf (out, error, "Content-Type: %s\r\n\r\nVersion: 1\r\n\r\n--%s\r\n",
                            mime->encrypted_protocol, boundary)
         && ll_sink_puts (out,
                          "Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n"
                          "Content-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n",
                          error)
         && write_data (mime, data, out, error) && ll_sink_printf (out, error, "\r\n--%s--\r\n", boundary);
}

gboolean
ll_build_opaque (const LlEngineMime *mime, LlOctets data, const char *smime_type, LlSink *out, GError **error)
{
  if (mime->encrypted_protocol != NULL)
    return build_multipart_encrypted (mime, data, out, error);
  return ll_sink_printf (out, error, "Content-Type: %s; smime-type=%s;\r\n name=\"%s\"\r\n",
                         mime->opaque_types[0], smime_type, mime->opaque_filename)
         && ll_sink_printf (out, error, "Content-Disposition: attachment; filename=\"%s\"\r\n",
                            mime->opaque_filename)
         && ll_sink_puts (out, "Content-Transfer-Encoding: base64\r\n\r\n", error)
         && write_data (mime, data, out, error);
}

gboolean
ll_build_raw (const LlEngineMime *mime, LlOctets data, LlSink *out, GError **error)
{
  if (mime->armored)
    return ll_octets_copy (data, out, error);
  g_autoptr (LlSink) lines = ll_sink_to_lf (ll_sink_borrow (out));
  return ll_sink_printf (lines, error, "-----BEGIN %s-----\r\n", mime->raw_label)
         && write_base64 (data, lines, error)
         && ll_sink_printf (lines, error, "-----END %s-----\r\n", mime->raw_label)
         && ll_sink_finish (lines, error);
}
