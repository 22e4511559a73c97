/* SPDX-License-Identifier: MIT */
#include "daemon/manager/refusal.h"

bool refusal_down(struct manager *m, const struct request *rq)
{
	if (m->phase == PHASE_RUNNING)
		return false;
	server_error(m->server, rq->conn, rq->serial, "ShuttingDown", json_object());
	return true;
}

void refusal_no_memory(struct manager *m, const struct request *rq)
{
	server_error(m->server, rq->conn, rq->serial, "Failed",
		     json_pack("{s:s}", "what", "out of memory"));
}
