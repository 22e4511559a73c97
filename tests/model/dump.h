/* SPDX-License-Identifier: MIT */
/*
 * dump.h - the table of the machine, found by trying everything.
 *
 * From a process that never ran, each event is stepped in each state that comes of it, until no
 * new one does. A state is told from another by all that the machine decides by; points of time
 * are put in the same place, so that what is left of them is whether a timer is set. Each event
 * that time has a say in comes early and late.
 */
#pragma once

#include <stdio.h>

/* How many there were, over all configurations. */
struct dump_count {
	unsigned configs, states, steps;
};

/*
 * Write to @out, for each of the configurations that differ in what the machine does,
 *	config KEY=VALUE...
 *	state NUMBER KEY=VALUE...
 *	step FROM EVENT TO EFFECT...
 */
struct dump_count dump_machine(FILE *out);
