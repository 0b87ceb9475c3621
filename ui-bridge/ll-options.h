/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every option of every command, once: one table makes the parser, the help and
 * what the test of the man page compares.
 */
#pragma once

#include "ll-error.h"

G_BEGIN_DECLS

/* Which commands an option belongs to. */
typedef enum
{
  LL_COMMAND_SIGN = 1 << 0,
  LL_COMMAND_ENCRYPT = 1 << 1,
  LL_COMMAND_DECRYPT = 1 << 2,
  LL_COMMAND_VERIFY = 1 << 3,
  LL_COMMAND_SHOW = 1 << 4,
} LlCommands;

#define LL_COMMANDS_PROTECT (LL_COMMAND_SIGN | LL_COMMAND_ENCRYPT)
#define LL_COMMANDS_REVEAL (LL_COMMAND_DECRYPT | LL_COMMAND_VERIFY | LL_COMMAND_SHOW)
#define LL_COMMANDS_ALL (LL_COMMANDS_PROTECT | LL_COMMANDS_REVEAL)

/* What was given on the command line; absent strings and lists are NULL. */
typedef struct
{
  /* before or behind the command */
  char *config;
  gboolean batch, offline, quiet, verbose, json, version, help;
  /* S/MIME material in files */
  char **certificates, **keys, **anchors;
  /* sign, encrypt */
  char *protocol, *sign_as, *from, *headers;
  char **recipients;
  gboolean opaque, detached, no_sign, no_self;
  /* decrypt, verify, show */
  char *as_of, *report, *signature;
  gboolean body, each, inline_pgp;
  gboolean raw;
  char *output;
  char **files;
} LlOptions;

LlOptions *ll_options_new (void);
void ll_options_free (LlOptions *options);

/**
 * ll_options_parse_global:
 * Takes the options in front of the command out of @argv, program name included.
 * Errors: LL_ERROR_USAGE
 */
gboolean ll_options_parse_global (LlOptions *options, int *argc, char ***argv, GError **error);

/** ll_options_parse: the rest, for @command called @name.  Errors: LL_ERROR_USAGE */
gboolean ll_options_parse (LlOptions *options, LlCommands command, const char *name, int *argc, char ***argv,
                           GError **error);

/**
 * ll_options_help:
 * @name: (nullable): NULL: of the options in front of the command
 * Returns: (transfer full): the text of --help
 */
char *ll_options_help (LlCommands command, const char *name, const char *arguments, const char *summary);

/** ll_options_file: (nullable): the one FILE. */
const char *ll_options_file (const LlOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlOptions, ll_options_free)

G_END_DECLS
