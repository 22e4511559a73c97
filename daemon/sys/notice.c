/* SPDX-License-Identifier: MIT */
#include "daemon/sys/notice.h"

#include <string.h>

struct word {
	const char *at;
	size_t len;
};

/* The value of a line that is NAME=value; false: it is another one. */
static bool is_about(const struct word *line, const char *name, struct word *ret)
{
	const size_t len = strlen(name);

	if (line->len <= len || memcmp(line->at, name, len) != 0 || line->at[len] != '=')
		return false;
	*ret = (struct word){ line->at + len + 1, line->len - len - 1 };
	return true;
}

static bool is_word(const struct word *w, const char *text)
{
	return w->len == strlen(text) && memcmp(w->at, text, w->len) == 0;
}

/* Digits and nothing else; 0: it is no such number, or too large a one. */
static uint64_t number(const struct word *w, uint64_t most)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->len; i++) {
		if (w->at[i] < '0' || w->at[i] > '9' || n > (most - 9) / 10)
			return 0;
		n = n * 10 + (uint64_t)(w->at[i] - '0');
	}
	return n;
}

/* It will be shown on terminals. Bytes above 127 are left: most are parts of UTF-8. */
static void take_status(const struct word *w, struct notice *ret)
{
	const size_t n = w->len < NOTICE_STATUS - 1 ? w->len : NOTICE_STATUS - 1;

	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)w->at[i];

		ret->status[i] = c < ' ' || c == 127 ? ' ' : (char)c;
	}
	ret->status[n] = '\0';
	ret->has_status = true;
}

static void take_line(const struct word *line, struct notice *ret)
{
	struct word v;

	if (is_about(line, "READY", &v))
		ret->ready |= is_word(&v, "1");
	else if (is_about(line, "RELOADING", &v))
		ret->reloading |= is_word(&v, "1");
	else if (is_about(line, "STOPPING", &v))
		ret->stopping |= is_word(&v, "1");
	else if (is_about(line, "WATCHDOG", &v)) {
		ret->watchdog |= is_word(&v, "1");
		ret->hangs |= is_word(&v, "trigger");
	} else if (is_about(line, "EXTEND_TIMEOUT_USEC", &v))
		ret->extend_usec = number(&v, UINT64_MAX);
	else if (is_about(line, "MAINPID", &v))
		ret->main_pid = (pid_t)number(&v, INT32_MAX);
	else if (is_about(line, "STATUS", &v))
		take_status(&v, ret);
}

bool notice_parse(const char *text, size_t len, struct notice *ret)
{
	*ret = (struct notice){ .ready = false };
	if (!len || len > NOTICE_MAX || memchr(text, '\0', len))
		return false;
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		const struct word line = { text, end ? (size_t)(end - text) : len };

		take_line(&line, ret);
		text += line.len + (end != NULL);
		len -= line.len + (end != NULL);
	}
	return true;
}
