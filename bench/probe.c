/* SPDX-License-Identifier: MIT */
#include "bench/probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"

enum { PATIENCE_MS = 60000, FIFO_BYTES = 1 << 20 };

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * S + ts.tv_nsec;
}

void probe_open(struct probe *p)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(p->dir, sizeof p->dir, "%s/reeve-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(p->dir))
		die("%s: %s", p->dir, strerror(errno));
	snprintf(p->fifo, sizeof p->fifo, "%s/arrivals", p->dir);
	if (mkfifo(p->fifo, 0600) < 0)
		die("%s: %s", p->fifo, strerror(errno));
	p->fd = open(p->fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0)
		die("%s: %s", p->fifo, strerror(errno));
	/* Room for all who arrive while nobody reads; less is only slower. */
	(void)fcntl(p->fd, F_SETPIPE_SZ, FIFO_BYTES);
}

static int take_away(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

void probe_close(struct probe *p)
{
	fd_close(p->fd);
	if (nftw(p->dir, take_away, 16, FTW_DEPTH | FTW_PHYS) != 0)
		die("%s stays behind", p->dir);
}

struct arrival probe_next(struct probe *p)
{
	struct pollfd at = { p->fd, POLLIN, 0 };
	struct arrival a;

	while (read(p->fd, &a, sizeof a) != (ssize_t)sizeof a)
		if (poll(&at, 1, PATIENCE_MS) <= 0)
			die("waited in vain for a program to reach main()");
	return a;
}

int64_t probe_wait(struct probe *p, int n, int64_t *ret_first)
{
	int64_t first = INT64_MAX, last = 0;

	for (int i = 0; i < n; i++) {
		struct arrival a = probe_next(p);

		first = a.at < first ? a.at : first;
		last = a.at > last ? a.at : last;
	}
	if (ret_first)
		*ret_first = first;
	return last;
}

long probe_drain(struct probe *p)
{
	struct arrival many[1024];
	long count = 0;
	ssize_t n;

	while ((n = read(p->fd, many, sizeof many)) > 0)
		count += n / (ssize_t)sizeof many[0];
	return count;
}

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, ascending);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The number after @key in the file @path. */
static long number_in(const char *path, const char *key)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	char line[256];

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, key, strlen(key)) == 0)
			return atol(line + strlen(key));
	die("%s has no %s", path, key);
}

long pss_kb(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	return number_in(path, "Pss:");
}

long wakeups(pid_t pid)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *entry;
	char path[400];
	long sum = 0;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		die("%s: %s", path, strerror(errno));
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)pid, entry->d_name);
		sum += number_in(path, "voluntary_ctxt_switches:");
	}
	return sum;
}

/* Parent and name of a process; false if it is gone. */
static bool look_at(const char *pid, int *ret_parent, char ret_comm[64])
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[300];

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	f = fopen(path, "re");
	return f && fscanf(f, "%*d (%63[^)]) %*c %d", ret_comm, ret_parent) == 2;
}

pid_t child_called(pid_t parent, const char *comm)
{
	_cleanup_(closedirp) DIR *dir = opendir("/proc");
	struct dirent *entry;
	char name[64];
	int its;

	while (dir && (entry = readdir(dir)))
		if (atoi(entry->d_name) > 0 && look_at(entry->d_name, &its, name) &&
		    its == parent && strncmp(name, comm, 15) == 0)
			return (pid_t)atoi(entry->d_name);
	die("there is no %s", comm);
}
