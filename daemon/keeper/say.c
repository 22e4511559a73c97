/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/say.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

enum { LINES_MAX = 64, LATER_MS = 2 };

struct kept {
	struct list link;
	enum level level;
	char text[];
};

int say_fd(struct peer *p, const struct link_msg *m, int fd)
{
	p->flush_at = (mono_t){ 0 };
	return p->link && !p->link_lost ? channel_send(p->link, m, fd) : 0;
}

void say(struct peer *p, const struct link_msg *m)
{
	if (say_fd(p, m, -1) < 0)
		p->link_lost = true;
}

/* Whom it wakes would take the processor from the program that is just about to begin. */
void say_later(struct keeper *k, struct peer *p, const struct link_msg *m)
{
	const mono_t at = mono_min(p->flush_at, mono_add(loop_now(k->loop), LATER_MS));

	say(p, m);
	p->flush_at = at;
}

void say_type(struct peer *p, enum link_type type)
{
	say(p, &(struct link_msg){ .type = type });
}

static void send_line(struct keeper *k, enum level level, const char *text)
{
	say(&k->logger, &(struct link_msg){ .type = LINK_LOG, .log = { level, text } });
}

/* Without memory, or too many of them: a line less. */
static void keep_line(struct keeper *k, enum level level, const char *text)
{
	const size_t size = strlen(text) + 1;
	struct kept *l = k->n_lines < LINES_MAX ? malloc(sizeof *l + size) : NULL;

	if (!l)
		return;
	l->level = level;
	memcpy(l->text, text, size);
	list_append(&k->lines, &l->link);
	k->n_lines++;
}

void say_log(struct keeper *k, enum level level, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (k->logger.link && !k->logger.link_lost)
		send_line(k, level, text);
	else
		keep_line(k, level, text);
}

static struct kept *first_kept(struct keeper *k)
{
	struct kept *l;

	if (!list_linked(&k->lines))
		return NULL;
	l = container_of(k->lines.next, struct kept, link);
	list_unlink(&l->link);
	k->n_lines--;
	return l;
}

void say_kept_lines(struct keeper *k)
{
	struct kept *l;

	while ((l = first_kept(k))) {
		send_line(k, l->level, l->text);
		free(l);
	}
}

/* Only what is grave is worth it, and never an own format beside the logger's. */
void say_last_lines(struct keeper *k)
{
	const char *path = k->settings.logfile;
	_cleanup_(closep) int fd = -1;
	struct kept *l;

	if (path && *path)
		fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while ((l = first_kept(k))) {
		if (l->level >= LEVEL_WARN)
			dprintf(fd >= 0 ? fd : STDERR_FILENO, "reeved: %s\n", l->text);
		free(l);
	}
}
