/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "ll-startup.h"
#include "ll-tell.h"

static const Command *const commands[] = { &cmd_sign, &cmd_encrypt, &cmd_decrypt, &cmd_verify, &cmd_show };

static const Command *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i]->name, name) == 0)
      return commands[i];
  return NULL;
}

/* ---- help ---- */

static char *
help_of_program (void)
{
  g_autofree char *options = ll_options_help (0, NULL, N_ ("COMMAND [OPTION…] [FILE]"), NULL);
  GString *out = g_string_new (options);
  g_string_append_printf (out, "%s\n", _ ("Commands:"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (out, "  %-10s %s\n", commands[i]->name, _ (commands[i]->summary));
  g_string_append_printf (out, "\n%s\n",
                          _ ("See \"letterlock COMMAND --help\" for the options of a command."));
  return g_string_free (out, FALSE);
}

static LlExit
print_version (const LlOptions *options)
{
  return ll_run_print (options, "letterlock " LL_VERSION "\n");
}

static LlExit
print_help (const LlOptions *options, const Command *command)
{
  g_autofree char *text = command == NULL ? help_of_program ()
                                          : ll_options_help (command->command, command->name,
                                                             command->arguments, _ (command->summary));
  return ll_run_print (options, text);
}

/* ---- a command that does not exist ---- */

static guint
distance (const char *a, const char *b)
{
  gsize n = strlen (b);
  g_autofree guint *row = g_new (guint, n + 1);
  for (guint j = 0; j <= n; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++)
    {
      guint diagonal = row[0];
      row[0] = i;
      for (guint j = 1; j <= n; j++)
        {
          guint change = diagonal + (a[i - 1] != b[j - 1]);
          diagonal = row[j];
          row[j] = MIN (change, MIN (row[j], row[j - 1]) + 1);
        }
    }
  return row[n];
}

static const char *
nearest_command (const char *name)
{
  const char *nearest = NULL;
  guint best = 4; /* further away it is another word */
  for (guint i = 0; strlen (name) < 32 && i < G_N_ELEMENTS (commands); i++)
    {
      guint d = distance (name, commands[i]->name);
      if (d < best)
        {
          best = d;
          nearest = commands[i]->name;
        }
    }
  return nearest;
}

static LlExit
unknown_command (const LlOptions *options, const char *name)
{
  g_autoptr (GError) error = NULL;
  const char *nearest = nearest_command (name);
  if (nearest != NULL)
    ll_error_set (&error, LL_ERROR_USAGE, "there is no command %s; did you mean %s?", name, nearest);
  else
    ll_error_set (&error, LL_ERROR_USAGE, "there is no command %s; see: letterlock --help", name);
  return ll_run_failed (options, error);
}

/* ---- running ---- */

static LlExit
run_command (LlOptions *options, const Command *command, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (!ll_options_parse (options, command->command, command->name, &argc, &argv, &error))
    return ll_run_failed (options, error);
  if (options->help)
    return print_help (options, command);
  return options->version ? print_version (options) : command->run (options);
}

static LlExit
no_command (void)
{
  g_autofree char *help = help_of_program ();
  (void)fputs (help, stderr);
  return LL_EXIT_USAGE;
}

static LlExit
run (LlOptions *options, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (!ll_options_parse_global (options, &argc, &argv, &error))
    return ll_run_failed (options, error);
  if (options->version)
    return print_version (options);
  if (options->help)
    return print_help (options, NULL);
  if (argc < 2)
    return no_command ();
  const Command *command = find_command (argv[1]);
  if (command == NULL)
    return unknown_command (options, argv[1]);
  return run_command (options, command, argc - 1, argv + 1);
}

int
main (int argc, char **argv)
{
  ll_startup ();
  g_set_prgname ("letterlock");
  g_autoptr (LlOptions) options = ll_options_new ();
  return (int)run (options, argc, argv);
}
