/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys and certificates are made by the openssl program, in every form that users have them in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "ll-limits.h"
#include "ll-memory-store.h"

/* ---- a person who answers ---- */

typedef struct
{
  LlPrompter prompter;
  const char *answers[4]; /* NULL: declines */
  guint asked;
  guint again;
} Person;

static LlSecret *
person_ask (LlPrompter *prompter, LlPromptKind kind, const LlText *subject, gboolean again, GError **error)
{
  Person *person = (Person *)prompter;
  person->again += again != FALSE;
  const char *answer = person->asked < 4 ? person->answers[person->asked] : NULL;
  person->asked++;
  if (answer == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
      return NULL;
    }
  LlSecret *secret = ll_secret_new (strlen (answer));
  memcpy (ll_secret_data (secret), answer, strlen (answer));
  return secret;
}

/* ---- files ---- */

static const char script[]
    = "set -e; umask 077\n"
      "req() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \"$@\" "
      "2>/dev/null; }\n"
      "req -keyout ca.key -out ca.pem -subj '/CN=Test CA'\n"
      "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout alice.key -out alice.csr"
      " -subj /CN=Alice 2>/dev/null\n"
      "printf 'subjectAltName=email:alice@example.org\\n' > ext\n"
      "openssl x509 -req -in alice.csr -CA ca.pem -CAkey ca.key -days 30 -extfile ext -out alice.pem "
      "2>/dev/null\n"
      "openssl x509 -req -in alice.csr -CA ca.pem -CAkey ca.key -days 60 -extfile ext -out alice2.pem "
      "2>/dev/null\n"
      "req -keyout bob.key -out bob.pem -subj /CN=Bob -addext subjectAltName=email:bob@example.org\n"
      "openssl x509 -in alice.pem -outform DER -out alice.der\n"
      "openssl pkcs8 -topk8 -nocrypt -in alice.key -outform DER -out alice.p8.der\n"
      "openssl ec -in alice.key -out alice.trad 2>/dev/null\n"
      "openssl pkcs8 -topk8 -in alice.key -passout pass:secret -out alice.enc.pem\n"
      "openssl pkcs8 -topk8 -in alice.key -passout pass:secret -outform DER -out alice.enc.der\n"
      "openssl ec -in alice.key -aes128 -passout pass:secret -out alice.trad.enc 2>/dev/null\n"
      "openssl pkcs8 -topk8 -v1 PBE-SHA1-RC2-40 -in alice.key -passout pass:secret -out alice.rc2.pem"
      " -provider default -provider legacy\n"
      "cat alice.key alice.pem ca.pem > alice.all.pem\n"
      "cat bob.key bob.pem > bob.all.pem\n"
      "p12() { openssl pkcs12 -export -in alice.pem -inkey alice.key -certfile ca.pem \"$@\"; }\n"
      "p12 -passout pass:secret -out alice.p12\n"
      "p12 -passout pass: -out alice.empty.p12\n"
      "p12 -passout pass:secret -legacy -out alice.legacy.p12\n"
      "p12 -passout pass:secret -nomac -out alice.nomac.p12\n"
      "p12 -passout pass:secret -keypbe NONE -certpbe NONE -out alice.plain.p12\n"
      "openssl crl2pkcs7 -nocrl -certfile alice.pem -certfile ca.pem -out certs.p7c.pem\n"
      "openssl crl2pkcs7 -nocrl -certfile alice.pem -certfile ca.pem -outform DER -out certs.p7c\n"
      "cat alice.pem bob.pem > two.pem\n"
      "head -c 700 alice.p12 > cut.p12\n"
      "head -c 300 alice.pem > cut.pem\n"
      "head -c 200 alice.der > cut.der\n"
      "cp alice.key open.key; chmod 644 open.key\n"
      "cp alice.key group.key; chmod 640 group.key\n"
      "echo hello > text\n"
      ": > empty\n";

static char *directory; /* made once for all tests */

static char *
scratch (const char *name)
{
  return g_build_filename (directory, name, NULL);
}

static int
make_files (void **state)
{
  directory = g_dir_make_tmp ("ll-keystore-XXXXXX", NULL);
  g_autofree char *quoted = g_shell_quote (script);
  g_autofree char *command = g_strdup_printf ("cd %s && sh -c %s", directory, quoted);
  return system (command) == 0 ? 0 : -1;
}

static int
remove_files (void **state)
{
  g_autofree char *command = g_strdup_printf ("rm -rf %s", directory);
  int status = system (command);
  g_free (directory);
  return status;
}

/* ---- asking the store ---- */

static guint
n_keys (LlMemoryStore *store, GError **error)
{
  LlKeySource *source = ll_memory_store_source (store);
  g_autoptr (GPtrArray) keys = source->list_keys (source, error);
  for (guint i = 0; keys != NULL && i < keys->len; i++)
    {
      LlKeyHandle *handle = g_ptr_array_index (keys, i);
      assert_int_equal (X509_check_private_key (handle->certificate, handle->key), 1);
    }
  return keys != NULL ? keys->len : 0;
}

static guint
n_found (LlMemoryStore *store, const char *address)
{
  LlKeySource *source = ll_memory_store_source (store);
  g_autoptr (GPtrArray) found = source->find_certificates (source, address, NULL);
  return found != NULL ? found->len : 0;
}

static guint
n_anchors (LlMemoryStore *store)
{
  LlKeySource *source = ll_memory_store_source (store);
  g_autoptr (GPtrArray) all = source->list_anchors (source, NULL);
  return all->len;
}

static guint
n_intermediates (LlMemoryStore *store)
{
  LlKeySource *source = ll_memory_store_source (store);
  g_autoptr (GPtrArray) all = source->list_intermediates (source, NULL);
  return all->len;
}

static void
add_keys (LlMemoryStore *store, const char *name)
{
  g_autofree char *path = scratch (name);
  g_autoptr (GError) error = NULL;
  if (!ll_memory_store_add_keys (store, path, &error))
    fail_msg ("%s: %s", name, error->message);
}

static void
add_certificates (LlMemoryStore *store, const char *name)
{
  g_autofree char *path = scratch (name);
  g_autoptr (GError) error = NULL;
  if (!ll_memory_store_add_certificates (store, path, NULL, &error))
    fail_msg ("%s: %s", name, error->message);
}

/* ---- what must work ---- */

static void
test_key_formats (void **state)
{
  static const struct
  {
    const char *file;
    guint questions;
  } cases[] = {
    { "alice.key", 0 },       { "alice.p8.der", 0 },    { "alice.trad", 0 },       { "alice.enc.pem", 1 },
    { "alice.enc.der", 1 },   { "alice.trad.enc", 1 },  { "alice.rc2.pem", 1 },    { "alice.all.pem", 0 },
    { "alice.p12", 1 },       { "alice.empty.p12", 0 }, { "alice.legacy.p12", 1 }, { "alice.nomac.p12", 1 },
    { "alice.plain.p12", 1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Person person = { { person_ask }, { "secret" }, 0, 0 };
      g_autoptr (LlMemoryStore) store = ll_memory_store_new (&person.prompter);
      g_autoptr (GError) error = NULL;
      add_keys (store, cases[i].file);
      add_certificates (store, "alice.pem");
      /* Nothing is asked before the key is needed ... */
      assert_int_equal (person.asked, 0);
      if (n_keys (store, &error) != 1)
        fail_msg ("%s: %s", cases[i].file, error != NULL ? error->message : "no key");
      assert_int_equal (person.asked, cases[i].questions);
      /* ... and not a second time. */
      assert_int_equal (n_keys (store, NULL), 1);
      assert_int_equal (person.asked, cases[i].questions);
    }
}

static void
test_certificate_formats (void **state)
{
  static const struct
  {
    const char *file;
    guint alice, bob, all;
  } cases[] = {
    { "alice.pem", 1, 0, 1 },   { "alice.der", 1, 0, 1 },     { "two.pem", 1, 1, 2 },
    { "certs.p7c", 1, 0, 2 },   { "certs.p7c.pem", 1, 0, 2 }, { "alice.empty.p12", 1, 0, 2 },
    { "bob.all.pem", 0, 1, 1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LlMemoryStore) store = ll_memory_store_new (NULL);
      add_certificates (store, cases[i].file);
      assert_int_equal (n_found (store, "alice@example.org"), cases[i].alice);
      assert_int_equal (n_found (store, "bob@EXAMPLE.org"), cases[i].bob);
      assert_int_equal (n_found (store, "Bob@example.org"), 0);
      /* They may help to build a chain, and are trusted for nothing. */
      assert_int_equal (n_intermediates (store), cases[i].all);
      assert_int_equal (n_anchors (store), 0);
      assert_int_equal (n_keys (store, NULL), 0);
    }
}

static void
test_company_of_a_key (void **state)
{
  static const char *const files[] = { "alice.all.pem", "alice.empty.p12", "alice.p12" };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      Person person = { { person_ask }, { "secret" }, 0, 0 };
      g_autoptr (LlMemoryStore) store = ll_memory_store_new (&person.prompter);
      add_keys (store, files[i]);
      assert_int_equal (n_found (store, "alice@example.org"), 1);
      assert_int_equal (n_keys (store, NULL), 1);
      assert_int_equal (n_intermediates (store), 2);
      assert_int_equal (n_anchors (store), 0);
    }
}

static void
test_anchors (void **state)
{
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (NULL);
  g_autofree char *path = scratch ("ca.pem");
  assert_true (ll_memory_store_add_anchors (store, path, NULL));
  assert_true (ll_memory_store_add_anchors (store, path, NULL));
  assert_int_equal (n_anchors (store), 1);
  g_autofree char *bob = scratch ("bob.pem");
  assert_true (ll_memory_store_add_anchors (store, bob, NULL));
  /* An authority is nobody's certificate to encrypt to. */
  assert_int_equal (n_found (store, "bob@example.org"), 0);
}

static void
test_renewed_certificate (void **state)
{
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (NULL);
  add_keys (store, "alice.all.pem");
  add_certificates (store, "alice2.pem");
  assert_int_equal (n_keys (store, NULL), 2);
}

static void
test_fingerprint (void **state)
{
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (NULL);
  g_autofree char *path = scratch ("alice.pem");
  g_autofree char *fingerprint = NULL;
  assert_true (ll_memory_store_add_certificates (store, path, &fingerprint, NULL));
  assert_int_equal (strlen (fingerprint), 64);
}

static void
test_asked_again (void **state)
{
  static const char *const files[] = { "alice.p12", "alice.enc.pem", "alice.trad.enc", "alice.legacy.p12" };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      Person person = { { person_ask }, { "wrong", "wronger", "secret" }, 0, 0 };
      g_autoptr (LlMemoryStore) store = ll_memory_store_new (&person.prompter);
      add_keys (store, files[i]);
      add_certificates (store, "alice.pem");
      assert_int_equal (n_keys (store, NULL), 1);
      assert_int_equal (person.asked, 3);
      assert_int_equal (person.again, 2);
    }
}

/* ---- what must be refused ---- */

static void
assert_no_keys (LlMemoryStore *store, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;
  LlKeySource *source = ll_memory_store_source (store);
  assert_null (source->list_keys (source, &error));
  if (!g_error_matches (error, domain, code))
    fail_msg ("unexpected: %s", error->message);
}

static void
test_wrong_passphrase (void **state)
{
  static const char *const files[] = { "alice.p12", "alice.enc.pem", "alice.trad.enc", "alice.nomac.p12" };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      Person person = { { person_ask }, { "a", "b", "c", "secret" }, 0, 0 };
      g_autoptr (LlMemoryStore) store = ll_memory_store_new (&person.prompter);
      add_keys (store, files[i]);
      add_certificates (store, "alice.pem");
      assert_no_keys (store, LL_ERROR, LL_ERROR_BAD_PASSPHRASE);
      assert_int_equal (person.asked, 3);
    }
}

static void
test_declined (void **state)
{
  Person person = { { person_ask }, { NULL }, 0, 0 };
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (&person.prompter);
  add_keys (store, "alice.p12");
  assert_no_keys (store, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_int_equal (person.asked, 1);
}

static void
test_nobody_to_ask (void **state)
{
  static const char *const files[] = { "alice.p12", "alice.enc.der", "alice.trad.enc", "alice.legacy.p12" };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (LlMemoryStore) store = ll_memory_store_new (NULL);
      add_keys (store, files[i]);
      add_certificates (store, "alice.pem");
      assert_no_keys (store, LL_ERROR, LL_ERROR_NO_PASSPHRASE);
    }
}

/* One closed file does not keep the others from use, and is named when they were not enough. */
static void
test_closed_among_others (void **state)
{
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (NULL);
  g_autoptr (GError) error = NULL;
  add_keys (store, "alice.p12");
  add_keys (store, "bob.all.pem");
  assert_int_equal (n_keys (store, NULL), 1);
  assert_int_equal (n_found (store, "alice@example.org"), 0);
  ll_error_set (&error, LL_ERROR_NO_SECRET_KEY, "none of your keys opens it");
  ll_memory_store_explain (store, &error);
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_NO_PASSPHRASE));
  assert_non_null (strstr (error->message, "alice.p12"));
  g_clear_error (&error);
  ll_error_set (&error, LL_ERROR_INTEGRITY, "altered");
  ll_memory_store_explain (store, &error);
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_INTEGRITY));
}

static void
test_nothing_to_explain (void **state)
{
  Person person = { { person_ask }, { "secret" }, 0, 0 };
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (&person.prompter);
  g_autoptr (GError) error = NULL;
  add_keys (store, "alice.p12");
  ll_memory_store_explain (store, &error);
  assert_null (error);
  assert_int_equal (n_keys (store, NULL), 1);
  ll_error_set (&error, LL_ERROR_NO_KEY, "none");
  ll_memory_store_explain (store, &error);
  assert_true (g_error_matches (error, LL_ERROR, LL_ERROR_NO_KEY));
}

static void
test_key_without_certificate (void **state)
{
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (NULL);
  add_keys (store, "alice.key");
  add_certificates (store, "bob.pem");
  assert_no_keys (store, LL_ERROR, LL_ERROR_NO_KEY);
}

static void
assert_key_refused (const char *name, int code, const char *hint)
{
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scratch (name);
  assert_false (ll_memory_store_add_keys (store, path, &error));
  if (!g_error_matches (error, LL_ERROR, code) || strstr (error->message, hint) == NULL
      || strstr (error->message, path) == NULL)
    fail_msg ("%s: %s", name, error->message);
}

static void
test_files_open_to_others (void **state)
{
  assert_key_refused ("open.key", LL_ERROR_USAGE, "chmod 600 ");
  assert_key_refused ("group.key", LL_ERROR_USAGE, "chmod 600 ");
}

static void
test_damaged_files (void **state)
{
  assert_key_refused ("cut.p12", LL_ERROR_MALFORMED, "damaged");
  assert_key_refused ("cut.pem", LL_ERROR_MALFORMED, "damaged");
  assert_key_refused ("text", LL_ERROR_MALFORMED, "not a certificate or key");
  assert_key_refused ("empty", LL_ERROR_MALFORMED, "damaged");
  assert_key_refused ("alice.pem", LL_ERROR_MALFORMED, "no private key");
  assert_key_refused ("absent", LL_ERROR_IO, "No such file");
  assert_key_refused (".", LL_ERROR_IO, "directory");
}

static void
assert_certificate_refused (const char *name, int code)
{
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scratch (name);
  assert_false (ll_memory_store_add_certificates (store, path, NULL, &error));
  assert_true (g_error_matches (error, LL_ERROR, code));
  g_clear_error (&error);
  assert_false (ll_memory_store_add_anchors (store, path, &error));
  assert_true (g_error_matches (error, LL_ERROR, code));
}

static void
test_certificates_refused (void **state)
{
  assert_certificate_refused ("cut.der", LL_ERROR_MALFORMED);
  assert_certificate_refused ("cut.pem", LL_ERROR_MALFORMED);
  assert_certificate_refused ("alice.key", LL_ERROR_MALFORMED);
  assert_certificate_refused ("alice.p12", LL_ERROR_USAGE);
}

/* A flipped bit behind the right passphrase is damage where the file can tell the two apart. */
static void
test_altered_pkcs12 (void **state)
{
  g_autofree char *from = scratch ("alice.p12");
  g_autofree char *to = scratch ("altered.p12");
  g_autofree char *octets = NULL;
  gsize length = 0;
  assert_true (g_file_get_contents (from, &octets, &length, NULL));
  octets[length / 2] ^= 1;
  assert_true (g_file_set_contents_full (to, octets, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  Person person = { { person_ask }, { "secret", "secret", "secret" }, 0, 0 };
  g_autoptr (LlMemoryStore) store = ll_memory_store_new (&person.prompter);
  g_autoptr (GError) error = NULL;
  if (!ll_memory_store_add_keys (store, to, &error))
    return;
  LlKeySource *source = ll_memory_store_source (store);
  assert_null (source->list_keys (source, &error));
  assert_non_null (strstr (error->message, "alter"));
}

static void
test_too_large (void **state)
{
  g_autofree char *path = scratch ("large.pem");
  g_autofree char *octets = g_strnfill (LL_LIMIT_KEY_FILE + 1, 'a');
  assert_true (g_file_set_contents_full (path, octets, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  assert_key_refused ("large.pem", LL_ERROR_LIMIT, "1 MiB");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_key_formats),
    cmocka_unit_test (test_certificate_formats),
    cmocka_unit_test (test_company_of_a_key),
    cmocka_unit_test (test_anchors),
    cmocka_unit_test (test_renewed_certificate),
    cmocka_unit_test (test_fingerprint),
    cmocka_unit_test (test_asked_again),
    cmocka_unit_test (test_wrong_passphrase),
    cmocka_unit_test (test_declined),
    cmocka_unit_test (test_nobody_to_ask),
    cmocka_unit_test (test_key_without_certificate),
    cmocka_unit_test (test_files_open_to_others),
    cmocka_unit_test (test_damaged_files),
    cmocka_unit_test (test_certificates_refused),
    cmocka_unit_test (test_altered_pkcs12),
    cmocka_unit_test (test_too_large),
    cmocka_unit_test (test_closed_among_others),
    cmocka_unit_test (test_nothing_to_explain),
  };
  return cmocka_run_group_tests (tests, make_files, remove_files);
}
