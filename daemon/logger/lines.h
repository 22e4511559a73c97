/* SPDX-License-Identifier: MIT */
/*
 * lines.h - cuts bytes into lines, and lines that are too long into pieces. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct piece {
	size_t len; /* bytes it takes; 0: more are needed to tell */
	size_t text; /* of them without the newline */
	bool ends; /* the line does */
};

/* The first piece of @data, of @most bytes at most (at least 4); @end: there will be no more
 * bytes. A piece does not end inside of a UTF-8 character if that can be helped. */
struct piece lines_next(const char *data, size_t len, size_t most, bool end);
