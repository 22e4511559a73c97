/* SPDX-License-Identifier: MIT */
/*
 * map_words.h - an item put into a command.
 *
 *	{} the item		{.} without its extension	{#} its number, from 1
 *	{/} its last part	{//} the directory of it	{/.} the last part without
 *extension {1} {2} …		its columns, if it has some; {1} is the item otherwise as GNU
 *parallel has them. Words are never split again: what an item holds is always one word.
 */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "ctl/stages.h"

struct map_words {
	const struct stages *command;
	const char *separator; /* of columns, or NULL */
	bool appended; /* the command names no item: it is one more word at the end */
};

/* @command and @separator are borrowed. */
void map_words_init(struct map_words *m, const struct stages *command, const char *separator);

/* Outcomes. Negative values are errno. */
enum { MAP_WORDS_OK, MAP_WORDS_NOT_TEXT };

/* The stages for an item, as an array of arrays. MAP_WORDS_NOT_TEXT: they are no UTF-8. */
_must_check_ int map_words_fill(const struct map_words *m, const char *item, uint64_t number,
				json_t **ret);
