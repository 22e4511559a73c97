/* SPDX-License-Identifier: MIT */
/* witness.c - the part of instance.h that sees what happens: events, logs, status, processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "tests/integration/capture.h"
#include "tests/integration/instance.h"

enum { PATH_BYTES = 600 };

/* Take in what puppets have said by now. */
static void listen_up(struct instance *in)
{
	char data[4096];
	ssize_t n;

	while ((n = read(in->events, data, sizeof data)) > 0)
		ck_assert_int_eq(buf_append(&in->heard, data, (size_t)n), 0);
}

/* The line "NAME WORD PID" among what was heard and its number, or NULL. */
static char *find_event(struct instance *in, const char *name, const char *word, int *ret_nth)
{
	char start[300];
	char *line = in->heard.data;
	int nth = 0;

	snprintf(start, sizeof start, "%s %s ", name, word);
	for (; line && *line; line = strchr(line, '\n') + 1, nth++) {
		if (!strchr(line, '\n'))
			return NULL;
		if (strncmp(line, start, strlen(start)) == 0) {
			*ret_nth = nth;
			return line;
		}
	}
	return NULL;
}

int instance_order_of(struct instance *in, const char *name, const char *word)
{
	int nth;

	listen_up(in);
	return find_event(in, name, word, &nth) ? nth : -1;
}

bool instance_heard(struct instance *in, const char *name, const char *word)
{
	return instance_order_of(in, name, word) >= 0;
}

void instance_forget(struct instance *in)
{
	listen_up(in);
	buf_clear(&in->heard);
}

pid_t instance_hear(struct instance *in, const char *name, const char *word)
{
	mono_t end = patience_ends();
	struct pollfd at = { in->events, POLLIN, 0 };
	char *line;
	int nth;

	for (;;) {
		listen_up(in);
		line = find_event(in, name, word, &nth);
		if (line)
			break;
		ck_assert_int_ge(poll(&at, 1, patience_left(end, word)), 0);
	}

	pid_t pid = (pid_t)atoi(line + strlen(name) + strlen(word) + 2);
	char *after = strchr(line, '\n') + 1;
	size_t gone = (size_t)(after - line);

	memmove(line, after, in->heard.len - (size_t)(after - in->heard.data) + 1);
	in->heard.len -= gone;
	return pid;
}

void instance_order(struct instance *in, const char *name, const char *order)
{
	char path[PATH_BYTES], line[PATH_BYTES];
	_cleanup_(closep) int fd = -1;
	int len;

	snprintf(path, sizeof path, "%s/%s.orders", in->dir, name);
	len = snprintf(line, sizeof line, "%s\n", order);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s waits for no orders: %s", name, strerror(errno));
	ck_assert_int_eq(write(fd, line, (size_t)len), len);
}

/* The content of a file in the directory; empty if there is none yet. */
static void file_read(struct instance *in, const char *name, struct buf *ret)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[PATH_BYTES], data[4096];
	size_t n;

	snprintf(path, sizeof path, "%s/%s", in->dir, name);
	f = fopen(path, "re");
	while (f && (n = fread(data, 1, sizeof data, f)) > 0)
		ck_assert_int_eq(buf_append(ret, data, n), 0);
}

char *instance_world(struct instance *in, const char *name, const char *key)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	char file[PATH_BYTES];
	char *rest, *line;

	snprintf(file, sizeof file, "%s.world", name);
	file_read(in, file, &text);
	ck_assert_msg(text.len > 0, "%s left no world", name);
	for (rest = text.data; (line = strsep(&rest, "\n"));)
		if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ' ')
			return strdup(line + strlen(key) + 1);
	return NULL;
}

/* Wait until something in the directory changes; the log does at every step of the daemon. */
static void await_change(struct instance *in, mono_t end, const char *what)
{
	struct pollfd at[] = { { in->changes, POLLIN, 0 }, { in->pidfd, POLLIN, 0 } };
	char events[4096];

	ck_assert_int_ge(poll(at, 2, patience_left(end, what)), 0);
	ck_assert_msg(!at[1].revents, "reeved ended while waiting for: %s", what);
	while (read(in->changes, events, sizeof events) > 0)
		;
}

static bool file_has(struct instance *in, const char *path, const char *text)
{
	_cleanup_(buf_done) struct buf content = BUF_INIT;

	file_read(in, path, &content);
	return content.data && memmem(content.data, content.len, text, strlen(text));
}

void instance_file_has(struct instance *in, const char *path, const char *text)
{
	mono_t end = patience_ends();

	while (!file_has(in, path, text))
		await_change(in, end, text);
}

bool instance_log_has(struct instance *in, const char *text)
{
	return file_has(in, "reeved.log", text);
}

void instance_logged(struct instance *in, const char *text)
{
	instance_file_has(in, "reeved.log", text);
}

/* "status --json", whatever its exit code says about the states. */
static json_t *status_all(struct instance *in)
{
	_cleanup_(outcome_done) struct outcome o;
	json_error_t error;
	json_t *all;

	CTL(in, &o, "status", "--json");
	all = json_loadb(o.out.data ? o.out.data : "", o.out.len, 0, &error);
	ck_assert_msg(json_is_array(all), "status --json: status %d: %s%s", o.status,
		      buf_str(&o.out), buf_str(&o.err));
	return all;
}

json_t *instance_status(struct instance *in, const char *name)
{
	json_t *all = status_all(in), *found = NULL, *one;
	size_t i;

	json_array_foreach(all, i,
			   one) if (strcmp(json_string_value(json_object_get(one, "name")),
					   name) == 0) found = one;
	ck_assert_msg(found, "status does not list %s", name);
	json_incref(found);
	json_decref(all);
	return found;
}

json_int_t instance_number(struct instance *in, const char *name, const char *key)
{
	json_t *one = instance_status(in, name), *value = json_object_get(one, key);
	json_int_t n = json_integer_value(value);

	ck_assert_msg(json_is_integer(value), "%s of %s is not a number", key, name);
	json_decref(one);
	return n;
}

void instance_expect_text(struct instance *in, const char *name, const char *key,
			  const char *text)
{
	json_t *one = instance_status(in, name);

	ck_assert_str_eq(json_string_value(json_object_get(one, key)), text);
	json_decref(one);
}

static bool is_in(struct instance *in, const char *name, const char *state)
{
	json_t *one = instance_status(in, name);
	bool is = strcmp(json_string_value(json_object_get(one, "statename")), state) == 0;

	json_decref(one);
	return is;
}

void instance_reaches(struct instance *in, const char *name, const char *state)
{
	mono_t end = patience_ends();

	while (!is_in(in, name, state))
		await_change(in, end, state);
}

/* What /proc/PID/stat says; false if there is no such process, or it is not called @comm. */
static bool stat_field(pid_t pid, const char *comm, int *ret_parent, char *ret_state)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[64], text[512], *end;
	size_t n;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	text[n] = '\0';
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1, " %c %d", ret_state, ret_parent) != 2)
		return false;
	*end = '\0';
	return !comm || strncmp(strchr(text, '(') + 1, comm, 15) == 0;
}

bool pid_alive(pid_t pid)
{
	int parent;
	char state;

	return stat_field(pid, NULL, &parent, &state) && state != 'Z' && state != 'X';
}

void pid_gone(pid_t pid)
{
	mono_t end = patience_ends();
	_cleanup_(closep) int fd = pidfd_of(pid);
	struct pollfd at = { fd, POLLIN, 0 };

	if (fd >= 0)
		ck_assert_int_eq(poll(&at, 1, patience_left(end, "the end of a process")), 1);
}

pid_t pid_child(pid_t parent, const char *comm)
{
	_cleanup_(closedirp) DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = (pid_t)atoi(entry->d_name);
		int its;
		char state;

		if (pid > 0 && stat_field(pid, comm, &its, &state) && its == parent &&
		    state != 'Z')
			return pid;
	}
	return 0;
}

pid_t instance_part_after(struct instance *in, const char *comm, pid_t old)
{
	mono_t end = patience_ends();
	pid_t pid;

	while ((pid = pid_child(in->pid, comm)) == 0 || pid == old)
		await_change(in, end, comm);
	return pid;
}

pid_t instance_part(struct instance *in, const char *comm)
{
	return instance_part_after(in, comm, 0);
}
