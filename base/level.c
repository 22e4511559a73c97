/* SPDX-License-Identifier: MIT */
#include "base/level.h"

#include <strings.h>

/* clang-format off */
static const struct {
	const char *word, *tag;
} levels[LEVEL_N] = {
	[LEVEL_BLATHER]  = { "blather",  "BLAT" },
	[LEVEL_TRACE]    = { "trace",    "TRAC" },
	[LEVEL_DEBUG]    = { "debug",    "DEBG" },
	[LEVEL_INFO]     = { "info",     "INFO" },
	[LEVEL_WARN]     = { "warn",     "WARN" },
	[LEVEL_ERROR]    = { "error",    "ERRO" },
	[LEVEL_CRITICAL] = { "critical", "CRIT" },
};
/* clang-format on */

const char *level_tag(enum level l)
{
	return levels[l].tag;
}

const char *level_word(enum level l)
{
	return levels[l].word;
}

int level_from_word(const char *word)
{
	for (int i = 0; i < LEVEL_N; i++)
		if (strcasecmp(word, levels[i].word) == 0)
			return i;
	return -1;
}
