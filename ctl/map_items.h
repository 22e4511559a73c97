/* SPDX-License-Identifier: MIT */
/*
 * map_items.h - the items that a command is run for: words, or the lines of a descriptor, read
 * as they are needed and a bounded piece ahead.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct map_items {
	size_t n; /* words */
	char *const *words;
	int fd; /* -1: words */
	char end; /* of an item: newline or NUL */
	struct buf in;
	size_t at; /* the next item in it */
	size_t seen; /* nothing ends between at and here */
	bool ended; /* nothing more can be read */
	uint64_t given;
	uint64_t total; /* 0: not known */
};

enum { MAP_AHEAD = 1 << 20 /* bytes */ };

void map_items_words(struct map_items *m, size_t n, char *const *words);
void map_items_read_from(struct map_items *m, int fd, char end); /* @fd is borrowed */
void map_items_done(struct map_items *m);

/* Outcomes of map_items_next(). */
enum { MAP_ITEM, MAP_ITEM_LATER, MAP_ITEM_END };

/* The next item, borrowed until the next call. MAP_ITEM_LATER: not before more was read. Or
 * -errno: -EILSEQ, a NUL in a line; -E2BIG, longer than MAP_AHEAD. */
_must_check_ int map_items_next(struct map_items *m, const char **ret);

/* Whether reading on is of use; then wait until the descriptor is readable. */
bool map_items_hungry(const struct map_items *m);

/* Read a piece. 0 or -errno. */
_must_check_ int map_items_read(struct map_items *m);

/* How many there are in all, once it is known; 0 before. */
uint64_t map_items_total(struct map_items *m);
