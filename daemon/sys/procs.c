/* SPDX-License-Identifier: MIT */
/*
 * procs.c - /proc, which knows even of children that nobody told us about.
 *
 * The kernel lists the children of a thread in one file if it was built with that
 * (CONFIG_PROC_CHILDREN); else the parent of every process there is must be looked at.
 */
#include "daemon/sys/procs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

struct pids {
	pid_t *v;
	size_t n, cap;
};

static int add(struct pids *p, pid_t pid)
{
	if (p->n == p->cap) {
		const size_t cap = p->cap ? 2 * p->cap : 64;
		pid_t *more = reallocarray(p->v, cap, sizeof *more);

		if (!more)
			return -ENOMEM;
		p->v = more;
		p->cap = cap;
	}
	p->v[p->n++] = pid;
	return 0;
}

static int read_children(struct pids *p)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[64];
	int pid, r = 0;

	(void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (r == 0 && fscanf(f, "%d", &pid) == 1)
		r = add(p, pid);
	return r;
}

/* The parent of @pid, 0 if it is gone. It stands behind the name, which may hold anything. */
static pid_t parent_of(pid_t pid)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[32], text[512];
	const char *behind;
	size_t n;
	int parent;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	behind = strrchr(text, ')');
	return behind && sscanf(behind, ") %*c %d", &parent) == 1 ? parent : 0;
}

static int scan_all(struct pids *p)
{
	_cleanup_(closedirp) DIR *dir = opendir("/proc");
	const struct dirent *e;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (e = readdir(dir))) {
		const pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid > 0 && parent_of(pid) == getpid())
			r = add(p, pid);
	}
	return r;
}

int procs_children(pid_t **ret, size_t *ret_n)
{
	struct pids p = { NULL, 0, 0 };
	int r = read_children(&p);

	if (r == -ENOENT)
		r = scan_all(&p);
	if (r < 0) {
		free(p.v);
		return r;
	}
	*ret = p.v;
	*ret_n = p.n;
	return 0;
}

int procs_adopt_orphans(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? -errno : 0;
}
