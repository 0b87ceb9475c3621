/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-signature-scheme.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <string.h>

#include "ll-smime-private.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_ALGOR, X509_ALGOR_free)

/* security.md F-8. */
static const LlDigest DIGESTS[] = {
  { NID_sha256, "SHA256", "sha-256", FALSE, EVP_sha256 },
  { NID_sha384, "SHA384", "sha-384", FALSE, EVP_sha384 },
  { NID_sha512, "SHA512", "sha-512", FALSE, EVP_sha512 },
  { NID_sha3_256, "SHA3-256", NULL, FALSE, EVP_sha3_256 },
  { NID_sha3_384, "SHA3-384", NULL, FALSE, EVP_sha3_384 },
  { NID_sha3_512, "SHA3-512", NULL, FALSE, EVP_sha3_512 },
  { NID_sha1, "SHA1", NULL, TRUE, EVP_sha1 },
  { NID_md5, "MD5", NULL, TRUE, EVP_md5 },
};

/* Named so that a reader learns what the sender uses; OpenSSL 3.0 knows none of them (RFC 9882, 9814). */
static const struct
{
  const char *oid;
  const char *name;
} POST_QUANTUM[] = {
  { "2.16.840.1.101.3.4.3.17", "ML-DSA-44" },          { "2.16.840.1.101.3.4.3.18", "ML-DSA-65" },
  { "2.16.840.1.101.3.4.3.19", "ML-DSA-87" },          { "2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s" },
  { "2.16.840.1.101.3.4.3.21", "SLH-DSA-SHA2-128f" },  { "2.16.840.1.101.3.4.3.22", "SLH-DSA-SHA2-192s" },
  { "2.16.840.1.101.3.4.3.23", "SLH-DSA-SHA2-192f" },  { "2.16.840.1.101.3.4.3.24", "SLH-DSA-SHA2-256s" },
  { "2.16.840.1.101.3.4.3.25", "SLH-DSA-SHA2-256f" },  { "2.16.840.1.101.3.4.3.26", "SLH-DSA-SHAKE-128s" },
  { "2.16.840.1.101.3.4.3.27", "SLH-DSA-SHAKE-128f" }, { "2.16.840.1.101.3.4.3.28", "SLH-DSA-SHAKE-192s" },
  { "2.16.840.1.101.3.4.3.29", "SLH-DSA-SHAKE-192f" }, { "2.16.840.1.101.3.4.3.30", "SLH-DSA-SHAKE-256s" },
  { "2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f" },
};

const LlDigest *
ll_digest_by_nid (int nid)
{
  for (gsize i = 0; i < G_N_ELEMENTS (DIGESTS); i++)
    if (DIGESTS[i].nid == nid)
      return &DIGESTS[i];
  return NULL;
}

const LlDigest *
ll_digest_by_algorithm (const X509_ALGOR *algorithm)
{
  return ll_digest_by_nid (OBJ_obj2nid (algorithm->algorithm));
}

/* ---- reading ---- */

/* "ecdsa-with-SHA256" where OpenSSL has a name, the dotted OID where it has none. */
static char *
algorithm_name (const X509_ALGOR *algorithm)
{
  char text[128] = "";
  OBJ_obj2txt (text, sizeof text, algorithm->algorithm, 0);
  return g_strdup (text);
}

static LlText *
unknown_algorithm (const X509_ALGOR *algorithm)
{
  char oid[128] = "";
  OBJ_obj2txt (oid, sizeof oid, algorithm->algorithm, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (POST_QUANTUM); i++)
    if (strcmp (oid, POST_QUANTUM[i].oid) == 0)
      return ll_text_new (N_ ("post-quantum signatures (%s) cannot be checked here"), POST_QUANTUM[i].name);
  g_autofree char *name = algorithm_name (algorithm);
  return ll_text_new (N_ ("signatures by the algorithm %s cannot be checked here"), name);
}

static LlText *
differing_digests (void)
{
  return ll_text_new (N_ ("the signature names different digests in different places"));
}

/* RFC 4056 3: absent parameters of PSS mean SHA-1 throughout. */
static int
mgf_digest (const RSA_PSS_PARAMS *params)
{
  if (!params->maskGenAlgorithm)
    return NID_sha1;
  if (OBJ_obj2nid (params->maskGenAlgorithm->algorithm) != NID_mgf1 || !params->maskGenAlgorithm->parameter)
    return NID_undef;
  g_autoptr (X509_ALGOR) inner
      = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (X509_ALGOR), params->maskGenAlgorithm->parameter);
  ERR_clear_error ();
  return inner ? OBJ_obj2nid (inner->algorithm) : NID_undef;
}

static LlText *
read_pss (const X509_ALGOR *signature, LlSignatureScheme *out)
{
  g_autoptr (RSA_PSS_PARAMS) params = NULL;
  if (signature->parameter)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (RSA_PSS_PARAMS), signature->parameter);
  ERR_clear_error ();
  if (!params || (params->trailerField && ASN1_INTEGER_get (params->trailerField) != 1))
    return ll_text_new (N_ ("the parameters of the RSA-PSS signature cannot be read"));
  int hash = params->hashAlgorithm ? OBJ_obj2nid (params->hashAlgorithm->algorithm) : NID_sha1;
  long salt = params->saltLength ? ASN1_INTEGER_get (params->saltLength) : 20;
  if (hash != out->digest->nid || mgf_digest (params) != hash)
    return differing_digests ();
  if (salt < 0 || salt > 2048)
    return ll_text_new (N_ ("the parameters of the RSA-PSS signature cannot be read"));
  out->pss = TRUE;
  out->salt_length = (int)salt;
  return NULL;
}

/* The digest that an algorithm names itself; NID_undef for one that leaves it to digestAlgorithm. */
static gboolean
split_algorithm (int nid, int *out_digest, int *out_key_type)
{
  *out_digest = NID_undef;
  *out_key_type = nid;
  if (nid == NID_rsaEncryption || nid == NID_X9_62_id_ecPublicKey)
    return TRUE;
  if (nid == NID_rsassaPss)
    {
      *out_key_type = EVP_PKEY_RSA;
      return TRUE;
    }
  if (nid == NID_ED25519)
    {
      *out_digest = NID_sha512; /* RFC 8419 3 */
      return TRUE;
    }
  return OBJ_find_sigid_algs (nid, out_digest, out_key_type)
         && (*out_key_type == EVP_PKEY_RSA || *out_key_type == EVP_PKEY_EC);
}

LlText *
ll_signature_scheme_read (const X509_ALGOR *signature, const X509_ALGOR *digest, LlSignatureScheme *out)
{
  int nid = OBJ_obj2nid (signature->algorithm);
  int named = NID_undef;
  *out = (LlSignatureScheme){ 0 };
  if (nid == NID_undef || !split_algorithm (nid, &named, &out->key_type))
    return unknown_algorithm (signature);
  out->digest = ll_digest_by_algorithm (digest);
  if (!out->digest)
    {
      g_autofree char *name = algorithm_name (digest);
      return ll_text_new (N_ ("the digest %s is not accepted"), name);
    }
  if (named != NID_undef && named != out->digest->nid)
    return differing_digests ();
  return nid == NID_rsassaPss ? read_pss (signature, out) : NULL;
}

/* ---- writing ---- */

static int
digest_for_key (EVP_PKEY *key)
{
  char name[64] = "";
  switch (EVP_PKEY_get_base_id (key))
    {
    case EVP_PKEY_RSA:
      return NID_sha256;
    case EVP_PKEY_RSA_PSS: /* the key may allow one digest only: then 2 is returned */
      return EVP_PKEY_get_default_digest_name (key, name, sizeof name) == 2 ? OBJ_txt2nid (name) : NID_sha256;
    case EVP_PKEY_EC:
      return EVP_PKEY_get_bits (key) <= 256   ? NID_sha256
             : EVP_PKEY_get_bits (key) <= 384 ? NID_sha384
                                              : NID_sha512;
    case EVP_PKEY_ED25519:
      return NID_sha512;
    default:
      return NID_undef;
    }
}

gboolean
ll_signature_scheme_for_key (EVP_PKEY *key, gboolean prefer_pss, LlSignatureScheme *out)
{
  *out = (LlSignatureScheme){ .key_type = EVP_PKEY_get_base_id (key) };
  out->digest = ll_digest_by_nid (digest_for_key (key));
  ERR_clear_error ();
  if (!out->digest || !out->digest->micalg)
    return FALSE;
  out->pss = out->key_type == EVP_PKEY_RSA_PSS || (out->key_type == EVP_PKEY_RSA && prefer_pss);
  if (out->pss)
    {
      out->key_type = EVP_PKEY_RSA;
      /* gpgsm reads no other length (security.md F-10). */
      out->salt_length = EVP_MD_get_size (out->digest->md ());
    }
  return TRUE;
}

/* @parameter: a SEQUENCE; (nullable): absent or NULL by @type. */
static gboolean
set_algorithm (X509_ALGOR *algorithm, int nid, int type, ASN1_STRING *parameter)
{
  return X509_ALGOR_set0 (algorithm, OBJ_nid2obj (nid), type, parameter) == 1;
}

static gboolean
write_pss (const LlSignatureScheme *scheme, X509_ALGOR *signature)
{
  g_autoptr (RSA_PSS_PARAMS) params = RSA_PSS_PARAMS_new ();
  ASN1_STRING *inner = NULL, *outer = NULL;
  if (!params || !(params->hashAlgorithm = X509_ALGOR_new ())
      || !(params->maskGenAlgorithm = X509_ALGOR_new ()) || !(params->saltLength = ASN1_INTEGER_new ())
      || !ASN1_INTEGER_set (params->saltLength, scheme->salt_length))
    return FALSE;
  X509_ALGOR_set_md (params->hashAlgorithm, scheme->digest->md ());
  inner = ASN1_item_pack (params->hashAlgorithm, ASN1_ITEM_rptr (X509_ALGOR), NULL);
  if (!inner || !set_algorithm (params->maskGenAlgorithm, NID_mgf1, V_ASN1_SEQUENCE, inner))
    return FALSE;
  outer = ASN1_item_pack (params, ASN1_ITEM_rptr (RSA_PSS_PARAMS), NULL);
  return outer && set_algorithm (signature, NID_rsassaPss, V_ASN1_SEQUENCE, outer);
}

gboolean
ll_signature_scheme_write (const LlSignatureScheme *scheme, X509_ALGOR *signature, X509_ALGOR *digest)
{
  X509_ALGOR_set_md (digest, scheme->digest->md ());
  if (scheme->pss)
    return write_pss (scheme, signature);
  if (scheme->key_type == EVP_PKEY_RSA)
    return set_algorithm (signature, NID_rsaEncryption, V_ASN1_NULL, NULL);
  int nid = scheme->key_type;
  if (scheme->key_type == EVP_PKEY_EC
      && !OBJ_find_sigid_by_algs (&nid, scheme->digest->nid, NID_X9_62_id_ecPublicKey))
    return FALSE;
  return set_algorithm (signature, nid, V_ASN1_UNDEF, NULL);
}

/* ---- the key ---- */

static gboolean
key_fits (const LlSignatureScheme *scheme, EVP_PKEY *key)
{
  int type = EVP_PKEY_get_base_id (key);
  return type == scheme->key_type || (type == EVP_PKEY_RSA_PSS && scheme->pss);
}

static gboolean
set_padding (const LlSignatureScheme *scheme, EVP_PKEY_CTX *context)
{
  if (scheme->key_type != EVP_PKEY_RSA)
    return TRUE;
  if (!scheme->pss)
    return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) > 0;
  return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) > 0
         && EVP_PKEY_CTX_set_rsa_mgf1_md (context, scheme->digest->md ()) > 0
         && EVP_PKEY_CTX_set_rsa_pss_saltlen (context, scheme->salt_length) > 0;
}

/* Ed25519 hashes for itself and takes no digest. */
static const EVP_MD *
key_digest (const LlSignatureScheme *scheme)
{
  return scheme->key_type == EVP_PKEY_ED25519 ? NULL : scheme->digest->md ();
}

gboolean
ll_signature_verify (const LlSignatureScheme *scheme, EVP_PKEY *key, const void *data, gsize length,
                     const ASN1_OCTET_STRING *signature)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_context = NULL; /* belongs to @context */
  gboolean good = context && key_fits (scheme, key)
                  && EVP_DigestVerifyInit (context, &key_context, key_digest (scheme), NULL, key) == 1
                  && set_padding (scheme, key_context)
                  && EVP_DigestVerify (context, ASN1_STRING_get0_data (signature),
                                       (size_t)ASN1_STRING_length (signature), data, length)
                         == 1;
  ERR_clear_error ();
  return good;
}

gboolean
ll_signature_verify_digest (const LlSignatureScheme *scheme, EVP_PKEY *key, const guint8 *digest,
                            const ASN1_OCTET_STRING *signature)
{
  if (!key_fits (scheme, key) || scheme->key_type == EVP_PKEY_ED25519)
    return FALSE;
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);
  const EVP_MD *md = scheme->digest->md ();
  gboolean good
      = context && EVP_PKEY_verify_init (context) == 1 && set_padding (scheme, context)
        && EVP_PKEY_CTX_set_signature_md (context, md) > 0
        && EVP_PKEY_verify (context, ASN1_STRING_get0_data (signature),
                            (size_t)ASN1_STRING_length (signature), digest, (size_t)EVP_MD_get_size (md))
               == 1;
  ERR_clear_error ();
  return good;
}

gboolean
ll_signature_make (const LlSignatureScheme *scheme, EVP_PKEY *key, const void *data, gsize length,
                   ASN1_OCTET_STRING *signature)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_context = NULL;
  size_t size = 0;
  if (!context || EVP_DigestSignInit (context, &key_context, key_digest (scheme), NULL, key) != 1
      || !set_padding (scheme, key_context) || EVP_DigestSign (context, NULL, &size, data, length) != 1)
    return FALSE;
  g_autofree guint8 *octets = g_malloc (size);
  return EVP_DigestSign (context, octets, &size, data, length) == 1
         && ASN1_OCTET_STRING_set (signature, octets, (int)size) == 1;
}
