/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.md K-9, K-11: an agent that does not answer, a gpg somebody put first in PATH, and what
 * is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "gpg-home.h"
#include "ll-gpg.h"

static GpgHome *home;

static void
sh (const char *script)
{
  g_free (gpg_sh (home, script));
}

static int
setup (void **state)
{
  home = gpg_home_new ();
  g_free (gpg_key (home, "Alice <alice@example.org>", "future-default", "default"));
  sh ("echo hello > content; gpg --batch --quiet -u alice@example.org -o good.sig --detach-sign content;"
      "gpg --batch --quiet -r alice@example.org -o plain.pgp -e content");
  return 0;
}

static int
teardown (void **state)
{
  g_clear_pointer (&home, gpg_home_free);
  return 0;
}

/* The guard's alarm, shorter than the engine would set it. */
static void
stopped_agent (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = gpg_sh (home, "gpg-connect-agent 'GETINFO pid' /bye | sed -n 's/^D //p'");
  int agent = atoi (answer);
  assert_true (agent > 1);
  assert_int_equal (kill (agent, SIGSTOP), 0);

  g_auto (LlGpgCall) call = { 0 };
  const LlGpgSettings settings = { .binary = TRUE, .decrypts = TRUE };
  assert_true (ll_gpg_begin (&call, (LlOpenpgp *)home->engine, &settings, &error));
  assert_int_equal (call.deadline, 30);
  call.deadline = 2;
  gpgme_set_ctx_flag (call.context, "auto-key-locate", "letterlock,binary,deadline=2");
  g_autoptr (LlSpool) ciphertext = gpg_load (home, "plain.pgp");
  g_auto (LlGpgInput) input = { 0 };
  g_auto (LlGpgOutput) output = { 0 };
  g_autoptr (LlSpool) out = ll_spool_new ();
  assert_true (ll_gpg_input_plain (&input, ll_spool_octets (ciphertext), FALSE, &error));
  assert_true (ll_gpg_output_init (&output, out, &error));
  gpgme_error_t code = gpgme_op_decrypt_verify (call.context, input.data, output.data);
  assert_int_equal (kill (agent, SIGCONT), 0);
  assert_true (code != 0);
  ll_gpg_failed (&call, code, "decrypting", &error);
  assert_true (is_error (error, LL_ERROR_ENGINE, "did not answer within 2 seconds"));
  assert_int_equal (ll_spool_length (out), 0);
}

/* Somebody waits for a person: no deadline. */
static void
no_deadline_while_prompting (void **state)
{
  g_autoptr (LlEngine) engine = gpg_home_engine (home, TRUE);
  g_auto (LlGpgCall) call = { 0 };
  const LlGpgSettings settings = { .may_prompt = TRUE, .decrypts = TRUE };
  assert_true (ll_gpg_begin (&call, (LlOpenpgp *)engine, &settings, NULL));
  assert_int_equal (call.deadline, 0);
}

static gboolean
is_good (LlEngine *engine, GError **error)
{
  g_autoptr (LlSpool) signature = gpg_load (home, "good.sig");
  g_autoptr (LlSpool) covered = gpg_load (home, "content");
  g_autoptr (GPtrArray) signers = NULL;
  const LlVerifyRequest request
      = { .signature = ll_spool_octets (signature), .content = ll_spool_octets (covered) };
  return engine->ops->verify (engine, &request, &signers, error) && signers->len == 1
         && ((LlSigner *)g_ptr_array_index (signers, 0))->status == LL_SIGNATURE_VALID;
}

static void
agent_killed_comes_back (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("pid=$(gpg-connect-agent 'GETINFO pid' /bye | sed -n 's/^D //p'); kill -9 $pid");
  g_autoptr (LlSpool) ciphertext = gpg_load (home, "plain.pgp");
  g_autoptr (LlSpool) out = ll_spool_new ();
  g_autoptr (LlDecryption) decryption = NULL;
  const LlDecryptRequest request = { .ciphertext = ll_spool_octets (ciphertext), .out = out };
  assert_true (home->engine->ops->decrypt (home->engine, &request, &decryption, &error));
}

/* Must run first: GPGME looks along PATH once in the life of a process. */
static void
gpg_in_path_is_not_started (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bin = g_build_filename (home->path, "bin", NULL);
  g_autofree char *path = g_strdup_printf ("%s:%s", bin, g_getenv ("PATH"));
  static const char script[] = "#!/bin/sh\ntouch \"$(dirname \"$0\")/started\"\n";
  assert_int_equal (g_mkdir (bin, 0700), 0);
  gpg_save (home, "bin/gpg", script, strlen (script));
  gpg_save (home, "bin/gpgconf", script, strlen (script));
  sh ("chmod +x bin/gpg bin/gpgconf");
  g_autofree char *before = g_strdup (g_getenv ("PATH"));
  g_setenv ("PATH", path, TRUE);
  g_autoptr (LlEngine) engine = gpg_home_engine (home, FALSE);
  gboolean good = is_good (engine, &error);
  g_setenv ("PATH", before, TRUE);
  assert_true (good);
  g_autofree char *started = g_build_filename (bin, "started", NULL);
  assert_false (g_file_test (started, G_FILE_TEST_EXISTS));
}

/* C-16: gpg never starts dirmngr. */
static void
no_network (void **state)
{
  g_autoptr (GError) error = NULL;
  gpg_save (home, "gpg.conf", "auto-key-retrieve\nkeyserver hkp://127.0.0.1:1\n", 47);
  g_autoptr (GpgHome) empty = gpg_home_new ();
  gpg_save (empty, "gpg.conf", "auto-key-retrieve\nkeyserver hkp://127.0.0.1:1\n", 47);
  assert_false (is_good (empty->engine, &error));
  g_autofree char *socket = g_build_filename (empty->path, "S.dirmngr", NULL);
  assert_false (g_file_test (socket, G_FILE_TEST_EXISTS));
  sh ("rm gpg.conf");
}

typedef struct
{
  LlEngine *engine;
  int good;
} Job;

static gpointer
verify_often (gpointer opaque)
{
  Job *job = opaque;
  for (int i = 0; i < 5; i++)
    job->good += is_good (job->engine, NULL) ? 1 : 0;
  return NULL;
}

/* K-13: one engine, several threads. */
static void
threads (void **state)
{
  Job jobs[3];
  GThread *all[G_N_ELEMENTS (jobs)];
  for (gsize i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      jobs[i] = (Job){ home->engine, 0 };
      all[i] = g_thread_new ("verify", verify_often, &jobs[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      g_thread_join (all[i]);
      assert_int_equal (jobs[i].good, 5);
    }
}

/* Reading fails in the middle of a message (an emptied spool's range, here: an allowance that ends). */
static void
output_that_fails (void **state)
{
  g_autoptr (GError) error = NULL;
  sh ("head -c 300000 /dev/zero > zeros; gpg --batch --quiet -z 0 -r alice@example.org -o zeros.pgp -e "
      "zeros");
  g_autoptr (LlSpool) ciphertext = gpg_load (home, "zeros.pgp");
  g_auto (LlGpgCall) call = { 0 };
  g_auto (LlGpgInput) input = { 0 };
  g_auto (LlGpgOutput) output = { 0 };
  g_autoptr (LlSpool) out = ll_spool_new ();
  ll_spool_set_limit (out, 1000, "test size");
  const LlGpgSettings settings = { .binary = TRUE, .decrypts = TRUE };
  assert_true (ll_gpg_begin (&call, (LlOpenpgp *)home->engine, &settings, &error));
  assert_true (ll_gpg_input_plain (&input, ll_spool_octets (ciphertext), FALSE, &error));
  assert_true (ll_gpg_output_init (&output, out, &error));
  assert_true (gpgme_op_decrypt_verify (call.context, input.data, output.data) != 0);
  assert_true (ll_gpg_take_error (&output.error, &error));
  assert_true (is_error (error, LL_ERROR_LIMIT, "test size"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (gpg_in_path_is_not_started),
    cmocka_unit_test (stopped_agent),
    cmocka_unit_test (no_deadline_while_prompting),
    cmocka_unit_test (agent_killed_comes_back),
    cmocka_unit_test (no_network),
    cmocka_unit_test (threads),
    cmocka_unit_test (output_that_fails),
  };
  return cmocka_run_group_tests (tests, setup, teardown);
}
