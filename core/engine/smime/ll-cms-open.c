/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <openssl/objects.h>
#include <string.h>

#include "ll-ber.h"
#include "ll-cms-pem.h"
#include "ll-smime-private.h"

/* An object identifier longer than this names nothing we know and is slow to print. */
#define OID_MAX 64u

typedef struct
{
  LlBer ber;
  LlCms *cms;
  gsize room; /* what may still be copied */
} Walk;

typedef gboolean (*FieldAction) (Walk *walk, const LlBerElement *element, GByteArray *out, GError **error);

/* One component of a SEQUENCE, and what becomes of it in the skeleton. */
typedef struct
{
  LlBerClass class;
  guint32 tag;
  gboolean optional;
  FieldAction action;
} Field;

static gboolean
malformed (GError **error, const char *what)
{
  ll_error_set (error, LL_ERROR_MALFORMED, "the S/MIME structure is malformed (ASN.1): %s", what);
  return FALSE;
}

static gboolean
append_range (Walk *walk, guint64 at, guint64 length, GByteArray *out, GError **error)
{
  if (length > walk->room)
    {
      ll_error_set (error, LL_ERROR_LIMIT, "limit: %s over %s", N_ ("S/MIME structure without its content"),
                    "4 MiB");
      return FALSE;
    }
  walk->room -= (gsize)length;
  guint start = out->len;
  gsize n = 0;
  g_byte_array_set_size (out, start + (guint)length);
  return ll_octets_read (walk->cms->der, at, out->data + start, (gsize)length, &n, error);
}

static gboolean
copy_element (Walk *walk, const LlBerElement *element, GByteArray *out, GError **error)
{
  if (!ll_ber_skip (&walk->ber, element, error))
    return FALSE;
  return append_range (walk, element->at, ll_ber_position (&walk->ber) - element->at, out, error);
}

static char *
oid_text (const guint8 *der, gsize length)
{
  const guint8 *p = der;
  char text[OID_MAX * 5];
  ASN1_OBJECT *object = d2i_ASN1_OBJECT (NULL, &p, (long)length);
  int n = object != NULL ? OBJ_obj2txt (text, sizeof text, object, 1) : 0;
  ASN1_OBJECT_free (object);
  return n > 0 && n < (int)sizeof text ? g_strdup (text) : NULL;
}

static gboolean
copy_oid (Walk *walk, const LlBerElement *element, char **out_oid, GByteArray *out, GError **error)
{
  guint start = out->len;
  if (element->constructed || element->length > OID_MAX)
    return malformed (error, N_ ("an object identifier is not one"));
  if (!copy_element (walk, element, out, error))
    return FALSE;
  *out_oid = oid_text (out->data + start, out->len - start);
  return *out_oid != NULL || malformed (error, N_ ("an object identifier is not one"));
}

static gboolean
copy_content_type (Walk *walk, const LlBerElement *element, GByteArray *out, GError **error)
{
  return copy_oid (walk, element, &walk->cms->content_oid, out, error);
}

static gboolean
copy_segment (LlReader *reader, guint64 length, LlSink *out, GError **error)
{
  while (length > 0)
    {
      const guint8 *data;
      gsize n;
      if (!ll_reader_fill (reader, &data, &n, error))
        return FALSE;
      n = (gsize)MIN (n, length);
      if (n == 0)
        return malformed (error, N_ ("the content is shorter than it was"));
      if (!ll_sink_write (out, data, n, error))
        return FALSE;
      ll_reader_skip (reader, n);
      length -= n;
    }
  return TRUE;
}

/* One primitive piece of the content: counted, and copied to @out when there is one. */
static gboolean
take_segment (LlBer *ber, const LlBerElement *segment, LlSink *out, guint64 *length, GError **error)
{
  *length += segment->length;
  if (out != NULL)
    return copy_segment (&ber->reader, segment->length, out, error);
  ll_reader_skip (&ber->reader, segment->length);
  return TRUE;
}

/* X.690 8.7.3: a constructed string is strings again, which may be constructed themselves. */
static gboolean
walk_string (LlBer *ber, const LlBerElement *string, LlSink *out, guint64 *length, GError **error)
{
  if (!string->constructed)
    return take_segment (ber, string, out, length, error);
  if (!ll_ber_enter (ber, string, error))
    return FALSE;
  for (guint depth = 1; depth > 0;)
    {
      LlBerElement inner;
      gboolean more;
      if (!ll_ber_next (ber, &inner, &more, error))
        return FALSE;
      if (more && !ll_ber_is (&inner, LL_BER_UNIVERSAL, LL_BER_OCTET_STRING))
        return malformed (error, N_ ("a piece of the content is not an octet string"));
      gboolean ok = !more               ? ll_ber_leave (ber, error)
                    : inner.constructed ? ll_ber_enter (ber, &inner, error)
                                        : take_segment (ber, &inner, out, length, error);
      if (!ok)
        return FALSE;
      depth = !more ? depth - 1 : inner.constructed ? depth + 1 : depth;
    }
  return TRUE;
}

/* encryptedContent [0] IMPLICIT OCTET STRING: the one thing that stays out of the skeleton. */
static gboolean
note_content (Walk *walk, const LlBerElement *element, GByteArray *out, GError **error)
{
  walk->cms->has_content = TRUE;
  walk->cms->content_at = element->at;
  return walk_string (&walk->ber, element, NULL, &walk->cms->content_length, error);
}

/* eContent [0] EXPLICIT OCTET STRING */
static gboolean
note_explicit_content (Walk *walk, const LlBerElement *element, GByteArray *out, GError **error)
{
  LlBerElement string;
  gboolean more;
  if (!ll_ber_enter (&walk->ber, element, error) || !ll_ber_next (&walk->ber, &string, &more, error))
    return FALSE;
  if (!more || !ll_ber_is (&string, LL_BER_UNIVERSAL, LL_BER_OCTET_STRING))
    return malformed (error, N_ ("the content is not an octet string"));
  return note_content (walk, &string, out, error) && ll_ber_leave (&walk->ber, error);
}

static gboolean
walk_fields (Walk *walk, const LlBerElement *sequence, const Field *fields, GByteArray *out, GError **error)
{
  const Field *field = fields;
  if (!ll_ber_enter (&walk->ber, sequence, error))
    return FALSE;
  for (;;)
    {
      LlBerElement element;
      gboolean more;
      if (!ll_ber_next (&walk->ber, &element, &more, error))
        return FALSE;
      while (field->action != NULL && field->optional
             && (!more || !ll_ber_is (&element, field->class, field->tag)))
        field++;
      if (!more)
        break;
      if (field->action == NULL || !ll_ber_is (&element, field->class, field->tag))
        return malformed (error, N_ ("an element stands where none belongs"));
      if (!field->action (walk, &element, out, error))
        return FALSE;
      field++;
    }
  if (field->action != NULL)
    return malformed (error, N_ ("an element is missing"));
  return ll_ber_leave (&walk->ber, error);
}

static void
wrap (GByteArray *out, LlBerClass class, guint8 tag, const GByteArray *inner)
{
  ll_ber_put_header (out, class, TRUE, tag, inner->len);
  g_byte_array_append (out, inner->data, inner->len);
}

static gboolean
walk_sequence (Walk *walk, const LlBerElement *element, const Field *fields, GByteArray *out, GError **error)
{
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  if (!walk_fields (walk, element, fields, inner, error))
    return FALSE;
  wrap (out, LL_BER_UNIVERSAL, LL_BER_SEQUENCE, inner);
  return TRUE;
}

static gboolean
walk_encapsulated (Walk *walk, const LlBerElement *element, GByteArray *out, GError **error)
{
  /* RFC 5652 5.2 */
  static const Field fields[] = { { LL_BER_UNIVERSAL, LL_BER_OID, FALSE, copy_content_type },
                                  { LL_BER_CONTEXT, 0, TRUE, note_explicit_content },
                                  { 0 } };
  return walk_sequence (walk, element, fields, out, error);
}

static gboolean
walk_encrypted (Walk *walk, const LlBerElement *element, GByteArray *out, GError **error)
{
  /* RFC 5652 6.1 */
  static const Field fields[] = { { LL_BER_UNIVERSAL, LL_BER_OID, FALSE, copy_content_type },
                                  { LL_BER_UNIVERSAL, LL_BER_SEQUENCE, FALSE, copy_element },
                                  { LL_BER_CONTEXT, 0, TRUE, note_content },
                                  { 0 } };
  return walk_sequence (walk, element, fields, out, error);
}

/* RFC 5652 5.1 */
static const Field signed_fields[] = { { LL_BER_UNIVERSAL, LL_BER_INTEGER, FALSE, copy_element },
                                       { LL_BER_UNIVERSAL, LL_BER_SET, FALSE, copy_element },
                                       { LL_BER_UNIVERSAL, LL_BER_SEQUENCE, FALSE, walk_encapsulated },
                                       { LL_BER_CONTEXT, 0, TRUE, copy_element },
                                       { LL_BER_CONTEXT, 1, TRUE, copy_element },
                                       { LL_BER_UNIVERSAL, LL_BER_SET, FALSE, copy_element },
                                       { 0 } };

/* RFC 5652 6.1 */
static const Field enveloped_fields[] = { { LL_BER_UNIVERSAL, LL_BER_INTEGER, FALSE, copy_element },
                                          { LL_BER_CONTEXT, 0, TRUE, copy_element },
                                          { LL_BER_UNIVERSAL, LL_BER_SET, FALSE, copy_element },
                                          { LL_BER_UNIVERSAL, LL_BER_SEQUENCE, FALSE, walk_encrypted },
                                          { LL_BER_CONTEXT, 1, TRUE, copy_element },
                                          { 0 } };

/* RFC 5083 2.1 */
static const Field auth_enveloped_fields[] = { { LL_BER_UNIVERSAL, LL_BER_INTEGER, FALSE, copy_element },
                                               { LL_BER_CONTEXT, 0, TRUE, copy_element },
                                               { LL_BER_UNIVERSAL, LL_BER_SET, FALSE, copy_element },
                                               { LL_BER_UNIVERSAL, LL_BER_SEQUENCE, FALSE, walk_encrypted },
                                               { LL_BER_CONTEXT, 1, TRUE, copy_element },
                                               { LL_BER_UNIVERSAL, LL_BER_OCTET_STRING, FALSE, copy_element },
                                               { LL_BER_CONTEXT, 2, TRUE, copy_element },
                                               { 0 } };

static const struct
{
  const char *oid;
  LlCmsType type;
  const Field *fields; /* NULL: skipped as a whole */
} cms_types[] = {
  { "1.2.840.113549.1.7.2", LL_CMS_SIGNED, signed_fields },
  { "1.2.840.113549.1.7.3", LL_CMS_ENVELOPED, enveloped_fields },
  { "1.2.840.113549.1.9.16.1.23", LL_CMS_AUTH_ENVELOPED, auth_enveloped_fields },
  { "1.2.840.113549.1.9.16.1.9", LL_CMS_COMPRESSED, NULL },
};

static const Field *
set_type (LlCms *cms)
{
  cms->type = LL_CMS_OTHER;
  for (gsize i = 0; i < G_N_ELEMENTS (cms_types); i++)
    if (strcmp (cms_types[i].oid, cms->oid) == 0)
      {
        cms->type = cms_types[i].type;
        return cms_types[i].fields;
      }
  return NULL;
}

/* What the ContentInfo holds, as the table for its type says. */
static gboolean
walk_body (Walk *walk, GByteArray *out, GError **error)
{
  const Field *fields = set_type (walk->cms);
  LlBerElement body;
  gboolean more;
  if (!ll_ber_next (&walk->ber, &body, &more, error))
    return FALSE;
  if (!more)
    return malformed (error, N_ ("an element is missing"));
  if (fields == NULL)
    return ll_ber_skip (&walk->ber, &body, error);
  if (!ll_ber_is (&body, LL_BER_UNIVERSAL, LL_BER_SEQUENCE))
    return malformed (error, N_ ("an element stands where none belongs"));
  return walk_sequence (walk, &body, fields, out, error);
}

static gboolean
walk_explicit_body (Walk *walk, const LlBerElement *element, GByteArray *out, GError **error)
{
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  if (!ll_ber_enter (&walk->ber, element, error) || !walk_body (walk, inner, error)
      || !ll_ber_leave (&walk->ber, error))
    return FALSE;
  wrap (out, LL_BER_CONTEXT, 0, inner);
  return TRUE;
}

static gboolean
copy_type (Walk *walk, const LlBerElement *element, GByteArray *out, GError **error)
{
  return copy_oid (walk, element, &walk->cms->oid, out, error);
}

static gboolean
walk_content_info (Walk *walk, GByteArray *out, GError **error)
{
  /* RFC 5652 3 */
  static const Field fields[] = { { LL_BER_UNIVERSAL, LL_BER_OID, FALSE, copy_type },
                                  { LL_BER_CONTEXT, 0, FALSE, walk_explicit_body },
                                  { 0 } };
  LlBerElement top;
  gboolean more;
  if (!ll_ber_next (&walk->ber, &top, &more, error))
    return FALSE;
  if (!more || !ll_ber_is (&top, LL_BER_UNIVERSAL, LL_BER_SEQUENCE) || !top.constructed)
    return malformed (error, N_ ("it does not begin as one"));
  if (!walk_sequence (walk, &top, fields, out, error))
    return FALSE;
  /* d2i functions would ignore what follows (security.md E-9). */
  if (ll_ber_position (&walk->ber) != walk->cms->der.length)
    return malformed (error, N_ ("other octets follow it"));
  return TRUE;
}

LlCms *
ll_cms_open (LlOctets octets, GError **error)
{
  g_autoptr (LlCms) cms = g_new0 (LlCms, 1);
  cms->type = LL_CMS_OTHER;
  if (octets.spool == NULL || octets.length == 0)
    {
      ll_error_set (error, LL_ERROR_MALFORMED, "the S/MIME structure is empty");
      return NULL;
    }
  cms->der = octets;
  if (!ll_cms_decode_pem (octets, &cms->decoded, error))
    return NULL;
  if (cms->decoded != NULL)
    cms->der = ll_spool_octets (cms->decoded);

  Walk walk = { .cms = cms, .room = LL_LIMIT_SIGNATURE };
  g_autoptr (GByteArray) skeleton = g_byte_array_new ();
  ll_ber_init (&walk.ber, cms->der);
  gboolean ok = walk_content_info (&walk, skeleton, error);
  ll_ber_clear (&walk.ber);
  if (!ok)
    return NULL;
  if (cms->type != LL_CMS_COMPRESSED && cms->type != LL_CMS_OTHER)
    cms->skeleton = g_byte_array_free_to_bytes (g_steal_pointer (&skeleton));
  return g_steal_pointer (&cms);
}

void
ll_cms_free (LlCms *cms)
{
  if (cms == NULL)
    return;
  g_free (cms->oid);
  g_free (cms->content_oid);
  g_clear_pointer (&cms->skeleton, g_bytes_unref);
  ll_spool_unref (cms->decoded);
  g_free (cms);
}

gboolean
ll_cms_copy_content (const LlCms *cms, LlSink *out, GError **error)
{
  g_auto (LlBer) ber = { 0 };
  LlBerElement string;
  gboolean more;
  guint64 length = 0;
  if (!cms->has_content)
    return malformed (error, N_ ("the content is missing"));
  ll_ber_init (&ber, ll_octets_sub (cms->der, cms->content_at, cms->der.length - cms->content_at));
  return ll_ber_next (&ber, &string, &more, error) && walk_string (&ber, &string, out, &length, error);
}
