/* SPDX-License-Identifier: MIT */
#include "ctl/logs_options.h"

#include <errno.h>
#include <string.h>

#include "ctl/when.h"
#include "ctl/words.h"

enum { LINES = 30 };

struct given {
	struct logs_options o;
	const char *lines, *since, *until, *grep, *colour; /* NULL: not given */
};

/* clang-format off */
#define FLAG(letter, name, kind, member, value, help) \
	{ letter, name, kind, offsetof(struct given, member), value, help }

static const struct flag rows[] = {
	FLAG('f', "follow", FLAG_SWITCH, o.follow, NULL, "go on with what comes, until Ctrl-C"),
	FLAG('n', "lines", FLAG_TEXT, lines, "N|all", "the last so many (30, with --since all)"),
	FLAG(0, "since", FLAG_TEXT, since, "TIME", "not older than that"),
	FLAG(0, "until", FLAG_TEXT, until, "TIME", "nor newer than that"),
	FLAG('g', "grep", FLAG_TEXT, grep, "REGEX", "only lines that match this extended regular expression"),
	FLAG('t', "timestamps", FLAG_SWITCH, o.times, NULL, "put the time before each"),
	FLAG(0, "no-prefix", FLAG_SWITCH, o.no_prefix, NULL, "do not put the name before each"),
	FLAG(0, "out", FLAG_SWITCH, o.out, NULL, "only what was printed to standard output"),
	FLAG(0, "err", FLAG_SWITCH, o.err, NULL, "only what was printed to standard error"),
	FLAG(0, "color", FLAG_TEXT, colour, "WHEN", "auto, always or never"),
	FLAG(0, "json", FLAG_SWITCH, o.json, NULL, "each line as a JSON object"),
	FLAG('h', "help", FLAG_SWITCH, o.help, NULL, "this"),
};
/* clang-format on */

const struct flags logs_flags = { rows, ARRAY_SIZE(rows) };

static int bad(struct buf *why, const char *what, const char *text)
{
	const int r = buf_printf(why, "%s: '%.200s'", what, text);

	return r < 0 ? r : FLAGS_BAD;
}

static int take_grep(struct given *g, struct buf *why)
{
	char text[256];
	int r;

	if (!g->grep)
		return FLAGS_OK;
	r = regcomp(&g->o.grep, g->grep, REG_EXTENDED | REG_NOSUB);
	if (r == REG_ESPACE)
		return -ENOMEM;
	g->o.has_grep = r == 0;
	if (r == 0)
		return FLAGS_OK;
	(void)regerror(r, &g->o.grep, text, sizeof text);
	r = buf_printf(why, "option --grep: %s: '%.200s'", text, g->grep);
	return r < 0 ? r : FLAGS_BAD;
}

static int take_colour(struct given *g, struct buf *why)
{
	static const char *const words[] = { "auto", "always", "never" };

	for (size_t i = 0; g->colour && i < ARRAY_SIZE(words); i++)
		if (!strcmp(g->colour, words[i])) {
			g->o.colour = (unsigned)i;
			return FLAGS_OK;
		}
	return g->colour ? bad(why, "option --color: not auto, always or never", g->colour)
			 : FLAGS_OK;
}

static int take_times(struct given *g, int64_t now_ms, struct buf *why)
{
	int r = FLAGS_OK;

	if (g->since)
		r = when_read(g->since, now_ms, &g->o.since_ms, why);
	if (r == FLAGS_OK && g->until)
		r = when_read(g->until, now_ms, &g->o.until_ms, why);
	return r;
}

static int take(struct given *g, int64_t now_ms, struct buf *why)
{
	int r = take_times(g, now_ms, why);

	g->o.lines = g->since ? -1 : LINES;
	if (r == FLAGS_OK && g->lines)
		r = words_count("-n", g->lines, &g->o.lines, why);
	if (r == FLAGS_OK)
		r = take_grep(g, why);
	if (r == FLAGS_OK)
		r = take_colour(g, why);
	if (r == FLAGS_OK && g->o.follow && g->until)
		r = bad(why, "options --follow and --until do not go together", g->until);
	return r;
}

int logs_options_read(size_t n, char *const *words, int64_t now_ms, struct logs_options *o,
		      struct buf *why)
{
	struct given g = { 0 };
	int r = words_read(&logs_flags, n, words, &g, &g.o.names, why);

	if (r == FLAGS_OK)
		r = take(&g, now_ms, why);
	*o = g.o;
	return r;
}

void logs_options_done(struct logs_options *o)
{
	texts_done(&o->names);
	if (o->has_grep)
		regfree(&o->grep);
	o->has_grep = false;
}

static const char *variable(char *const *env, const char *name)
{
	const size_t len = strlen(name);

	for (; env && *env; env++)
		if (!strncmp(*env, name, len) && (*env)[len] == '=')
			return *env + len + 1;
	return "";
}

bool logs_options_colour(const struct logs_options *o, char *const *env, bool terminal)
{
	switch (o->colour) {
	case COLOUR_ALWAYS:
		return true;
	case COLOUR_NEVER:
		return false;
	case COLOUR_AUTO:
		break;
	}
	if (*variable(env, "NO_COLOR"))
		return false;
	if (*variable(env, "CLICOLOR_FORCE") || *variable(env, "FORCE_COLOR"))
		return true;
	return terminal && strcmp(variable(env, "TERM"), "dumb") != 0;
}
