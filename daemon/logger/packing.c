/* SPDX-License-Identifier: MIT */
#include "daemon/logger/packing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "daemon/logger/logopen.h"
#include "daemon/logger/pack.h"
#include "daemon/logger/times.h"

static void temp_name(char ret[ROTATE_NAME], const struct logplace *p)
{
	(void)snprintf(ret, ROTATE_NAME, "%s.pack", p->name);
}

/* As private as the log is; what a logger that died left there goes. */
static int open_temp(const struct logplace *p, const struct logrule *rule)
{
	char name[ROTATE_NAME];
	struct stat st;

	temp_name(name, p);
	if (unlinkat(p->dir, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return logplace_file(p, name, O_WRONLY | O_CREAT | O_EXCL,
			     rule->private_file ? 0600 : 0644, &st);
}

/* Packed, it has the time of what it was, by which it is deleted one day. */
static int pack_to_temp(const struct logplace *p, const struct logrule *rule, int from,
			const struct stat *st)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };
	_cleanup_(closep) int to = open_temp(p, rule);
	int r = to < 0 ? to : pack_file(from, to, (enum log_pack)rule->pack);

	if (r == 0 && (fsync(to) < 0 || futimens(to, times) < 0))
		r = -errno;
	return r;
}

static int pack_oldest(const struct logplace *p, const struct logrule *rule, struct stat *ret)
{
	for (int k = rule->backups; k > 0; k--) {
		_cleanup_(closep) int fd = -1;
		char name[ROTATE_NAME];
		enum log_pack pack;

		if (rotate_find(name, p->dir, p->name, k, &pack) < 0 || pack != LOG_PACK_NONE)
			continue;
		fd = logplace_file(p, name, O_RDONLY, 0, ret);
		return fd < 0 ? fd : pack_to_temp(p, rule, fd, ret);
	}
	return -ENOENT;
}

void packing_do(struct packing *p, const struct logrule *rule)
{
	struct logplace place;

	p->result = logplace_open(&place, rule->path);
	if (p->result < 0)
		return;
	p->result = pack_oldest(&place, rule, &p->from);
	logplace_done(&place);
}

/* What is noted of the times of the one holds for the other. */
static void note_origin(const struct packing *p, const struct logplace *place, const char *temp)
{
	struct stat st;

	if (fstatat(place->dir, temp, &st, AT_SYMLINK_NOFOLLOW) == 0)
		times_note(place->dir, place->name,
			   (struct times_record){ -1, st.st_ino, (int64_t)p->from.st_ino });
}

int packing_commit(const struct packing *p, const struct logrule *rule)
{
	char temp[ROTATE_NAME];
	struct logplace place;
	int r = logplace_open(&place, rule->path);

	if (r < 0)
		return r;
	temp_name(temp, &place);
	note_origin(p, &place, temp);
	r = rotate_packed(place.dir, place.name, rule->backups, &p->from, temp,
			  (enum log_pack)rule->pack);
	logplace_done(&place);
	return r;
}

static int64_t modified_ms(const struct stat *st)
{
	return st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

void packing_trim(const struct logrule *rule, int64_t until_ms)
{
	struct logplace place;

	if (logplace_open(&place, rule->path) < 0)
		return;
	for (int k = rule->backups; k > 0; k--) {
		char name[ROTATE_NAME];
		enum log_pack pack;
		struct stat st;

		if (rotate_find(name, place.dir, place.name, k, &pack) < 0)
			continue;
		if (fstatat(place.dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    modified_ms(&st) > until_ms || unlinkat(place.dir, name, 0) < 0)
			break;
	}
	logplace_done(&place);
}
