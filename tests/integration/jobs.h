/* SPDX-License-Identifier: MIT */
/*
 * jobs.h - reevectl with jobs, beside a test: begun, killed, waited for; and puppets as jobs.
 *
 * Long, because a test program is one source and several share this.
 *
 * A job has the environment of its caller: with jobs_setup() that is one in which "puppet" is
 * found, and says what it does to the instance.
 */
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/integration/capture.h"

static struct instance in;

/* A puppet that is called @name, as words of a command line. */
#define PUPPET(name) "env", "SUPERVISOR_PROCESS_NAME=" name, "puppet"

static inline void jobs_setup(void)
{
	char path[600];

	instance_init(&in);
	snprintf(path, sizeof path, "%s/tests/puppet:/usr/bin:/bin", getenv("REEVE_BUILD"));
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	ck_assert_int_eq(setenv("PUPPET_DIR", in.dir, 1), 0);
}

static inline void jobs_teardown(void)
{
	instance_done(&in);
}

static _Noreturn inline void become_ctl(const char *from, const char *out,
					const char *const *args)
{
	const char *argv[32] = { NULL, "-c", in.conf };
	char program[600];
	size_t n = 3;
	int fd;

	snprintf(program, sizeof program, "%s/reevectl", getenv("REEVE_BUILD"));
	argv[0] = program;
	while (*args && n < ARRAY_SIZE(argv) - 1)
		argv[n++] = *args++;
	fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(open(from, O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execv(program, (char *const *)argv);
	_exit(127);
}

/* Begin "reevectl ARGS..." beside the test, in the directory of the instance: it reads the file
 * @from, and what it prints goes to @out. */
static inline pid_t jobs_begin(const char *from, const char *out, const char *const *args)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0 && chdir(in.dir) == 0)
		become_ctl(from, out, args);
	return pid;
}
#define BEGIN(out, ...) BEGIN_FROM("/dev/null", out, __VA_ARGS__)
#define BEGIN_FROM(from, out, ...)                                                             \
	jobs_begin(from, out, (const char *const[]){ __VA_ARGS__, NULL })

/* Wait for its end; its exit code, or 128 + signal. */
static inline int jobs_finish(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return exit_code(status);
}

/* A reevectl whose output does not matter. */
static inline void run_quietly(int status, const char *const *args)
{
	struct outcome o;

	instance_ctl(&in, &o, args);
	ck_assert_msg(o.status == status, "%s: %d: %s", args[0], o.status, buf_str(&o.err));
	outcome_done(&o);
}
#define QUIETLY(status, ...) run_quietly(status, (const char *const[]){ __VA_ARGS__, NULL })

/* Job @id, or NULL; free with json_decref. */
static inline json_t *job_of(const char *id)
{
	_cleanup_(outcome_done) struct outcome o;
	json_t *all, *job;

	CTL(&in, &o, "--json", "jobs", id);
	all = json_loads(buf_str(&o.out), 0, NULL);
	job = json_incref(json_array_get(all, 0));
	json_decref(all);
	return job;
}

/* Kill the manager, and wait until there is another one. */
static inline void kill_manager(void)
{
	const pid_t manager = instance_part(&in, "reeve-manager");

	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	instance_part_after(&in, "reeve-manager", manager);
}

/* Ask until job @id is in @state: there is no other witness of that. */
static inline void job_reaches(const char *id, const char *state)
{
	const mono_t end = patience_ends();
	bool there = false;

	while (!there) {
		json_t *job = job_of(id);
		const char *is = json_string_value(json_object_get(job, "state"));

		there = is && strcmp(is, state) == 0;
		json_decref(job);
		(void)patience_left(end, state);
	}
}
