/* SPDX-License-Identifier: MIT */
#include "tests/integration/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static mono_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (mono_t){ ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000 };
}

mono_t patience_ends(void)
{
	return mono_add(now(), PATIENCE_MS);
}

int patience_left(mono_t end, const char *what)
{
	msec_t left = mono_span(now(), end);

	ck_assert_msg(left > 0, "waited too long for: %s", what);
	return (int)left;
}

int exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status)
					: WEXITSTATUS(wait_status);
}

int pidfd_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	ck_assert_msg(fd >= 0 || errno == ESRCH, "pidfd_open: %s", strerror(errno));
	return fd;
}

void environment_add(char *const *env)
{
	for (; env && *env; env++)
		putenv(*env);
}

static _Noreturn void become(const char *dir, const char *const *argv, char *const *env,
			     int out, int err)
{
	int nothing = open("/dev/null", O_RDONLY);

	environment_add(env);
	dup2(nothing, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (chdir(dir) == 0)
		execv(argv[0], (char *const *)argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* One read of what @at has; forgets the descriptor at its end. */
static void gather(struct pollfd *at, struct buf *to)
{
	char data[4096];
	ssize_t n;

	if (!at->revents)
		return;
	n = read(at->fd, data, sizeof data);
	ck_assert_int_ge(n, 0);
	if (n == 0)
		at->fd = -1;
	else
		ck_assert_int_eq(buf_append(to, data, (size_t)n), 0);
}

void capture(struct outcome *o, const char *dir, const char *const *argv, char *const *env)
{
	mono_t end = patience_ends();
	int out[2], err[2], status;
	pid_t pid;

	*o = (struct outcome){ 0 };
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		become(dir, argv, env, out[1], err[1]);
	close(out[1]);
	close(err[1]);

	struct pollfd from[] = { { out[0], POLLIN, 0 }, { err[0], POLLIN, 0 } };

	while (from[0].fd >= 0 || from[1].fd >= 0) {
		ck_assert_int_ge(poll(from, 2, patience_left(end, argv[0])), 0);
		gather(&from[0], &o->out);
		gather(&from[1], &o->err);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	o->status = exit_code(status);
	close(out[0]);
	close(err[0]);
}

void outcome_done(struct outcome *o)
{
	buf_done(&o->out);
	buf_done(&o->err);
}
