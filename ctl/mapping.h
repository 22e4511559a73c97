/* SPDX-License-Identifier: MIT */
/*
 * mapping.h - one run of map: what it was asked for, and how far it is.
 */
#pragma once

#include "ctl/attend.h"
#include "ctl/ctl.h"
#include "ctl/map_items.h"
#include "ctl/map_log.h"
#include "ctl/map_options.h"
#include "ctl/map_tasks.h"
#include "ctl/map_words.h"
#include "ctl/printer.h"

struct mapping {
	struct ctl *ctl;
	struct map_options o;
	struct stages command;
	struct map_words words;
	struct map_items items;
	bool no_more; /* items */
	json_t *spec;
	FILE *log; /* or NULL */

	struct attend attend;
	struct tasks tasks;
	struct printer printer;
	struct progress progress;
	struct tally tally;
	size_t flying_max, held_max;
	int last; /* exit status of the job that ended last, or that halted all */
	bool halted; /* as --halt says */
	bool failed; /* by our own fault, which was said */
};

/* Read the words and make ready what follows from them. False: that is all, because of a
 * mistake, which was said, or because it was help that was asked for. */
bool mapping_prepare(struct mapping *m, size_t n, char *const *words);
void mapping_done(struct mapping *m);

/* Say that it is our fault, and that this is the end. Always false. */
bool mapping_fail(struct mapping *m, const char *what);
