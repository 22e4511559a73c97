/* SPDX-License-Identifier: MIT */
/*
 * load.h - what the parts of the loader share; of no interest outside this folder.
 */
#pragma once

#include "base/diag.h"
#include "conf/config.h"
#include "conf/expand.h"
#include "conf/keys.h"
#include "conf/tree.h"
#include "conf/users.h"

/* Notes that are given once. */
enum told { TOLD_SERVERURL = 1, TOLD_READINESS = 2 };

/* One configuration while it is read. Everything is borrowed but what config.c frees. */
struct load {
	const struct config_world *world;
	const struct config_override *over;
	size_t n_over;
	struct diags *diags;
	struct tree *tree;
	struct users *users;
	const char *path, *here; /* of the main file */
	struct scope env; /* ENV_… of the world */
	struct scope daemon_env; /* and of [supervisord] environment=, in front of it */
	struct config *config; /* being filled */
	struct program_draft defaults; /* of [program:x] */
	bool quiet; /* say nothing but errors: the warnings were given already */
	bool mute; /* say nothing at all: it was said already */
	unsigned told; /* bits of enum told */
};

/* What a mistake is about: the section and the key, or the option that beats them. */
struct spot {
	struct load *load;
	const struct tree_section *section;
	const char *key; /* NULL: the section as a whole */
	const struct tree_key *found; /* where it is written; NULL: nowhere */
	const char *option; /* not NULL: it is from the command line */
};

/* Add "[section] key: text" at the place of @at. */
__attribute__((format(printf, 3, 4))) void mistake(const struct spot *at, enum diag_kind kind,
						   const char *fmt, ...);

/* Outcomes of reading a key; negative values are -ENOMEM. */
enum { LOAD_SET, LOAD_ABSENT, LOAD_BAD };

/*
 * The expanded text of a key into @out. @what is how messages of the expansion call it; NULL:
 * "section.key". LOAD_BAD has been told.
 */
_must_check_ int load_text(struct load *l, struct tree_section *s, const char *key,
			   const struct scope *scope, const char *what, struct buf *out);

/* Read row @k of @s into the field it names in @object. */
_must_check_ int load_key(struct load *l, struct tree_section *s, const struct key *k,
			  const struct scope *scope, void *object);

/* Turn @text into the value of row @k in @object. LOAD_BAD has been told. */
_must_check_ int load_value(const struct spot *at, const struct key *k, const char *text,
			    void *object);

/* The value of stdin=, as in value.h; what @field had is freed. */
_must_check_ int load_stdin(const struct spot *at, const char *text, struct stdin_spec *field,
			    struct buf *why);

/* Set every row of @t that has one to its default; names of processes excepted. */
_must_check_ int load_defaults(struct load *l, const struct key_table *t, void *object);

/* Free what the field of row @k owns. */
void load_release(const struct key *k, void *object);

/* Check "user" or "user:group" and tell; LOAD_SET or LOAD_BAD. */
_must_check_ int load_check_owner(const struct spot *at, const char *text, const char *wrong);

/* Sections by kind; each tells its mistakes. 0 or -ENOMEM. */
_must_check_ int load_supervisord(struct load *l);
_must_check_ int load_reeve(struct load *l);
_must_check_ int load_later(struct load *l); /* what is checked but not served yet */
_must_check_ int load_unknown(struct load *l); /* warnings about sections and keys */

/* The files: the main one and what it includes. 0 or -ENOMEM. */
_must_check_ int load_files(struct load *l, const char *text, size_t len, bool from_memory);

/* The names of @env, for expansion. 0 or -ENOMEM; free ret->v. */
_must_check_ int load_env_scope(const struct env *env, const struct scope *outer,
				struct scope *ret);

/* @n as the file has it, with PER_CPU as how many processors there are. */
int load_percpu(const struct load *l, int n);

/* Tell that there is no program @name, and which was probably meant. @kinds: what it may be. */
void load_no_such_program(const struct spot *at, const char *kinds, const char *name);

/* The next name of a list with commas, blanks around it cut off; NULL behind the last. Changes
 * the text that *@list walks. */
char *load_next_name(char **list);

/* The part of a section's name behind its ':', as a valid name; LOAD_SET or LOAD_BAD. */
_must_check_ int load_section_name(struct load *l, const struct tree_section *s, char **ret);
