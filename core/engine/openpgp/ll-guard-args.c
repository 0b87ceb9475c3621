/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which arguments of GPGME reach gpg: a table; everything else is refused. */
#include "ll-guard.h"

#include <stdlib.h>
#include <string.h>

typedef enum
{
  KEEP,
  DROP,
  COMMAND,
  HOMEDIR,
  CTYPE,
  MESSAGES,
  SIGNER,
  OUTPUT,
  CHANNEL,
} Action;

typedef struct
{
  const char *name;
  bool has_value;
  Action action;
  LlGuardCommand command;
  const char *canonical; /* what gpg is told, where it differs */
} Rule;

/* --symmetric, --show-session-key, --ignore-mdc-error, --override-session-key, --locate-keys and
 * the like are absent on purpose: what is not here is refused. */
static const Rule rules[] = {
  { "--armor", false, KEEP, 0, NULL },
  { "--batch", false, KEEP, 0, NULL },
  { "--enable-special-filenames", false, KEEP, 0, NULL },
  { "--enable-progress-filter", false, KEEP, 0, NULL },
  { "--exit-on-status-write-error", false, KEEP, 0, NULL },
  { "--no-tty", false, KEEP, 0, NULL },
  { "--no-encrypt-to", false, DROP, 0, NULL },
  { "--no-sk-comments", false, DROP, 0, NULL },
  { "--disable-dirmngr", false, DROP, 0, NULL },
  { "--use-agent", false, DROP, 0, NULL },
  { "--no-symkey-cache", false, DROP, 0, NULL },
  { "--status-fd", true, KEEP, 0, NULL },
  { "--logger-fd", true, KEEP, 0, NULL },
  { "--command-fd", true, KEEP, 0, NULL },
  { "--charset", true, KEEP, 0, NULL },
  { "--display", true, KEEP, 0, NULL },
  { "--ttyname", true, KEEP, 0, NULL },
  { "--ttytype", true, KEEP, 0, NULL },
  { "--lc-ctype", true, CTYPE, 0, NULL },
  { "--lc-messages", true, MESSAGES, 0, NULL },
  { "--request-origin", true, KEEP, 0, NULL },
  { "--pinentry-mode", true, KEEP, 0, NULL },
  { "--input-size-hint", true, KEEP, 0, NULL },
  { "--compress-algo", true, DROP, 0, NULL },
  { "--homedir", true, HOMEDIR, 0, NULL },
  { "--auto-key-locate", true, CHANNEL, 0, NULL },
  { "-u", true, SIGNER, 0, NULL },
  { "-r", true, KEEP, 0, NULL },
  { "-R", true, KEEP, 0, NULL },
  { "-o", true, OUTPUT, 0, NULL },
  { "--output", true, OUTPUT, 0, NULL },
  { "--with-colons", false, KEEP, 0, NULL },
  { "--with-secret", false, KEEP, 0, NULL },
  { "--with-keygrip", false, KEEP, 0, NULL },
  { "--with-fingerprint", false, KEEP, 0, NULL },
  { "--fixed-list-mode", false, KEEP, 0, NULL },
  { "--list-keys", false, COMMAND, LL_GUARD_LIST, NULL },
  { "--list-secret-keys", false, COMMAND, LL_GUARD_LIST, NULL },
  { "--detach", false, KEEP, 0, "--detach-sign" },
  { "--sign", false, COMMAND, LL_GUARD_SIGN, NULL },
  { "--encrypt", false, COMMAND, LL_GUARD_ENCRYPT, NULL },
  { "--decrypt", false, COMMAND, LL_GUARD_DECRYPT, NULL },
  { "--verify", false, COMMAND, LL_GUARD_VERIFY, NULL },
  { "--import", false, COMMAND, LL_GUARD_IMPORT, NULL },
  { "--export", false, COMMAND, LL_GUARD_EXPORT, NULL },
};

void
ll_args_add (LlArgs *args, const char *argument)
{
  if (args->length + 2 > args->capacity)
    {
      size_t capacity = args->capacity == 0 ? 64 : args->capacity * 2;
      const char **items = reallocarray (args->items, capacity, sizeof *items);
      if (items == NULL)
        abort ();
      args->items = items;
      args->capacity = capacity;
    }
  args->items[args->length++] = argument;
  args->items[args->length] = NULL;
}

/* @argument is "--name", "-n" or "--name=value". */
static const Rule *
find_rule (const char *argument, const char **out_value)
{
  size_t length = strlen (argument);
  *out_value = NULL;
  if (strncmp (argument, "--", 2) == 0 && strchr (argument, '=') != NULL)
    {
      length = (size_t)(strchr (argument, '=') - argument);
      *out_value = argument + length + 1;
    }
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (strlen (rules[i].name) == length && strncmp (rules[i].name, argument, length) == 0)
      return rules[i].has_value || *out_value == NULL ? &rules[i] : NULL;
  return NULL;
}

static bool
all_of (const char *text, const char *characters)
{
  return *text != '\0' && text[strspn (text, characters)] == '\0';
}

/* One item of the channel; @item is NUL-terminated and stays. */
static bool
channel_item (const char *item, LlGuardRequest *out)
{
  static const char digits[] = "0123456789";
  if (strncmp (item, "at=", 3) == 0 && all_of (item + 3, digits))
    out->at = item + 3;
  else if (strncmp (item, "sign=", 5) == 0 && all_of (item + 5, "0123456789ABCDEFabcdef"))
    out->sign = item + 5;
  else if (strncmp (item, "version=", 8) == 0 && all_of (item + 8, "0123456789."))
    out->version = item + 8;
  else if (strncmp (item, "deadline=", 9) == 0 && all_of (item + 9, digits))
    out->deadline = (unsigned)strtoul (item + 9, NULL, 10);
  else if (strcmp (item, "binary") == 0)
    out->binary = true;
  else
    return strcmp (item, LL_GUARD_CHANNEL) == 0;
  return true;
}

/* A value that is not ours is somebody's wish to look for keys elsewhere: dropped as well. */
static bool
read_channel (const char *value, LlGuardRequest *out)
{
  if (strncmp (value, LL_GUARD_CHANNEL, strlen (LL_GUARD_CHANNEL)) != 0)
    return true;
  char *copy = strdup (value);
  if (copy == NULL)
    abort ();
  char *rest = copy;
  for (char *item = strsep (&rest, ","); item != NULL; item = strsep (&rest, ","))
    if (!channel_item (item, out))
      return false;
  return true;
}

static void
keep (const Rule *rule, const char *value, LlGuardRequest *out)
{
  ll_args_add (&out->options, rule->canonical != NULL ? rule->canonical : rule->name);
  if (rule->has_value)
    ll_args_add (&out->options, value);
}

static bool
apply (const Rule *rule, const char *value, LlGuardRequest *out)
{
  switch (rule->action)
    {
    case KEEP:
      keep (rule, value, out);
      return true;
    case COMMAND:
      /* "--encrypt --sign" is one command for us: the later one adds to the first */
      keep (rule, value, out);
      if (out->command != LL_GUARD_ENCRYPT)
        out->command = rule->command;
      return true;
    case HOMEDIR:
      out->homedir = value;
      keep (rule, value, out);
      return true;
    case CTYPE:
      out->ctype = value;
      return true;
    case MESSAGES:
      out->messages = value;
      return true;
    case SIGNER:
      /* GPGME names the signer by a key id of 64 bits (H-11): the channel has the fingerprint */
      return true;
    case OUTPUT:
      out->output = true;
      return strcmp (value, "-") == 0;
    case CHANNEL:
      return read_channel (value, out);
    case DROP:
      return true;
    default:
      return false;
    }
}

const char *
ll_guard_parse (int argc, char **argv, LlGuardRequest *out)
{
  int i = 1;
  for (; i < argc && strcmp (argv[i], "--") != 0; i++)
    {
      const char *value;
      const char *argument = argv[i];
      const Rule *rule = find_rule (argument, &value);
      if (rule == NULL)
        return argument;
      if (rule->has_value && value == NULL && (value = argv[++i]) == NULL)
        return argument;
      if (!apply (rule, value, out))
        return argument;
    }
  for (i++; i < argc; i++)
    ll_args_add (&out->operands, argv[i]);
  return NULL;
}
