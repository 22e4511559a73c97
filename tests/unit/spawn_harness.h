/* SPDX-License-Identifier: MIT */
/*
 * spawn_harness.h - a plan that a test changes, the child that carries it out, and what it
 * said.
 *
 * Long, because a test program is one source and several share this.
 */
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "daemon/sys/spawn.h"
#include "tests/unit/harness.h"

static char dir[64];
static int null, out[2];
static struct child_plan plan;
static struct buf said; /* standard output of the program */
static struct child_report report;
static bool local; /* it has said so on its way */

static inline void setup(void)
{
	static char greeting[] = "GREETING=hello";
	static char *const environment[] = { greeting, NULL };

	scratch_make(dir, sizeof dir);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(null, 3);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	plan = (struct child_plan){ .envp = environment,
				    .path = "/usr/bin:/bin",
				    .directory = "",
				    .user = "",
				    .stdin_path = "",
				    .umask = -1,
				    .fds = { null, out[1], out[1] },
				    .n_fds = 3 };
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &plan.nofile), 0);
	plan.signals = ~UINT64_C(0);
	said = (struct buf)BUF_INIT;
}

/* The same for a child that borrows our memory. */
static inline void setup_quick(void)
{
	setup();
	plan.quick = true;
}

static inline void teardown(void)
{
	buf_done(&said);
	fd_close(null);
	fd_close(out[0]);
	fd_close(out[1]);
	scratch_remove(dir);
}

/* What the child has to report, as soon as it is known. */
static inline enum spawn_word until_exec(struct spawned *child)
{
	struct pollfd p = { .events = POLLIN };
	enum spawn_word word;

	ck_assert_int_eq(spawn_fork(&plan, child), 0);
	p.fd = child->report;
	while ((word = spawn_report(child->report, &report)) == SPAWN_SILENT ||
	       word == SPAWN_LOCAL) {
		local |= word == SPAWN_LOCAL;
		if (word == SPAWN_SILENT)
			ck_assert_int_eq(poll(&p, 1, -1), 1);
	}
	return word;
}

static inline int end_of(struct spawned *child)
{
	int status;

	ck_assert_int_eq(waitpid(child->pid, &status, 0), child->pid);
	fd_close(child->pidfd);
	fd_close(child->report);
	return status;
}

static inline void read_said(void)
{
	char text[4096];
	ssize_t n;

	out[1] = fd_close(out[1]);
	while ((n = read(out[0], text, sizeof text)) > 0)
		ck_assert_int_eq(buf_append(&said, text, (size_t)n), 0);
	while (said.len && said.data[said.len - 1] == '\n')
		said.data[--said.len] = '\0';
}

/* Run @argv to its end; it must succeed. */
static inline void run(char *const *argv)
{
	struct spawned child;
	int status;

	plan.argv = argv;
	ck_assert_int_eq(until_exec(&child), SPAWN_DONE);
	read_said();
	status = end_of(&child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x: %s", status,
		      buf_str(&said));
}

#define SH(script)                                                                             \
	(char *const[])                                                                        \
	{                                                                                      \
		(char[]){ "sh" }, (char[]){ "-c" }, (char[]){ script }, NULL                   \
	}

/* Make a file of @mode in the test's directory, and return its path. */
static inline const char *file(const char *name, const char *text, mode_t mode)
{
	static char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}
