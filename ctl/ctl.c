/* SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "ctl/text.h"

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
};
/* clang-format on */

/* A line, at once: whoever reads our lines waits for each. */
__attribute__((format(printf, 3, 0))) static void put_line(FILE *f, bool escape,
							   const char *fmt, va_list ap)
{
	_cleanup_(buf_done) struct buf line = BUF_INIT, safe = BUF_INIT;
	const struct buf *shown = &line;

	if (buf_vprintf(&line, fmt, ap) < 0)
		return;
	if (escape && text_escape(buf_str(&line), line.len, true, &safe) >= 0)
		shown = &safe;
	fprintf(f, "%s\n", buf_str(shown));
	fflush(f);
}

void say(struct ctl *c, const char *fmt, ...)
{
	va_list ap;

	if (c->json)
		return;
	va_start(ap, fmt);
	put_line(c->out, c->terminal, fmt, ap);
	va_end(ap);
}

void complain(struct ctl *c, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(c->json ? c->err : c->out, c->json || c->terminal, fmt, ap);
	va_end(ap);
	if (status)
		c->status = status;
}

void remark(struct ctl *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(c->err, true, fmt, ap);
	va_end(ap);
}

json_t *words_param(const char *key, size_t n, char *const *words)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(list, varlink_string(words[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return json_pack("{s:o}", key, list);
}

void print_json(struct ctl *c, const json_t *value)
{
	if (!c->json || !value)
		return;
	if (json_dumpf(value, c->out, JSON_INDENT(2) | JSON_ENCODE_ANY) < 0)
		remark(c, "error: out of memory");
	fputc('\n', c->out);
	fflush(c->out);
}

static void few_words(struct ctl *c, const struct command *cmd)
{
	if (cmd->wants)
		complain(c, cmd->few_status, "Error: %s requires %s", cmd->word, cmd->wants);
	else
		complain(c, cmd->few_status, "Error: too few arguments");
	help_command(c->json ? c->err : c->out, cmd);
}

static void many_words(struct ctl *c, const struct command *cmd)
{
	if (cmd->max_args == 0)
		complain(c, EXIT_GENERIC, "Error: %s accepts no arguments", cmd->word);
	else
		complain(c, EXIT_GENERIC, "Error: too many arguments");
	help_command(c->json ? c->err : c->out, cmd);
}

static void run_command(struct ctl *c, const struct command *cmd, size_t n, char *const *words)
{
	c->command = command_id(cmd);
	if (n < (size_t)cmd->min_args)
		few_words(c, cmd);
	else if (cmd->max_args >= 0 && n > (size_t)cmd->max_args)
		many_words(c, cmd);
	else
		commands_run[c->command](c, n, words);
}

void ctl_run(struct ctl *c, size_t n, char *const *words)
{
	const struct command *cmd = command_by_word(words[0]);

	if (cmd)
		run_command(c, cmd, n - 1, words + 1);
	else
		complain(c, EXIT_GENERIC, "*** Unknown syntax: %s", words[0]);
	json_decref(c->gathered);
	c->gathered = NULL;
}
