/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is carried over from gpg.conf.  An option belongs here when it says where
 * keys are or whom the user trusts, or when it can only make gpg refuse more;
 * it does not when it changes what is written, to whom, or what is checked.
 */
#include "ll-guard.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_CONF "/etc/gnupg/gpg.conf"
#define MAX_LINES 10000

typedef bool (*Check) (const char *value);

static bool
is_number (const char *value)
{
  size_t length = strlen (value);
  return length > 0 && length < 6 && strspn (value, "0123456789") == length;
}

static bool
is_key_id (const char *value)
{
  size_t length = strlen (value);
  return length >= 8 && length <= 66 && strspn (value, "0123456789ABCDEFabcdefx") == length;
}

static bool
is_word (const char *value)
{
  size_t length = strlen (value);
  for (const char *p = value; *p != '\0'; p++)
    if (!isalnum ((unsigned char)*p) && *p != '-')
      return false;
  return length > 0 && length < 32;
}

static bool
is_file (const char *value)
{
  for (const char *p = value; *p != '\0'; p++)
    if (iscntrl ((unsigned char)*p))
      return false;
  return *value != '\0' && *value != '-' && strlen (value) < PATH_MAX;
}

static bool
is_absolute (const char *value)
{
  return value[0] == '/' && is_file (value);
}

static bool
is_one_of (const char *value, const char *const *words)
{
  for (; *words != NULL; words++)
    if (strcmp (*words, value) == 0)
      return true;
  return false;
}

/* Not "always", which trusts whatever key carries the right name; "auto" is what gpg does anyway. */
static bool
is_trust_model (const char *value)
{
  static const char *const models[] = { "classic", "pgp", "tofu", "tofu+pgp", "direct", NULL };
  return is_one_of (value, models);
}

static bool
is_tofu_policy (const char *value)
{
  static const char *const policies[] = { "auto", "good", "unknown", "bad", "ask", NULL };
  return is_one_of (value, policies);
}

static const struct
{
  const char *name;
  Check check; /* NULL: takes no value */
} allowed[] = {
  /* where the keys are */
  { "keyring", is_file },
  { "primary-keyring", is_file },
  { "no-default-keyring", NULL },
  { "trustdb-name", is_file },
  /* another agent would not know the user's secret keys */
  { "agent-program", is_absolute },
  { "no-autostart", NULL },
  { "auto-expand-secmem", is_number },
  /* whom the user trusts */
  { "trust-model", is_trust_model },
  { "tofu-default-policy", is_tofu_policy },
  { "trusted-key", is_key_id },
  { "completes-needed", is_number },
  { "marginals-needed", is_number },
  { "max-cert-depth", is_number },
  { "min-cert-level", is_number },
  { "no-auto-check-trustdb", NULL },
  /* can only refuse more */
  { "weak-digest", is_word },
  { "disable-cipher-algo", is_word },
  { "disable-pubkey-algo", is_word },
};

static const char *
duplicate (const char *first, const char *second)
{
  char *copy = NULL;
  if (asprintf (&copy, "%s%s", first, second) < 0)
    abort ();
  return copy;
}

/* TOFU writes down when it saw a key: never under a false clock. */
static const char *
without_tofu (const char *name, const char *value, bool has_time)
{
  bool tofu = has_time && strcmp (name, "trust-model") == 0 && strncmp (value, "tofu", 4) == 0;
  return tofu ? "pgp" : value;
}

static void
carry_over (const char *name, const char *value, bool has_time, LlArgs *out)
{
  for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
    if (strcmp (allowed[i].name, name) == 0)
      {
        if (allowed[i].check == NULL)
          ll_args_add (out, duplicate ("--", name));
        else if (allowed[i].check (value))
          {
            ll_args_add (out, duplicate ("--", name));
            ll_args_add (out, duplicate ("", without_tofu (name, value, has_time)));
          }
        return;
      }
}

/* Value without quotes and white space at both ends, in place. */
static char *
clean_value (char *value)
{
  value += strspn (value, " \t=");
  size_t length = strlen (value);
  while (length > 0 && isspace ((unsigned char)value[length - 1]))
    value[--length] = '\0';
  if (length >= 2 && value[0] == '"' && value[length - 1] == '"')
    {
      value[length - 1] = '\0';
      value++;
    }
  return value;
}

static void
read_line (char *line, bool has_time, LlArgs *out)
{
  line += strspn (line, " \t-");
  if (*line == '#' || *line == '[' || *line == '\0')
    return;
  size_t length = strcspn (line, " \t=\r\n");
  char *rest = line + length;
  if (*rest != '\0')
    *rest++ = '\0';
  carry_over (line, clean_value (rest), has_time, out);
}

static bool
read_file (const char *path, bool has_time, LlArgs *out)
{
  FILE *file = fopen (path, "re");
  if (file == NULL)
    return false;
  char line[PATH_MAX + 256];
  bool continued = false;
  for (int n = 0; n < MAX_LINES && fgets (line, sizeof line, file) != NULL; n++)
    {
      bool complete = strchr (line, '\n') != NULL || feof (file);
      if (!continued && complete)
        read_line (line, has_time, out);
      continued = !complete;
    }
  fclose (file);
  return true;
}

/* gpg reads the first there is of gpg.conf-2.2.40, gpg.conf-2.2, gpg.conf-2 and gpg.conf. */
static void
read_most_specific (const char *directory, const char *version, bool has_time, LlArgs *out)
{
  char suffix[32] = "";
  if (version != NULL && strlen (version) < sizeof suffix - 1)
    snprintf (suffix, sizeof suffix, "-%s", version);
  for (;;)
    {
      char path[PATH_MAX];
      int length = snprintf (path, sizeof path, "%s/gpg.conf%s", directory, suffix);
      if (length < 0 || (size_t)length >= sizeof path || read_file (path, has_time, out) || *suffix == '\0')
        return;
      char *dot = strrchr (suffix, '.');
      *(dot != NULL ? dot : suffix) = '\0';
    }
}

void
ll_guard_conf (const char *homedir, const char *version, bool has_time, LlArgs *out)
{
  read_file (SYSTEM_CONF, has_time, out);
  const char *gnupghome = getenv ("GNUPGHOME");
  const char *home = getenv ("HOME");
  if (homedir != NULL)
    read_most_specific (homedir, version, has_time, out);
  else if (gnupghome != NULL && *gnupghome != '\0')
    read_most_specific (gnupghome, version, has_time, out);
  else if (home != NULL)
    read_most_specific (duplicate (home, "/.gnupg"), version, has_time, out);
}
