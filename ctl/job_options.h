/* SPDX-License-Identifier: MIT */
/*
 * job_options.h - what run and map have in common: how a job is to be run.
 */
#pragma once

#include "ctl/flags.h"

/* Texts are borrowed from the command line. */
struct job_options {
	msec_t timeout; /* 0: none */
	msec_t kill_after; /* -1: the daemon's own */
	int signal; /* 0: TERM */
	int umask; /* -1: the caller's */
	int priority;
	const char *directory, *pool, *after, *label; /* or NULL */
	struct texts env, env_files, secrets;
	bool clean_env;
	bool pipefail;
};

#define JOB_OPTIONS_INIT                                                                       \
	{                                                                                      \
		.kill_after = -1, .umask = -1                                                  \
	}

void job_options_done(struct job_options *o);

/* Rows of a table for a struct whose first member is a struct job_options. */
#define JOB_FLAG(letter, name, kind, member, value, help)                                      \
	{                                                                                      \
		letter, name, kind, offsetof(struct job_options, member), value, help          \
	}

/* clang-format off */
#define JOB_FLAGS \
	JOB_FLAG('E', "env", FLAG_LIST, env, "NAME=VALUE", \
		 "set in its environment; NAME alone: as it is here"), \
	JOB_FLAG(0, "env-file", FLAG_LIST, env_files, "FILE", "the same, from lines of a file"), \
	JOB_FLAG(0, "clean-env", FLAG_SWITCH, clean_env, NULL, "of the environment here, only PATH"), \
	JOB_FLAG(0, "secret", FLAG_LIST, secrets, "NAME=FILE", \
		 "set NAME to what FILE holds; shown nowhere"), \
	JOB_FLAG(0, "directory", FLAG_TEXT, directory, "DIR", "run there; else here"), \
	JOB_FLAG(0, "umask", FLAG_OCTAL, umask, "MASK", "else as here"), \
	JOB_FLAG(0, "timeout", FLAG_TIME, timeout, "TIME", "stop it then: 0.5, 10s, 5m, 2h, 1d"), \
	JOB_FLAG(0, "kill-after", FLAG_TIME, kill_after, "TIME", \
		 "SIGKILL if it has not stopped so long after"), \
	JOB_FLAG(0, "signal", FLAG_SIGNAL, signal, "SIGNAL", "that stops it; TERM"), \
	JOB_FLAG(0, "pool", FLAG_TEXT, pool, "NAME", "wait for a slot of [pool:NAME]"), \
	JOB_FLAG(0, "priority", FLAG_INTEGER, priority, "N", \
		 "before those of a lower one in its pool; 0"), \
	JOB_FLAG(0, "after", FLAG_TEXT, after, "ID[,ID]", \
		 "wait until these jobs have ended well"), \
	JOB_FLAG(0, "label", FLAG_TEXT, label, "TEXT", "what jobs shows beside the command"), \
	JOB_FLAG(0, "pipefail", FLAG_SWITCH, pipefail, NULL, \
		 "the status is that of the first stage that failed")
/* clang-format on */
