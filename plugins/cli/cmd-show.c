/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

const Command cmd_show = {
  .name = "show",
  .command = LL_COMMAND_SHOW,
  .arguments = N_ ("[FILE]"),
  .summary = N_ ("show a message as a careful reader would"),
  .run = ll_run_show,
};
