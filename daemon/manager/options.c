/* SPDX-License-Identifier: MIT */
#include "daemon/manager/options.h"

#include <errno.h>
#include <string.h>

enum option_kind { OPTION_KEY, OPTION_FILE, OPTION_ACTION, OPTION_COMMAND };

/* One row per option. */
struct option_row {
	enum option_kind kind;
	enum options_action action; /* OPTION_ACTION */
	char letter; /* 0: long form only */
	const char *word;
	const char *key; /* OPTION_KEY: of [supervisord], which it beats; OPTION_COMMAND: of
			    the [program:x] that the command is */
	const char *meta; /* NULL: takes no value, "true" is meant */
	const char *help;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ OPTION_FILE,   OPTIONS_RUN,     'c', "configuration",    NULL,               "FILE",  "read this file, and search for none" },
	{ OPTION_ACTION, OPTIONS_CHECK,   0,   "check",            NULL,               NULL,    "check the file, print what it comes to, start nothing" },
	{ OPTION_KEY,    OPTIONS_RUN,     'n', "nodaemon",         "nodaemon",         NULL,    "stay in the foreground" },
	{ OPTION_KEY,    OPTIONS_RUN,     's', "silent",           "silent",           NULL,    "no copy of the log on standard output" },
	{ OPTION_ACTION, OPTIONS_HELP,    'h', "help",             NULL,               NULL,    "print this" },
	{ OPTION_ACTION, OPTIONS_VERSION, 'v', "version",          NULL,               NULL,    "print the version" },
	{ OPTION_KEY,    OPTIONS_RUN,     'u', "user",             "user",             "USER",  "run as this user (name or number)" },
	{ OPTION_KEY,    OPTIONS_RUN,     'm', "umask",            "umask",            "OCTAL", "umask of the daemon" },
	{ OPTION_KEY,    OPTIONS_RUN,     'd', "directory",        "directory",        "DIR",   "change to this directory when daemonizing" },
	{ OPTION_KEY,    OPTIONS_RUN,     'l', "logfile",          "logfile",          "FILE",  "the daemon's own log" },
	{ OPTION_KEY,    OPTIONS_RUN,     'y', "logfile_maxbytes", "logfile_maxbytes", "BYTES", "rotate it at this size" },
	{ OPTION_KEY,    OPTIONS_RUN,     'z', "logfile_backups",  "logfile_backups",  "NUM",   "keep so many old ones" },
	{ OPTION_KEY,    OPTIONS_RUN,     'e', "loglevel",         "loglevel",         "LEVEL", "critical error warn info debug trace blather" },
	{ OPTION_KEY,    OPTIONS_RUN,     'j', "pidfile",          "pidfile",          "FILE",  "write the process id here" },
	{ OPTION_KEY,    OPTIONS_RUN,     'i', "identifier",       "identifier",       "STR",   "name of this instance" },
	{ OPTION_KEY,    OPTIONS_RUN,     'q', "childlogdir",      "childlogdir",      "DIR",   "where AUTO logs go" },
	{ OPTION_KEY,    OPTIONS_RUN,     'k', "nocleanup",        "nocleanup",        NULL,    "keep AUTO logs of earlier runs" },
	{ OPTION_KEY,    OPTIONS_RUN,     'a', "minfds",           "minfds",           "NUM",   "so many descriptors must be allowed" },
	{ OPTION_KEY,    OPTIONS_RUN,     't', "strip_ansi",       "strip_ansi",       NULL,    "strip ANSI escapes from program logs" },
	{ OPTION_KEY,    OPTIONS_RUN,     0,   "minprocs",         "minprocs",         "NUM",   "so many processes must be allowed" },
	{ OPTION_COMMAND, OPTIONS_RUN,    0,   "grace",            "stopwaitsecs",     "SECS",  "COMMAND: kill it so long after it was told to stop; 10" },
	{ OPTION_COMMAND, OPTIONS_RUN,    0,   "restart",          "autorestart",      "WHEN",  "COMMAND: when it ends: false, unexpected (not with 0), true; false" },
	{ OPTION_COMMAND, OPTIONS_RUN,    0,   "stdin",            "stdin",            "WHAT",  "COMMAND: what it reads: null, file:PATH, data:TEXT; null" },
};
/* clang-format on */

static const struct option_row *row_of_letter(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

/* As getopt_long(3): a prefix that fits only one word is that word. */
static const struct option_row *row_of_word(const char *word, size_t len)
{
	const struct option_row *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strncmp(rows[i].word, word, len) != 0)
			continue;
		if (rows[i].word[len] == '\0')
			return &rows[i];
		if (found)
			return NULL;
		found = &rows[i];
	}
	return found;
}

static int refuse(struct buf *why, const char *what, const char *arg)
{
	int r = buf_printf(why, "%s%s", what, arg);

	return r < 0 ? r : -EINVAL;
}

/* In Python's quotes, as supervisord says it: the option alone, without its value. */
static int conflict(struct buf *why, const struct option_row *row, const char *as_written)
{
	int r;

	if (as_written[1] == '-')
		r = buf_printf(why, "conflicting command line option '--%s'", row->word);
	else
		r = buf_printf(why, "conflicting command line option '-%c'", row->letter);
	return r < 0 ? r : -EINVAL;
}

static int positional(struct buf *why, int n, const char *const *words)
{
	int r = buf_puts(why, "positional arguments are not supported: [");

	for (int i = 0; r == 0 && i < n; i++)
		r = buf_printf(why, "%s'%s'", i ? ", " : "", words[i]);
	if (r == 0)
		r = buf_putc(why, ']');
	return r < 0 ? r : -EINVAL;
}

/* One more of @v. */
static int take_override(struct config_override *v, size_t *n, const struct option_row *row,
			 const char *value, const char *as_written, struct buf *why)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(v[i].key, row->key) == 0)
			return conflict(why, row, as_written);
	v[(*n)++] = (struct config_override){ row->key, value, as_written };
	return 0;
}

static int take(struct options *o, const struct option_row *row, const char *value,
		const char *as_written, struct buf *why)
{
	switch (row->kind) {
	case OPTION_KEY:
		return take_override(o->over, &o->n_over, row, value, as_written, why);
	case OPTION_COMMAND:
		return take_override(o->of_command, &o->n_of_command, row, value, as_written,
				     why);
	case OPTION_FILE:
		if (o->config)
			return conflict(why, row, as_written);
		o->config = value;
		return 0;
	case OPTION_ACTION:
		o->action = row->action;
		return 0;
	}
	return -EINVAL;
}

/* "--word", "--word=value", "--word value". */
static int parse_long(const char *const *argv, int argc, int *i, struct options *o,
		      struct buf *why)
{
	const char *arg = argv[*i], *word = arg + 2, *eq = strchr(word, '=');
	const struct option_row *row =
		row_of_word(word, eq ? (size_t)(eq - word) : strlen(word));
	const char *value = eq ? eq + 1 : NULL;

	if (!row)
		return refuse(why, "unknown option ", arg);
	if (!row->meta && value)
		return refuse(why, "this option takes no value: ", arg);
	if (row->meta && !value) {
		if (*i + 1 >= argc)
			return refuse(why, "this option needs a value: ", arg);
		value = argv[++*i];
	}
	return take(o, row, row->meta ? value : "true", arg, why);
}

/* "-n", "-ns", "-cFILE", "-c FILE". */
static int parse_short(const char *const *argv, int argc, int *i, struct options *o,
		       struct buf *why)
{
	const char *arg = argv[*i];

	for (const char *p = arg + 1; *p; p++) {
		const struct option_row *row = row_of_letter(*p == '?' ? 'h' : *p);
		const char *value = "true";
		int r;

		if (!row)
			return refuse(why, "unknown option ", arg);
		if (row->meta) {
			value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
			if (!value)
				return refuse(why, "this option needs a value: ", arg);
		}
		r = take(o, row, value, arg, why);
		if (r < 0 || row->meta)
			return r;
	}
	return 0;
}

static int take_command(const char *const *words, int n, struct options *o, struct buf *why)
{
	if (n == 0)
		return refuse(why, "there is no command after --", "");
	o->command = words;
	o->n_command = (size_t)n;
	return 0;
}

/* A command is run instead of what a file names. */
static int fit_together(const struct options *o, struct buf *why)
{
	if (o->command && o->config)
		return refuse(why, "a command is run without a file: ", o->config);
	if (!o->command && o->n_of_command)
		return refuse(why, "this option needs a command, after --: ",
			      o->of_command[0].option);
	return 0;
}

int options_parse(int argc, const char *const *argv, struct options *ret, struct buf *why)
{
	struct options o = { .action = OPTIONS_RUN, .argv0 = argc > 0 ? argv[0] : "reeved" };

	int r = 0;

	for (int i = 1; r == 0 && i < argc; i++) {
		if (argv[i][0] != '-' || !argv[i][1])
			return positional(why, argc - i, argv + i);
		if (strcmp(argv[i], "--") == 0) {
			r = take_command(argv + i + 1, argc - i - 1, &o, why);
			break;
		}
		if (argv[i][1] == '-')
			r = parse_long(argv, argc, &i, &o, why);
		else
			r = parse_short(argv, argc, &i, &o, why);
	}
	if (r == 0)
		r = fit_together(&o, why);
	if (r == 0)
		*ret = o;
	return r;
}

int options_help(struct buf *out)
{
	int r = buf_puts(out,
			 "usage: reeved [options]\n"
			 "       reeved [options] -- COMMAND [ARGUMENT]...\n\n"
			 "Runs the programs that a supervisord-style INI file defines, or one "
			 "command.\n\n");

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rows); i++) {
		const struct option_row *o = &rows[i];
		char left[48];

		(void)snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
			       o->letter ? o->letter : ' ', o->letter ? "," : " ", o->word,
			       o->meta ? "=" : "", o->meta ? o->meta : "");
		r = buf_printf(out, "  %-30s %s\n", left, o->help);
	}
	return r;
}
