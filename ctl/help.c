/* SPDX-License-Identifier: MIT */
/*
 * help.c - how to use reevectl; every word of it comes from the table of commands.
 */
#include <string.h>

#include "ctl/names.h"
#include "ctl/run.h"

enum { FORM_WIDTH = 30 };

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

void help_command(FILE *f, const struct command *c)
{
	fprintf(f, "%s%s%s\n%s\n\n", c->word, *c->args ? " " : "", c->args, c->help);
	for (const char *line = c->usage; *line;) {
		const size_t len = strcspn(line, "\n");

		put_usage(f, line, len);
		line += len + (line[len] == '\n');
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
