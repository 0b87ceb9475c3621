/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-pgp-scan.h"

#include <string.h>

#include "ll-limits.h"

#define HEAD_CHUNK (16u * 1024)
#define HEAD_LIMIT (1024u * 1024) /* a thousand recipients */
#define MAX_HIDDEN 16u            /* each costs a try of every secret key (C-22) */
#define MAX_COMPRESSED_DEPTH 4u

static gboolean
is_content (guint tag)
{
  return tag == LL_PGP_LITERAL || tag == LL_PGP_COMPRESSED;
}

static gboolean
is_container (guint tag)
{
  return tag == LL_PGP_SEIPD || tag == LL_PGP_ENCRYPTED || tag == LL_PGP_AEAD;
}

static gboolean
is_encryption (guint tag)
{
  return is_container (tag) || tag == LL_PGP_PKESK || tag == LL_PGP_SKESK;
}

static gboolean
is_filler (guint tag)
{
  return tag == LL_PGP_MARKER || tag == LL_PGP_PADDING;
}

static gboolean
unexpected (guint tag, GError **error)
{
  if (is_content (tag) || is_encryption (tag) || tag == LL_PGP_ONE_PASS)
    ll_error_set (error, LL_ERROR_MALFORMED, N_ ("malformed: more than one OpenPGP message in one place"));
  else
    ll_error_set (error, LL_ERROR_MALFORMED, N_ ("malformed: unexpected OpenPGP packets"));
  return FALSE;
}

static gboolean
newer_version (const char *what, GError **error)
{
  ll_error_set (error, LL_ERROR_UNSUPPORTED,
                N_ ("this is OpenPGP v6 (RFC 9580) %s, which is not supported by GnuPG 2.2"), what);
  return FALSE;
}

/* ---- reading ---- */

/* Whether the packet with the content has come and its first octets with it. */
static gboolean
content_seen (const LlPgpWalk *walk)
{
  gsize n;
  const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &n);
  return n > 0 && (is_content (packets[n - 1].tag) || is_container (packets[n - 1].tag));
}

static gboolean
read_head (LlPgpArmor *armor, LlPgpWalk *walk, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (HEAD_CHUNK);
  gboolean seen = FALSE;
  for (gsize total = 0; total < HEAD_LIMIT;)
    {
      gsize n;
      if (!ll_pgp_armor_read (armor, buffer, HEAD_CHUNK, &n, error)
          || !ll_pgp_walk_feed (walk, buffer, n, error))
        return FALSE;
      /* one more chunk behind the first sight, for what is compressed */
      if (n == 0 || seen)
        return TRUE;
      seen = content_seen (walk);
      total += n;
    }
  return TRUE;
}

LlPgpWalk *
ll_pgp_scan_head (LlOctets octets, LlPgpForm *out_form, GError **error)
{
  g_autoptr (LlPgpArmor) armor = ll_pgp_armor_open (octets, error);
  if (armor == NULL)
    return NULL;
  g_autoptr (LlPgpWalk) walk = ll_pgp_walk_new ();
  if (!read_head (armor, walk, error))
    return NULL;
  if (out_form != NULL)
    *out_form = ll_pgp_armor_form (armor);
  return g_steal_pointer (&walk);
}

/* ---- what it is ---- */

static LlKind
kind_of_packets (const LlPgpWalk *walk, guint depth)
{
  gsize n, i = 0;
  const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &n);
  while (i < n && is_filler (packets[i].tag))
    i++;
  if (i == n)
    return LL_KIND_UNKNOWN;
  guint tag = packets[i].tag;
  if (is_encryption (tag))
    return LL_KIND_ENCRYPTED;
  if (tag == LL_PGP_PUBLIC_KEY || tag == LL_PGP_SECRET_KEY)
    return LL_KIND_CERTIFICATES;
  if (tag == LL_PGP_ONE_PASS || tag == LL_PGP_LITERAL)
    return LL_KIND_SIGNED;
  if (tag == LL_PGP_SIGNATURE)
    return content_seen (walk) ? LL_KIND_SIGNED : LL_KIND_DETACHED_SIGNATURE;
  if (tag != LL_PGP_COMPRESSED)
    return LL_KIND_UNKNOWN;
  g_autoptr (LlPgpWalk) inside = depth < MAX_COMPRESSED_DEPTH ? ll_pgp_walk_inside (walk) : NULL;
  LlKind kind = inside != NULL ? kind_of_packets (inside, depth + 1) : LL_KIND_COMPRESSED;
  return kind == LL_KIND_UNKNOWN ? LL_KIND_COMPRESSED : kind;
}

/* Of damaged armor only the label is left; whoever opens it is then told what is wrong. */
static LlKind
kind_of_form (LlPgpForm form)
{
  switch (form)
    {
    case LL_PGP_ARMOR_MESSAGE:
      return LL_KIND_ENCRYPTED;
    case LL_PGP_ARMOR_SIGNATURE:
      return LL_KIND_DETACHED_SIGNATURE;
    case LL_PGP_ARMOR_SIGNED_MESSAGE:
      return LL_KIND_CLEARSIGNED;
    case LL_PGP_ARMOR_KEY:
      return LL_KIND_CERTIFICATES;
    case LL_PGP_BINARY:
    case LL_PGP_ARMOR_OTHER:
    case LL_PGP_NOT_OPENPGP:
    default:
      return LL_KIND_UNKNOWN;
    }
}

gboolean
ll_pgp_scan_kind (LlOctets octets, LlKind *out_kind, GError **error)
{
  g_autoptr (LlPgpArmor) armor = ll_pgp_armor_open (octets, error);
  if (armor == NULL)
    return FALSE;
  LlPgpForm form = ll_pgp_armor_form (armor);
  LlKind kind = LL_KIND_UNKNOWN;
  if (form != LL_PGP_ARMOR_SIGNED_MESSAGE && form != LL_PGP_NOT_OPENPGP)
    {
      g_autoptr (LlPgpWalk) walk = ll_pgp_walk_new ();
      g_autoptr (GError) local = NULL;
      if (!read_head (armor, walk, &local) && g_error_matches (local, LL_ERROR, LL_ERROR_IO))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      kind = kind_of_packets (walk, 0);
    }
  *out_kind = kind != LL_KIND_UNKNOWN ? kind : kind_of_form (form);
  return TRUE;
}

/* ---- encrypted messages ---- */

typedef struct
{
  guint pkesk, skesk, hidden;
  gboolean container;
} Encrypted;

static gboolean
check_container (const LlPgpPacket *packet, const Encrypted *seen, GError **error)
{
  /* RFC 9580 5.13: nothing tells whether such data was altered (EFAIL) */
  if (packet->tag == LL_PGP_ENCRYPTED)
    {
      ll_error_set (error, LL_ERROR_INTEGRITY,
                    N_ ("integrity: the message has no protection against alteration"));
      return FALSE;
    }
  if (packet->tag == LL_PGP_SEIPD && packet->version > 1)
    return newer_version (N_ ("encryption"), error);
  if (seen->pkesk > 0)
    return TRUE;
  ll_error_set (
      error, LL_ERROR_UNSUPPORTED,
      N_ ("the message is encrypted with a password and to no key; ask the sender to encrypt it to yours"));
  return FALSE;
}

static gboolean
check_session_key (const LlPgpPacket *packet, Encrypted *seen, GError **error)
{
  if (packet->tag == LL_PGP_SKESK)
    {
      seen->skesk++;
      return TRUE;
    }
  seen->pkesk++;
  if (packet->version > 3)
    return newer_version (N_ ("encryption"), error);
  if (packet->version == 3 && packet->key_id == 0 && ++seen->hidden > MAX_HIDDEN)
    {
      ll_error_set (error, LL_ERROR_LIMIT, N_ ("limit: more than %s hidden recipients"), "16");
      return FALSE;
    }
  return TRUE;
}

static gboolean
not_encrypted (guint tag, GError **error)
{
  if (tag == LL_PGP_ONE_PASS || tag == LL_PGP_SIGNATURE || is_content (tag))
    ll_error_set (error, LL_ERROR_NOT_ENCRYPTED, N_ ("the OpenPGP message is not encrypted"));
  else if (tag == LL_PGP_PUBLIC_KEY || tag == LL_PGP_SECRET_KEY)
    ll_error_set (error, LL_ERROR_NOT_ENCRYPTED, N_ ("this is an OpenPGP key, not an encrypted message"));
  else
    return unexpected (tag, error);
  return FALSE;
}

gboolean
ll_pgp_check_encrypted (const LlPgpWalk *walk, gboolean at_end, GError **error)
{
  gsize n;
  const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &n);
  Encrypted seen = { 0 };
  for (gsize i = 0; i < n; i++)
    {
      guint tag = packets[i].tag;
      if (is_filler (tag))
        continue;
      if (seen.container)
        return unexpected (tag, error);
      if (is_container (tag))
        {
          if (!check_container (&packets[i], &seen, error))
            return FALSE;
          seen.container = TRUE;
        }
      else if (!is_encryption (tag))
        return seen.pkesk + seen.skesk == 0 ? not_encrypted (tag, error) : unexpected (tag, error);
      else if (!check_session_key (&packets[i], &seen, error))
        return FALSE;
    }
  if (!at_end || seen.container)
    return TRUE;
  ll_error_set (error, LL_ERROR_MALFORMED, N_ ("truncated: the OpenPGP message has no encrypted data"));
  return FALSE;
}

/* ---- signed messages ---- */

static gboolean
not_a_signature (GError **error)
{
  ll_error_set (error, LL_ERROR_UNSUPPORTED,
                N_ ("unsupported: what should be a signature is an encrypted message"));
  return FALSE;
}

/* What a compressed packet may begin with; gpg refuses the rest, but not in words. */
static gboolean
check_inside (const LlPgpWalk *walk, guint depth, GError **error)
{
  g_autoptr (LlPgpWalk) inside = ll_pgp_walk_inside (walk);
  if (inside == NULL)
    return TRUE;
  if (depth > MAX_COMPRESSED_DEPTH)
    {
      ll_error_set (error, LL_ERROR_LIMIT, N_ ("limit: compressed data nested deeper than %s"), "4");
      return FALSE;
    }
  gsize n;
  const LlPgpPacket *packets = ll_pgp_walk_packets (inside, &n);
  for (gsize i = 0; i < n; i++)
    {
      guint tag = packets[i].tag;
      if (is_encryption (tag))
        return not_a_signature (error);
      if ((tag == LL_PGP_ONE_PASS || tag == LL_PGP_SIGNATURE) && packets[i].version > 4)
        return newer_version (N_ ("a signature"), error);
      if (tag != LL_PGP_ONE_PASS && tag != LL_PGP_SIGNATURE && !is_content (tag) && !is_filler (tag))
        return unexpected (tag, error);
    }
  return n == 0 || packets[0].tag != LL_PGP_COMPRESSED || check_inside (inside, depth + 1, error);
}

static gboolean
check_signed_packet (const LlPgpPacket *packet, gboolean content, GError **error)
{
  guint tag = packet->tag;
  if (is_encryption (tag))
    return content ? unexpected (tag, error) : not_a_signature (error);
  if (content && tag != LL_PGP_SIGNATURE)
    return unexpected (tag, error);
  if ((tag == LL_PGP_SIGNATURE || tag == LL_PGP_ONE_PASS) && packet->version > 4)
    return newer_version (N_ ("a signature"), error);
  return tag == LL_PGP_SIGNATURE || tag == LL_PGP_ONE_PASS || is_content (tag) || unexpected (tag, error);
}

gboolean
ll_pgp_check_signed (const LlPgpWalk *walk, gboolean at_end, GError **error)
{
  gsize n;
  const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &n);
  gboolean content = FALSE, compressed = FALSE;
  for (gsize i = 0; i < n; i++)
    {
      if (is_filler (packets[i].tag))
        continue;
      if (!check_signed_packet (&packets[i], content, error))
        return FALSE;
      content = content || is_content (packets[i].tag);
      compressed = compressed || packets[i].tag == LL_PGP_COMPRESSED;
    }
  if (at_end && !content)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, N_ ("a signature without the content it belongs to"));
      return FALSE;
    }
  return !at_end || !compressed || check_inside (walk, 1, error);
}

/* ---- detached signatures ---- */

static gboolean
check_detached (const LlPgpPacket *packet, GError **error)
{
  if (packet->tag != LL_PGP_SIGNATURE)
    {
      if (is_encryption (packet->tag))
        return not_a_signature (error);
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    N_ ("unsupported: the signature part holds something else than a detached signature"));
      return FALSE;
    }
  /* type confusion: a certification or a key binding says nothing about a document (C-11) */
  if (packet->signature_type > 1)
    {
      ll_error_set (error, LL_ERROR_UNSUPPORTED,
                    N_ ("unsupported: the signature is not one over a document"));
      return FALSE;
    }
  return TRUE;
}

static GByteArray *
read_all (LlPgpArmor *armor, LlPgpWalk *walk, GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 buffer[4 * LL_PGP_ARMOR_MIN];
  for (;;)
    {
      gsize n;
      if (!ll_pgp_armor_read (armor, buffer, sizeof buffer, &n, error)
          || !ll_pgp_walk_feed (walk, buffer, n, error))
        return NULL;
      if (n == 0)
        return g_steal_pointer (&all);
      g_byte_array_append (all, buffer, (guint)n);
    }
}

static GByteArray *
keep_supported (const GByteArray *all, const LlPgpWalk *walk, guint *out_n, guint *out_unsupported,
                GError **error)
{
  gsize n;
  const LlPgpPacket *packets = ll_pgp_walk_packets (walk, &n);
  g_autoptr (GByteArray) kept = g_byte_array_new ();
  *out_n = *out_unsupported = 0;
  for (gsize i = 0; i < n; i++)
    {
      if (is_filler (packets[i].tag))
        continue;
      if (!check_detached (&packets[i], error))
        return NULL;
      gboolean supported = packets[i].version >= 2 && packets[i].version <= 4;
      ++*(supported ? out_n : out_unsupported);
      if (supported)
        g_byte_array_append (kept, all->data + packets[i].offset,
                             (guint)(packets[i].end - packets[i].offset));
    }
  return g_steal_pointer (&kept);
}

GByteArray *
ll_pgp_load_signatures (LlOctets octets, guint *out_n, guint *out_unsupported, GError **error)
{
  if (octets.length > LL_LIMIT_SIGNATURE)
    {
      ll_error_set (error, LL_ERROR_LIMIT, N_ ("limit: signature larger than %s"), "4 MiB");
      return NULL;
    }
  g_autoptr (LlPgpArmor) armor = ll_pgp_armor_open (octets, error);
  if (armor == NULL)
    return NULL;
  g_autoptr (LlPgpWalk) walk = ll_pgp_walk_new ();
  g_autoptr (GByteArray) all = read_all (armor, walk, error);
  if (all == NULL)
    return NULL;
  if (!ll_pgp_walk_at_end (walk) || all->len == 0)
    {
      ll_pgp_truncated (error, ll_pgp_armor_form (armor), LL_ERROR_MALFORMED);
      return NULL;
    }
  g_autoptr (GByteArray) kept = keep_supported (all, walk, out_n, out_unsupported, error);
  if (kept != NULL && *out_n + *out_unsupported == 0)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, N_ ("malformed: there is no signature in the signature part"));
      return NULL;
    }
  if (kept != NULL && *out_n + *out_unsupported > LL_LIMIT_SIGNERS)
    {
      ll_error_set (error, LL_ERROR_LIMIT, N_ ("limit: more than %s signatures"), "32");
      return NULL;
    }
  return g_steal_pointer (&kept);
}

void
ll_pgp_truncated (GError **error, LlPgpForm form, LlErrorCode code)
{
  if (form != LL_PGP_BINARY)
    ll_error_set (error, LL_ERROR_MALFORMED, N_ ("truncated: OpenPGP armor ends early"));
  else if (code == LL_ERROR_INTEGRITY)
    ll_error_set (error, code, N_ ("integrity: message incomplete or altered"));
  else
    ll_error_set (error, code, N_ ("truncated: the OpenPGP data ends early"));
}

/* ---- cleartext signatures ---- */

typedef struct
{
  guint begin, signature, end;
  gboolean outside;
} Clearsigned;

static void
take_clear_line (const char *line, Clearsigned *seen)
{
  if (g_str_has_prefix (line, "-----BEGIN PGP SIGNED MESSAGE-----"))
    seen->begin++;
  else if (g_str_has_prefix (line, "-----BEGIN PGP SIGNATURE-----"))
    seen->signature++;
  else if (g_str_has_prefix (line, "-----END PGP SIGNATURE-----"))
    seen->end++;
  /* a line of the text that begins with a dash is escaped (RFC 9580 7.2): other blocks are none of it */
  else if (g_str_has_prefix (line, "-----BEGIN PGP "))
    seen->begin += 2;
  else if ((seen->begin == 0 || seen->end > 0) && strspn (line, " \t\r\n") != strlen (line))
    seen->outside = TRUE;
}

static gboolean
scan_clear_lines (LlOctets octets, Clearsigned *seen, GError **error)
{
  g_auto (LlReader) reader = { 0 };
  ll_reader_init (&reader, octets);
  gboolean line_start = TRUE;
  for (;;)
    {
      const guint8 *data;
      gsize have;
      if (!ll_reader_need (&reader, 128, &data, &have, error))
        return FALSE;
      if (have == 0)
        return TRUE;
      const guint8 *lf = memchr (data, '\n', have);
      gsize n = lf != NULL ? (gsize)(lf - data) + 1 : have;
      g_autofree char *line = g_strndup ((const char *)data, MIN (n, 127));
      if (line_start || seen->begin == 0 || seen->end > 0)
        take_clear_line (line, seen);
      line_start = lf != NULL;
      ll_reader_skip (&reader, n);
    }
}

gboolean
ll_pgp_check_clearsigned (LlOctets octets, GError **error)
{
  Clearsigned seen = { 0 };
  if (!scan_clear_lines (octets, &seen, error))
    return FALSE;
  if (seen.begin > 1 || seen.signature > 1 || seen.end > 1)
    ll_error_set (error, LL_ERROR_MALFORMED, N_ ("several OpenPGP blocks in one place"));
  else if (seen.outside)
    ll_error_set (error, LL_ERROR_MALFORMED, N_ ("only a part of the text is signed"));
  else if (seen.begin == 0 || seen.signature == 0 || seen.end == 0)
    ll_error_set (error, LL_ERROR_MALFORMED, N_ ("truncated: OpenPGP armor ends early"));
  else
    return TRUE;
  return FALSE;
}
