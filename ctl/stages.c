/* SPDX-License-Identifier: MIT */
#include "ctl/stages.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { WORD = 'w', END = '|' };

#define QUOTE_IT    "there is no shell here: quote it, or use sh -c '...'"
#define SEE_OPTIONS "there is no shell here: see --stdin, --stdout and --stderr, or quote it"

struct lexer {
	const char *text;
	size_t at;
	struct buf words; /* each as WORD, text, NUL; END after those of a stage */
	size_t n_words, n_stages;
	size_t in_stage; /* words of the present one */
	struct stages_fault *fault;
};

static int fault(struct lexer *l, size_t at, const char *what, const char *hint)
{
	*l->fault = (struct stages_fault){ what, at, hint };
	return STAGES_BAD;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* --- what is for a shell ----------------------------------------------------------------- */

/* What $ stands before when a shell replaces it. */
static bool begins_expansion(const char *dollar)
{
	return dollar[1] && (is_name(dollar[1]) || strchr("{(@*#?-$!", dollar[1]));
}

static const char *name_special(char c)
{
	switch (c) {
	case ';':
		return "';'";
	case '&':
		return "'&'";
	case '<':
		return "'<'";
	case '>':
		return "'>'";
	case '(':
	case ')':
		return "a parenthesis";
	case '`':
		return "'`'";
	case '*':
		return "'*'";
	case '?':
		return "'?'";
	default:
		return NULL;
	}
}

/* A pattern, if the bracket is closed in the same word. */
static bool begins_pattern(const char *bracket)
{
	const size_t len = strcspn(bracket, " \t\n|");

	return *bracket == '[' && memchr(bracket, ']', len);
}

/* What a shell would not take as it stands; NULL: it would. */
static const char *find_special(const char *s, bool first)
{
	const char *what = name_special(*s);

	if (what)
		return what;
	if (*s == '$' && (begins_expansion(s) || s[1] == '\'' || s[1] == '"'))
		return "'$'";
	if (begins_pattern(s))
		return "'['";
	if (first && *s == '~')
		return "'~'";
	return first && *s == '#' ? "'#'" : NULL;
}

static int refuse_special(struct lexer *l, bool first)
{
	const char *s = l->text + l->at, *what = find_special(s, first);

	if (!what)
		return STAGES_OK;
	return fault(l, l->at, what, *s == '<' || *s == '>' ? SEE_OPTIONS : QUOTE_IT);
}

/* "LC_ALL=C sort" gives sort a variable, and "! x" turns its status round. */
static int refuse_prefix(struct lexer *l, size_t from)
{
	const char *s = l->text + from;

	if (*s == '!' && (!s[1] || is_blank(s[1])))
		return fault(l, from, "'!'", QUOTE_IT);
	if (isdigit((unsigned char)*s) || !is_name(*s))
		return STAGES_OK;
	while (is_name(*s))
		s++;
	if (*s == '=')
		return fault(l, from, "a variable before the command",
			     "there is no shell here: see --env, or use env(1)");
	return STAGES_OK;
}

/* --- words ------------------------------------------------------------------------------- */

static int lex_single(struct lexer *l)
{
	const char *from = l->text + l->at + 1, *end = strchr(from, '\'');

	if (!end)
		return fault(l, l->at, "a quote that is not closed", NULL);
	l->at += (size_t)(end - from) + 2;
	return buf_append(&l->words, from, (size_t)(end - from));
}

/* A backslash within double quotes is one, but before those. */
static int lex_escaped(struct lexer *l)
{
	const char c = l->text[l->at + 1];

	l->at += 2;
	if (c == '\n')
		return 0;
	if (c && strchr("$`\"\\", c))
		return buf_putc(&l->words, c);
	l->at--;
	return buf_putc(&l->words, '\\');
}

static int lex_double(struct lexer *l)
{
	const size_t from = l->at++;
	int r = 0;

	while (r == 0) {
		const char *s = l->text + l->at;

		if (!*s)
			return fault(l, from, "a quote that is not closed", NULL);
		if (*s == '"')
			break;
		if (*s == '`' || (*s == '$' && begins_expansion(s)))
			return fault(l, l->at, *s == '$' ? "'$'" : "'`'", QUOTE_IT);
		if (*s == '\\') {
			r = lex_escaped(l);
			continue;
		}
		r = buf_putc(&l->words, *s);
		l->at++;
	}
	l->at++;
	return r;
}

static int lex_backslash(struct lexer *l)
{
	const char c = l->text[l->at + 1];

	if (!c)
		return fault(l, l->at, "a backslash with nothing after it", NULL);
	l->at += 2;
	return c == '\n' ? 0 : buf_putc(&l->words, c);
}

static int lex_char(struct lexer *l, bool first)
{
	int r;

	switch (l->text[l->at]) {
	case '\'':
		return lex_single(l);
	case '"':
		return lex_double(l);
	case '\\':
		return lex_backslash(l);
	default:
		r = refuse_special(l, first);
		return r != STAGES_OK ? r : buf_putc(&l->words, l->text[l->at++]);
	}
}

/* A line that goes on is no word. */
static bool skip_continuation(struct lexer *l)
{
	if (strncmp(l->text + l->at, "\\\n", 2) != 0)
		return false;
	l->at += 2;
	return true;
}

static int lex_word(struct lexer *l)
{
	const size_t from = l->at;
	char c;
	int r = l->in_stage ? STAGES_OK : refuse_prefix(l, from);

	if (r == STAGES_OK)
		r = buf_putc(&l->words, WORD);
	while (r == STAGES_OK && (c = l->text[l->at]) && !is_blank(c) && c != '|')
		r = lex_char(l, l->at == from);
	if (r != STAGES_OK)
		return r;
	l->in_stage++;
	l->n_words++;
	return buf_putc(&l->words, '\0');
}

/* --- stages ------------------------------------------------------------------------------ */

static int end_stage(struct lexer *l)
{
	if (!l->in_stage)
		return fault(l, l->at,
			     l->n_stages || l->text[l->at] ? "a command is missing"
							   : "there is no command",
			     NULL);
	l->in_stage = 0;
	l->n_stages++;
	return buf_putc(&l->words, END);
}

/* A newline may stand where a shell wants more anyway, and at the end. */
static int lex_blank(struct lexer *l)
{
	const char *s = l->text + l->at;

	if (*s == '\n' && l->in_stage && s[strspn(s, " \t\n")])
		return fault(l, l->at, "a newline", "it ends the command");
	l->at++;
	return STAGES_OK;
}

static int lex(struct lexer *l)
{
	int r = STAGES_OK;

	while (r == STAGES_OK && l->text[l->at]) {
		if (skip_continuation(l))
			continue;
		if (is_blank(l->text[l->at])) {
			r = lex_blank(l);
		} else if (l->text[l->at] == '|') {
			r = end_stage(l);
			l->at += r == STAGES_OK;
		} else {
			r = lex_word(l);
		}
	}
	return r == STAGES_OK ? end_stage(l) : r;
}

/* The vector of stages, then their vectors of words, then the bytes. */
static int lay_out(const struct lexer *l, struct stages *ret)
{
	const size_t pointers = l->n_stages + 1 + l->n_words + l->n_stages;
	void **block = malloc(pointers * sizeof *block + l->words.len);
	char **words, *s;

	if (!block)
		return -ENOMEM;
	*ret = (struct stages){ (char ***)block, l->n_stages };
	words = (char **)(block + l->n_stages + 1);
	s = memcpy(block + pointers, l->words.data, l->words.len);
	for (size_t i = 0; i < l->n_stages; i++) {
		ret->v[i] = words;
		for (; *s == WORD; s += strlen(s) + 1)
			*words++ = s + 1;
		*words++ = NULL;
		s++;
	}
	ret->v[l->n_stages] = NULL;
	return STAGES_OK;
}

int stages_split(const char *text, struct stages *ret, struct stages_fault *fault)
{
	struct lexer l = { .text = text, .fault = fault };
	int r = lex(&l);

	if (r == STAGES_OK)
		r = lay_out(&l, ret);
	buf_done(&l.words);
	return r;
}

void stages_done(struct stages *s)
{
	free(s->v);
	*s = (struct stages){ 0 };
}

bool stages_needed(const char *word)
{
	return strpbrk(word, " \t\n|");
}
