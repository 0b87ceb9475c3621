/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib/gstdio.h>
#include <string.h>

#include "ll-config.h"

static LlConfig *
load (const char *text, GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("ll-config-XXXXXX", &path, NULL);
  assert_true (g_close (fd, NULL));
  assert_true (g_file_set_contents (path, text, -1, NULL));
  LlConfig *config = ll_config_load (path, error);
  (void)g_unlink (path);
  return config;
}

static void
test_everything (void **state)
{
  static const char text[] = "# comment\n"
                             "[identity Alice@EXAMPLE.org]\n"
                             "protocol = openpgp            # auto | openpgp | smime\n"
                             "sign = never\n"
                             "openpgp-key = 0123456789ABCDEF0123456789ABCDEF01234567\n"
                             "smime-certificate = certs/alice.pem\n"
                             "smime-key = /keys/alice.pem\n"
                             "[recipient *@example.com]\n"
                             "encrypt = required\n"
                             "protocol = smime\n"
                             "[recipient *]\n"
                             "encrypt = never\n"
                             "[smime]\n"
                             "content-cipher = aes256-gcm\n"
                             "rsa-encryption = oaep\n"
                             "rsa-signature = pss\n"
                             "certificates = a.pem; /b.pem;\n"
                             "keys = k.p12\n"
                             "anchors = ca.pem\n"
                             "[transport]\n"
                             "command = /usr/sbin/sendmail\n"
                             "url = smtps://mail.example.org\n"
                             "user = alice\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (LlConfig) config = load (text, &error);
  assert_null (error);
  const LlConfigIdentity *alice = ll_config_identity (config, "Alice@example.org");
  assert_non_null (alice);
  assert_null (ll_config_identity (config, "alice@example.org"));
  assert_int_equal (alice->protocol, LL_PROTOCOL_OPENPGP);
  assert_int_equal (alice->sign, LL_SIGN_NEVER);
  assert_string_equal (alice->openpgp_key, "0123456789ABCDEF0123456789ABCDEF01234567");
  assert_true (ll_config_is_path (alice->smime_certificate));
  assert_true (g_path_is_absolute (alice->smime_certificate));
  assert_true (g_str_has_suffix (alice->smime_certificate, "/certs/alice.pem"));
  assert_string_equal (alice->smime_key, "/keys/alice.pem");
  assert_int_equal (ll_config_recipient (config, "Bob@Example.com")->protocol, LL_PROTOCOL_SMIME);
  assert_int_equal (ll_config_recipient (config, "bob@example.com")->encrypt, LL_ENCRYPT_REQUIRED);
  assert_int_equal (ll_config_recipient (config, "eve@elsewhere.org")->encrypt, LL_ENCRYPT_NEVER);
  assert_int_equal (config->content_cipher, LL_SMIME_AES256_GCM);
  assert_int_equal (config->rsa_encryption, 1);
  assert_int_equal (config->rsa_signature, 1);
  assert_int_equal (g_strv_length (config->certificates), 2);
  assert_string_equal (config->certificates[1], "/b.pem");
}

static void
test_nothing (void **state)
{
  g_autoptr (LlConfig) config = load ("", NULL);
  assert_non_null (config);
  assert_null (ll_config_identity (config, "a@example.org"));
  assert_null (ll_config_recipient (config, "a@example.org"));
  assert_int_equal (config->content_cipher, LL_SMIME_AES256_CBC);
}

/* The error names the file, the section and the setting. */
static void
test_refused (void **state)
{
  static const struct
  {
    const char *text, *section, *name;
  } cases[] = {
    { "[recipient *]\nencrypt = requird\n", "[recipient *]", "encrypt" },
    { "[recipient *]\nencypt = required\n", "[recipient *]", "encypt" },
    { "[recipient *]\nencrypt =\n", "[recipient *]", "encrypt" },
    { "[recipient]\nencrypt = required\n", "[recipient]", "" },
    { "[recipients *]\nencrypt = required\n", "[recipients *]", "" },
    { "[identity]\nsign = always\n", "[identity]", "" },
    { "[identity alice]\nsign = always\n", "[identity alice]", "" },
    { "[identity a@example.org]\nprotocol = pgp\n", "[identity a@example.org]", "protocol" },
    { "[identity a@example.org]\nopenpgp-key = 0x12345678\n", "[identity a@example.org]", "openpgp-key" },
    { "[identity a@example.org]\nsmime-key =\n", "[identity a@example.org]", "smime-key" },
    { "[identity a@example.org]\nencrypt = required\n", "[identity a@example.org]", "encrypt" },
    { "[smime]\ncontent-cipher = rc2\n", "[smime]", "content-cipher" },
    { "[smime x]\n", "[smime x]", "" },
    { "[smime]\nkeys = ;\n", "[smime]", "keys" },
    { "[transport]\npassword = x\n", "[transport]", "password" },
    { "[nonsense]\n", "[nonsense]", "" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      assert_null (load (cases[i].text, &error));
      assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_USAGE));
      assert_non_null (strstr (error->message, "ll-config-"));
      assert_non_null (strstr (error->message, cases[i].section));
      assert_non_null (strstr (error->message, cases[i].name));
    }
}

static void
test_unreadable (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_null (ll_config_load ("/nonexistent/letterlock.conf", &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_USAGE));
  g_clear_error (&error);
  assert_null (load ("encrypt = required\n", &error));
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_USAGE));
}

static void
test_fingerprint_or_path (void **state)
{
  assert_false (ll_config_is_path ("0123456789abcdef0123456789abcdef01234567"));
  assert_true (ll_config_is_path ("0123456789abcdef"));
  assert_true (ll_config_is_path ("/home/alice/cert.pem"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_everything),
    cmocka_unit_test (test_nothing),
    cmocka_unit_test (test_refused),
    cmocka_unit_test (test_unreadable),
    cmocka_unit_test (test_fingerprint_or_path),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
