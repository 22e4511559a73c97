/* SPDX-License-Identifier: MIT */
/*
 * map_options.h - the command line of map.
 */
#pragma once

#include "ctl/job_options.h"
#include "ctl/map_rules.h"

struct map_options {
	struct job_options job; /* first: see JOB_FLAG */
	const char *jobs, *halting, *joblog, *separator; /* as given, or NULL */
	bool keep_order, ungroup, zero, tag, dry_run, quiet, help;
	int retry;

	/* What comes of them. */
	unsigned slots; /* 0: any number at once */
	struct halt halt;
	char *const *command; /* borrowed */
	size_t n_command;
	char *const *items;
	size_t n_items;
	bool has_items; /* ":::" was there; else they are read */
};

#define MAP_OPTIONS_INIT                                                                       \
	{                                                                                      \
		.job = JOB_OPTIONS_INIT                                                        \
	}

extern const struct flags map_flags;

/* As flags_read(), of all words; @cpus: what -j is beside. With help, nothing else counts. */
_must_check_ int map_options_read(size_t n, char *const *words, unsigned cpus,
				  struct map_options *o, struct buf *why);
void map_options_done(struct map_options *o);
