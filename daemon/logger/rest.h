/* SPDX-License-Identifier: MIT */
/*
 * rest.h - streams that were read a moment ago and rest: the next bytes are read a little
 * later, many at once. Pure: time is passed in.
 *
 * A program that prints line by line would otherwise cost a wake-up and a write for each line.
 * A rest is short, and ends when a good part of a pipe is full: it costs nobody throughput.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "base/mono.h"

enum {
	REST_MS = 10, /* between looks at those that rest */
	REST_LOOKS = 5, /* so many looks are the longest rest */
	REST_ENOUGH = 32 * 1024, /* so many bytes end it, of a pipe of common size, */
	REST_ENOUGH_LARGE = 96 * 1024, /* or of a large one */
};

struct rest {
	struct list link;
	unsigned looks;
};

struct rests {
	struct list all;
	mono_t at; /* of the next look */
	bool wanted;
	void (*look)(struct rest *r, mono_t now); /* may end it, or begin it anew */
};

void rests_init(struct rests *rs, void (*look)(struct rest *r, mono_t now));
void rest_init(struct rest *r);

/* Rest after a reading of @n bytes. False: it should not. */
bool rest_begin(struct rests *rs, struct rest *r, size_t n, bool large, mono_t now);
void rest_end(struct rest *r);
bool rest_on(const struct rest *r);

/* At a look: is it enough, with so many bytes there. */
bool rest_is_over(struct rest *r, size_t waiting, bool large);

/* Look at all that rest, when it is time. */
void rests_check(struct rests *rs, mono_t now);
mono_t rests_due(const struct rests *rs);
