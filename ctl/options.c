/* SPDX-License-Identifier: MIT */
#include "ctl/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "proto/commands.h"

static const struct option longs[] = {
	{ "configuration", required_argument, NULL, 'c' },
	{ "serverurl", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static bool read_option(struct options *o, int option)
{
	switch (option) {
	case 'c':
		o->config = optarg;
		return true;
	case 's':
		o->url = optarg;
		return true;
	case 'j':
		o->json = true;
		return true;
	case 'h':
		o->help = true;
		return true;
	case 'V':
		o->version = true;
		return true;
	default:
		return false;
	}
}

/* What getopt stumbled over, in supervisorctl's words. */
static int say_bad(int option, char **argv, struct buf *why)
{
	const char *word = argv[optind - 1];
	const char *lacks = option == ':' ? "requires argument" : "not recognized";
	int r;

	if (optopt && strncmp(word, "--", 2) != 0)
		r = buf_printf(why, "option -%c %s", optopt, lacks);
	else
		r = buf_printf(why, "option %s %s", word, lacks);
	return r < 0 ? r : OPTIONS_BAD;
}

static int join(int n, char **words, struct buf *ret)
{
	int r = 0;

	for (int i = 0; i < n && r == 0; i++)
		r = buf_printf(ret, "%s%s", i ? " " : "", words[i]);
	return r;
}

/* One block: the vector, then the strings. Options that also make sense after the command are
 * taken out of its words. */
static int split(struct options *o, const char *line)
{
	const size_t room = strlen(line) / 2 + 2;
	char **v = malloc(room * sizeof *v + strlen(line) + 1);
	char *text, *rest;

	if (!v)
		return -ENOMEM;
	text = strcpy((char *)(v + room), line);
	o->words = v;
	for (char *w = strtok_r(text, " \t\n", &rest); w; w = strtok_r(NULL, " \t\n", &rest)) {
		if (!strcmp(w, "--json"))
			o->json = true;
		else if (!strcmp(w, "-h") || !strcmp(w, "--help"))
			o->help = true;
		else
			v[o->n_words++] = w;
	}
	v[o->n_words] = NULL;
	return 0;
}

/* What is to be run is not looked into, and not put together again. */
static int keep(struct options *o, int n, char **words)
{
	o->words = calloc((size_t)n + 1, sizeof *o->words);
	if (!o->words)
		return -ENOMEM;
	memcpy(o->words, words, (size_t)n * sizeof *words);
	o->n_words = (size_t)n;
	return 0;
}

static bool is_verbatim(int n, char **words)
{
	const struct command *c = n ? command_by_word(words[0]) : NULL;

	return c && c->flags & COMMAND_VERBATIM;
}

static int take_words(struct options *o, int n, char **words)
{
	_cleanup_(buf_done) struct buf line = BUF_INIT;
	int r;

	if (is_verbatim(n, words))
		return keep(o, n, words);
	r = join(n, words, &line);
	return r < 0 ? r : split(o, buf_str(&line));
}

int options_read(int argc, char **argv, struct options *ret, struct buf *why)
{
	struct options o = { 0 };
	int option, r;

	*ret = o;
	opterr = 0;
	optind = 0; /* begin anew, with all that getopt remembers */
	while ((option = getopt_long(argc, argv, "+:c:s:h", longs, NULL)) != -1)
		if (!read_option(&o, option))
			return say_bad(option, argv, why);
	r = take_words(&o, argc - optind, argv + optind);
	if (r < 0)
		return r;
	*ret = o;
	return OPTIONS_RUN;
}

void options_done(struct options *o)
{
	free(o->words);
	*o = (struct options){ 0 };
}
