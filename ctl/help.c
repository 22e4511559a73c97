/* SPDX-License-Identifier: MIT */
/*
 * help.c - how to use reevectl; every word of it comes from the tables of commands and options.
 */
#include <string.h>

#include "ctl/events_options.h"
#include "ctl/logs_options.h"
#include "ctl/map_options.h"
#include "ctl/names.h"
#include "ctl/run.h"
#include "ctl/run_options.h"

enum { FORM_WIDTH = 30 };

/* clang-format off */
/* The options of each, if it has some. */
static const struct flags *const options_of[COMMAND_N] = {
	[CMD_RUN]	= &run_flags,
	[CMD_MAP]	= &map_flags,
	[CMD_WAIT]	= &wait_flags,
	[CMD_FORGET]	= &forget_flags,
	[CMD_EVENTS]	= &events_flags,
	[CMD_LOGS]	= &logs_flags,
};
/* clang-format on */

/* "form<TAB>what it does", or a sentence by itself. */
static void put_usage(FILE *f, const char *line, size_t len)
{
	const char *tab = memchr(line, '\t', len);
	const int form = tab ? (int)(tab - line) : 0;

	if (tab)
		fprintf(f, "%-*.*s %.*s\n", FORM_WIDTH, form, line, (int)len - form - 1,
			tab + 1);
	else
		fprintf(f, "%.*s\n", (int)len, line);
}

static void put_lines(FILE *f, const char *lines)
{
	while (*lines) {
		const size_t len = strcspn(lines, "\n");

		put_usage(f, lines, len);
		lines += len + (lines[len] == '\n');
	}
}

void help_command(FILE *f, const struct command *c)
{
	const struct flags *flags = options_of[command_id(c)];
	_cleanup_(buf_done) struct buf options = BUF_INIT;

	fprintf(f, "%s%s%s\n%s\n\n", c->word, *c->args ? " " : "", c->args, c->help);
	put_lines(f, c->usage);
	if (flags && flags_help(flags, &options) == 0) {
		fprintf(f, "\nOptions:\n");
		put_lines(f, buf_str(&options));
	}
	fflush(f);
}

static void help_purpose(FILE *f, enum command_purpose purpose)
{
	fprintf(f, "\n%s:\n", purpose_title(purpose));
	for (size_t i = 0; i < COMMAND_N; i++) {
		const struct command *c = &commands[i];

		if (c->word && c->purpose == purpose)
			fprintf(f, "  %s %-*s %s\n", c->word, 37 - (int)strlen(c->word),
				c->args, c->help);
	}
}

void help_commands(FILE *f)
{
	for (int p = 0; p < PURPOSE_N; p++)
		help_purpose(f, (enum command_purpose)p);
	fflush(f);
}

void run_help(struct ctl *c, size_t n, char *const *words)
{
	const struct command *cmd = n ? command_by_word(words[0]) : NULL;

	if (cmd) {
		help_command(c->out, cmd);
		return;
	}
	if (n) {
		complain(c, EXIT_OK, "*** No help on %s", words[0]);
		return;
	}
	fprintf(c->out, "\ndefault commands (type help <topic>):\n"
			"=====================================\n");
	help_commands(c->out);
	fprintf(c->out, "\n");
	fflush(c->out);
}
