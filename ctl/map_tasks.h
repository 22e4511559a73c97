/* SPDX-License-Identifier: MIT */
/*
 * map_tasks.h - the items that were taken up and are not printed yet, each with its job.
 */
#pragma once

#include <jansson.h>

#include "base/list.h"
#include "ctl/capture.h"

struct task {
	struct list order; /* of all, by number */
	struct list flight; /* of those that run; unlinked: it is over */
	uint64_t number; /* of the item, from 1 */
	uint64_t seq; /* of the job, another for each try */
	char *item; /* NULL unless it is needed for tags */
	json_t *stages;
	struct capture capture;
	int tries; /* that it has left */
};

struct tasks {
	struct list order, flight;
	size_t n; /* in all */
	size_t flying;
	uint64_t seq; /* the last that was given */
};

void tasks_init(struct tasks *t);
void tasks_done(struct tasks *t);

/* A new one for item @number, which is copied if it is to be kept; @stages is stolen. NULL
 * without memory. */
struct task *tasks_add(struct tasks *t, uint64_t number, const char *item, json_t *stages);

/* It is asked for, under a number of its own. */
void task_fly(struct tasks *t, struct task *k);

/* The one that flies under @seq, or NULL. */
struct task *tasks_find(struct tasks *t, uint64_t seq);

/* It has landed. */
void task_land(struct tasks *t, struct task *k);

/* The first of all, if it is over; or NULL. */
struct task *tasks_first_over(struct tasks *t);

void task_free(struct tasks *t, struct task *k);
