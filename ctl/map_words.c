/* SPDX-License-Identifier: MIT */
#include "ctl/map_words.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

enum token {
	TOKEN_NONE,
	TOKEN_ITEM,
	TOKEN_NO_EXTENSION,
	TOKEN_LAST,
	TOKEN_DIRECTORY,
	TOKEN_LAST_NO_EXTENSION,
	TOKEN_NUMBER,
	TOKEN_COLUMN,
};

/* clang-format off */
static const struct {
	const char *text;
	enum token token;
} tokens[] = {
	{ "{}", TOKEN_ITEM },
	{ "{.}", TOKEN_NO_EXTENSION },
	{ "{/}", TOKEN_LAST },
	{ "{//}", TOKEN_DIRECTORY },
	{ "{/.}", TOKEN_LAST_NO_EXTENSION },
	{ "{#}", TOKEN_NUMBER },
};
/* clang-format on */

/* "{12}"; its length, 0: it is none. */
static size_t read_column(const char *s, unsigned *ret)
{
	const size_t digits = strspn(s + 1, "0123456789");

	if (!digits || digits > 4 || s[1] == '0' || s[1 + digits] != '}')
		return 0;
	*ret = (unsigned)strtoul(s + 1, NULL, 10);
	return digits + 2;
}

/* What stands at @s, which is a brace, and its length. */
static enum token read_token(const char *s, size_t *ret_len, unsigned *ret_column)
{
	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++) {
		*ret_len = strlen(tokens[i].text);
		if (!strncmp(s, tokens[i].text, *ret_len))
			return tokens[i].token;
	}
	*ret_len = read_column(s, ret_column);
	return *ret_len ? TOKEN_COLUMN : TOKEN_NONE;
}

static bool has_token(const char *word)
{
	unsigned column;
	size_t len;

	for (word = strchr(word, '{'); word; word = strchr(word + 1, '{'))
		if (read_token(word, &len, &column) != TOKEN_NONE)
			return true;
	return false;
}

static bool is_named(const struct stages *command)
{
	for (size_t i = 0; i < command->n; i++)
		for (char **w = command->v[i]; *w; w++)
			if (has_token(*w))
				return true;
	return false;
}

void map_words_init(struct map_words *m, const struct stages *command, const char *separator)
{
	*m = (struct map_words){ command, separator, !is_named(command) };
}

/* --- parts of an item -------------------------------------------------------------------- */

struct part {
	const char *s;
	size_t len;
};

static struct part last_of(struct part p)
{
	const char *slash = memrchr(p.s, '/', p.len);

	if (!slash)
		return p;
	return (struct part){ slash + 1, p.len - (size_t)(slash + 1 - p.s) };
}

static struct part no_extension(struct part p)
{
	const struct part last = last_of(p);
	const char *dot = memrchr(last.s, '.', last.len);

	if (!dot)
		return p;
	return (struct part){ p.s, (size_t)(dot - p.s) };
}

static size_t without_slashes(struct part p)
{
	while (p.len > 1 && p.s[p.len - 1] == '/')
		p.len--;
	return p.len;
}

/* As dirname(1). */
static struct part directory_of(struct part p)
{
	const char *slash;

	p.len = without_slashes(p);
	slash = memrchr(p.s, '/', p.len);
	if (!slash)
		return (struct part){ ".", 1 };
	p.len = slash == p.s ? 1 : (size_t)(slash - p.s);
	p.len = without_slashes(p);
	return p;
}

static struct part column_of(struct part p, const char *separator, unsigned column)
{
	const char *s = p.s, *end;

	if (!separator || !*separator)
		return column == 1 ? p : (struct part){ "", 0 };
	while (--column && (s = strstr(s, separator)))
		s += strlen(separator);
	if (!s)
		return (struct part){ "", 0 };
	end = strstr(s, separator);
	return (struct part){ s, end ? (size_t)(end - s) : strlen(s) };
}

/* --- words ------------------------------------------------------------------------------- */

struct filling {
	const struct map_words *m;
	struct part item;
	uint64_t number;
};

static int put_token(const struct filling *f, enum token token, unsigned column,
		     struct buf *out)
{
	struct part p = f->item;

	switch (token) {
	case TOKEN_NONE:
	case TOKEN_ITEM:
		break;
	case TOKEN_NO_EXTENSION:
		p = no_extension(p);
		break;
	case TOKEN_LAST:
		p = last_of(p);
		break;
	case TOKEN_DIRECTORY:
		p = directory_of(p);
		break;
	case TOKEN_LAST_NO_EXTENSION:
		p = no_extension(last_of(p));
		break;
	case TOKEN_NUMBER:
		return buf_printf(out, "%llu", (unsigned long long)f->number);
	case TOKEN_COLUMN:
		p = column_of(p, f->m->separator, column);
		break;
	}
	return buf_append(out, p.s, p.len);
}

static int fill_word(const struct filling *f, const char *word, struct buf *out)
{
	int r = buf_puts(out, "");

	while (*word && r == 0) {
		const size_t plain = strcspn(word, "{");
		unsigned column = 0;
		enum token token;
		size_t len;

		r = buf_append(out, word, plain);
		word += plain;
		if (!*word || r < 0)
			break;
		token = read_token(word, &len, &column);
		if (token == TOKEN_NONE)
			r = buf_putc(out, *word++);
		else
			r = put_token(f, token, column, out);
		if (token != TOKEN_NONE)
			word += len;
	}
	return r;
}

static int add_word(json_t *argv, const char *word)
{
	json_t *text = json_string(word);

	if (!text)
		return MAP_WORDS_NOT_TEXT;
	return json_array_append_new(argv, text) < 0 ? -ENOMEM : MAP_WORDS_OK;
}

static int fill_stage(const struct filling *f, char *const *words, json_t *argv)
{
	_cleanup_(buf_done) struct buf word = BUF_INIT;
	int r = argv ? MAP_WORDS_OK : -ENOMEM;

	for (; *words && r == MAP_WORDS_OK; words++) {
		if (!strchr(*words, '{')) {
			r = add_word(argv, *words);
			continue;
		}
		buf_clear(&word);
		r = fill_word(f, *words, &word);
		if (r == 0)
			r = add_word(argv, buf_str(&word));
	}
	return r;
}

int map_words_fill(const struct map_words *m, const char *item, uint64_t number, json_t **ret)
{
	const struct filling f = { m, { item, strlen(item) }, number };
	json_t *stages = json_array(), *argv = NULL;
	int r = stages ? MAP_WORDS_OK : -ENOMEM;

	for (size_t i = 0; i < m->command->n && r == MAP_WORDS_OK; i++) {
		argv = json_array();
		r = fill_stage(&f, m->command->v[i], argv);
		if (json_array_append_new(stages, argv) < 0)
			r = -ENOMEM;
	}
	if (r == MAP_WORDS_OK && m->appended)
		r = add_word(argv, item);
	if (r != MAP_WORDS_OK) {
		json_decref(stages);
		return r;
	}
	*ret = stages;
	return MAP_WORDS_OK;
}
