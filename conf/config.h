/* SPDX-License-Identifier: MIT */
/*
 * config.h - INI text becomes an immutable configuration, or located complaints.
 *
 * Nothing here prints, reads a clock or looks up users over a network. The dialect is
 * supervisord's (its manual, "Configuration File"), with keys of our own added.
 */
#pragma once

#include "base/buf.h"
#include "base/diag.h"
#include "conf/spec.h"

/* What the outside contributes; all borrowed for the time of the call. */
struct config_world {
	char *const *environ; /* for %(ENV_X)s */
	const char *host; /* uname -n, for %(host_node_name)s */
	const char *cwd; /* absolute; relative paths start here */
	bool root; /* euid 0: default socket and pidfile places differ */
	const char *runtime_dir; /* $XDG_RUNTIME_DIR, or NULL */
	const char *home; /* for "~", or NULL */
	int processors; /* that the caller may run on, for "cpu"; 0: not known, counts as one */
	const char *etc; /* where passwd, group and nsswitch.conf are; NULL: /etc */
	/* The text is our own (config_print_running): users, directories that it names were
	 * there when it was written, and need not be there any more. */
	bool trusted;
};

/* A value from the command line that beats the file: key of [supervisord] and its text. */
struct config_override {
	const char *key, *value;
	const char *option; /* as the user wrote it, for messages: "-l" */
};

struct config {
	char *path; /* of the main file, absolute */
	char *here; /* its directory */
	struct supervisord_spec supervisord;
	struct reeve_spec reeve;
	struct group_spec **groups; /* ordered by (priority, name) */
	size_t n_groups;
	struct pool_spec *pools; /* ordered by name */
	size_t n_pools;
};

/* Outcomes of loading. Negative values are errno: out of memory. */
enum { CONFIG_OK, CONFIG_REFUSED };

/*
 * Read @path and all it includes. CONFIG_OK and *@ret (free with config_free), or
 * CONFIG_REFUSED with every mistake of every file in @d; a file that cannot be opened is such
 * a mistake. Warnings and notes come in @d either way.
 */
_must_check_ int config_load(const char *path, const struct config_world *w,
			     const struct config_override *over, size_t n_over, struct diags *d,
			     struct config **ret);

/* The same from memory; @name stands for the file in messages and for %(here)s. */
_must_check_ int config_load_text(const char *text, size_t len, const char *name,
				  const struct config_world *w, struct diags *d,
				  struct config **ret);

/* NULL is fine. Returns NULL. */
struct config *config_free(struct config *c);
static inline void config_freep(struct config **c)
{
	*c = config_free(*c);
}

/* The group called @name, or NULL; borrowed. */
struct group_spec *config_group(const struct config *c, const char *name);

/*
 * The effective configuration: every key with its value, all expanded, '%' doubled. What it
 * prints, loaded again, gives the same configuration.
 */
_must_check_ int config_print(const struct config *c, struct buf *out);

/*
 * What really runs: other groups than the file's, beside the rest of it. The daemon keeps this
 * text over a crash of its manager; what a program has of the defaults is not in it.
 */
_must_check_ int config_print_running(const struct config *c, struct group_spec *const *groups,
				      size_t n, struct buf *out);

/* First of the places where a configuration is looked for (no -c given), or NULL; malloc'ed. */
char *config_find(const char *argv0, const char *cwd);

/* The mistakes that only the start shows: command split into words, POSIX shell quoting, no
 * shell. 0 and a malloc'ed NULL-ended vector in one block; WORDS_* otherwise. */
enum { WORDS_OK, WORDS_NO_CLOSING, WORDS_NO_ESCAPED, WORDS_EMPTY };
_must_check_ int words_split(const char *command, char ***ret, size_t *ret_n);
