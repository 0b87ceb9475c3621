/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gpg-home.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

static char **
home_environment (const GpgHome *home)
{
  char **environment = g_get_environ ();
  environment = g_environ_setenv (environment, "GNUPGHOME", home->path, TRUE);
  environment = g_environ_setenv (environment, "LC_ALL", "C.UTF-8", TRUE);
  return g_environ_unsetenv (environment, "GPG_TTY");
}

static gboolean
run_sh (const GpgHome *home, const char *script, char **out)
{
  const char *argv[] = { "/bin/sh", "-ec", script, NULL };
  g_auto (GStrv) environment = home_environment (home);
  g_autofree char *errors = NULL;
  g_autoptr (GError) error = NULL;
  int status = 0;
  if (!g_spawn_sync (home->path, (char **)argv, environment, G_SPAWN_DEFAULT, NULL, NULL, out, &errors,
                     &status, &error)
      || !g_spawn_check_wait_status (status, &error))
    {
      g_printerr ("%s\n%s\n%s\n", script, error->message, errors != NULL ? errors : "");
      return FALSE;
    }
  return TRUE;
}

char *
gpg_sh (const GpgHome *home, const char *script)
{
  char *out = NULL;
  g_assert_true (run_sh (home, script, &out));
  return out;
}

LlEngine *
gpg_home_engine (const GpgHome *home, gboolean may_prompt)
{
  g_autoptr (GError) error = NULL;
  const LlOpenpgpOptions options = { .guard = GPG_GUARD, .home = home->path, .may_prompt = may_prompt };
  LlEngine *engine = ll_openpgp_engine_new (&options, &error);
  g_assert_no_error (error);
  return engine;
}

GpgHome *
gpg_home_new (void)
{
  GpgHome *home = g_new0 (GpgHome, 1);
  home->path = g_strdup ("/tmp/ll-gpg.XXXXXX");
  g_assert_nonnull (g_mkdtemp (home->path));
  gpg_save (home, "gpg-agent.conf",
            "pinentry-program /bin/false\ndisable-scdaemon\nallow-preset-passphrase\n",
            strlen ("pinentry-program /bin/false\ndisable-scdaemon\nallow-preset-passphrase\n"));
  home->engine = gpg_home_engine (home, FALSE);
  return home;
}

void
gpg_home_free (GpgHome *home)
{
  if (home == NULL)
    return;
  ll_engine_free (home->engine);
  g_autofree char *out = NULL;
  run_sh (home, "gpgconf --homedir \"$GNUPGHOME\" --kill all; rm -rf \"$GNUPGHOME\"", &out);
  g_free (home->path);
  g_free (home);
}

char *
gpg_key (const GpgHome *home, const char *uid, const char *algorithm, const char *usage)
{
  g_autofree char *script
      = g_strdup_printf ("gpg --batch --quiet --pinentry-mode loopback --passphrase '' --status-fd 1 "
                         "--quick-gen-key '%s' %s %s never | sed -n 's/.*KEY_CREATED . //p'",
                         uid, algorithm, usage);
  g_autofree char *out = gpg_sh (home, script);
  char *fingerprint = g_strndup (out, 40);
  g_assert_cmpuint (strspn (fingerprint, "0123456789ABCDEF"), ==, 40);
  return fingerprint;
}

LlSpool *
gpg_load (const GpgHome *home, const char *name)
{
  g_autofree char *path = g_build_filename (home->path, name, NULL);
  g_autofree char *data = NULL;
  gsize n = 0;
  g_assert_true (g_file_get_contents (path, &data, &n, NULL));
  return spool_of (data, n);
}

void
gpg_save (const GpgHome *home, const char *name, const void *data, gsize n)
{
  g_autofree char *path = g_build_filename (home->path, name, NULL);
  g_assert_true (g_file_set_contents (path, data, (gssize)n, NULL));
}

LlSpool *
spool_of (const void *data, gsize n)
{
  LlSpool *spool = ll_spool_new ();
  g_assert_true (ll_spool_append (spool, data, n, NULL));
  return spool;
}

LlSpool *
spool_of_text (const char *text)
{
  return spool_of (text, strlen (text));
}

char *
text_of (LlSpool *spool)
{
  g_autoptr (GBytes) all = ll_octets_load (ll_spool_octets (spool), 1 << 20, "test", NULL);
  g_assert_nonnull (all);
  gsize n;
  const char *data = g_bytes_get_data (all, &n);
  return g_strndup (data, n);
}

gboolean
is_error (const GError *error, LlErrorCode code, const char *part)
{
  if (g_error_matches (error, LL_ERROR, (int)code) && strstr (error->message, part) != NULL)
    return TRUE;
  g_printerr ("expected %s with '%s', got %s\n", ll_error_code_name (code), part,
              error != NULL ? error->message : "no error");
  return FALSE;
}
