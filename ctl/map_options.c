/* SPDX-License-Identifier: MIT */
#include "ctl/map_options.h"

#include <string.h>

/* clang-format off */
#define FLAG(letter, name, kind, member, value, help) \
	{ letter, name, kind, offsetof(struct map_options, member), value, help }

static const struct flag rows[] = {
	FLAG('j', "jobs", FLAG_TEXT, jobs, "N",
	     "at once: a number, +N or -N beside the processors, N% of them, 0 any number; 100%"),
	FLAG('k', "keep-order", FLAG_SWITCH, keep_order, NULL, "print in the order of the items"),
	FLAG(0, "retry", FLAG_COUNT, retry, "N", "run what fails up to N times more"),
	FLAG(0, "halt", FLAG_TEXT, halting, "WHEN",
	     "never, or soon,fail=N, now,success=N, soon,done=N%: start no more, or stop all"),
	FLAG(0, "joblog", FLAG_TEXT, joblog, "FILE", "a line for each job that has ended"),
	FLAG(0, "tag", FLAG_SWITCH, tag, NULL, "begin each line with the item and a tab"),
	FLAG('u', "ungroup", FLAG_SWITCH, ungroup, NULL,
	     "jobs print at once, mixed; else one after the other, as they end"),
	FLAG('0', "null", FLAG_SWITCH, zero, NULL, "items end with NUL, not with a newline"),
	FLAG('C', "colsep", FLAG_TEXT, separator, "TEXT", "split items at it: {1} {2} ..."),
	FLAG('n', "dry-run", FLAG_SWITCH, dry_run, NULL, "print the commands, run nothing"),
	FLAG('q', "quiet", FLAG_SWITCH, quiet, NULL, "no progress on a terminal"),
	JOB_FLAGS,
	FLAG('h', "help", FLAG_SWITCH, help, NULL, "this"),
};
/* clang-format on */

const struct flags map_flags = { rows, ARRAY_SIZE(rows) };

static int bad(struct buf *why, const char *what)
{
	const int r = buf_puts(why, what);

	return r < 0 ? r : FLAGS_BAD;
}

/* The command, and what stands behind ":::". */
static int split(struct map_options *o, size_t n, char *const *words, struct buf *why)
{
	size_t i = 0;

	while (i < n && strcmp(words[i], ":::") != 0)
		i++;
	o->command = words;
	o->n_command = i;
	if (i == 0)
		return bad(why, "a command is missing");
	if (i == n)
		return FLAGS_OK;
	o->has_items = true;
	o->items = words + i + 1;
	o->n_items = n - i - 1;
	for (i = 0; i < o->n_items; i++)
		if (!strcmp(o->items[i], ":::"))
			return bad(why, "there is more than one :::");
	return FLAGS_OK;
}

static int check(const struct map_options *o, struct buf *why)
{
	if (o->tag && o->ungroup)
		return bad(why, "options --tag and --ungroup do not go together");
	if (o->keep_order && o->ungroup)
		return bad(why, "options --keep-order and --ungroup do not go together");
	if (o->zero && o->has_items)
		return bad(why,
			   "option --null is for items that are read, not for those after :::");
	if (o->separator && !*o->separator)
		return bad(why, "option --colsep: nothing to split at");
	return FLAGS_OK;
}

int map_options_read(size_t n, char *const *words, unsigned cpus, struct map_options *o,
		     struct buf *why)
{
	size_t used = 0;
	int r = flags_read(&map_flags, n, words, o, &used, why);

	if (r != FLAGS_OK || o->help)
		return r;
	r = slots_parse(o->jobs ? o->jobs : "100%", cpus, &o->slots, why);
	if (r == MAP_RULES_OK && o->halting)
		r = halt_parse(o->halting, &o->halt, why);
	if (r == FLAGS_OK)
		r = split(o, n - used, words + used, why);
	return r == FLAGS_OK ? check(o, why) : r;
}

void map_options_done(struct map_options *o)
{
	job_options_done(&o->job);
}
