/* SPDX-License-Identifier: MIT */
/*
 * fuzz_options.c - any command line of run and map: it is refused with words that say why, or
 * what remains of it are its last words as they stand, and none of those before them is one.
 *
 * The input is words, each ended by a NUL.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ctl/map_options.h"
#include "ctl/run_options.h"

enum { WORDS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The words of @text, which has a NUL at its end. */
static size_t split(char *text, size_t len, char **words)
{
	size_t n = 0;

	for (size_t at = 0; at < len && n < WORDS_MAX; at += strlen(text + at) + 1)
		words[n++] = text + at;
	return n;
}

static void check_run(size_t n, char *const *words)
{
	_cleanup_(run_options_done) struct run_options o = RUN_OPTIONS_INIT;
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	size_t used = n + 1;
	const int r = run_options_read(n, words, &o, &used, &why);

	assert(r == FLAGS_OK || r == FLAGS_BAD);
	assert((r == FLAGS_BAD) == (why.len > 0));
	if (r != FLAGS_OK)
		return;
	assert(used <= n);
	/* What follows is a command, or stands behind "--". */
	if (used < n && words[used][0] == '-' && words[used][1])
		assert(used > 0 && !strcmp(words[used - 1], "--"));
	assert(o.job.timeout >= 0 && o.job.kill_after >= -1 && o.job.umask <= 0777);
	assert(o.job.signal >= 0 && o.job.signal <= 64);
}

static void check_map(size_t n, char *const *words)
{
	_cleanup_(map_options_done) struct map_options o = MAP_OPTIONS_INIT;
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	const int r = map_options_read(n, words, 4, &o, &why);

	assert(r == FLAGS_OK || r == FLAGS_BAD);
	assert((r == FLAGS_BAD) == (why.len > 0));
	if (r != FLAGS_OK || o.help)
		return;
	assert(o.n_command > 0 && o.slots <= 10000);
	assert(o.has_items || o.command + o.n_command == words + n);
	assert(!o.has_items || o.items + o.n_items == words + n);
	for (size_t i = 0; i < o.n_command; i++)
		assert(strcmp(o.command[i], ":::") != 0);
	assert(o.halt.when == HALT_NEVER || !o.halt.count != !o.halt.percent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = malloc(size + 1);
	char *words[WORDS_MAX];
	size_t n;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	n = split(text, size, words);
	check_run(n, words);
	check_map(n, words);
	return 0;
}
