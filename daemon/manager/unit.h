/* SPDX-License-Identifier: MIT */
/*
 * unit.h - what the manager knows of a process beside its state in the core: its definition,
 * wall-clock times, accounts.
 *
 * A unit is found by the id of its process; it lives from the moment the process is in the
 * roster until EFFECT_REMOVED. It holds a reference to the group that its definition is part
 * of, so that a running process keeps the definition it was started with. That of a stage of a
 * job (job.h) has no definition of the file: spec and group are NULL.
 */
#pragma once

#include "base/buf.h"
#include "base/list.h"
#include "conf/spec.h"
#include "daemon/core/roster.h"
#include "daemon/manager/ledger.h"

struct stage;
enum { STAGE_NAME = 32 };

struct unit {
	proc_id id;
	bool of_job;
	struct stage *stage; /* of a job; NULL once that has ended, or if it is none */
	char stage_name[STAGE_NAME];
	struct group_spec *group; /* owns spec */
	const struct process_spec *spec;
	struct group_spec *next_group; /* NULL, or owns next: */
	const struct process_spec *next; /* takes over when it is next at rest */
	size_t ledger_slot;
	int64_t started_ms, stopped_ms; /* since 1970; 0: never */
	uint64_t cpu_us, maxrss_kb; /* of incarnations that have ended */
	struct ended last; /* how the last of them ended */
	int64_t ended_ms; /* when this one did, if the keeper has said so; 0: it has not */
	bool leftovers; /* members of its last process group live on */
	bool unsplit; /* command cannot be split into words */
	struct list leaving; /* in manager.leaving once it is to be removed when at rest */
	struct list waits; /* struct wait of operation.h: who wants to know */
};

/* 0 and *@ret, or -ENOMEM. @g gets one more reference. */
_must_check_ int unit_new(struct group_spec *g, const struct process_spec *spec,
			  struct unit **ret);

/* The same for a stage of a job. */
_must_check_ int unit_new_stage(struct stage *s, struct unit **ret);

/* Nobody may wait for it any more. NULL is fine. Returns NULL. */
struct unit *unit_free(struct unit *u);

/* It goes on from what was kept of it. */
void unit_adopt(struct unit *u, const struct ledger_entry *e);

/* By these it is known in the ledger and in the log. */
const char *unit_name(const struct unit *u);
const char *unit_group(const struct unit *u);

/* @spec of @g is the definition from the next start on. */
void unit_plan(struct unit *u, struct group_spec *g, const struct process_spec *spec);

/* Nothing is planned. */
void unit_unplan(struct unit *u);

/* The planned definition becomes the definition; false if there was none. */
bool unit_switch(struct unit *u);

/* The core's share of a definition. */
struct proc_policy unit_policy(const struct process_spec *spec);
