/* SPDX-License-Identifier: MIT */
#include "bench/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

static void write_conf(const struct daemon *d, const struct probe *p, int n,
		       const char *command, const char *keys)
{
	_cleanup_(fclosep) FILE *f = fopen(d->conf, "we");

	if (!f)
		die("%s: %s", d->conf, strerror(errno));
	fprintf(f,
		"[supervisord]\nlogfile=%s/reeved.log\npidfile=%s/reeved.pid\nsilent=true\n"
		"childlogdir=%s\n[reeve]\nsocket=%s/reeve.sock\n",
		p->dir, p->dir, p->dir, p->dir);
	if (n > 0)
		fprintf(f,
			"[program:p]\ncommand=%s\nnumprocs=%d\n"
			"process_name=%%(program_name)s_%%(process_num)04d\n%s",
			command, n, keys);
}

/* Everything is ready before the clock starts. */
static pid_t execute(const char *const *argv, int out)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(out, STDOUT_FILENO);
	execv(argv[0], (char *const *)argv);
	perror(argv[0]);
	_exit(127);
}

void daemon_start(struct daemon *d, struct probe *p, int n, const char *command,
		  const char *keys)
{
	char program[300];
	const char *argv[] = { program, "-n", "-c", d->conf, NULL };
	_cleanup_(closep) int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	snprintf(d->conf, sizeof d->conf, "%s/bench.conf", p->dir);
	snprintf(program, sizeof program, "%s/reeved", d->programs);
	write_conf(d, p, n, command, keys);
	d->started = now();
	d->keeper = execute(argv, nowhere);
}

int64_t daemon_stop(struct daemon *d)
{
	int64_t start = now();
	int status;

	kill(d->keeper, SIGTERM);
	if (waitpid(d->keeper, &status, 0) != d->keeper || status != 0)
		die("reeved ended with wait status %d", status);
	d->keeper = 0;
	return now() - start;
}

int64_t daemon_ctl(struct daemon *d, const char *word)
{
	char program[300];
	const char *argv[] = { program, "-c", d->conf, word, NULL };
	_cleanup_(closep) int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int64_t start;
	pid_t pid;

	snprintf(program, sizeof program, "%s/reevectl", d->programs);
	start = now();
	pid = execute(argv, nowhere);
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid: %s", strerror(errno));
	return now() - start;
}

/* -1: it does not answer yet. */
static int count_running(const struct daemon *d)
{
	char command[600], line[400];
	FILE *f;
	int n = 0, status;

	snprintf(command, sizeof command, "'%s/reevectl' -c '%s' status 2>/dev/null",
		 d->programs, d->conf);
	f = popen(command, "re");
	if (!f)
		die("%s: %s", command, strerror(errno));
	while (fgets(line, sizeof line, f))
		n += strstr(line, " RUNNING ") != NULL;
	status = pclose(f);
	return status == 0 || WEXITSTATUS(status) == 3 ? n : -1;
}

void daemon_settled(struct daemon *d, int n)
{
	int64_t end = now() + 60 * S;

	while (count_running(d) != n) {
		if (now() > end)
			die("of %d programs, %d are RUNNING", n, count_running(d));
		usleep(100000);
	}
}

long daemon_pss_kb(const struct daemon *d)
{
	return pss_kb(d->keeper) + pss_kb(child_called(d->keeper, "reeve-manager")) +
	       pss_kb(child_called(d->keeper, "reeve-logger"));
}

long daemon_wakeups(const struct daemon *d)
{
	return wakeups(d->keeper) + wakeups(child_called(d->keeper, "reeve-manager")) +
	       wakeups(child_called(d->keeper, "reeve-logger"));
}
