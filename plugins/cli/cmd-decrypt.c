/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

const Command cmd_decrypt = {
  .name = "decrypt",
  .command = LL_COMMAND_DECRYPT,
  .arguments = N_ ("[FILE]"),
  .summary = N_ ("remove the protection of a message and restore its header"),
  .run = ll_run_decrypt,
};
