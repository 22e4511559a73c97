/* SPDX-License-Identifier: MIT */
/*
 * A function for each type of key turns text into a field. Where it fails it writes what is
 * wrong and what would be right to @why.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "conf/choices.h"
#include "conf/cpus.h"
#include "conf/environ.h"
#include "conf/limits.h"
#include "conf/load.h"
#include "conf/logs.h"
#include "conf/paths.h"
#include "conf/value.h"

typedef int apply_fn(const struct spot *at, const char *text, void *field, struct buf *why);

/* What @why has got by now, in @r, makes the value bad. */
static int refuse(int r)
{
	return r < 0 ? r : VALUE_BAD;
}

/* Take over @value, which may be NULL for want of memory. */
static int set_text(void *field, char *value)
{
	char **text = field;

	if (!value)
		return -ENOMEM;
	free(*text);
	*text = value;
	return VALUE_OK;
}

/* --- types that are pure ----------------------------------------------------------------- */

/* What the text alone decides. */
/* clang-format off */
#define PURE(name)                                                                             \
	static int apply_##name(const struct spot *at, const char *text, void *field,          \
				struct buf *why)                                               \
	{                                                                                      \
		(void)at;                                                                      \
		return value_##name(text, field, why);                                         \
	}

PURE(bool)
PURE(int)
PURE(count)
PURE(percpu)
PURE(seconds)
PURE(duration)
PURE(age)
PURE(rate)
PURE(bytes)
PURE(octal)
PURE(signal)
PURE(exitcodes)
PURE(autorestart)
PURE(oneshot)
PURE(level)
PURE(bytes_limit)
PURE(number_limit)
PURE(bytes_max)
PURE(number_max)
PURE(cpu_max)
PURE(weight)
PURE(nice)
PURE(oom_score)
PURE(ioprio)
/* clang-format on */

static int apply_inet(const struct spot *at, const char *text, void *field, struct buf *why)
{
	(void)at, (void)field;
	return value_inet(text, why);
}

static int apply_environment(const struct spot *at, const char *text, void *field,
			     struct buf *why)
{
	struct env e = { NULL, 0 };
	int r = environ_parse(text, &e, why);

	(void)at;
	if (r != ENVIRON_OK)
		return r < 0 ? r : VALUE_BAD;
	environ_done(field);
	*(struct env *)field = e;
	return VALUE_OK;
}

static int apply_text(const struct spot *at, const char *text, void *field, struct buf *why)
{
	(void)at, (void)why;
	return set_text(field, strdup(text));
}

/* An empty one is none. */
static int apply_line(const struct spot *at, const char *text, void *field, struct buf *why)
{
	int r = value_line(text, why);

	(void)at;
	if (r != VALUE_OK || *text)
		return r == VALUE_OK ? set_text(field, strdup(text)) : r;
	free(*(char **)field);
	*(char **)field = NULL;
	return VALUE_OK;
}

static int apply_name(const struct spot *at, const char *text, void *field, struct buf *why)
{
	char *name;
	int r = value_name(text, &name, why);

	(void)at;
	return r == VALUE_OK ? set_text(field, name) : r;
}

static int apply_cpus(const struct spot *at, const char *text, void *field, struct buf *why)
{
	char *cpus;
	int r = cpus_read(text, &cpus, why);

	(void)at;
	return r == VALUE_OK ? set_text(field, cpus) : r;
}

static int apply_serverurl(const struct spot *at, const char *text, void *field,
			   struct buf *why)
{
	if (strcasecmp(text, "AUTO") != 0)
		return apply_text(at, text, field, why);
	free(*(char **)field);
	*(char **)field = NULL;
	return VALUE_OK;
}

static int apply_unread(const struct spot *at, const char *text, void *field, struct buf *why)
{
	(void)at, (void)text, (void)field, (void)why;
	return VALUE_OK;
}

/* --- types that ask the machine ---------------------------------------------------------- */

static bool is_number(const char *s)
{
	s += *s == '-' || *s == '+';
	return *s && s[strspn(s, "0123456789")] == '\0';
}

/* What users_user() or users_group() found out about @name. */
static int judge(const struct spot *at, int known, const char *what, const char *name,
		 struct buf *why)
{
	if (at->load->world->trusted && known >= 0)
		return VALUE_OK;
	switch (known) {
	case USERS_KNOWN:
		return VALUE_OK;
	case USERS_UNSURE:
		mistake(at, DIAG_WARNING,
			"%s %.200s is not in /etc/%s; it has to be known when a program starts",
			what, name, *what == 'u' ? "passwd" : "group");
		return VALUE_OK;
	case USERS_UNKNOWN:
		return refuse(buf_printf(why, "Invalid %s %s %.200s; write one that exists",
					 what, is_number(name) ? "id" : "name", name));
	default:
		return known;
	}
}

static int apply_user(const struct spot *at, const char *text, void *field, struct buf *why)
{
	int r = judge(at, users_user(at->load->users, text), "user", text, why);

	return r == VALUE_OK ? set_text(field, strdup(text)) : r;
}

static int check_owner(const struct spot *at, const char *text, struct buf *why)
{
	const char *colon = strchrnul(text, ':');
	_cleanup_(freep) char *user = strndup(text, (size_t)(colon - text));
	int r;

	if (!user)
		return -ENOMEM;
	r = judge(at, users_user(at->load->users, user), "user", user, why);
	if (r == VALUE_OK && *colon)
		r = judge(at, users_group(at->load->users, colon + 1), "group", colon + 1, why);
	return r;
}

static int apply_owner(const struct spot *at, const char *text, void *field, struct buf *why)
{
	int r = check_owner(at, text, why);

	return r == VALUE_OK ? set_text(field, strdup(text)) : r;
}

int load_check_owner(const struct spot *at, const char *text, const char *wrong)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	int r = check_owner(at, text, &why);

	if (r != VALUE_BAD)
		return r;
	mistake(at, DIAG_ERROR, "%s %.200s: %s", wrong, text, buf_str(&why));
	return LOAD_BAD;
}

static int apply_directory(const struct spot *at, const char *text, void *field,
			   struct buf *why)
{
	const struct config_world *w = at->load->world;
	_cleanup_(freep) char *home = path_home(text, w, at->load->users), *path = NULL;

	path = home ? path_join(w->cwd, home) : NULL;
	if (!path)
		return -ENOMEM;
	if (!w->trusted && (!*home || !path_is_dir(path)))
		return refuse(buf_printf(why,
					 "%.400s is not an existing directory; create it or "
					 "name another",
					 text));
	return set_text(field, TAKE_PTR(path));
}

static int apply_path(const struct spot *at, const char *text, void *field, struct buf *why)
{
	char *path = NULL;
	int r = path_find(text, true, at->load->world, at->load->users, &path, why);

	return r == VALUE_OK ? set_text(field, path) : r;
}

static int apply_logpath(const struct spot *at, const char *text, void *field, struct buf *why)
{
	if (strcmp(text, "syslog") == 0)
		return set_text(field, strdup(text));
	return apply_path(at, text, field, why);
}

static int apply_socket(const struct spot *at, const char *text, void *field, struct buf *why)
{
	const struct config_world *w = at->load->world;
	_cleanup_(freep) char *home = path_home(text, w, at->load->users), *path = NULL;

	path = home ? path_normal(w->cwd, home) : NULL;
	if (!path)
		return -ENOMEM;
	if (!*text)
		return refuse(buf_puts(why, "no path; write one such as /run/name.sock"));
	if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path)
		return refuse(buf_printf(
			why, "path of %zu bytes; a UNIX socket takes at most %zu", strlen(path),
			sizeof((struct sockaddr_un *)0)->sun_path - 1));
	return set_text(field, TAKE_PTR(path));
}

static int apply_logfile(const struct spot *at, const char *text, void *field, struct buf *why)
{
	return load_logfile(at, text, field, why);
}

static int apply_stdin(const struct spot *at, const char *text, void *field, struct buf *why)
{
	return load_stdin(at, text, field, why);
}

/* clang-format off */
static apply_fn *const by_type[KEY_TYPE_N] = {
	[KEY_BOOL]        = apply_bool,        [KEY_INT]       = apply_int,
	[KEY_COUNT]       = apply_count,       [KEY_SECONDS]   = apply_seconds,
	[KEY_DURATION]    = apply_duration,    [KEY_RATE]      = apply_rate,
	[KEY_BYTES]       = apply_bytes,       [KEY_OCTAL]     = apply_octal,
	[KEY_SIGNAL]      = apply_signal,      [KEY_EXITCODES] = apply_exitcodes,
	[KEY_AUTORESTART] = apply_autorestart, [KEY_LEVEL]     = apply_level,
	[KEY_ENVIRONMENT] = apply_environment, [KEY_TEXT]      = apply_text,
	[KEY_NAME]        = apply_name,        [KEY_USER]      = apply_user,
	[KEY_OWNER]       = apply_owner,       [KEY_DIRECTORY] = apply_directory,
	[KEY_PATH]        = apply_path,        [KEY_LOGPATH]   = apply_logpath,
	[KEY_SOCKET]      = apply_socket,      [KEY_LOGFILE]   = apply_logfile,
	[KEY_SERVERURL]   = apply_serverurl,   [KEY_INET]      = apply_inet,
	[KEY_UNREAD]      = apply_unread,      [KEY_PERCPU]    = apply_percpu,
	[KEY_ONESHOT]     = apply_oneshot,     [KEY_CPUS]      = apply_cpus,
	[KEY_STDIN]       = apply_stdin,       [KEY_AGE]       = apply_age,
	[KEY_LINE]        = apply_line,        [KEY_WEIGHT]    = apply_weight,
	[KEY_BYTES_MAX]   = apply_bytes_max,   [KEY_NICE]      = apply_nice,
	[KEY_NUMBER_MAX]  = apply_number_max,  [KEY_IOPRIO]    = apply_ioprio,
	[KEY_BYTES_LIMIT] = apply_bytes_limit, [KEY_CPU_MAX]   = apply_cpu_max,
	[KEY_NUMBER_LIMIT] = apply_number_limit, [KEY_OOM_SCORE] = apply_oom_score,
};
/* clang-format on */

int load_value(const struct spot *at, const struct key *k, const char *text, void *object)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	void *field = (char *)object + k->offset;
	const char *const *words = choices_of(k->type);
	int r = words ? value_choice(text, k->name, words, field, &why)
		      : by_type[k->type](at, text, field, &why);

	if (r != VALUE_BAD)
		return r;
	mistake(at, DIAG_ERROR, "%s", buf_str(&why));
	return LOAD_BAD;
}

int load_defaults(struct load *l, const struct key_table *t, void *object)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct key *k = &t->v[i];
		struct spot at = { .load = l, .key = k->name, .option = "default" };
		int r;

		if (!k->initial || k->type == KEY_NAME)
			continue;
		r = load_value(&at, k, k->initial, object);
		if (r < 0)
			return r;
	}
	return 0;
}

void load_release(const struct key *k, void *object)
{
	void *field = (char *)object + k->offset;

	switch ((int)k->type) {
	case KEY_TEXT:
	case KEY_NAME:
	case KEY_USER:
	case KEY_OWNER:
	case KEY_DIRECTORY:
	case KEY_PATH:
	case KEY_LOGPATH:
	case KEY_SOCKET:
	case KEY_SERVERURL:
	case KEY_CPUS:
	case KEY_LINE:
		free(*(char **)field);
		*(char **)field = NULL;
		break;
	case KEY_ENVIRONMENT:
		environ_done(field);
		break;
	case KEY_LOGFILE:
		logs_release(field);
		break;
	case KEY_STDIN:
		free(((struct stdin_spec *)field)->text);
		*(struct stdin_spec *)field = (struct stdin_spec){ STDIN_NULL, NULL };
		break;
	default:
		break;
	}
}
