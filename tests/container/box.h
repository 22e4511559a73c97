/* SPDX-License-Identifier: MIT */
/*
 * box.h - an instance whose keeper is PID 1, in a container as small as can be.
 *
 * Its root cannot be written. A program linked statically finds nothing there but itself, the
 * others and /proc; another one the machine's own files. Its /run is the instance's folder, so
 * that what tests/integration/instance.h does with an instance is done with this one too.
 */
#pragma once

#include "tests/integration/capture.h"
#include "tests/integration/instance.h"

struct box {
	struct instance in;
	uid_t uid; /* whose processes they are */
	bool no_proc, no_proc_sys; /* what there is not */
	const char *group; /* a control group that all of it is in; NULL none */
	int out; /* its standard output; 0: ours */
};

/* Why there can be no box; NULL if there can. */
const char *box_lacks(void);

#define SKIP_UNLESS_BOX()                                                                      \
	do {                                                                                   \
		if (box_lacks())                                                               \
			SKIP_TEST(box_lacks());                                                \
	} while (0)

void box_setup(struct box *b);

/* Stops the instance if it still runs; exit code 0 then. */
void box_done(struct box *b);

/* Write the configuration: sections of the daemon, then @programs. */
void box_configure(struct box *b, const char *programs);

/* Start it with @args after its name. */
void box_start(struct box *b, const char *const *args);

/* The same with the configuration, and wait until it is ready. */
void box_run(struct box *b, const char *programs);

/* Wait for READY=1. */
void box_ready(struct box *b);

/* How many children its PID 1 has, zombies too. */
size_t box_children(struct box *b);

/* Wait until it has no more than @n. */
void box_has_children(struct box *b, size_t n);
