/* SPDX-License-Identifier: MIT */
/*
 * signals.h - the signals by name. Of several names for one number the usual one comes first.
 */
#pragma once

#include <stddef.h>

struct signal_name {
	const char *word; /* without SIG */
	int number;
};

extern const struct signal_name signal_names[];
extern const size_t signal_names_n;
