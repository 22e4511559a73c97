/* SPDX-License-Identifier: MIT */
/*
 * run.h - the commands of reevectl, and the one that was asked for.
 */
#pragma once

#include "ctl/ctl.h"
#include "ctl/flags.h"

/* One command. Its words are within the bounds of the table. */
typedef void command_fn(struct ctl *c, size_t n, char *const *words);

/* Run the command line of words; the exit status is in @c->status afterwards. */
void ctl_run(struct ctl *c, size_t n, char *const *words);

/* Indexed by enum command_id. */
extern command_fn *const commands_run[COMMAND_N];

/* status.c */
command_fn run_status, run_pid, run_avail, run_info;
/* outcomes.c */
command_fn run_start, run_stop, run_restart, run_signal, run_clear, run_rotate;
/* groups.c */
command_fn run_reread, run_update, run_add, run_remove, run_reload, run_shutdown;
/* tail.c */
command_fn run_tail, run_maintail;
/* logs.c */
command_fn run_logs, run_reopen;
/* job_run.c, job_map.c, job_wait.c, job_output.c */
command_fn run_run, run_map, run_wait, run_output;
/* jobs.c */
command_fn run_jobs, run_poll, run_kill, run_forget;
/* why.c */
command_fn run_why;
/* events.c */
command_fn run_events;
/* help.c */
command_fn run_help;

/* The options of some of them. */
extern const struct flags wait_flags, forget_flags;

/* How to use one command, or all of reevectl. */
void help_command(FILE *f, const struct command *c);
void help_commands(FILE *f);
