/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

const Command cmd_sign = {
  .name = "sign",
  .command = LL_COMMAND_SIGN,
  .arguments = N_ ("[FILE]"),
  .summary = N_ ("sign a mail message"),
  .run = ll_run_sign,
};
