/* SPDX-License-Identifier: MIT */
#include "conf/load.h"

#include <errno.h>
#include <string.h>

#include "conf/limits.h"
#include "conf/suggest.h"
#include "conf/value.h"

/* Expand @text; the key as messages of the expansion call it is only made up if need be. */
static int expand_key(const struct spot *at, const char *text, const struct scope *scope,
		      const char *what, struct buf *out)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT, name = BUF_INIT;
	int r;

	if (!strchr(text, '%'))
		return buf_puts(out, text);
	r = buf_printf(&name, "%s.%s", at->section->name, at->key);
	if (r == 0)
		r = expand(text, scope, what ? what : buf_str(&name), out, &why);
	if (r != EXPAND_REFUSED)
		return r;
	mistake(at, DIAG_ERROR, "%s", buf_str(&why));
	return LOAD_BAD;
}

int load_text(struct load *l, struct tree_section *s, const char *key,
	      const struct scope *scope, const char *what, struct buf *out)
{
	struct spot at = { .load = l, .section = s, .key = key };
	int r = tree_get(l->tree, s, key, &at.found);

	if (r < 0)
		return r;
	if (!at.found)
		return LOAD_ABSENT;
	return expand_key(&at, at.found->value, scope, what, out);
}

/* Names of log files are expanded twice, as they always were. */
static int expand_again(const struct spot *at, const struct scope *scope, struct buf *text)
{
	_cleanup_(buf_done) struct buf again = BUF_INIT;
	int r = expand_key(at, buf_str(text), scope, at->key, &again);

	if (r != LOAD_SET)
		return r;
	buf_done(text);
	*text = TAKE(again, (struct buf)BUF_INIT);
	return LOAD_SET;
}

int load_key(struct load *l, struct tree_section *s, const struct key *k,
	     const struct scope *scope, void *object)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct spot at = { .load = l, .section = s, .key = k->name };
	bool bare = strcmp(k->name, "environment") == 0 || strcmp(k->name, "process_name") == 0;
	int r = tree_get(l->tree, s, k->name, &at.found);

	if (r < 0)
		return r;
	if (!at.found || k->type == KEY_UNREAD)
		return LOAD_ABSENT;
	if (limits_has_percent(k->type) && !strstr(at.found->value, "%("))
		r = buf_puts(&text, at.found->value);
	else
		r = expand_key(&at, at.found->value, scope, bare ? k->name : NULL, &text);
	if (r == LOAD_SET && k->type == KEY_LOGFILE && strchr(buf_str(&text), '%'))
		r = expand_again(&at, scope, &text);
	return r == LOAD_SET ? load_value(&at, k, buf_str(&text), object) : r;
}

int load_env_scope(const struct env *env, const struct scope *outer, struct scope *ret)
{
	struct name *v = calloc(env->n + 1, sizeof *v);

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < env->n; i++)
		v[i] = (struct name){ env->v[i].name, strlen(env->v[i].name), env->v[i].value,
				      0 };
	*ret = (struct scope){ outer, "ENV_", v, env->n };
	return 0;
}

int load_section_name(struct load *l, const struct tree_section *s, char **ret)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	const char *colon = strchr(s->name, ':');
	int r = value_name(colon ? colon + 1 : "", ret, &why);

	if (r != VALUE_BAD)
		return r;
	mistake(&(struct spot){ .load = l, .section = s }, DIAG_ERROR, "%s", buf_str(&why));
	return LOAD_BAD;
}

int load_percpu(const struct load *l, int n)
{
	const int processors = l->world->processors;

	if (n != PER_CPU)
		return n;
	return processors > 0 ? processors : 1;
}

char *load_next_name(char **list)
{
	static const char blanks[] = " \t\n\r\v\f";
	char *name = strsep(list, ","), *end;

	if (!name)
		return NULL;
	name += strspn(name, blanks);
	end = name + strlen(name);
	while (end > name && strchr(blanks, end[-1]))
		*--end = '\0';
	return name;
}

void load_no_such_program(const struct spot *at, const char *kinds, const char *name)
{
	struct suggestion near = { 0 };

	for (struct tree_section *s = tree_sections(at->load->tree); s; s = s->next)
		if (strncmp(s->name, "program:", 8) == 0 ||
		    strncmp(s->name, "fcgi-program:", 13) == 0)
			suggest(&near, name, strchr(s->name, ':') + 1);
	mistake(at, DIAG_ERROR, "[%s] names unknown %s %.200s; %s%s%s", at->section->name,
		kinds, name, near.word ? "did you mean " : "add its section or leave it out",
		near.word ? near.word : "", near.word ? "?" : "");
}
