/* SPDX-License-Identifier: MIT */
#include "daemon/manager/session_tell.h"

#include "daemon/manager/job_kept.h"

int session_set_pool(struct manager *m, const struct session *s)
{
	char name[SESSION_POOL_BYTES];

	return s->limit ? queue_set_pool(m->jobs->queue, session_pool(s, name), s->limit) : 0;
}

void session_tell(struct manager *m, const struct session *s, json_t *shown)
{
	if (s && s->conn)
		(void)server_reply(m->server, s->conn, s->serial,
				   json_pack("{s:O}", "job", shown), true);
}

void session_seen(struct manager *m, struct session *s, uint64_t seen)
{
	if (seen <= s->seen || seen > s->n_results)
		return;
	s->seen = seen;
	session_keep_seen(m, s);
	session_forget_taken(m->jobs, s);
}

void session_gone(struct manager *m, struct session *s)
{
	char name[SESSION_POOL_BYTES];

	session_keep_gone(m, s);
	if (s->limit)
		queue_drop_pool(m->jobs->queue, session_pool(s, name));
	session_free(s);
}

void session_check_over(struct manager *m, struct session *s)
{
	if (s->ending && !s->n_jobs)
		session_gone(m, s);
}
