/* SPDX-License-Identifier: MIT */
#include "daemon/manager/handlers.h"

#include "daemon/manager/events.h"
#include "daemon/manager/job_wait.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/sessions.h"

/* clang-format off */
handler_fn *const handlers[COMMAND_N] = {
	[CMD_INFO]     = handle_info,
	[CMD_STATUS]   = handle_status,
	[CMD_AVAIL]    = handle_avail,
	[CMD_TAIL]     = handle_tail,
	[CMD_START]    = handle_start,
	[CMD_STOP]     = handle_stop,
	[CMD_RESTART]  = handle_restart,
	[CMD_SIGNAL]   = handle_signal,
	[CMD_REREAD]   = handle_reread,
	[CMD_UPDATE]   = handle_update,
	[CMD_ADD]      = handle_add,
	[CMD_REMOVE]   = handle_remove,
	[CMD_RELOAD]   = handle_reload,
	[CMD_SHUTDOWN] = handle_shutdown,
	[CMD_RUN]      = handle_run,
	[CMD_ATTACH]   = handle_attach,
	[CMD_JOBS]     = handle_jobs,
	[CMD_WAIT]     = handle_wait_jobs,
	[CMD_OUTPUT]   = handle_output,
	[CMD_KILL]     = handle_kill_jobs,
	[CMD_FORGET]   = handle_forget,
	[CMD_WHY]      = handle_why,
	[CMD_EVENTS]   = handle_events,
	[CMD_LOGS]     = handle_logs,
	[CMD_MAINTAIL] = handle_main_tail,
	[CMD_ROTATE]   = handle_rotate,
	[CMD_CLEAR]    = handle_clear,
	[CMD_REOPEN]   = handle_reopen,
};
/* clang-format on */

static void on_request(void *owner, struct request *rq)
{
	struct manager *m = owner;
	handler_fn *handler = handlers[rq->command];

	if (handler)
		handler(m, rq);
	else
		server_error(m->server, rq->conn, rq->serial, "Failed",
			     json_pack("{s:s}", "what", "this is not served"));
}

static void on_gone(void *owner, uint64_t conn)
{
	struct manager *m = owner;

	operation_abandon(m, conn);
	events_abandon(m, conn);
	if (!m->jobs)
		return;
	job_waits_abandon(m, conn);
	sessions_abandon(m, conn);
}

/* Root and the daemon's own user do everything; whoever else the socket lets in may look. */
static enum command_right right_of(void *owner, const struct peer *peer)
{
	(void)owner;
	if (peer->uid == 0 || peer->uid == geteuid())
		return RIGHT_ADMINISTER;
	return RIGHT_LOOK;
}

const struct server_ops handlers_ops = { .request = on_request,
					 .gone = on_gone,
					 .right = right_of };
