/* SPDX-License-Identifier: MIT */
#include "tests/systemd/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define UNIT "reeve.service"
#define LOGS "/var/log/reeve"

enum { TEXT = 600 };

/* --- commands ---------------------------------------------------------------------------- */

void guest_run(struct outcome *o, int status, const char *const *argv)
{
	const char *found[16] = { "/usr/bin/env" }; /* that looks it up in the PATH */

	for (size_t n = 0; argv[n]; n++) {
		ck_assert_uint_lt(n + 2, ARRAY_SIZE(found));
		found[n + 1] = argv[n];
	}
	capture(o, "/", found, NULL);
	ck_assert_msg(status < 0 ? o->status != 0 : o->status == status,
		      "%s %s: status %d: %s%s", argv[0], argv[1] ? argv[1] : "", o->status,
		      buf_str(&o->out), buf_str(&o->err));
}

void guest_do(int status, const char *const *argv)
{
	_cleanup_(outcome_done) struct outcome o;

	guest_run(&o, status, argv);
}

/* Without the newline at its end. */
static char *property(const char *unit, const char *name)
{
	_cleanup_(outcome_done) struct outcome o;
	char *value;

	guest_run(&o, 0,
		  (const char *const[]){ "systemctl", "show", "--value", "-p", name, unit,
					 NULL });
	value = strdup(buf_str(&o.out));
	ck_assert_ptr_nonnull(value);
	value[strcspn(value, "\n")] = '\0';
	return value;
}

void unit_expect(const char *unit, const char *name, const char *value)
{
	_cleanup_(freep) char *is = property(unit, name);

	ck_assert_msg(!strcmp(is, value), "%s of %s is \"%s\", not \"%s\"", name, unit, is,
		      value);
}

void unit_reaches(const char *unit, const char *name, const char *value)
{
	const mono_t end = patience_ends();

	for (;;) {
		_cleanup_(freep) char *is = property(unit, name);

		if (strcmp(is, value) == 0)
			return;
		(void)patience_left(end, value);
	}
}

/* --- the service ------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	ck_assert_msg(f, "%s: %s", path, strerror(errno));
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

void service_programs(const char *sections)
{
	write_file("/etc/reeve/conf.d/test.conf", sections);
}

void service_drop_in(const char *lines)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	ck_assert_int_eq(buf_printf(&text, "[Service]\n%s", lines), 0);
	DO(0, "mkdir", "-p", "/etc/systemd/system/" UNIT ".d");
	write_file("/etc/systemd/system/" UNIT ".d/test.conf", buf_str(&text));
	DO(0, "systemctl", "daemon-reload");
}

static void know_it(struct instance *in)
{
	_cleanup_(freep) char *pid = property(UNIT, "MainPID");

	in->pid = (pid_t)atoi(pid);
	ck_assert_int_gt(in->pid, 0);
	in->pidfd = fd_close(in->pidfd);
	in->pidfd = pidfd_of(in->pid);
	ck_assert_int_ge(in->pidfd, 0);
}

void service_start(struct instance *in)
{
	char log[TEXT];

	DO(0, "systemctl", "start", UNIT);
	snprintf(in->conf, sizeof in->conf, "/etc/reeve/reeve.conf");
	snprintf(log, sizeof log, "%s/reeved.log", in->dir);
	ck_assert_int_eq(symlink(LOGS "/reeved.log", log), 0);
	ck_assert_int_ge(inotify_add_watch(in->changes, LOGS, IN_MODIFY | IN_CREATE), 0);
	know_it(in);
}

void service_again(struct instance *in)
{
	/* A job that has been done is no change; one under way is waited for. */
	DO(0, "systemctl", "start", UNIT);
	know_it(in);
}

/* As it is after an installation. A test that failed has left something. */
void service_setup(struct instance *in)
{
	DO(0, "systemctl", "stop", UNIT);
	DO(0, "rm", "-rf", "/etc/reeve/conf.d/test.conf", "/etc/systemd/system/" UNIT ".d",
	   LOGS "/reeved.log");
	DO(0, "systemctl", "daemon-reload");
	DO(0, "systemctl", "reset-failed");
	instance_init(in);
}

void service_done(struct instance *in)
{
	DO(0, "systemctl", "stop", UNIT);
	unit_expect(UNIT, "ControlGroup", "");
	in->pidfd = fd_close(in->pidfd);
	in->pid = 0;
	instance_done(in);
}

/* --- the journal ------------------------------------------------------------------------- */

/* Read on until @text comes. */
static void read_until(int fd, const char *unit, const char *text)
{
	_cleanup_(buf_done) struct buf said = BUF_INIT;
	const mono_t end = patience_ends();
	struct pollfd at = { fd, POLLIN, 0 };
	char data[4096];

	while (!said.data || !memmem(said.data, said.len, text, strlen(text))) {
		ssize_t n;

		ck_assert_int_ge(poll(&at, 1, patience_left(end, text)), 0);
		n = read(fd, data, sizeof data);
		ck_assert_msg(n > 0, "the journal of %s ended: %s", unit, buf_str(&said));
		ck_assert_int_eq(buf_append(&said, data, (size_t)n), 0);
	}
}

void journal_says(const char *unit, const char *text)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		execlp("journalctl", "journalctl", "-f", "-n", "all", "-o", "cat", "-u", unit,
		       NULL);
		_exit(127);
	}
	close(ends[1]);
	read_until(ends[0], unit, text);
	close(ends[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
