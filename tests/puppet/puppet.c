/* SPDX-License-Identifier: MIT */
/*
 * puppet.c - a child that does what it is told, so that tests can wait for what happens.
 *
 *	puppet ACTION [ARGUMENT]... ACTION [ARGUMENT]...
 *
 *	out TEXT, err TEXT  a line on standard output or error
 *	flood N             N lines on standard output
 *	say WORD            "NAME WORD PID" to the FIFO $PUPPET_DIR/events
 *	dump FILE           the world as seen from here, a line a fact, then say dumped
 *	ignore SIGNAL       from now on
 *	on SIGNAL CODE      while waiting: exit with CODE when it comes
 *	note SIGNAL         while waiting: say its number when it comes, and wait on
 *	fork WORD           a child in the same process group, which says WORD and waits
 *	escape WORD         the same, in a session of its own
 *	exit CODE
 *	raise SIGNAL
 *	wait                say ready; then do what comes as "ACTION ARGUMENT" lines
 *	                    through the FIFO $PUPPET_DIR/NAME.orders
 *	serve               answer HTTP on a free port of 127.0.0.1, from 8099 on
 *
 * NAME is $SUPERVISOR_PROCESS_NAME. Without $PUPPET_DIR nothing is said and no order comes.
 * Signals are numbers. At the end of the actions it exits with 0.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"

enum { SIGNALS = 65, NOTE_ONLY = -1, NOT_WATCHED = -2, LINE = 512, WORDS = 8 };

struct puppet {
	const char *name;
	const char *dir; /* NULL: nobody listens */
	sigset_t at_start; /* the mask we were started with */
	sigset_t watched;
	int code[SIGNALS];
};

struct action {
	const char *name;
	int args;
	void (*fn)(struct puppet *p, const char *arg, const char *arg2);
};

static void perform(struct puppet *p, int argc, const char *const *argv);

static _Noreturn void give_up(const char *what)
{
	perror(what);
	_exit(99);
}

static void put(int fd, const char *text)
{
	size_t len = strlen(text);

	if (write(fd, text, len) != (ssize_t)len)
		give_up("write");
}

static void do_out(struct puppet *p, const char *text, const char *unused)
{
	char line[LINE];

	(void)p, (void)unused;
	snprintf(line, sizeof line, "%s\n", text);
	put(STDOUT_FILENO, line);
}

static void do_err(struct puppet *p, const char *text, const char *unused)
{
	char line[LINE];

	(void)p, (void)unused;
	snprintf(line, sizeof line, "%s\n", text);
	put(STDERR_FILENO, line);
}

static void do_flood(struct puppet *p, const char *count, const char *unused)
{
	char line[LINE];

	(void)p, (void)unused;
	for (int i = 0; i < atoi(count); i++) {
		snprintf(line, sizeof line, "line %d of the flood\n", i);
		put(STDOUT_FILENO, line);
	}
}

/* Short lines are atomic, whoever else writes to the FIFO. */
static void do_say(struct puppet *p, const char *word, const char *unused)
{
	char path[LINE], line[LINE];
	_cleanup_(closep) int fd = -1;

	(void)unused;
	if (!p->dir)
		return;
	snprintf(path, sizeof path, "%s/events", p->dir);
	snprintf(line, sizeof line, "%s %s %d\n", p->name, word, (int)getpid());
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		give_up(path);
	put(fd, line);
}

static void dump_groups(FILE *f)
{
	gid_t groups[256];
	int n = getgroups(256, groups);

	fprintf(f, "groups");
	for (int i = 0; i < n; i++)
		fprintf(f, " %d", (int)groups[i]);
	fprintf(f, "\n");
}

static void dump_fds(FILE *f)
{
	_cleanup_(closedirp) DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char to[LINE] = "";
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(dir) || fd == fileno(f))
			continue;
		if (readlinkat(dirfd(dir), entry->d_name, to, sizeof to - 1) < 0)
			give_up("readlink");
		fprintf(f, "fd%d %s\n", fd, to);
	}
}

/* Which signals are ignored and blocked, as the kernel prints them. */
static void dump_signals(FILE *f, const struct puppet *p)
{
	_cleanup_(fclosep) FILE *status = fopen("/proc/self/status", "re");
	char line[LINE];
	unsigned long long mask = 0;

	while (status && fgets(line, sizeof line, status))
		if (strncmp(line, "SigIgn:", 7) == 0)
			fprintf(f, "sigign %s", line + 8);
	for (int i = 1; i < SIGNALS; i++)
		if (sigismember(&p->at_start, i) == 1)
			mask |= 1ULL << (i - 1);
	fprintf(f, "sigblk %016llx\n", mask);
}

static void dump_ids(FILE *f)
{
	mode_t mask = umask(0);
	struct rlimit files;
	char cwd[LINE] = "";

	umask(mask);
	if (!getcwd(cwd, sizeof cwd) || getrlimit(RLIMIT_NOFILE, &files) < 0)
		give_up("getcwd");
	fprintf(f, "pid %d\nppid %d\npgid %d\nsid %d\n", (int)getpid(), (int)getppid(),
		(int)getpgrp(), (int)getsid(0));
	fprintf(f, "uid %d\neuid %d\ngid %d\negid %d\n", (int)getuid(), (int)geteuid(),
		(int)getgid(), (int)getegid());
	fprintf(f, "umask %03o\ncwd %s\n", (unsigned)mask, cwd);
	fprintf(f, "nofile %llu %llu\n", (unsigned long long)files.rlim_cur,
		(unsigned long long)files.rlim_max);
}

/* The file appears whole, under its name, before "dumped" is said. */
static void do_dump(struct puppet *p, const char *path, const char *unused)
{
	char temporary[LINE];
	FILE *f;

	snprintf(temporary, sizeof temporary, "%s.new", path);
	f = fopen(temporary, "we");
	if (!f)
		give_up(temporary);
	dump_ids(f);
	dump_groups(f);
	dump_fds(f);
	dump_signals(f, p);
	for (char **e = environ; *e; e++)
		fprintf(f, "env %s\n", *e);
	if (fclose(f) != 0 || rename(temporary, path) < 0)
		give_up(path);
	do_say(p, "dumped", unused);
}

static void do_ignore(struct puppet *p, const char *number, const char *unused)
{
	(void)p, (void)unused;
	if (signal(atoi(number), SIG_IGN) == SIG_ERR)
		give_up("ignore");
}

static void watch_signal(struct puppet *p, int number, int code)
{
	if (number <= 0 || number >= SIGNALS)
		give_up("no such signal");
	p->code[number] = code;
	sigaddset(&p->watched, number);
	sigprocmask(SIG_BLOCK, &p->watched, NULL);
}

static void do_on(struct puppet *p, const char *number, const char *code)
{
	watch_signal(p, atoi(number), atoi(code));
}

static void do_note(struct puppet *p, const char *number, const char *unused)
{
	(void)unused;
	watch_signal(p, atoi(number), NOTE_ONLY);
}

static void do_exit(struct puppet *p, const char *code, const char *unused)
{
	(void)p, (void)unused;
	exit(atoi(code));
}

static void do_raise(struct puppet *p, const char *number, const char *unused)
{
	(void)p, (void)unused;
	signal(atoi(number), SIG_DFL);
	raise(atoi(number));
}

static void take_signal(struct puppet *p, int fd)
{
	struct signalfd_siginfo info;
	char word[16];
	int number;

	if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
		give_up("signalfd");
	number = (int)info.ssi_signo;
	snprintf(word, sizeof word, "%d", number);
	do_say(p, word, NULL);
	if (p->code[number] >= 0)
		exit(p->code[number]);
}

/* One line is one order: its first word, and the rest as the argument of it. */
static void take_orders(struct puppet *p, int fd)
{
	char text[LINE * 4], *rest = text, *line;
	ssize_t n = read(fd, text, sizeof text - 1);

	if (n < 0)
		give_up("orders");
	text[n] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		const char *words[WORDS];
		int count = 0;

		if (*line)
			words[count++] = strsep(&line, " ");
		if (count && line)
			words[count++] = line;
		perform(p, count, words);
	}
}

static int open_orders(const struct puppet *p)
{
	char path[LINE];
	int fd;

	if (!p->dir)
		return -1;
	snprintf(path, sizeof path, "%s/%s.orders", p->dir, p->name);
	(void)mkfifo(path, 0600); /* there already: of an earlier life */
	fd = open(path, O_RDWR | O_CLOEXEC); /* read-write: never at its end */
	if (fd < 0)
		give_up(path);
	return fd;
}

static _Noreturn void wait_for(struct puppet *p, int orders)
{
	int signals = signalfd(-1, &p->watched, SFD_CLOEXEC);
	struct pollfd ready[] = { { signals, POLLIN, 0 }, { orders, POLLIN, 0 } };

	for (;;) {
		if (poll(ready, 2, -1) < 0)
			give_up("poll");
		if (ready[0].revents)
			take_signal(p, signals);
		if (ready[1].revents)
			take_orders(p, orders);
	}
}

static void do_wait(struct puppet *p, const char *unused, const char *unused2)
{
	int orders = open_orders(p);

	(void)unused2;
	do_say(p, "ready", unused);
	wait_for(p, orders);
}

static void do_fork(struct puppet *p, const char *word, const char *unused)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid > 0)
		return;
	do_say(p, word, unused);
	wait_for(p, -1);
}

static void do_escape(struct puppet *p, const char *word, const char *unused)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid > 0)
		return;
	if (setsid() < 0)
		give_up("setsid");
	do_say(p, word, unused);
	wait_for(p, -1);
}

static int listen_somewhere(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	char line[LINE];

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	for (uint16_t port = 8099; port < 8199; port++) {
		at.sin_port = htons(port);
		if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 64) == 0) {
			snprintf(line, sizeof line, "serving http://127.0.0.1:%d/\n", port);
			put(STDOUT_FILENO, line);
			return fd;
		}
	}
	give_up("no free port");
}

static void do_serve(struct puppet *p, const char *unused, const char *unused2)
{
	int fd = listen_somewhere();

	(void)unused, (void)unused2;
	for (int served = 1;; served++) {
		_cleanup_(closep) int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		char request[4096], body[LINE], reply[LINE * 2];

		if (client < 0 || read(client, request, sizeof request) <= 0)
			continue;
		snprintf(body, sizeof body, "%s, process %d, answer %d\n", p->name,
			 (int)getpid(), served);
		snprintf(reply, sizeof reply,
			 "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
			 "%zu\r\n\r\n%s",
			 strlen(body), body);
		(void)send(client, reply, strlen(reply), MSG_NOSIGNAL);
	}
}

/* clang-format off */
static const struct action actions[] = {
	{ "out",     1, do_out },
	{ "err",     1, do_err },
	{ "flood",   1, do_flood },
	{ "say",     1, do_say },
	{ "dump",    1, do_dump },
	{ "ignore",  1, do_ignore },
	{ "on",      2, do_on },
	{ "note",    1, do_note },
	{ "fork",    1, do_fork },
	{ "escape",  1, do_escape },
	{ "exit",    1, do_exit },
	{ "raise",   1, do_raise },
	{ "wait",    0, do_wait },
	{ "serve",   0, do_serve },
};
/* clang-format on */

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	fprintf(stderr, "puppet: no action \"%s\"\n", name);
	_exit(98);
}

static void perform(struct puppet *p, int argc, const char *const *argv)
{
	for (int i = 0; i < argc;) {
		const struct action *a = find_action(argv[i]);

		if (i + a->args >= argc) {
			fprintf(stderr, "puppet: \"%s\" wants %d words\n", a->name, a->args);
			_exit(98);
		}
		a->fn(p, a->args > 0 ? argv[i + 1] : NULL, a->args > 1 ? argv[i + 2] : NULL);
		i += 1 + a->args;
	}
}

int main(int argc, char **argv)
{
	const char *name = getenv("SUPERVISOR_PROCESS_NAME");
	struct puppet p = { .name = name ? name : "puppet", .dir = getenv("PUPPET_DIR") };

	sigprocmask(SIG_BLOCK, NULL, &p.at_start);
	sigemptyset(&p.watched);
	for (int i = 0; i < SIGNALS; i++)
		p.code[i] = NOT_WATCHED;
	perform(&p, argc - 1, (const char *const *)argv + 1);
	return EXIT_SUCCESS;
}
