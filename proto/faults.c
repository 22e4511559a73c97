/* SPDX-License-Identifier: MIT */
#include "proto/faults.h"

#include <stddef.h>

#include "base/cleanup.h"

/* clang-format off */
static const struct {
	int fault;
	const char *name;
} names[] = {
	{ FAULT_UNKNOWN_METHOD,		"UNKNOWN_METHOD" },
	{ FAULT_INCORRECT_PARAMETERS,	"INCORRECT_PARAMETERS" },
	{ FAULT_BAD_ARGUMENTS,		"BAD_ARGUMENTS" },
	{ FAULT_SIGNATURE_UNSUPPORTED,	"SIGNATURE_UNSUPPORTED" },
	{ FAULT_SHUTDOWN_STATE,		"SHUTDOWN_STATE" },
	{ FAULT_BAD_NAME,		"BAD_NAME" },
	{ FAULT_BAD_SIGNAL,		"BAD_SIGNAL" },
	{ FAULT_NO_FILE,		"NO_FILE" },
	{ FAULT_NOT_EXECUTABLE,		"NOT_EXECUTABLE" },
	{ FAULT_FAILED,			"FAILED" },
	{ FAULT_ABNORMAL_TERMINATION,	"ABNORMAL_TERMINATION" },
	{ FAULT_SPAWN_ERROR,		"SPAWN_ERROR" },
	{ FAULT_ALREADY_STARTED,	"ALREADY_STARTED" },
	{ FAULT_NOT_RUNNING,		"NOT_RUNNING" },
	{ FAULT_SUCCESS,		"SUCCESS" },
	{ FAULT_ALREADY_ADDED,		"ALREADY_ADDED" },
	{ FAULT_STILL_RUNNING,		"STILL_RUNNING" },
	{ FAULT_CANT_REREAD,		"CANT_REREAD" },
};

static const struct {
	enum command_id id;
	int fault;
	const char *words;
} words[] = {
	{ CMD_START,	FAULT_SUCCESS,			"started" },
	{ CMD_START,	FAULT_BAD_NAME,			"no such process" },
	{ CMD_START,	FAULT_NO_FILE,			"no such file" },
	{ CMD_START,	FAULT_NOT_EXECUTABLE,		"file is not executable" },
	{ CMD_START,	FAULT_ALREADY_STARTED,		"already started" },
	{ CMD_START,	FAULT_SPAWN_ERROR,		"spawn error" },
	{ CMD_START,	FAULT_ABNORMAL_TERMINATION,	"abnormal termination" },
	{ CMD_STOP,	FAULT_SUCCESS,			"stopped" },
	{ CMD_STOP,	FAULT_BAD_NAME,			"no such process" },
	{ CMD_STOP,	FAULT_NOT_RUNNING,		"not running" },
	{ CMD_SIGNAL,	FAULT_SUCCESS,			"signalled" },
	{ CMD_SIGNAL,	FAULT_BAD_NAME,			"no such process" },
	{ CMD_SIGNAL,	FAULT_BAD_SIGNAL,		"bad signal name" },
	{ CMD_SIGNAL,	FAULT_NOT_RUNNING,		"not running" },
	{ CMD_STATUS,	FAULT_BAD_NAME,			"no such process" },
	{ CMD_CLEAR,	FAULT_SUCCESS,			"cleared" },
	{ CMD_CLEAR,	FAULT_BAD_NAME,			"no such process" },
	{ CMD_CLEAR,	FAULT_FAILED,			"failed" },
	{ CMD_ROTATE,	FAULT_SUCCESS,			"rotated" },
	{ CMD_ROTATE,	FAULT_BAD_NAME,			"no such process" },
	{ CMD_ROTATE,	FAULT_NO_FILE,			"no log file" },
	{ CMD_TAIL,	FAULT_BAD_NAME,			"no such process name" },
	{ CMD_TAIL,	FAULT_NO_FILE,			"no log file" },
	{ CMD_TAIL,	FAULT_FAILED,			"unknown error reading log" },
};
/* clang-format on */

const char *fault_name(int fault)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].fault == fault)
			return names[i].name;
	return "UNKNOWN";
}

const char *fault_words(enum command_id id, int fault)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].id == id && words[i].fault == fault)
			return words[i].words;
	return NULL;
}

int fault_exit(enum command_id id, int fault)
{
	if (fault == FAULT_SUCCESS)
		return 0;
	if (id == CMD_START && fault == FAULT_ALREADY_STARTED)
		return 0;
	if (id == CMD_STOP && fault == FAULT_NOT_RUNNING)
		return 0;
	if (id == CMD_ADD && fault == FAULT_ALREADY_ADDED)
		return 0;
	if (fault == FAULT_SPAWN_ERROR || fault == FAULT_ABNORMAL_TERMINATION ||
	    fault == FAULT_NOT_RUNNING)
		return 7;
	return 1;
}
