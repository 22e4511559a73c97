/* SPDX-License-Identifier: MIT */
/*
 * suggest.h - which known word was probably meant.
 */
#pragma once

#include <stddef.h>

/* The best of @n candidates so far; start with all zero. */
struct suggestion {
	const char *word; /* NULL: nothing is near */
	size_t distance;
};

/* Weigh @candidate for @typed; case does not count. */
void suggest(struct suggestion *s, const char *typed, const char *candidate);
