/* SPDX-License-Identifier: MIT */
/*
 * main.c - reevectl: drives a running reeved.
 *
 *	options.c	the command line; flags.c, words.c: of one command, by a table
 *	place.c		where the control socket is
 *	run.c		finds the command and runs it; help.c: how to use it
 *	say.c		prints lines
 *	line.c		a connection that never waits
 *	client.c	one call at a time, which waits for the reply; follow.c: again and again
 *	ask.c		calls of the daemon, and the words for what goes wrong
 *
 *	status.c	status, pid, avail, version
 *	outcomes.c	start, stop, restart, signal
 *	groups.c	reread, update, add, remove, reload, shutdown
 *	why.c		why; events.c: events
 *	logs.c		logs, reopen; logs_options.c, log_show.c, log_line.c, log_place.c,
 *when.c: parts of it
 *	tail.c		tail, maintail; job_output.c: output; stream.c: a log as it comes
 *	jobs.c		jobs, poll, kill, forget; job_wait.c: wait
 *	job_run.c	run
 *	job_map.c	map; mapping.c: what is made ready for it
 *
 *	stages.c	a line with pipes, without a shell
 *	job_spec.c	what the daemon is told of a job: job_env.c, job_streams.c
 *	visit.c		jobs of ours, also while the daemon's manager is replaced: flights.c
 *	attend.c	who stays with them, and passes signals on: signals.c
 *	map_*.c		items, the words they are put into, the rules of GNU parallel, its log
 *	capture.c	what a job of map prints; printer.c: one after the other
 *	job_exit.c	how a job ended; job_words.c, quote.c: in words
 *
 * The commands themselves are in proto/commands.c, the table that the daemon has too.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "ctl/options.h"
#include "ctl/place.h"
#include "ctl/run.h"

enum { PATIENCE = 60 * 1000 };

static void usage(FILE *f)
{
	fprintf(f,
		"Usage: reevectl [OPTION...] COMMAND [WORD...]\n"
		"Drives a running reeved: one command, then it exits. There is no interactive "
		"shell.\n"
		"\n"
		"Options:\n"
		"  -c, --configuration FILE  the file the daemon reads: its [reeve] socket is "
		"where\n"
		"                            the daemon listens (default: found as reeved "
		"finds "
		"it)\n"
		"  -s, --serverurl URL       unix:///PATH of the socket, whatever a file says\n"
		"      --json                print data as JSON\n"
		"  -h, --help                this; after a command, how to use it\n"
		"      --version             the version of reevectl\n"
		"\n"
		"Names are PROCESS, GROUP:PROCESS, GROUP:* or all.\n");
	help_commands(f);
}

static int bad(const char *what)
{
	fprintf(stderr, "Error: %s\nFor help, use reevectl -h\n", what);
	return EXIT_USAGE;
}

/* Help, in whichever way it was asked for. */
static int help(const struct options *o)
{
	const struct command *c = o->n_words ? command_by_word(o->words[0]) : NULL;

	if (o->n_words && !c) {
		printf("*** No help on %s\n", o->words[0]);
		return EXIT_OK;
	}
	if (c)
		help_command(stdout, c);
	else
		usage(stdout);
	return EXIT_OK;
}

static int run(const struct options *o, const char *argv0)
{
	_cleanup_(buf_done) struct buf url = BUF_INIT, path = BUF_INIT, why = BUF_INIT;
	struct ctl c = {
		.out = stdout,
		.err = stderr,
		.json = o->json,
		.terminal = isatty(STDOUT_FILENO),
		.streams = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
		.environ = environ,
		.patience = PATIENCE,
	};
	int r = place_find(o->url, o->config, argv0, &path, &why);

	if (r == 0)
		r = buf_printf(&url, "unix://%s", buf_str(&path));
	if (r != 0)
		return bad(r < 0 ? strerror(-r) : buf_str(&why));
	c.url = buf_str(&url);
	c.path = buf_str(&path);
	ctl_run(&c, o->n_words, o->words);
	return c.status;
}

static int act(const struct options *o, const char *argv0)
{
	if (o->help)
		return help(o);
	if (o->version) {
		printf("%s\n", REEVE_VERSION);
		return EXIT_OK;
	}
	if (!o->n_words) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return run(o, argv0);
}

/* What is opened later must not become a standard stream that somebody has closed. */
static void fill_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR);
}

int main(int argc, char **argv)
{
	_cleanup_(options_done) struct options o = { 0 };
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	int r;

	fill_streams();
	r = options_read(argc, argv, &o, &why);
	if (r != OPTIONS_RUN)
		return bad(r < 0 ? strerror(-r) : buf_str(&why));
	return act(&o, argv[0]);
}
