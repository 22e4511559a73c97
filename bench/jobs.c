/* SPDX-License-Identifier: MIT */
/*
 * jobs.c - many short jobs, and a long pipeline, beside the tools that are made for each.
 *
 * Every command is timed from its start to its end, in turns with what it is compared to.
 */
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "bench/bench.h"

enum { MAP_JOBS = 1000, GIB = 1 << 30 };

static const char *const no_keys = "";

/* Seconds that /bin/sh takes for @command, which must succeed. */
static double time_of(const char *command)
{
	const int64_t start = now();
	const int status = system(command); /* NOLINT: a bench runs commands */

	if (status != 0)
		die("'%s' ended with wait status %d", command, status);
	return (double)(now() - start) / (double)S;
}

static bool have(const char *program)
{
	char command[100];

	snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
	return system(command) == 0;
}

/* "reevectl … WORDS", for the daemon under test. */
static const char *ctl(const struct bench *b, const char *words, char *ret, size_t size)
{
	snprintf(ret, size, "'%s/reevectl' -c '%s' %s", b->daemon.programs, b->daemon.conf,
		 words);
	return ret;
}

/* Medians of some commands that are run by turns. */
static void by_turns(const char *const *commands, size_t n, size_t repeats, double *ret)
{
	double took[4][REPEATS_MAX];

	for (size_t i = 0; i < repeats; i++)
		for (size_t k = 0; k < n; k++)
			took[k][i] = time_of(commands[k]);
	for (size_t k = 0; k < n; k++)
		ret[k] = median(took[k], repeats);
}

static void ten_sleeps(struct bench *b)
{
	char ours[1000];
	const char *commands[] = {
		ctl(b,
		    "map -j 10 -- sleep {} ::: 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 "
		    "</dev/null >/dev/null 2>&1",
		    ours, sizeof ours),
		"yes 0.1 | head -n 10 | xargs -P 10 -n 1 sleep",
	};
	double took[ARRAY_SIZE(commands)];

	by_turns(commands, ARRAY_SIZE(commands), b->quick ? 3 : 11, took);
	row(b, "ten times sleep 0.1: xargs -P 10", took[1] * 1000, "ms", 0, 0);
	row(b, "ten times sleep 0.1: reevectl map -j 10", took[0] * 1000, "ms", 115, 0);
}

static void short_jobs(struct bench *b, int slots)
{
	char words[200], ours[1000], xargs[200], parallel[200], what[100];
	const char *commands[] = { ours, xargs, parallel };
	double took[ARRAY_SIZE(commands)];
	const bool rival = have("parallel");

	snprintf(words, sizeof words, "map -j %d -- /bin/true >/dev/null 2>&1", slots);
	snprintf(xargs, sizeof xargs, "seq %d | xargs -P %d -n 1 /bin/true", MAP_JOBS, slots);
	snprintf(parallel, sizeof parallel, "seq %d | parallel -j %d /bin/true >/dev/null 2>&1",
		 MAP_JOBS, slots);
	snprintf(ours, 32, "seq %d | ", MAP_JOBS);
	(void)ctl(b, words, ours + strlen(ours), sizeof ours - strlen(ours));
	by_turns(commands, rival ? 3 : 2, b->quick ? 3 : 9, took);

	snprintf(what, sizeof what, "%d times /bin/true: xargs -P %d", MAP_JOBS, slots);
	row(b, what, took[1] * 1000, "ms", 0, 0);
	snprintf(what, sizeof what, "%d times /bin/true: reevectl map -j %d", MAP_JOBS, slots);
	row(b, what, took[0] / took[1], "x", 1.5, 0);
	if (!rival)
		return;
	snprintf(what, sizeof what, "%d times /bin/true: by GNU parallel -j %d", MAP_JOBS,
		 slots);
	row(b, what, took[2] / took[0], "x", 1, 1);
}

void bench_map(struct bench *b)
{
	daemon_start(&b->daemon, &b->probe, 0, "", no_keys);
	daemon_settled(&b->daemon, 0);
	ten_sleeps(b);
	short_jobs(b, 2);
	short_jobs(b, 16);
	(void)daemon_stop(&b->daemon);
}

/* A gibibyte through three stages; the last one counts it, and a wrong count is an error. */
void bench_pipe(struct bench *b)
{
	char words[300], ours[1200], shell[400];
	const char *commands[] = { ours, shell };
	double took[ARRAY_SIZE(commands)];
	static const char *const stages = "head -c %d /dev/zero | cat | wc -c";
	char chain[100];

	snprintf(chain, sizeof chain, stages, GIB);
	snprintf(words, sizeof words, "run -- '%s'", chain);
	snprintf(ours, sizeof ours, "test $(");
	(void)ctl(b, words, ours + strlen(ours), sizeof ours - strlen(ours));
	snprintf(ours + strlen(ours), sizeof ours - strlen(ours), ") = %d", GIB);
	snprintf(shell, sizeof shell, "test $(%s) = %d", chain, GIB);

	daemon_start(&b->daemon, &b->probe, 0, "", no_keys);
	daemon_settled(&b->daemon, 0);
	by_turns(commands, ARRAY_SIZE(commands), b->quick ? 3 : 9, took);
	(void)daemon_stop(&b->daemon);
	row(b, "1 GiB through three stages: a shell", GIB / took[1] / 1e6, "MB/s", 0, 0);
	row(b, "1 GiB through three stages: reevectl run", took[1] / took[0], "x", 0.9, 1);
}
