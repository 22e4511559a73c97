/* SPDX-License-Identifier: MIT */
/*
 * Sections and keys that nobody reads: supervisord ignores them without a word, which hides
 * misspellings; real files also hold keys of other tools, so they are no errors.
 */
#include <errno.h>
#include <string.h>

#include "conf/load.h"
#include "conf/suggest.h"

/* clang-format off */
static const struct kind {
	const char *name; /* that a section has, or begins with */
	bool whole;
	const struct key_table *first, *second; /* NULL first: any key will do */
} kinds[] = {
	{ "supervisord",      true,  &supervisord_keys,   NULL },
	{ "reeve",            true,  &reeve_keys,         NULL },
	{ "include",          true,  &include_keys,       NULL },
	{ "supervisorctl",    true,  &supervisorctl_keys, NULL },
	{ "unix_http_server", false, &unix_server_keys,   NULL },
	{ "inet_http_server", false, &inet_server_keys,   NULL },
	{ "program:",         false, &program_keys,       NULL },
	{ "group:",           false, &group_keys,         NULL },
	{ "pipeline:",        false, &pipeline_keys,      NULL },
	{ "pool:",            false, &pool_keys,          NULL },
	{ "eventlistener:",   false, &program_keys,       &listener_keys },
	{ "fcgi-program:",    false, &program_keys,       &fcgi_keys },
	{ "rpcinterface:",    false, NULL,                NULL },
	{ "ctlplugin:",       false, NULL,                NULL },
};
/* clang-format on */

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct kind *k = &kinds[i];

		if (k->whole ? strcmp(name, k->name) == 0
			     : strncmp(name, k->name, strlen(k->name)) == 0)
			return k;
	}
	return NULL;
}

/* Weigh what stands before the ':' against the known kinds. */
static int unknown_section(struct load *l, struct tree_section *s)
{
	struct spot at = { .load = l, .section = s };
	size_t n = strcspn(s->name, ":");
	_cleanup_(freep) char *typed = strndup(s->name, n);
	struct suggestion near = { 0 };

	if (!typed)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char word[32];

		(void)snprintf(word, sizeof word, "%.*s", (int)strcspn(kinds[i].name, ":"),
			       kinds[i].name);
		suggest(&near, typed, word);
		/* The word is gone after this round, the row is not. */
		if (near.word == word)
			near.word = kinds[i].name;
	}
	if (!near.word)
		mistake(&at, DIAG_WARNING, "no such section; it is ignored");
	else
		mistake(&at, DIAG_WARNING,
			"no such section, it is ignored; did you mean [%.*s%s]?",
			(int)strcspn(near.word, ":"), near.word,
			strchr(near.word, ':') && s->name[n] ? s->name + n
			: strchr(near.word, ':')	     ? ":x"
							     : "");
	return 0;
}

static void weigh_keys(struct suggestion *near, const char *typed, const struct key_table *t)
{
	for (size_t i = 0; t && i < t->n; i++)
		suggest(near, typed, t->v[i].name);
}

static void unknown_key(struct load *l, struct tree_section *s, const struct tree_key *k,
			const struct suggestion *near)
{
	struct spot at = { .load = l, .section = s, .key = k->name, .found = k };

	if (*k->name == '[')
		mistake(&at, DIAG_WARNING,
			"no such key, it is ignored; a section header ends with ]");
	else if (near->word)
		mistake(&at, DIAG_WARNING, "no such key, it is ignored; did you mean %s?",
			near->word);
	else
		mistake(&at, DIAG_WARNING, "no such key; it is ignored");
}

static void check_keys(struct load *l, struct tree_section *s, const struct kind *kind)
{
	for (const struct tree_key *k = s->first; k && kind->first; k = k->next) {
		struct suggestion near = { 0 };

		if (key_find(kind->first, k->name) ||
		    (kind->second && key_find(kind->second, k->name)))
			continue;
		weigh_keys(&near, k->name, kind->first);
		weigh_keys(&near, k->name, kind->second);
		unknown_key(l, s, k, &near);
	}
}

/* A key of [DEFAULT] is in every section: one that any of them knows is fine. */
static void check_default(struct load *l)
{
	struct tree_section *s = tree_default(l->tree);

	for (const struct tree_key *k = s->first; k; k = k->next) {
		struct suggestion near = { 0 };
		bool known = false;

		for (size_t i = 0; key_tables[i]; i++) {
			known |= key_find(key_tables[i], k->name) != NULL;
			weigh_keys(&near, k->name, key_tables[i]);
		}
		if (!known)
			unknown_key(l, s, k, &near);
	}
}

int load_unknown(struct load *l)
{
	int r = 0;

	check_default(l);
	for (struct tree_section *s = tree_sections(l->tree); r == 0 && s; s = s->next) {
		const struct kind *k = kind_of(s->name);

		if (k)
			check_keys(l, s, k);
		else
			r = unknown_section(l, s);
	}
	return r;
}
