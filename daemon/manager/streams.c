/* SPDX-License-Identifier: MIT */
#include "daemon/manager/streams.h"

#include <string.h>

#include "base/hash.h"
#include "daemon/manager/job_json.h"

static const struct stream_spec *stream_of(const struct unit *u, int which)
{
	return which == STREAM_OUT ? &u->spec->out : &u->spec->err;
}

/* Does the stream exist by itself: stderr that goes where stdout goes does not, nor stdout that
 * another process reads. */
static bool has_stream(const struct unit *u, int which)
{
	return which == STREAM_OUT ? !u->spec->stdout_wired : !u->spec->redirect_stderr;
}

/*
 * CHILDLOGDIR/PROCESS-stdout---IDENTIFIER-XXXXXXXX.log, as supervisord names them. The eight
 * letters come from the ledger's seed, so that a manager that comes back finds the same file.
 */
static int put_auto_path(const struct manager *m, const struct unit *u, int which,
			 struct buf *out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const uint64_t seed = ledger_seed(m->ledger);
	uint64_t h = hash_bytes(HASH_INIT, &seed, sizeof seed);
	char random[9];

	h = hash_bytes(h, &u->id, sizeof u->id);
	h = hash_bytes(h, &which, sizeof which);
	for (size_t i = 0; i < sizeof random - 1; i++) {
		random[i] = letters[h % (sizeof letters - 1)];
		h /= sizeof letters - 1;
	}
	random[8] = '\0';
	return buf_printf(out, "%s/%s-%s---%s-%s.log", m->config->supervisord.childlogdir,
			  u->spec->name, which == STREAM_OUT ? "stdout" : "stderr",
			  m->config->supervisord.identifier, random);
}

int streams_path(const struct manager *m, const struct unit *u, int which, struct buf *out)
{
	const struct stream_spec *s = stream_of(u, which);

	if (!has_stream(u, which))
		return 0;
	switch (s->kind) {
	case LOG_NONE:
		return 0;
	case LOG_AUTO:
		return put_auto_path(m, u, which, out);
	case LOG_FILE:
		return buf_puts(out, s->path);
	}
	return 0;
}

static int put_word(struct buf *out, uint32_t *n, const char *word, const char *path)
{
	(*n)++;
	return buf_printf(out, "%s%s%c", word, path, '\0');
}

/* What follows the first file. */
static int put_more(const struct stream_spec *s, struct buf *out, uint32_t *ret_n)
{
	int r = 0;

	*ret_n = 0;
	if (s->syslog)
		r = put_word(out, ret_n, "syslog", "");
	for (size_t i = 0; i < s->n_more && r == 0; i++) {
		const struct log_target *t = &s->more[i];

		if (t->kind == LOG_TARGET_FILE)
			r = put_word(out, ret_n, "file:", t->path);
		else
			r = put_word(out, ret_n,
				     t->kind == LOG_TARGET_SYSLOG ? "syslog" : "journal", "");
	}
	return r;
}

_Static_assert((int)LOG_PREFIX == LINK_FORMAT_PREFIX && (int)LOG_JSON == LINK_FORMAT_JSON,
	       "formats are numbered alike");
_Static_assert((int)LOG_COMPRESS_ZSTD == LINK_PACK_ZSTD, "and so are ways to pack");

static int32_t pid_of(const struct manager *m, const struct unit *u)
{
	struct roster_entry e;

	return roster_get(m->roster, u->id, &e) ? e.proc->pid : 0;
}

static void tell_one(struct manager *m, const struct unit *u, int which)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT, more = BUF_INIT;
	const struct stream_spec *s = stream_of(u, which);
	uint32_t n_more;

	if (streams_path(m, u, which, &path) < 0 || put_more(s, &more, &n_more) < 0)
		manager_out_of_memory();
	manager_tell_logger(
		m,
		&(struct link_msg){
			.type = LINK_STREAM,
			.stream = { .id = u->id,
				    .which = (uint32_t)which,
				    .name = u->spec->name,
				    .group = u->group->name,
				    .pid = pid_of(m, u),
				    .path = buf_str(&path),
				    .more = { more.data, n_more, (uint32_t)more.len },
				    .maxbytes = s->maxbytes,
				    .max_age_ms = s->rotate_age,
				    .keep_ms = s->keep_age,
				    .backups = s->backups,
				    .pack = s->compress,
				    .private_file = s->kind == LOG_AUTO,
				    .format = s->format,
				    .prefix = s->prefix,
				    .strip_ansi = s->strip_ansi,
				    .block = u->spec->log_policy == LOG_BLOCK,
				    .rate = u->spec->log_rate,
				    .burst = u->spec->log_burst,
				    .capture_max = s->capture_maxbytes,
				    .events = s->events_enabled } },
		-1);
}

int streams_which(const char *channel)
{
	if (strcmp(channel, "stdout") == 0)
		return STREAM_OUT;
	return strcmp(channel, "stderr") == 0 ? STREAM_ERR : -1;
}

/* Where a stage of a job writes; NULL: the keeper makes no pipe for it. */
static const char *path_of_stage(const struct stage *s, int which)
{
	const struct job *j = s->job;
	const bool last = s == &j->stages[j->n - 1];

	if (which == STREAM_OUT)
		return last && j->spec->out == JOB_LOG ? j->logs[STREAM_OUT] : NULL;
	if (j->spec->err == JOB_LOG)
		return j->logs[STREAM_ERR];
	return !last && j->spec->err == JOB_STDOUT && j->spec->out == JOB_LOG
		       ? j->logs[STREAM_OUT]
		       : NULL;
}

enum { JOB_LOG_BYTES = 50 << 20, JOB_LOG_BACKUPS = 10 };

static void tell_stage(struct manager *m, const struct stage *s)
{
	char name[STAGE_NAME];

	stage_name(s, name);
	for (int which = 0; which < STREAM_N; which++) {
		const char *path = path_of_stage(s, which);

		if (path)
			manager_tell_logger(
				m,
				&(struct link_msg){ .type = LINK_STREAM,
						    .stream = { .id = s->proc,
								.which = (uint32_t)which,
								.name = name,
								.group = "",
								.path = path,
								.maxbytes = JOB_LOG_BYTES,
								.backups = JOB_LOG_BACKUPS,
								.private_file = true } },
				-1);
	}
}

static void tell_program(struct manager *m, const struct unit *u)
{
	for (int which = 0; which < STREAM_N; which++)
		if (m->logger && has_stream(u, which))
			tell_one(m, u, which);
}

static bool says_pid(const struct stream_spec *s)
{
	for (size_t i = 0; i < s->n_more; i++)
		if (s->more[i].kind == LOG_TARGET_JOURNAL)
			return true;
	return s->format == LOG_JSON;
}

void streams_tell_born(struct manager *m, const struct unit *u, int32_t pid)
{
	if (m->logger && !u->of_job && (says_pid(&u->spec->out) || says_pid(&u->spec->err)))
		manager_tell_logger(m,
				    &(struct link_msg){ .type = LINK_BORN,
							.proc = { .id = u->id, .pid = pid } },
				    -1);
}

void streams_tell(struct manager *m, const struct unit *u)
{
	if (u->of_job && u->stage)
		tell_stage(m, u->stage);
	if (!u->of_job)
		tell_program(m, u);
}

void streams_tell_main(struct manager *m, bool clean)
{
	const struct supervisord_spec *s = &m->config->supervisord;
	const bool sweep = clean && !s->nocleanup;

	manager_tell_logger(
		m,
		&(struct link_msg){ .type = LINK_MAINLOG,
				    .mainlog = { .path = strcmp(s->logfile, "syslog") == 0
								 ? ""
								 : s->logfile,
						 .maxbytes = s->logfile_maxbytes,
						 .backups = s->logfile_backups,
						 .level = (uint32_t)s->loglevel,
						 .echo = s->nodaemon && !s->silent,
						 .syslog = strcmp(s->logfile, "syslog") == 0,
						 .budget = m->config->reeve.log_budget,
						 .clean_dir = sweep ? s->childlogdir : "",
						 .clean_ident = sweep ? s->identifier : "" } },
		-1);
}

enum { DRAINED_WITHIN_MS = 60 * 1000 };

/* Of jobs that have ended not long ago: if a logger has ended, too, what they printed last may
 * still be in their pipes, which the keeper gives to the next one. */
static void tell_ended(struct manager *m)
{
	const struct jobs *js = m->jobs;
	const int64_t since = job_wall_ms() - DRAINED_WITHIN_MS;

	for (struct list *l = js->history.prev; l != &js->history; l = l->prev) {
		const struct job *j = container_of(l, struct job, peers);

		if (j->ended_ms < since)
			return;
		for (size_t i = 0; i < j->n; i++)
			if (j->stages[i].proc)
				tell_stage(m, &j->stages[i]);
	}
}

void streams_tell_all(struct manager *m)
{
	_cleanup_(freep) proc_id *ids = NULL;
	const size_t n = manager_ids(m, &ids);

	streams_tell_main(m, false);
	for (size_t i = 0; i < n; i++)
		streams_tell(m, manager_unit(m, ids[i]));
	if (m->jobs)
		tell_ended(m);
}
