/* SPDX-License-Identifier: MIT */
#include "daemon/manager/describe.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "conf/config.h"
#include "daemon/sys/child.h"

int describe_exit(int wait_status, struct buf *out)
{
	const char *name;

	if (!WIFSIGNALED(wait_status))
		return buf_printf(out, "exit status %d", WEXITSTATUS(wait_status));
	name = sigabbrev_np(WTERMSIG(wait_status));
	if (name)
		return buf_printf(out, "terminated by SIG%s%s", name,
				  WCOREDUMP(wait_status) ? " (core dumped)" : "");
	return buf_printf(out, "terminated by signal %d%s", WTERMSIG(wait_status),
			  WCOREDUMP(wait_status) ? " (core dumped)" : "");
}

/* Quoted as supervisord quotes: in single quotes unless it holds one. */
static int put_quoted(struct buf *out, const char *s)
{
	const char quote = strchr(s, '\'') && !strchr(s, '"') ? '"' : '\'';
	int r = buf_putc(out, quote);

	for (; r == 0 && *s; s++)
		r = *s == quote || *s == '\\' ? buf_printf(out, "\\%c", *s) : buf_putc(out, *s);
	return r < 0 ? r : buf_putc(out, quote);
}

static const char *errno_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "unknown error";
}

/* "can't find command 'X'" and its like. */
static int put_exec_error(const char *command, int error, struct buf *out)
{
	const char *before, *after = "";
	int r;

	switch (error) {
	case ENOENT:
		before = "can't find command ";
		break;
	case EISDIR:
		before = "command at ";
		after = " is a directory";
		break;
	case ENOEXEC:
	case EACCES:
		before = "command at ";
		after = " is not executable";
		break;
	case EPERM:
		before = "no permission to run command ";
		break;
	default:
		before = "couldn't exec ";
		after = NULL;
		break;
	}
	r = buf_puts(out, before);
	if (r == 0)
		r = put_quoted(out, command);
	if (r == 0)
		r = after ? buf_puts(out, after) : buf_printf(out, ": %s", errno_name(error));
	return r;
}

static int put_unsplit(const struct unit *u, struct buf *out)
{
	_cleanup_(freep) char **words = NULL;
	size_t n;
	int r = words_split(u->spec->command, &words, &n);

	if (r < 0)
		return r;
	if (r == WORDS_EMPTY)
		return buf_puts(out, "command is empty");
	if (buf_puts(out, "can't parse command ") < 0 || put_quoted(out, u->spec->command) < 0)
		return -ENOMEM;
	return buf_puts(out, r == WORDS_NO_ESCAPED ? ": No escaped character"
						   : ": No closing quotation");
}

int describe_start_error(const struct start_words *w, int stage, int error, struct buf *out)
{
	switch ((enum child_stage)stage) {
	case CHILD_EXEC:
		return put_exec_error(w->command, error, out);
	case CHILD_CHDIR:
		return buf_printf(out, "couldn't chdir to %s: %s", w->directory,
				  errno_name(error));
	case CHILD_USER:
		return buf_printf(out, "couldn't setuid to %s: Can't find username %s", w->user,
				  w->user);
	case CHILD_GROUPS:
	case CHILD_SETGID:
	case CHILD_SETUID:
		return buf_printf(out, "couldn't setuid to %s: %s", w->user, errno_name(error));
	case CHILD_HUNG:
		return buf_printf(
			out,
			"'%s' hung before its program ran: looking up its user, "
			"changing to its directory or loading the file takes too long",
			w->name);
	case CHILD_STDIN:
		return buf_printf(out, "couldn't open its stdin: %s", errno_name(error));
	case CHILD_AFFINITY:
		return buf_printf(out, "none of its processors is there: %s",
				  errno_name(error));
	case CHILD_SESSION:
	case CHILD_STREAMS:
	case CHILD_LIMITS:
	case CHILD_NICE:
	case CHILD_OOM_SCORE_ADJ:
	case CHILD_IOPRIO:
	case CHILD_CGROUP:
	case CHILD_LOCAL:
		break;
	}
	return buf_printf(out, "couldn't prepare '%s' (%s): %s", w->name,
			  child_stage_name((enum child_stage)stage), errno_name(error));
}

/* The first word of the command counts, if it can be split. */
static int put_start_error(const struct unit *u, int stage, int error, struct buf *out)
{
	_cleanup_(freep) char **words = NULL;
	struct start_words w = { .name = u->spec->name,
				 .command = u->spec->command,
				 .directory = u->spec->directory,
				 .user = u->spec->user ? u->spec->user : "" };
	size_t n;
	int r;

	if (u->unsplit)
		return put_unsplit(u, out);
	r = words_split(u->spec->command, &words, &n);
	if (r < 0)
		return r;
	if (r == WORDS_OK && words)
		w.command = words[0];
	return describe_start_error(&w, stage, error, out);
}

int describe_no_fork(const char *name, int error, struct buf *out)
{
	switch (error) {
	case EAGAIN:
		return buf_printf(out, "Too many processes in process table to spawn '%s'",
				  name);
	case EMFILE:
	case ENFILE:
		return buf_printf(out, "too many open files to spawn '%s'", name);
	default:
		return buf_printf(out, "unknown error during fork for '%s': %s", name,
				  errno_name(error));
	}
}

int describe_trouble(const struct unit *u, const struct proc *p, struct buf *out)
{
	switch (p->cause) {
	case CAUSE_NONE:
	case CAUSE_STOPPED:
		return 0;
	case CAUSE_EXITED:
		if (p->alive || proc_exit_expected(p->policy, p->wait_status))
			return 0;
		if (!WIFEXITED(p->wait_status))
			return describe_exit(p->wait_status, out);
		return buf_printf(out, "Bad exit code %d", WEXITSTATUS(p->wait_status));
	case CAUSE_TOO_QUICK:
		return buf_puts(out, "Exited too quickly (process log may have details)");
	case CAUSE_EXEC:
		return put_start_error(u, p->exec_stage, p->exec_error, out);
	case CAUSE_NO_FORK:
		return describe_no_fork(u->spec->name, p->exec_error, out);
	case CAUSE_TIMEOUT:
		return buf_printf(out, "ran out of its allowed time (runtimeout=%g)",
				  (double)u->spec->runtimeout / 1000);
	case CAUSE_LOST:
		return buf_puts(out, "ended while nobody was there to see how");
	}
	return 0;
}

static int put_uptime(int64_t secs, struct buf *out)
{
	const int64_t days = secs / 86400;
	int r = 0;

	if (days)
		r = buf_printf(out, "%ld day%s, ", (long)days, days == 1 ? "" : "s");
	if (r < 0)
		return r;
	return buf_printf(out, "%d:%02d:%02d", (int)(secs % 86400 / 3600),
			  (int)(secs % 3600 / 60), (int)(secs % 60));
}

static int put_stop_time(int64_t wall, struct buf *out)
{
	char text[64];
	struct tm tm;
	time_t t = (time_t)wall;

	if (!wall)
		return buf_puts(out, "Not started");
	if (!localtime_r(&t, &tm) || !strftime(text, sizeof text, "%b %d %I:%M %p", &tm))
		return buf_puts(out, "unknown time");
	return buf_puts(out, text);
}

static int put_backoff(const struct unit *u, const struct proc *p, mono_t now, struct buf *out)
{
	const size_t before = out->len;
	int r;

	if (p->held)
		return buf_printf(
			out,
			"restarts too fast: held to %g a second (restart_rate), next in %.1f s",
			u->spec->restart_rate,
			mono_is_never(p->deadline)
				? 0.0
				: (double)mono_span(now, p->deadline) / 1000);
	r = describe_trouble(u, p, out);
	if (r == 0 && out->len == before)
		r = buf_printf(out, "unknown error (try \"tail %s\")", u->spec->name);
	return r;
}

int describe_state(const struct unit *u, const struct proc *p, mono_t now, struct buf *out)
{
	int r;

	switch (proc_seen(p)) {
	case SEEN_RUNNING:
		r = buf_printf(out, "pid %d, uptime ", p->pid);
		if (r < 0)
			return r;
		return put_uptime(mono_span(p->started, now) / 1000, out);
	case SEEN_BACKOFF:
	case SEEN_FATAL:
		return put_backoff(u, p, now, out);
	case SEEN_STOPPED:
	case SEEN_EXITED:
		return put_stop_time(u->stopped_ms / 1000, out);
	case SEEN_STARTING:
	case SEEN_UNKNOWN:
		return 0;
	case SEEN_STOPPING:
		return p->state == PROC_STUCK
			       ? buf_printf(out, "pid %d was killed and is still there", p->pid)
			       : 0;
	}
	return 0;
}

int describe_source(const struct process_spec *spec, struct buf *out)
{
	if (!spec->origin.file)
		return 0;
	return buf_printf(out, "%s:%u", spec->origin.file, spec->origin.line);
}

int describe_exitstatus(const struct proc *p)
{
	if (p->alive || (p->cause != CAUSE_EXITED && p->cause != CAUSE_STOPPED &&
			 p->cause != CAUSE_TIMEOUT))
		return 0;
	return WIFEXITED(p->wait_status) ? WEXITSTATUS(p->wait_status) : -1;
}

const char *describe_cause(enum proc_cause cause)
{
	switch (cause) {
	case CAUSE_NONE:
		return "none";
	case CAUSE_STOPPED:
		return "stopped";
	case CAUSE_EXITED:
		return "exited";
	case CAUSE_TOO_QUICK:
		return "too-quick";
	case CAUSE_EXEC:
		return "exec";
	case CAUSE_NO_FORK:
		return "no-fork";
	case CAUSE_TIMEOUT:
		return "timeout";
	case CAUSE_LOST:
		return "lost";
	}
	return "none";
}
