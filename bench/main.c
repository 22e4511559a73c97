/* SPDX-License-Identifier: MIT */
/*
 * main.c - figures of ours beside those of a bare loop of system calls, in one run.
 *
 *	bench [-q] [PART]...     start heal restarts memory idle map pipe; all unless told
 *
 * -q: fewer repetitions, a short idle time, no 5,000 programs.
 *
 * Machines differ and so do their moods, so what is compared is measured in turns and said as a
 * ratio of medians. What is started is bench/child.c; the bare loops are in bench/bare.c. The
 * daemon runs as it comes: both streams of every program captured in a file, log level info.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bench/bench.h"

enum { SLOTS_MAX = 5000 };

void row(struct bench *b, const char *what, double figure, const char *unit, double target,
	 int least)
{
	int met = least ? figure >= target : figure <= target;

	printf("%-58s %9.2f %-3s", what, figure, unit);
	if (target > 0) {
		printf("  %s %-6g %s", least ? ">=" : "<=", target, met ? "met" : "MISSED");
		b->missed += !met;
	}
	printf("\n");
	fflush(stdout);
}

/* The bare loop's figures, in each form. */
struct base {
	double v[BARE_FORMS][REPEATS_MAX];
};

/* The figure of the better form, also as a row of its own; @most: more is better. */
static double best_base(struct bench *b, struct base *base, size_t n, const char *what,
			const char *unit, int most)
{
	const double by_vfork = median(base->v[BARE_VFORK], n);
	const double by_fork = median(base->v[BARE_FORK], n);
	const enum bare_form best = (by_fork < by_vfork) != most ? BARE_FORK : BARE_VFORK;
	const double figure = best == BARE_FORK ? by_fork : by_vfork;
	char line[120];

	snprintf(line, sizeof line, "%s: bare loop (%s)", what, bare_name(best));
	row(b, line, figure, unit, 0, 0);
	return figure;
}

static void bare_once(struct bench *b, int n, enum bare_form form, double *ret_start,
		      double *ret_stop)
{
	static pid_t pids[SLOTS_MAX];
	const int64_t start = now();

	bare_start(form, b->argv_wait, n, pids);
	*ret_start = (double)(probe_wait(&b->probe, n, NULL) - start) / MS;
	*ret_stop = (double)bare_stop(pids, n) / MS;
}

/* A run of ours: from its exec, from the first to arrive, and its stop. */
static void ours_once(struct bench *b, int n, double *ret_whole, double *ret_spawning,
		      double *ret_stop)
{
	int64_t first, last;

	daemon_start(&b->daemon, &b->probe, n, b->waiting, "");
	last = probe_wait(&b->probe, n, &first);
	*ret_whole = (double)(last - b->daemon.started) / MS;
	*ret_spawning = (double)(last - first) / MS;
	*ret_stop = (double)daemon_stop(&b->daemon) / MS;
}

static void start_some(struct bench *b, int n, int repeats)
{
	struct base started = { 0 }, stopped = { 0 };
	double whole[REPEATS_MAX], spawning[REPEATS_MAX], stop[REPEATS_MAX], base;
	const size_t count = (size_t)repeats;
	char what[100];

	for (size_t i = 0; i < count; i++) {
		for (unsigned f = 0; f < BARE_FORMS; f++)
			bare_once(b, n, f, &started.v[f][i], &stopped.v[f][i]);
		ours_once(b, n, &whole[i], &spawning[i], &stop[i]);
	}
	snprintf(what, sizeof what, "start %d", n);
	base = best_base(b, &started, count, what, "ms", 0);
	snprintf(what, sizeof what, "start %d: from exec of reeved to the last main()", n);
	row(b, what, median(whole, count) / base, "x", n == 1000 ? 1.5 : 0, 0);
	snprintf(what, sizeof what, "start %d: from the first main() to the last", n);
	row(b, what, median(spawning, count) / base, "x", 0, 0);
	snprintf(what, sizeof what, "stop %d", n);
	base = best_base(b, &stopped, count, what, "ms", 0);
	snprintf(what, sizeof what, "stop %d: from SIGTERM to the end of reeved", n);
	row(b, what, median(stop, count) / base, "x", n == 1000 ? 1.5 : 0, 0);
}

static void cold_start(struct bench *b)
{
	start_some(b, 10, b->quick ? 5 : 15);
	start_some(b, 100, b->quick ? 5 : 15);
	start_some(b, 1000, b->quick ? 3 : 9);
	if (!b->quick)
		start_some(b, 5000, 3);
}

/* From SIGKILL of @pid to main() of who comes after it. */
static double kill_once(struct bench *b, pid_t *pid)
{
	int64_t start;
	struct arrival a;

	usleep(20000); /* let everyone come to rest */
	start = now();
	if (kill(*pid, SIGKILL) < 0)
		die("kill: %s", strerror(errno));
	a = probe_next(&b->probe);
	*pid = a.pid;
	return (double)(a.at - start) / MS;
}

static void heal(struct bench *b)
{
	static const char *const keys = "startsecs=0\nautorestart=true\nrestart_rate=0\n";
	double ours[REPEATS_MAX];
	struct base bare = { 0 };
	pid_t kept[BARE_FORMS], keeper[BARE_FORMS], supervised;
	size_t count = b->quick ? 50 : REPEATS_MAX;
	double base;

	for (unsigned f = 0; f < BARE_FORMS; f++) {
		keeper[f] = bare_keeper(f, b->argv_wait, 1);
		kept[f] = probe_next(&b->probe).pid;
	}
	daemon_start(&b->daemon, &b->probe, 1, b->waiting, keys);
	supervised = probe_next(&b->probe).pid;
	daemon_settled(&b->daemon, 1);
	for (size_t i = 0; i < count; i++) {
		for (unsigned f = 0; f < BARE_FORMS; f++)
			bare.v[f][i] = kill_once(b, &kept[f]);
		ours[i] = kill_once(b, &supervised);
	}
	for (unsigned f = 0; f < BARE_FORMS; f++)
		bare_keeper_end(keeper[f]);
	(void)daemon_stop(&b->daemon);
	base = best_base(b, &bare, count, "from SIGKILL to main() of the next", "ms", 0);
	row(b, "from SIGKILL to main() of the next", median(ours, count) / base, "x", 1.3, 0);
}

/* How many reach main() in a second, once it is going. */
static double count_a_while(struct bench *b, int64_t span)
{
	int64_t start, end;
	long n = 0;

	usleep(500000);
	(void)probe_drain(&b->probe);
	start = now();
	end = start + span;
	while (now() < end) {
		usleep(100000);
		n += probe_drain(&b->probe);
	}
	return (double)n * S / (double)(now() - start);
}

static double bare_rate(struct bench *b, enum bare_form form)
{
	const pid_t keeper = bare_keeper(form, b->argv_exit, 100);
	const double rate = count_a_while(b, 2 * S);

	bare_keeper_end(keeper);
	(void)probe_drain(&b->probe);
	return rate;
}

static void restarts(struct bench *b)
{
	static const char *const keys = "startsecs=0\nautorestart=true\nrestart_rate=0\n";
	double ours[REPEATS_MAX], base;
	struct base bare = { 0 };
	const size_t count = b->quick ? 1 : 5;

	for (size_t i = 0; i < count; i++) {
		for (unsigned f = 0; f < BARE_FORMS; f++)
			bare.v[f][i] = bare_rate(b, f);
		daemon_start(&b->daemon, &b->probe, 100, b->exiting, keys);
		(void)probe_next(&b->probe);
		ours[i] = count_a_while(b, 2 * S);
		(void)daemon_stop(&b->daemon);
		(void)probe_drain(&b->probe);
	}
	base = best_base(b, &bare, count, "100 that exit at once", "/s", 1);
	row(b, "100 that exit at once: restarts", median(ours, count) / base, "x", 0.7, 1);
}

static double memory_of(struct bench *b, int n)
{
	double kb;

	daemon_start(&b->daemon, &b->probe, n, b->waiting, "");
	(void)probe_wait(&b->probe, n, NULL);
	daemon_settled(&b->daemon, n);
	usleep(1000000);
	kb = (double)daemon_pss_kb(&b->daemon);
	(void)daemon_stop(&b->daemon);
	return kb;
}

static void memory(struct bench *b)
{
	double none = memory_of(b, 0), hundred = memory_of(b, 100), thousand;

	thousand = memory_of(b, 1000);
	row(b, "PSS of keeper, manager and logger, no program", none / 1024, "MB", 4, 0);
	row(b, "PSS with 100 programs", hundred / 1024, "MB", 0, 0);
	row(b, "PSS with 1000 programs", thousand / 1024, "MB", 0, 0);
	row(b, "PSS a program", (thousand - none) / 1000, "KB", 4, 0);
}

static void idle(struct bench *b)
{
	double took[20];
	long before;

	daemon_start(&b->daemon, &b->probe, 100, b->waiting, "");
	(void)probe_wait(&b->probe, 100, NULL);
	daemon_settled(&b->daemon, 100);
	for (size_t i = 0; i < ARRAY_SIZE(took); i++)
		took[i] = (double)daemon_ctl(&b->daemon, "status") / MS;
	row(b, "reevectl status of 100", median(took, ARRAY_SIZE(took)), "ms", 0, 0);

	usleep(2000000); /* what the asking stirred up */
	before = daemon_wakeups(&b->daemon);
	sleep(b->quick ? 5 : 30);
	row(b,
	    b->quick ? "wake-ups of all, 100 programs, 5 s idle"
		     : "wake-ups of all, 100 programs, 30 s idle",
	    (double)(daemon_wakeups(&b->daemon) - before), "", 4, 0);
	(void)daemon_stop(&b->daemon);
}

/* Find the programs beside us; all of it under the hard limit of descriptors. */
static void prepare(struct bench *b, const char *argv0)
{
	char *folder = realpath(argv0, NULL), *slash; /* kept until the end */
	static char child[450];
	struct rlimit limit;

	if (!folder)
		die("%s: %s", argv0, strerror(errno));
	for (int i = 0; i < 2 && (slash = strrchr(folder, '/')); i++)
		*slash = '\0';
	b->daemon.programs = folder;
	snprintf(child, sizeof child, "%s/bench/child", folder);
	probe_open(&b->probe);
	snprintf(b->waiting, sizeof b->waiting, "%s %s wait", child, b->probe.fifo);
	snprintf(b->exiting, sizeof b->exiting, "%s %s exit", child, b->probe.fifo);
	memcpy(b->argv_wait, (const char *[]){ child, b->probe.fifo, "wait", NULL },
	       sizeof b->argv_wait);
	memcpy(b->argv_exit, (const char *[]){ child, b->probe.fifo, "exit", NULL },
	       sizeof b->argv_exit);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static const struct {
	const char *name;
	void (*measure)(struct bench *b);
} parts[] = {
	{ "start", cold_start }, { "heal", heal }, { "restarts", restarts },
	{ "memory", memory },	 { "idle", idle }, { "map", bench_map },
	{ "pipe", bench_pipe },
};

/* Whether @name is among the words, or there are none. */
static bool wanted(const char *name, char *const *words)
{
	if (!*words)
		return true;
	for (; *words; words++)
		if (strcmp(*words, name) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static struct bench b;

	b.quick = argc > 1 && strcmp(argv[1], "-q") == 0;
	prepare(&b, argv[0]);
	printf("%-58s %9s %-3s  %s\n", "", "figure", "", "target");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (wanted(parts[i].name, argv + 1 + b.quick))
			parts[i].measure(&b);
	printf("%d targets missed\n", b.missed);
	probe_close(&b.probe);
	return EXIT_SUCCESS;
}
