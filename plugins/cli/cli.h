/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of the program letterlock: one file each, found through one table. */
#pragma once

#include "ll-run.h"

typedef struct
{
  const char *name;
  LlCommands command;
  const char *arguments; /* as in the usage line */
  const char *summary;
  LlExit (*run) (const LlOptions *options);
} Command;

extern const Command cmd_sign;
extern const Command cmd_encrypt;
extern const Command cmd_decrypt;
extern const Command cmd_verify;
extern const Command cmd_show;
