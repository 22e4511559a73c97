/* SPDX-License-Identifier: MIT */
/*
 * daemonize.c - one fork, and a parent that stays until the start has ended.
 *
 * The child and all that it starts have a pipe for standard output and error, which the parent
 * passes on. So nobody below the child ever has the terminal open, and when the parent ends
 * nobody has to let go of it.
 */
#include "daemon/sys/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

enum { RELEASE_FD = 3, RELAY_FD = 4 };

/* Pass on what the child has to say to whoever looks at our terminal. False, with errno: EAGAIN
 * for now, else for ever. */
static bool relay_some(void)
{
	char text[4096];
	ssize_t n;

	errno = 0;
	n = read(RELAY_FD, text, sizeof text);
	for (ssize_t done = 0; n > done;) {
		const ssize_t w = write(STDERR_FILENO, text + done, (size_t)(n - done));

		if (w < 0)
			return false;
		done += w;
	}
	return n > 0;
}

/* The exit status, as soon as it is known. */
static int relay_until_released(void)
{
	struct pollfd v[] = { { .fd = RELEASE_FD, .events = POLLIN },
			      { .fd = RELAY_FD, .events = POLLIN } };
	unsigned char status;

	for (;;) {
		if (poll(v, 2, -1) < 0)
			continue;
		if (v[0].revents)
			return read(RELEASE_FD, &status, 1) == 1 ? status : 1;
		if (!relay_some() && errno != EAGAIN)
			v[1].fd = -1;
	}
}

/* What the parent has left to do. It must not keep anything of the child's open, nor answer to
 * signals as the child does. */
static _Noreturn void wait_and_exit(int release, int relay)
{
	sigset_t none;
	int status;

	release = fcntl(release, F_DUPFD_CLOEXEC, RELAY_FD + 1);
	relay = fcntl(relay, F_DUPFD_CLOEXEC, RELAY_FD + 1);
	if (release < 0 || relay < 0 || dup2(release, RELEASE_FD) < 0 ||
	    dup2(relay, RELAY_FD) < 0)
		_exit(1);
	(void)close_range(RELAY_FD + 1, ~0U, 0);
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	status = relay_until_released();
	while (relay_some())
		;
	_exit(status);
}

/* The child's place: no terminal, and what it writes is passed on by its parent. */
static int settle(int relay)
{
	int r;

	(void)setsid(); /* cannot fail: a new child leads no group */
	r = daemonize_null(0, 0, true);
	for (int fd = 1; fd <= 2 && r == 0; fd++)
		r = dup2(relay, fd) < 0 ? -errno : 0;
	return r;
}

int daemonize(int *ret_release)
{
	int release[2] = { -1, -1 }, relay[2] = { -1, -1 }, r;
	pid_t pid = -1;

	if (pipe2(release, O_CLOEXEC) == 0 && pipe2(relay, O_CLOEXEC) == 0 &&
	    fcntl(relay[0], F_SETFL, O_NONBLOCK) == 0)
		pid = fork();
	r = pid < 0 ? -errno : 0;
	if (pid > 0) {
		(void)close(release[1]);
		(void)close(relay[1]);
		wait_and_exit(release[0], relay[0]);
	}
	if (r == 0)
		r = settle(relay[1]);
	(void)fd_close(release[0]);
	(void)fd_close(relay[0]);
	(void)fd_close(relay[1]);
	if (r < 0)
		(void)fd_close(release[1]);
	else
		*ret_release = release[1];
	return r;
}

void daemonize_release(int *release, int status)
{
	const unsigned char byte = (unsigned char)status;

	/* If the parent is gone, there is nobody to tell. */
	if (*release >= 0 && write(*release, &byte, 1) < 0)
		errno = 0;
	closep(release);
}

int daemonize_null(int first, int last, bool all)
{
	for (int fd = first; fd <= last; fd++) {
		_cleanup_(closep) int null = -1;

		if (!all && fcntl(fd, F_GETFD) >= 0)
			continue;
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0)
			return -errno;
		if (null == fd) {
			(void)fcntl(TAKE_FD(null), F_SETFD, 0);
			continue;
		}
		if (dup2(null, fd) < 0)
			return -errno;
	}
	return 0;
}
