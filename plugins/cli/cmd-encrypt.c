/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

const Command cmd_encrypt = {
  .name = "encrypt",
  .command = LL_COMMAND_ENCRYPT,
  .arguments = N_ ("[FILE]"),
  .summary = N_ ("sign and encrypt a mail message"),
  .run = ll_run_encrypt,
};
