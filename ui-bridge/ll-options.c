/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-options.h"

#include <string.h>

#include "ll-tell.h"

typedef struct
{
  const char *name;
  char letter; /* 0: none */
  guint commands;
  GOptionArg type;
  gsize offset;
  const char *help;
  const char *argument; /* (nullable) */
} Option;

#define FIELD(field) G_STRUCT_OFFSET (LlOptions, field)
#define EVERYWHERE 0u /* also in front of the command */
#define RAW (LL_COMMANDS_PROTECT | LL_COMMAND_DECRYPT | LL_COMMAND_VERIFY)
#define WRITES (LL_COMMANDS_PROTECT | LL_COMMAND_DECRYPT)

static const Option table[] = {
  { "protocol", 'p', LL_COMMANDS_PROTECT, G_OPTION_ARG_STRING, FIELD (protocol),
    N_ ("auto (as configured, else the one that has all keys), openpgp or smime"), N_ ("PROTOCOL") },
  { "sign-as", 'u', LL_COMMANDS_PROTECT, G_OPTION_ARG_STRING, FIELD (sign_as),
    N_ ("sign with the key of this address or fingerprint"), N_ ("ADDR|FPR") },
  { "recipient", 'r', LL_COMMAND_ENCRYPT, G_OPTION_ARG_STRING_ARRAY, FIELD (recipients),
    N_ ("encrypt to this address instead of To, Cc and Bcc; may be repeated"), N_ ("ADDR") },
  { "no-sign", 0, LL_COMMAND_ENCRYPT, G_OPTION_ARG_NONE, FIELD (no_sign), N_ ("encrypt without signing"),
    NULL },
  { "headers", 0, LL_COMMAND_ENCRYPT, G_OPTION_ARG_STRING, FIELD (headers),
    N_ ("what the outer header hides: baseline (the subject), shy (names and time zone too) or none"),
    N_ ("POLICY") },
  { "no-self", 0, LL_COMMAND_ENCRYPT, G_OPTION_ARG_NONE, FIELD (no_self),
    N_ ("do not encrypt to the sender too"), NULL },
  { "opaque", 0, LL_COMMAND_SIGN, G_OPTION_ARG_NONE, FIELD (opaque),
    N_ ("put the content inside the S/MIME signature"), NULL },
  { "report", 0, LL_COMMAND_DECRYPT, G_OPTION_ARG_FILENAME, FIELD (report),
    N_ ("write the verdict as JSON into FILE"), N_ ("FILE") },
  { "body", 0, LL_COMMAND_DECRYPT, G_OPTION_ARG_NONE, FIELD (body),
    N_ ("write only the protected part, not the whole message"), NULL },
  { "each", 0, LL_COMMAND_VERIFY, G_OPTION_ARG_NONE, FIELD (each),
    N_ ("FILE is a maildir or mbox: one report for each message"), NULL },
  { "as-of", 0, LL_COMMANDS_REVEAL, G_OPTION_ARG_STRING, FIELD (as_of),
    N_ ("judge keys as they were at this time, or at the date of the message"), N_ ("TIME|message") },
  { "inline", 0, LL_COMMANDS_REVEAL, G_OPTION_ARG_NONE, FIELD (inline_pgp),
    N_ ("look at a text that is wholly inline OpenPGP"), NULL },
  { "raw", 0, RAW, G_OPTION_ARG_NONE, FIELD (raw), N_ ("plain data instead of a mail message"), NULL },
  { "from", 0, LL_COMMANDS_PROTECT, G_OPTION_ARG_STRING, FIELD (from), N_ ("with --raw: whose key signs"),
    N_ ("ADDR") },
  { "detached", 0, LL_COMMAND_SIGN, G_OPTION_ARG_NONE, FIELD (detached),
    N_ ("with --raw: write only the signature"), NULL },
  { "signature", 0, LL_COMMAND_VERIFY, G_OPTION_ARG_FILENAME, FIELD (signature),
    N_ ("with --raw: the detached signature of FILE"), N_ ("SIGNATURE") },
  { "output", 'o', WRITES, G_OPTION_ARG_FILENAME, FIELD (output),
    N_ ("write into FILE instead of standard output"), N_ ("FILE") },
  { "cert", 0, LL_COMMANDS_ALL, G_OPTION_ARG_FILENAME_ARRAY, FIELD (certificates),
    N_ ("S/MIME certificates (PEM, DER, PKCS#12); may be repeated"), N_ ("FILE") },
  { "key", 0, LL_COMMANDS_ALL, G_OPTION_ARG_FILENAME_ARRAY, FIELD (keys),
    N_ ("own S/MIME keys (PEM, DER, PKCS#12); may be repeated"), N_ ("FILE") },
  { "ca", 0, LL_COMMANDS_ALL, G_OPTION_ARG_FILENAME_ARRAY, FIELD (anchors),
    N_ ("S/MIME certificates to trust as authorities; may be repeated"), N_ ("FILE") },
  { "config", 0, EVERYWHERE, G_OPTION_ARG_FILENAME, FIELD (config), N_ ("read this configuration"),
    N_ ("FILE") },
  { "batch", 0, EVERYWHERE, G_OPTION_ARG_NONE, FIELD (batch), N_ ("never ask anything"), NULL },
  { "offline", 0, EVERYWHERE, G_OPTION_ARG_NONE, FIELD (offline), N_ ("use no network"), NULL },
  { "json", 0, EVERYWHERE, G_OPTION_ARG_NONE, FIELD (json), N_ ("write reports as JSON"), NULL },
  { "quiet", 'q', EVERYWHERE, G_OPTION_ARG_NONE, FIELD (quiet), N_ ("say nothing but errors"), NULL },
  { "verbose", 'v', EVERYWHERE, G_OPTION_ARG_NONE, FIELD (verbose),
    N_ ("say more, also which key was taken and why"), NULL },
  { "version", 0, EVERYWHERE, G_OPTION_ARG_NONE, FIELD (version), N_ ("print the version"), NULL },
  { "help", 'h', EVERYWHERE, G_OPTION_ARG_NONE, FIELD (help), N_ ("print this help"), NULL },
};

LlOptions *
ll_options_new (void)
{
  return g_new0 (LlOptions, 1);
}

void
ll_options_free (LlOptions *options)
{
  if (options == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      gpointer field = (guint8 *)options + table[i].offset;
      if (table[i].type == G_OPTION_ARG_STRING || table[i].type == G_OPTION_ARG_FILENAME)
        g_free (*(char **)field);
      else if (table[i].type != G_OPTION_ARG_NONE)
        g_strfreev (*(char ***)field);
    }
  g_strfreev (options->files);
  g_free (options);
}

static const char *
translate_help (const char *text, gpointer user_data)
{
  /* GLib also asks for the words of what has none. */
  return text != NULL ? ll_translate (text, NULL) : NULL;
}

static void
add_entries (GOptionGroup *group, LlOptions *options, guint commands)
{
  GOptionEntry entries[2] = { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const Option *option = &table[i];
      gboolean wanted
          = commands == EVERYWHERE ? option->commands == EVERYWHERE : (option->commands & commands) != 0;
      if (!wanted)
        continue;
      entries[0] = (GOptionEntry){
        option->name, option->letter,  G_OPTION_FLAG_NONE, option->type, (guint8 *)options + option->offset,
        option->help, option->argument
      };
      g_option_group_add_entries (group, entries);
    }
}

static GOptionContext *
new_context (LlOptions *options, LlCommands command, const char *parameters)
{
  GOptionContext *context = g_option_context_new (parameters);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_translate_func (context, translate_help, NULL, NULL);
  GOptionGroup *group = g_option_group_new ("main", NULL, NULL, NULL, NULL);
  g_option_group_set_translate_func (group, translate_help, NULL, NULL);
  if (command != 0)
    {
      GOptionEntry files[2] = { { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY,
                                  &options->files, NULL, NULL },
                                { 0 } };
      add_entries (group, options, command);
      g_option_group_add_entries (group, files);
    }
  add_entries (group, options, EVERYWHERE);
  g_option_context_set_main_group (context, group);
  return context;
}

static gboolean
wrong_use (GError **error, const char *why, const char *name)
{
  if (name != NULL)
    ll_error_set (error, LL_ERROR_USAGE, "%s; see: letterlock %s --help", why, name);
  else
    ll_error_set (error, LL_ERROR_USAGE, "%s; see: letterlock --help", why);
  return FALSE;
}

/* GLib's sentence, in our voice: lower case first. */
static gboolean
parse (GOptionContext *context, const char *name, int *argc, char ***argv, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (g_option_context_parse (context, argc, argv, &failure))
    return TRUE;
  failure->message[0] = g_ascii_tolower (failure->message[0]);
  return wrong_use (error, failure->message, name);
}

gboolean
ll_options_parse_global (LlOptions *options, int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = new_context (options, 0, NULL);
  g_option_context_set_strict_posix (context, TRUE);
  return parse (context, NULL, argc, argv, error);
}

gboolean
ll_options_parse (LlOptions *options, LlCommands command, const char *name, int *argc, char ***argv,
                  GError **error)
{
  g_autoptr (GOptionContext) context = new_context (options, command, NULL);
  if (!parse (context, name, argc, argv, error))
    return FALSE;
  if (options->files != NULL && g_strv_length (options->files) > 1)
    return wrong_use (error, N_ ("more than one FILE was given"), name);
  return TRUE;
}

/* GLib's usage line puts the options before the command, where most of them have no place. */
static char *
replace_usage (const char *help, const char *usage)
{
  const char *rest = strstr (help, "\n\n");
  return g_strconcat (_ ("Usage:"), "\n  letterlock ", usage, rest != NULL ? rest : "\n", NULL);
}

char *
ll_options_help (LlCommands command, const char *name, const char *arguments, const char *summary)
{
  g_autoptr (LlOptions) options = ll_options_new ();
  g_autoptr (GOptionContext) context = new_context (options, command, NULL);
  g_option_context_set_summary (context, summary);
  g_autofree char *help = g_option_context_get_help (context, FALSE, NULL);
  g_autofree char *usage = name != NULL ? g_strdup_printf ("%s %s %s", name, _ ("[OPTION…]"), _ (arguments))
                                        : g_strdup_printf ("%s %s", _ ("[OPTION…]"), _ (arguments));
  return replace_usage (help, usage);
}

const char *
ll_options_file (const LlOptions *options)
{
  return options->files != NULL ? options->files[0] : NULL;
}
