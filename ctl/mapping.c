/* SPDX-License-Identifier: MIT */
/*
 * mapping.c - the words of map, and what is made ready before the first item.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "ctl/job_exit.h"
#include "ctl/job_spec.h"
#include "ctl/job_words.h"
#include "ctl/mapping.h"
#include "ctl/run.h"

enum {
	AHEAD_MIN = 4, /* jobs that are asked for beyond those that may run */
	AHEAD_MAX = 64,
	FLYING_MAX = 1000, /* where any number may run */
	FDS_OTHER = 32, /* that are not for captures */
	HELD_MAX = 100000, /* jobs whose turn to be printed has not come */
};

bool mapping_fail(struct mapping *m, const char *what)
{
	complain(m->ctl, EXIT_MAP_FAILED, "map: %s", what);
	m->failed = true;
	return false;
}

static bool fine(struct mapping *m, int outcome, const struct buf *why)
{
	return outcome == 0 || mapping_fail(m, outcome < 0 ? strerror(-outcome) : buf_str(why));
}

static unsigned count_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* As many descriptors as we may have, for each job that is under way holds two. */
static size_t raise_fds(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return 1024;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
	(void)getrlimit(RLIMIT_NOFILE, &l);
	return l.rlim_cur;
}

static void set_limits(struct mapping *m)
{
	const size_t fds = m->o.ungroup ? 1 << 20 : raise_fds();
	const size_t most = fds > FDS_OTHER ? (fds - FDS_OTHER) / CAPTURE_STREAMS : 1;
	size_t ahead = m->o.slots;

	if (ahead < AHEAD_MIN)
		ahead = AHEAD_MIN;
	if (ahead > AHEAD_MAX || !m->o.slots)
		ahead = AHEAD_MAX;
	m->flying_max = m->o.slots ? m->o.slots + ahead : FLYING_MAX;
	if (m->flying_max > most / 2)
		m->flying_max = most / 2 ? most / 2 : 1;
	m->held_max = most - m->flying_max < HELD_MAX ? most - m->flying_max : HELD_MAX;
}

static void take_items(struct mapping *m)
{
	if (m->o.has_items)
		map_items_words(&m->items, m->o.n_items, m->o.items);
	else
		map_items_read_from(&m->items, m->ctl->streams[0], m->o.zero ? '\0' : '\n');
	if (!m->o.has_items && isatty(m->ctl->streams[0]))
		remark(m->ctl, "reevectl: map: items are read from the terminal");
}

/* What all jobs have in common. */
static bool make_spec(struct mapping *m)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT, lost = BUF_INIT;
	const int r = job_spec(&m->o.job, m->ctl->environ, &m->spec, &lost, &why);

	if (r != JOB_SPEC_OK)
		return fine(m, r, &why);
	job_say_lost(m->ctl, "map", buf_str(&lost));
	if (json_object_set_new(m->spec, "stdin", json_string("null")) < 0 ||
	    json_object_set_new(m->spec, "stdout", json_string("fd")) < 0 ||
	    json_object_set_new(m->spec, "stderr", json_string("fd")) < 0)
		return mapping_fail(m, strerror(ENOMEM));
	return true;
}

static bool open_log(struct mapping *m)
{
	int r;

	if (!m->o.joblog || m->o.dry_run)
		return true;
	m->log = fopen(m->o.joblog, "we");
	r = m->log ? map_log_begin(m->log) : -errno;
	if (r == 0)
		return true;
	complain(m->ctl, EXIT_MAP_FAILED, "map: %s: %s", m->o.joblog, strerror(-r));
	m->failed = true;
	return false;
}

static bool read_words(struct mapping *m, size_t n, char *const *words)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;

	if (fine(m, map_options_read(n, words, count_cpus(), &m->o, &why), &why))
		return true;
	remark(m->ctl, "For help, use reevectl map --help");
	return false;
}

bool mapping_prepare(struct mapping *m, size_t n, char *const *words)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;

	if (!read_words(m, n, words))
		return false;
	if (m->o.help) {
		help_command(m->ctl->out, &commands[CMD_MAP]);
		return false;
	}
	if (m->ctl->json)
		return mapping_fail(m, "--json does not go with map; see --joblog");
	if (!fine(m, job_command(m->o.n_command, m->o.command, &m->command, &why), &why))
		return false;
	map_words_init(&m->words, &m->command, m->o.separator);
	take_items(m);
	set_limits(m);
	return make_spec(m) && open_log(m);
}

void mapping_done(struct mapping *m)
{
	attend_done(&m->attend);
	tasks_done(&m->tasks);
	printer_done(&m->printer);
	map_items_done(&m->items);
	stages_done(&m->command);
	json_decref(m->spec);
	if (m->log)
		(void)fclose(m->log);
	map_options_done(&m->o);
}
