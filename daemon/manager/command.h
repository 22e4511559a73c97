/* SPDX-License-Identifier: MIT */
/*
 * command.h - "reeved -- COMMAND": one command, supervised without a file.
 *
 * What a file would say is written here as text (reeved(8), "ONE COMMAND"), so that everything
 * after it is the same: reading, what is kept for the next manager, reload.
 */
#pragma once

#include "daemon/manager/options.h"

/* The configuration that runs the command of @o, which has one. 0 or -ENOMEM. */
_must_check_ int command_config(const struct options *o, struct buf *out);

/* What stands for the file in messages. */
#define COMMAND_FILE "command-line"
