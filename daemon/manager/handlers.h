/* SPDX-License-Identifier: MIT */
/*
 * handlers.h - what each command does: one function per command, in a table by its id.
 *
 * A handler answers at once, or makes an operation that will. Parameters were checked against
 * the table of commands before.
 */
#pragma once

#include "daemon/manager/manager.h"

typedef void handler_fn(struct manager *m, struct request *rq);

/* Indexed by enum command_id; NULL for what only reevectl knows. */
extern handler_fn *const handlers[COMMAND_N];

/* The server's way to them, for manager.server_ops. */
extern const struct server_ops handlers_ops;

/* look.c */
handler_fn handle_info, handle_status, handle_tail;
/* avail.c */
handler_fn handle_avail;
/* why.c */
handler_fn handle_why;
/* logs.c */
handler_fn handle_logs, handle_main_tail, handle_rotate, handle_clear, handle_reopen;
/* subscribers.c */
handler_fn handle_events;
/* run.c */
handler_fn handle_start, handle_stop, handle_restart, handle_signal;
/* file.c */
handler_fn handle_reread, handle_update, handle_add, handle_remove, handle_reload,
	handle_shutdown;
/* job_ask.c */
handler_fn handle_run, handle_kill_jobs, handle_forget;
/* job_look.c, job_output.c, job_wait.c, sessions.c */
handler_fn handle_jobs, handle_output, handle_wait_jobs, handle_attach;
