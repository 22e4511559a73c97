/* SPDX-License-Identifier: MIT */
#include "ctl/run.h"

/* clang-format off */
command_fn *const commands_run[COMMAND_N] = {
	[CMD_STATUS]	= run_status,
	[CMD_PID]	= run_pid,
	[CMD_START]	= run_start,
	[CMD_STOP]	= run_stop,
	[CMD_RESTART]	= run_restart,
	[CMD_SIGNAL]	= run_signal,
	[CMD_TAIL]	= run_tail,
	[CMD_AVAIL]	= run_avail,
	[CMD_REREAD]	= run_reread,
	[CMD_UPDATE]	= run_update,
	[CMD_ADD]	= run_add,
	[CMD_REMOVE]	= run_remove,
	[CMD_RELOAD]	= run_reload,
	[CMD_SHUTDOWN]	= run_shutdown,
	[CMD_INFO]	= run_info,
	[CMD_HELP]	= run_help,
	[CMD_RUN]	= run_run,
	[CMD_MAP]	= run_map,
	[CMD_JOBS]	= run_jobs,
	[CMD_POLL]	= run_poll,
	[CMD_WAIT]	= run_wait,
	[CMD_OUTPUT]	= run_output,
	[CMD_KILL]	= run_kill,
	[CMD_FORGET]	= run_forget,
	[CMD_WHY]	= run_why,
	[CMD_EVENTS]	= run_events,
	[CMD_LOGS]	= run_logs,
	[CMD_MAINTAIL]	= run_maintail,
	[CMD_CLEAR]	= run_clear,
	[CMD_ROTATE]	= run_rotate,
	[CMD_REOPEN]	= run_reopen,
};
/* clang-format on */

static void few_words(struct ctl *c, const struct command *cmd)
{
	if (cmd->wants)
		complain(c, cmd->few_status, "Error: %s requires %s", cmd->word, cmd->wants);
	else
		complain(c, cmd->few_status, "Error: too few arguments");
	help_command(c->json || c->apart ? c->err : c->out, cmd);
}

static void many_words(struct ctl *c, const struct command *cmd)
{
	if (cmd->max_args == 0)
		complain(c, EXIT_GENERIC, "Error: %s accepts no arguments", cmd->word);
	else
		complain(c, EXIT_GENERIC, "Error: too many arguments");
	help_command(c->json || c->apart ? c->err : c->out, cmd);
}

static void run_command(struct ctl *c, const struct command *cmd, size_t n, char *const *words)
{
	c->command = command_id(cmd);
	c->apart = cmd->flags & COMMAND_VERBATIM;
	if (n < (size_t)cmd->min_args)
		few_words(c, cmd);
	else if (cmd->max_args >= 0 && n > (size_t)cmd->max_args)
		many_words(c, cmd);
	else
		commands_run[c->command](c, n, words);
}

static void unknown(struct ctl *c, size_t n, char *const *words)
{
	_cleanup_(buf_done) struct buf line = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		if (buf_printf(&line, "%s%s", i ? " " : "", words[i]) < 0)
			break;
	complain(c, EXIT_GENERIC, "*** Unknown syntax: %s", buf_str(&line));
}

void ctl_run(struct ctl *c, size_t n, char *const *words)
{
	const struct command *cmd = command_by_word(words[0]);

	if (cmd)
		run_command(c, cmd, n - 1, words + 1);
	else
		unknown(c, n, words);
	json_decref(c->gathered);
	c->gathered = NULL;
}
