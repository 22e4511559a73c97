/* SPDX-License-Identifier: MIT */
/*
 * wiring.h - programs that read what others print: which wire is whose, and when an end of it
 * is not wanted any more.
 *
 * The keeper holds both ends of each wire, so that either program may be started again. When
 * one of them is at rest and will not come back by itself, its end is closed there, too: then
 * the reader comes to the end of file, or the writer gets SIGPIPE.
 */
#pragma once

#include "daemon/manager/manager.h"

/* The process whose output @u reads, or 0: there is none (any more). */
proc_id wiring_source(struct manager *m, const struct unit *u);

/* "group:name"; 0: there is none. */
proc_id wiring_find(const struct manager *m, const char *name);

/* The process that reads what @u prints, or 0. */
proc_id wiring_reader(const struct manager *m, const struct unit *u);

/* @u is at rest. */
void wiring_at_rest(struct manager *m, const struct unit *u);

/* Say so again for all that are, when a manager before us may not have. */
void wiring_say_again(struct manager *m);
