/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

const Command cmd_verify = {
  .name = "verify",
  .command = LL_COMMAND_VERIFY,
  .arguments = N_ ("[FILE]"),
  .summary = N_ ("report what is true about a message"),
  .run = ll_run_verify,
};
