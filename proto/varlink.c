/* SPDX-License-Identifier: MIT */
/*
 * Depth is counted before jansson sees the bytes: its parser and its destructor recurse, and
 * its own limit of 2,048 levels is more than anybody here has to say. A message is looked
 * through once however small the pieces are in which it comes (seen), and taken without moving
 * what follows (start).
 */
#include "proto/varlink.h"

#include <errno.h>
#include <string.h>

#include "proto/utf8.h"

static const char *find_end(struct varlink_stream *s)
{
	const char *end;

	if (s->seen == s->in.len)
		return NULL;
	end = memchr(s->in.data + s->seen, '\0', s->in.len - s->seen);
	s->seen = end ? (size_t)(end - s->in.data) : s->in.len;
	return end;
}

int varlink_take(struct varlink_stream *s, size_t max, const char **ret, size_t *ret_len)
{
	const char *end = find_end(s);
	const size_t len = s->seen - s->start;

	if (len > max)
		return VARLINK_TOO_LONG;
	if (!end) {
		buf_drop(&s->in, s->start);
		s->seen -= s->start;
		s->start = 0;
		return VARLINK_PARTIAL;
	}
	*ret = s->in.data + s->start;
	*ret_len = len;
	s->start = s->seen = s->seen + 1;
	s->taken += len + 1;
	return VARLINK_OK;
}

bool varlink_whole(struct varlink_stream *s)
{
	return find_end(s);
}

size_t varlink_waiting(const struct varlink_stream *s)
{
	return s->in.len - s->start;
}

void varlink_stream_done(struct varlink_stream *s)
{
	buf_done(&s->in);
	*s = (struct varlink_stream){ 0 };
}

/* Whether brackets outside of strings stay within the depth. Says nothing about syntax. */
static bool is_shallow(const char *data, size_t len)
{
	bool string = false;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (string && data[i] == '\\')
			i++;
		else if (data[i] == '"')
			string = !string;
		else if (!string && (data[i] == '{' || data[i] == '['))
			depth++;
		else if (!string && (data[i] == '}' || data[i] == ']'))
			depth--;
		if (depth > VARLINK_DEPTH_MAX)
			return false;
	}
	return true;
}

static int parse_object(const char *data, size_t len, json_t **ret)
{
	json_error_t why;
	json_t *root;

	if (!is_shallow(data, len))
		return VARLINK_BAD;
	root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return json_error_code(&why) == json_error_out_of_memory ? -ENOMEM
									 : VARLINK_BAD;
	if (!json_is_object(root)) {
		json_decref(root);
		return VARLINK_BAD;
	}
	*ret = root;
	return VARLINK_OK;
}

/* Give a message its parameters: those that it has, or none. VARLINK_OK, _BAD or -ENOMEM. */
static int find_parameters(json_t *root, json_t **ret)
{
	json_t *p = json_object_get(root, "parameters");

	if (!p || json_is_null(p)) {
		p = json_object();
		if (json_object_set_new_nocheck(root, "parameters", p) < 0)
			return -ENOMEM;
	}
	if (!json_is_object(p))
		return VARLINK_BAD;
	*ret = p;
	return VARLINK_OK;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "io.reeve.control": two words or more, of letters, digits and dashes within. */
static bool is_interface(const char *s)
{
	unsigned words = 0;

	if (!is_letter(*s))
		return false;
	for (;;) {
		if (!is_letter(*s) && !is_digit(*s))
			return false;
		while (is_letter(*s) || is_digit(*s) || (*s == '-' && s[1] != '.' && s[1]))
			s++;
		words++;
		if (!*s)
			return words >= 2;
		if (*s++ != '.')
			return false;
	}
}

static bool is_method(const char *s)
{
	if (*s < 'A' || *s > 'Z')
		return false;
	while (is_letter(*s) || is_digit(*s))
		s++;
	return !*s;
}

/* "io.reeve.control.Status" into its two halves. */
static int split_name(struct varlink_call *c, const json_t *full)
{
	char *dot;

	if (!json_is_string(full) || json_string_length(full) > 255)
		return VARLINK_BAD;
	c->name = strdup(json_string_value(full));
	if (!c->name)
		return -ENOMEM;
	dot = strrchr(c->name, '.');
	if (!dot)
		return VARLINK_BAD;
	*dot = '\0';
	c->interface = c->name;
	c->method = dot + 1;
	return is_interface(c->interface) && is_method(c->method) ? VARLINK_OK : VARLINK_BAD;
}

static int get_flag(const json_t *root, const char *key, bool *ret)
{
	const json_t *v = json_object_get(root, key);

	if (v && !json_is_boolean(v))
		return VARLINK_BAD;
	*ret = json_is_true(v);
	return VARLINK_OK;
}

static bool is_known(const char *key)
{
	static const char *const known[] = { "method", "parameters", "more", "oneway",
					     "upgrade" };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i], key))
			return true;
	return false;
}

static bool only_known(json_t *root)
{
	for (void *i = json_object_iter(root); i; i = json_object_iter_next(root, i))
		if (!is_known(json_object_iter_key(i)))
			return false;
	return true;
}

static void call_donep(struct varlink_call *c)
{
	varlink_call_done(c);
}

int varlink_parse_call(const char *data, size_t len, struct varlink_call *ret)
{
	_cleanup_(call_donep) struct varlink_call c = { 0 };
	bool upgrade;
	int r;

	*ret = c;
	r = parse_object(data, len, &c.root);
	if (r != VARLINK_OK)
		return r;
	if (!only_known(c.root) || get_flag(c.root, "more", &c.more) != VARLINK_OK ||
	    get_flag(c.root, "oneway", &c.oneway) != VARLINK_OK ||
	    get_flag(c.root, "upgrade", &upgrade) != VARLINK_OK)
		return VARLINK_BAD;
	/* What follows an upgrade is no longer Varlink; nothing here offers that. */
	if (upgrade || (c.more && c.oneway))
		return VARLINK_BAD;
	r = split_name(&c, json_object_get(c.root, "method"));
	if (r != VARLINK_OK)
		return r;
	r = find_parameters(c.root, &c.parameters);
	if (r != VARLINK_OK)
		return r;
	*ret = TAKE(c, (struct varlink_call){ 0 });
	return VARLINK_OK;
}

static void reply_donep(struct varlink_reply *r)
{
	varlink_reply_done(r);
}

int varlink_parse_reply(const char *data, size_t len, struct varlink_reply *ret)
{
	_cleanup_(reply_donep) struct varlink_reply p = { 0 };
	const json_t *error;
	int r;

	*ret = p;
	r = parse_object(data, len, &p.root);
	if (r != VARLINK_OK)
		return r;
	error = json_object_get(p.root, "error");
	if (error && !json_is_null(error) && !json_is_string(error))
		return VARLINK_BAD;
	p.error = json_string_value(error);
	r = get_flag(p.root, "continues", &p.continues);
	if (r != VARLINK_OK)
		return r;
	if (p.error && p.continues)
		return VARLINK_BAD;
	r = find_parameters(p.root, &p.parameters);
	if (r != VARLINK_OK)
		return r;
	*ret = TAKE(p, (struct varlink_reply){ 0 });
	return VARLINK_OK;
}

void varlink_call_done(struct varlink_call *c)
{
	json_decref(c->root);
	free(c->name);
	*c = (struct varlink_call){ 0 };
}

void varlink_reply_done(struct varlink_reply *r)
{
	json_decref(r->root);
	*r = (struct varlink_reply){ 0 };
}

static int append_json(const char *data, size_t len, void *out)
{
	return buf_append(out, data, len) < 0 ? -1 : 0;
}

/* One member before the parameters, which are stolen, and one flag after; both may be none. */
static int put(struct buf *out, const char *key, const char *value, json_t *parameters,
	       const char *flag)
{
	const size_t before = out->len;
	json_t *m = json_object();
	int r = 0;

	if (key)
		r |= json_object_set_new_nocheck(m, key, json_string_nocheck(value));
	r |= json_object_set_new_nocheck(m, "parameters", parameters);
	if (flag)
		r |= json_object_set_new_nocheck(m, flag, json_true());
	if (r == 0)
		r = json_dump_callback(m, append_json, out, JSON_COMPACT);
	if (r == 0)
		r = buf_putc(out, '\0');
	json_decref(m);
	if (r == 0)
		return 0;
	if (out->data)
		out->data[before] = '\0';
	out->len = before;
	return -ENOMEM;
}

int varlink_put_call(struct buf *out, const char *method, json_t *parameters, bool more)
{
	return put(out, "method", method, parameters, more ? "more" : NULL);
}

int varlink_put_reply(struct buf *out, json_t *parameters, bool continues)
{
	return put(out, NULL, NULL, parameters, continues ? "continues" : NULL);
}

int varlink_put_error(struct buf *out, const char *error, json_t *parameters)
{
	return put(out, "error", error, parameters, NULL);
}

json_t *varlink_string(const char *s)
{
	const char *from = s ? s : "", *const end = from + strlen(from);
	json_t *v = json_string(from);
	struct buf b = BUF_INIT;
	int r = 0;

	if (v)
		return v;
	while (from < end && r == 0) {
		const size_t n = utf8_length(from, (size_t)(end - from));
		const bool good = n != UTF8_BAD && n != UTF8_PART;

		r = good ? buf_append(&b, from, n) : buf_puts(&b, "\xef\xbf\xbd");
		from += good ? n : 1;
	}
	if (r == 0)
		v = json_string(buf_str(&b));
	buf_done(&b);
	return v;
}
