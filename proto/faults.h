/* SPDX-License-Identifier: MIT */
/*
 * faults.h - what can become of a request, in supervisord's numbers, names and words.
 */
#pragma once

#include "proto/commands.h"

enum fault {
	FAULT_UNKNOWN_METHOD = 1,
	FAULT_INCORRECT_PARAMETERS = 2,
	FAULT_BAD_ARGUMENTS = 3,
	FAULT_SIGNATURE_UNSUPPORTED = 4,
	FAULT_SHUTDOWN_STATE = 6,
	FAULT_BAD_NAME = 10,
	FAULT_BAD_SIGNAL = 11,
	FAULT_NO_FILE = 20,
	FAULT_NOT_EXECUTABLE = 21,
	FAULT_FAILED = 30,
	FAULT_ABNORMAL_TERMINATION = 40,
	FAULT_SPAWN_ERROR = 50,
	FAULT_ALREADY_STARTED = 60,
	FAULT_NOT_RUNNING = 70,
	FAULT_SUCCESS = 80,
	FAULT_ALREADY_ADDED = 90,
	FAULT_STILL_RUNNING = 91,
	FAULT_CANT_REREAD = 92,
};

/* "BAD_NAME"; "UNKNOWN" for a number that means nothing. */
const char *fault_name(int fault);

/* What supervisorctl prints for it after command @id: "started", "no such process". NULL where
 * it has no fixed words and shows the description instead. */
const char *fault_words(enum command_id id, int fault);

/* The exit status it gives to reevectl @id: 0, 1 or 7. */
int fault_exit(enum command_id id, int fault);
