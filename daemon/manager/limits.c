/* SPDX-License-Identifier: MIT */
#include "daemon/manager/limits.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { WHOLE = 10000 }; /* hundredths of a percent */

/* clang-format off */
static const uint32_t resources[LIMIT_N] = {
	[LIMIT_AS]         = RLIMIT_AS,
	[LIMIT_CORE]       = RLIMIT_CORE,
	[LIMIT_CPU]        = RLIMIT_CPU,
	[LIMIT_DATA]       = RLIMIT_DATA,
	[LIMIT_FSIZE]      = RLIMIT_FSIZE,
	[LIMIT_MEMLOCK]    = RLIMIT_MEMLOCK,
	[LIMIT_MSGQUEUE]   = RLIMIT_MSGQUEUE,
	[LIMIT_NOFILE]     = RLIMIT_NOFILE,
	[LIMIT_NPROC]      = RLIMIT_NPROC,
	[LIMIT_RTPRIO]     = RLIMIT_RTPRIO,
	[LIMIT_SIGPENDING] = RLIMIT_SIGPENDING,
	[LIMIT_STACK]      = RLIMIT_STACK,
};
/* clang-format on */

static void tell_rlimits(struct limits_room *room, const struct limits_spec *spec,
			 struct link_spawn *ret)
{
	uint32_t n = 0;

	for (int i = 0; i < LIMIT_N; i++)
		if (spec->rlimit[i].set)
			room->rlimits[n++] =
				(struct link_rlimit){ .resource = resources[i],
						      .soft = spec->rlimit[i].soft,
						      .hard = spec->rlimit[i].hard };
	ret->rlimits.data = (const char *)room->rlimits;
	ret->rlimits.n = n * (uint32_t)sizeof room->rlimits[0];
}

static void tell_own(const struct limits_spec *spec, struct link_spawn *ret)
{
	const struct {
		int value;
		uint32_t flag;
		int32_t *to;
	} own[] = { { spec->nice, LINK_NICE, &ret->nice },
		    { spec->oom_score_adj, LINK_OOM_SCORE_ADJ, &ret->oom_score_adj },
		    { spec->ioprio, LINK_IOPRIO, &ret->ioprio } };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (own[i].value != LIMIT_INHERIT) {
			*own[i].to = own[i].value;
			ret->given |= own[i].flag;
		}
}

static uint64_t all_memory(void)
{
	struct sysinfo si;

	return sysinfo(&si) < 0 ? 0 : (uint64_t)si.totalram * si.mem_unit;
}

static uint64_t all_tasks(void)
{
	_cleanup_(closep) int fd = open("/proc/sys/kernel/pid_max", O_RDONLY | O_CLOEXEC);
	char text[32] = "";

	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
		return 32768; /* the kernel's smallest default */
	return strtoull(text, NULL, 10);
}

static int add(struct buf *b, struct link_strs *list, const char *file, const char *value)
{
	int r = buf_printf(b, "%s=%s", file, value);

	if (r == 0)
		r = buf_append(b, "", 1);
	if (r == 0)
		list->n++;
	return r;
}

static int add_number(struct buf *b, struct link_strs *list, const char *file, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRIu64, n);
	return add(b, list, file, text);
}

static int add_amount(struct buf *b, struct link_strs *list, const char *file, struct amount a,
		      uint64_t (*all)(void))
{
	switch (a.kind) {
	case AMOUNT_MAX:
		return 0;
	case AMOUNT_NUMBER:
		return add_number(b, list, file, a.n);
	case AMOUNT_PERCENT:
		return add_number(b, list, file, all() * a.n / WHOLE);
	}
	return 0;
}

static int add_quota(struct buf *b, struct link_strs *list, struct cpu_quota q)
{
	char text[64];

	if (!q.quota_us)
		return 0;
	(void)snprintf(text, sizeof text, "%" PRId64 " %" PRId64, q.quota_us, q.period_us);
	return add(b, list, "cpu.max", text);
}

static int add_weight(struct buf *b, struct link_strs *list, const char *file, int weight)
{
	return weight ? add_number(b, list, file, (uint64_t)weight) : 0;
}

static int tell_cgroup(struct buf *b, const struct limits_spec *spec, struct link_strs *list)
{
	int r;

	buf_clear(b);
	r = add_amount(b, list, "memory.max", spec->memory_max, all_memory);
	if (r == 0)
		r = add_amount(b, list, "memory.high", spec->memory_high, all_memory);
	if (r == 0)
		r = add_amount(b, list, "pids.max", spec->tasks_max, all_tasks);
	if (r == 0)
		r = add_quota(b, list, spec->cpu_max);
	if (r == 0)
		r = add_weight(b, list, "cpu.weight", spec->cpu_weight);
	if (r == 0)
		r = add_weight(b, list, "io.weight", spec->io_weight);
	list->first = buf_str(b);
	list->bytes = (uint32_t)b->len;
	return r;
}

int limits_tell(struct limits_room *room, const struct limits_spec *spec,
		struct link_spawn *ret)
{
	tell_rlimits(room, spec, ret);
	tell_own(spec, ret);
	return tell_cgroup(&room->cgroup, spec, &ret->cgroup);
}

void limits_room_done(struct limits_room *room)
{
	buf_done(&room->cgroup);
}
