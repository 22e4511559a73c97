/* SPDX-License-Identifier: MIT */
#include "daemon/manager/job.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "daemon/manager/session.h"

int jobs_new(struct jobs **ret)
{
	struct jobs *js = calloc(1, sizeof *js);
	struct rlimit l;
	int r;

	if (!js)
		return -ENOMEM;
	js->next_id = js->next_session = 1;
	list_init(&js->all);
	list_init(&js->sessions);
	list_init(&js->history);
	list_init(&js->waits);
	list_init(&js->outputs);
	list_init(&js->leaving);
	js->fds_max = getrlimit(RLIMIT_NOFILE, &l) < 0 ? 0 : (size_t)(l.rlim_cur / 2);
	js->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	r = js->null < 0 ? -errno : queue_new(&js->queue);
	if (r < 0) {
		jobs_free(js);
		return r;
	}
	*ret = js;
	return 0;
}

struct jobs *jobs_free(struct jobs *js)
{
	if (!js)
		return NULL;
	while (list_linked(&js->all))
		job_free(js, container_of(js->all.next, struct job, all));
	while (list_linked(&js->sessions))
		session_free(container_of(js->sessions.next, struct session, link));
	index_done(&js->by_id);
	index_done(&js->by_seq);
	while (js->n_pools)
		free(js->pools[--js->n_pools]);
	free(js->pools);
	queue_free(js->queue);
	job_store_free(js->store);
	(void)fd_close(js->null);
	free(js);
	return NULL;
}

int job_new(struct jobs *js, uint64_t id, struct job_spec *spec, struct job **ret)
{
	struct job *j = calloc(1, sizeof *j + spec->n * sizeof *j->stages);

	if (!j || index_add(&js->by_id, &j->by_id, id, 0) < 0) {
		job_spec_unref(spec);
		free(j);
		return -ENOMEM;
	}
	j->id = id;
	j->spec = spec;
	j->n = j->left = spec->n;
	for (int i = 0; i < JOB_FDS; i++)
		j->fds[i] = -1;
	list_init(&j->peers);
	list_append(&js->all, &j->all);
	for (size_t i = 0; i < j->n; i++)
		j->stages[i].job = j;
	js->bytes += spec->bytes;
	if (id >= js->next_id)
		js->next_id = id + 1;
	*ret = j;
	return 0;
}

void job_free(struct jobs *js, struct job *j)
{
	job_drop_fds(js, j);
	index_remove(&js->by_id, &j->by_id);
	if (j->session) {
		index_remove(&js->by_seq, &j->by_seq);
		j->session->n_jobs--;
	}
	js->bytes -= j->spec->bytes;
	list_unlink(&j->all);
	list_unlink(&j->peers);
	job_spec_unref(j->spec);
	for (size_t i = 0; i < j->n; i++)
		free(j->stages[i].description);
	for (size_t i = 0; i < ARRAY_SIZE(j->logs); i++)
		free(j->logs[i]);
	free(j->user);
	free(j);
}

struct job *job_by_id(const struct jobs *js, uint64_t id)
{
	struct index_node *node = index_find(&js->by_id, id, 0);

	return node ? container_of(node, struct job, by_id) : NULL;
}

struct job *job_by_seq(const struct jobs *js, const struct session *s, uint64_t seq)
{
	struct index_node *node = index_find(&js->by_seq, s->number, seq);

	return node ? container_of(node, struct job, by_seq) : NULL;
}

int job_join(struct jobs *js, struct job *j, struct session *s, uint64_t seq)
{
	if (index_add(&js->by_seq, &j->by_seq, s->number, seq) < 0)
		return -ENOMEM;
	j->session = s;
	j->seq = seq;
	s->n_jobs++;
	list_append(&s->jobs, &j->peers);
	return 0;
}

void job_drop_fds(struct jobs *js, struct job *j)
{
	for (int i = 0; i < JOB_FDS; i++) {
		if (j->fds[i] < 0)
			continue;
		j->fds[i] = fd_close(j->fds[i]);
		js->n_fds--;
	}
}

void stage_name(const struct stage *s, char name[STAGE_NAME])
{
	const struct job *j = s->job;

	if (j->n == 1)
		(void)snprintf(name, STAGE_NAME, "%" PRIu64, j->id);
	else
		(void)snprintf(name, STAGE_NAME, "%" PRIu64 ".%zu", j->id,
			       (size_t)(s - j->stages) + 1);
}

void session_forget_taken(struct jobs *js, struct session *s)
{
	while (list_linked(&s->results)) {
		struct job *j = container_of(s->results.next, struct job, peers);

		if (j->order > s->seen)
			return;
		job_store_drop(js->store, &j->record);
		job_free(js, j);
	}
}

bool job_has_ended(const struct job *j)
{
	return j->state == JOB_DONE || j->state == JOB_SKIPPED;
}

bool job_succeeded(const struct job *j)
{
	const struct stage *last = &j->stages[j->n - 1];

	return j->state == JOB_DONE && !j->timed_out && last->has_status && last->status == 0;
}
