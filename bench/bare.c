/* SPDX-License-Identifier: MIT */
#include "bench/bare.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

const char *bare_name(enum bare_form form)
{
	return form == BARE_FORK ? "fork" : "vfork";
}

static pid_t bare_spawn(enum bare_form form, const char *const *argv)
{
	pid_t pid = form == BARE_FORK ? fork() : vfork();

	if (pid == 0) {
		execve(argv[0], (char *const *)argv, environ);
		_exit(127);
	}
	if (pid < 0)
		die("%s: %s", bare_name(form), strerror(errno));
	return pid;
}

void bare_start(enum bare_form form, const char *const *argv, int n, pid_t *ret_pids)
{
	for (int i = 0; i < n; i++)
		ret_pids[i] = bare_spawn(form, argv);
}

int64_t bare_stop(const pid_t *pids, int n)
{
	int64_t start = now();

	for (int i = 0; i < n; i++)
		kill(pids[i], SIGTERM);
	for (int i = 0; i < n; i++)
		if (waitpid(pids[i], NULL, 0) != pids[i])
			die("waitpid: %s", strerror(errno));
	return now() - start;
}

pid_t bare_keeper(enum bare_form form, const char *const *argv, int n)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < n; i++)
		(void)bare_spawn(form, argv);
	while (waitpid(-1, NULL, 0) > 0)
		(void)bare_spawn(form, argv);
	_exit(1);
}

void bare_keeper_end(pid_t keeper)
{
	setpgid(keeper, keeper); /* perhaps it did not come to it yet */
	kill(-keeper, SIGKILL);
	waitpid(keeper, NULL, 0);
}
