/* SPDX-License-Identifier: MIT */
#include "daemon/sys/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

/* What the parent has left to do. It must not keep anything of the child's open, nor answer to
 * signals as the child does. */
static _Noreturn void wait_and_exit(int release)
{
	unsigned char status = 1;
	sigset_t none;
	ssize_t n;

	if (dup3(release, 3, O_CLOEXEC) < 0 && release != 3)
		_exit(1);
	(void)close_range(4, ~0U, 0);
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	do
		n = read(3, &status, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? status : 1);
}

int daemonize(int *ret_release)
{
	_cleanup_(closep) int ours = -1, theirs = -1;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	ours = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0) {
		closep(&theirs);
		wait_and_exit(ours);
	}
	(void)setsid(); /* cannot fail: a new child leads no group */
	*ret_release = TAKE_FD(theirs);
	return 0;
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
