/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proof of what goes out: the finished message is read back by another reader (OpenSSL's) than what wrote it.
 */
#include <openssl/cms.h>
#include <openssl/err.h>

#include "ll-smime-private.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CMS_ContentInfo, CMS_ContentInfo_free)

static gboolean
names_recipient (CMS_RecipientInfo *info, X509 *certificate)
{
  if (CMS_RecipientInfo_type (info) == CMS_RECIPINFO_TRANS)
    return CMS_RecipientInfo_ktri_cert_cmp (info, certificate) == 0;
  if (CMS_RecipientInfo_type (info) != CMS_RECIPINFO_AGREE)
    return FALSE;
  STACK_OF (CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks (info);
  return sk_CMS_RecipientEncryptedKey_num (keys) == 1
         && CMS_RecipientEncryptedKey_cert_cmp (sk_CMS_RecipientEncryptedKey_value (keys, 0), certificate)
                == 0;
}

/* As many as planned, each of the plan, and none of them twice: then it is the plan. */
static gboolean
is_for_plan (CMS_ContentInfo *cms, const GPtrArray *recipients)
{
  STACK_OF (CMS_RecipientInfo) *infos = CMS_get0_RecipientInfos (cms);
  if (!infos || sk_CMS_RecipientInfo_num (infos) != (int)recipients->len)
    return FALSE;
  for (guint i = 0; i < recipients->len; i++)
    {
      guint n = 0;
      for (int j = 0; j < sk_CMS_RecipientInfo_num (infos); j++)
        n += names_recipient (sk_CMS_RecipientInfo_value (infos, j), g_ptr_array_index (recipients, i));
      if (n != 1)
        return FALSE;
    }
  return TRUE;
}

gboolean
ll_cms_check_recipients (LlOctets result, const GPtrArray *recipients, GError **error)
{
  g_autoptr (LlCms) opened = ll_cms_open (result, error);
  if (!opened)
    return FALSE;
  gsize length = 0;
  const unsigned char *start = opened->skeleton ? g_bytes_get_data (opened->skeleton, &length) : NULL;
  const unsigned char *at = start;
  g_autoptr (CMS_ContentInfo) cms = start ? d2i_CMS_ContentInfo (NULL, &at, (long)length) : NULL;
  gboolean good = cms && at == start + length && is_for_plan (cms, recipients);
  ERR_clear_error ();
  if (!good)
    ll_error_set (error, LL_ERROR_RECIPIENT_MISMATCH,
                  "the encrypted message is not for exactly the people it was meant for; it was thrown away");
  return good;
}
