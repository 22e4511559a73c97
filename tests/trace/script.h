/* SPDX-License-Identifier: MIT */
/*
 * script.h - the words of a trace: what a line says, as data, and what happened, as a line.
 */
#pragma once

#include <stddef.h>

#include "daemon/core/roster.h"

enum { SCRIPT_WORDS = 24 };

/* One line of a trace. Words point into the line, which is cut up. */
struct script_line {
	bool timed; /* it begins with a time */
	mono_t at;
	bool effect; /* after ">": what must come out; else what goes in */
	size_t n;
	char *word[SCRIPT_WORDS];
};

/* Cut up @text; a comment or nothing at all gives no words. False: not a line of a trace. */
bool script_parse(char *text, struct script_line *ret);

/* "1.5" as milliseconds, "3" as a number, "TERM" as a signal, "ENOENT" as an errno, "3" or
 * "SIGKILL" as a wait status. False: it is none. */
bool script_msec(const char *word, msec_t *ret);
bool script_number(const char *word, long *ret);
bool script_signal(const char *word, int *ret);
bool script_errno(const char *word, int *ret);
bool script_status(const char *word, int *ret);

/* The event that @word names, in small letters; false: none. */
bool script_event(const char *word, enum event_kind *ret);

/* "key=value" of a program line, into @policy. False: no such key, or no such value. */
bool script_policy(const char *word, struct proc_policy *policy);

/* The value of "key=value" if @word has this key, or NULL. */
const char *script_value(const char *word, const char *key);

/* What @e is in a trace, with @name for its process; "" if traces do not show it. */
void script_effect(const struct effect *e, const char *name, char *ret, size_t size);
