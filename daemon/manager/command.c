/* SPDX-License-Identifier: MIT */
#include "daemon/manager/command.h"

#include <string.h>

#include "conf/show.h"

/* What holds unless an option says otherwise. */
struct preset {
	const char *key, *value;
	const char *unless; /* not if this key comes from an option; NULL: @key itself */
};

/* The outputs belong to the command; what there is to say of a failure goes to the second. */
static const struct preset daemon_presets[] = {
	{ "nodaemon", "true", NULL },	    { "silent", "true", NULL },
	{ "logfile", "/dev/stderr", NULL }, { "logfile_maxbytes", "0", "logfile" },
	{ "loglevel", "error", NULL },	    { "pidfile", "/dev/null", NULL },
	{ "nocleanup", "true", NULL },	    { "minfds", "0", NULL },
	{ "minprocs", "0", NULL },
};

/* Whoever does not read its output makes it wait, as if there were nobody in between. */
static const struct preset program_presets[] = {
	{ "essential", "true", NULL },
	{ "autorestart", "false", NULL },
	{ "startsecs", "0", NULL },
	{ "startretries", "0", NULL },
	{ "stdout_logfile", "/dev/stdout", NULL },
	{ "stdout_logfile_maxbytes", "0", NULL },
	{ "stderr_logfile", "/dev/stderr", NULL },
	{ "stderr_logfile_maxbytes", "0", NULL },
	{ "log_policy", "block", NULL },
};

static bool has_key(const struct config_override *over, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(over[i].key, key) == 0)
			return true;
	return false;
}

static int put_keys(const struct preset *presets, size_t n_presets,
		    const struct config_override *over, size_t n_over, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_presets; i++) {
		const struct preset *p = &presets[i];

		if (!has_key(over, n_over, p->key) &&
		    !(p->unless && has_key(over, n_over, p->unless)))
			r = show_text(p->key, p->value, out);
	}
	for (size_t i = 0; r == 0 && i < n_over; i++)
		r = show_text(over[i].key, over[i].value, out);
	return r;
}

/* A name for the program of what its file is called; what a name may not have is replaced. */
static int put_section(const char *file, struct buf *out)
{
	static const char usable[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._+-";
	const char *slash = strrchr(file, '/');
	int r = buf_puts(out, "\n[program:");

	if (slash)
		file = slash + 1;
	if (r == 0 && !*file)
		r = buf_puts(out, "command");
	for (; r == 0 && *file; file++)
		r = buf_putc(out, strchr(usable, *file) ? *file : '_');
	return r < 0 ? r : buf_puts(out, "]\n");
}

/* As words_split() takes it apart again. */
static int put_word(const char *word, struct buf *out)
{
	int r = buf_putc(out, '\'');

	for (; r == 0 && *word; word++)
		r = *word == '\'' ? buf_puts(out, "'\\''") : buf_putc(out, *word);
	return r < 0 ? r : buf_putc(out, '\'');
}

static int put_command(const char *const *words, size_t n, struct buf *out)
{
	_cleanup_(buf_done) struct buf line = BUF_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (i)
			r = buf_putc(&line, ' ');
		if (r == 0)
			r = put_word(words[i], &line);
	}
	return r < 0 ? r : show_text("command", buf_str(&line), out);
}

int command_config(const struct options *o, struct buf *out)
{
	int r = buf_puts(out, "[supervisord]\n");

	if (r == 0)
		r = put_keys(daemon_presets, ARRAY_SIZE(daemon_presets), o->over, o->n_over,
			     out);
	if (r == 0)
		r = put_section(o->command[0], out);
	if (r == 0)
		r = put_command(o->command, o->n_command, out);
	if (r == 0)
		r = put_keys(program_presets, ARRAY_SIZE(program_presets), o->of_command,
			     o->n_of_command, out);
	return r;
}
