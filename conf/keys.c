/* SPDX-License-Identifier: MIT */
#include "conf/keys.h"

#include <string.h>

#include "base/cleanup.h"

/* The C type that goes with each type of key. */
#define C_BOOL	       bool
#define C_INT	       int
#define C_COUNT	       int
#define C_PERCPU       int
#define C_SECONDS      msec_t
#define C_DURATION     msec_t
#define C_RATE	       double
#define C_BYTES	       int64_t
#define C_OCTAL	       int
#define C_SIGNAL       int
#define C_EXITCODES    uint32_t *
#define C_AUTORESTART  enum autorestart
#define C_ONESHOT      bool
#define C_LEVEL	       enum level
#define C_ENVIRONMENT  struct env
#define C_TEXT	       char *
#define C_NAME	       char *
#define C_USER	       char *
#define C_OWNER	       char *
#define C_DIRECTORY    char *
#define C_PATH	       char *
#define C_LOGPATH      char *
#define C_SOCKET       char *
#define C_LOGFILE      struct stream_spec
#define C_STDIN	       struct stdin_spec
#define C_CPUS	       char *
#define C_SERVERURL    char *
#define C_AGE	       msec_t
#define C_LINE	       char *
#define C_FORMAT       enum log_format
#define C_COMPRESS     enum log_compress
#define C_POLICY       enum log_policy
#define C_READINESS    enum readiness
#define C_BYTES_LIMIT  struct rlimit_spec
#define C_NUMBER_LIMIT struct rlimit_spec
#define C_BYTES_MAX    struct amount
#define C_NUMBER_MAX   struct amount
#define C_CPU_MAX      struct cpu_quota
#define C_WEIGHT       int
#define C_NICE	       int
#define C_OOM_SCORE    int
#define C_IOPRIO       int

/* Where a field is; a field of another type than its key's has no way to be chosen. */
#define PLACE(s, member, ctype)                                                                \
	(offsetof(s, member) + 0 * sizeof(_Generic(((s *)0)->member, ctype : 1)))

#define ROW(s, member, key, kind, at, effect, first, text)                                     \
	{                                                                                      \
		.name = (key), .type = KEY_##kind, .offset = PLACE(s, member, C_##kind),       \
		.when = (at), .change = (effect), .initial = (first), .help = (text)           \
	}
#define DAEMON(kind, member, first, text)                                                      \
	ROW(struct supervisord_spec, member, #member, kind, ONCE, RESTARTS, first, text)
#define OURS(kind, member, first, text)                                                        \
	ROW(struct reeve_spec, member, #member, kind, ONCE, RESTARTS, first, text)
#define PROGRAM(kind, member, at, effect, first, text)                                         \
	ROW(struct program_draft, p.member, #member, kind, at, effect, first, text)
#define DRAFT(kind, member, key, at, effect, first, text)                                      \
	ROW(struct program_draft, member, key, kind, at, effect, first, text)
#define CHECKED(key, kind, first, text)                                                        \
	{                                                                                      \
		.name = (key), .type = KEY_##kind, .initial = (first), .help = (text)          \
	}

/* clang-format off */

static const struct key supervisord_rows[] = {
	DAEMON(LOGPATH, logfile, "supervisord.log", "The daemon's own log, or the word syslog."),
	DAEMON(BYTES, logfile_maxbytes, "50MB", "Rotate it when it has this size; 0: never."),
	DAEMON(COUNT, logfile_backups, "10", "Keep so many old ones; 0: truncate instead."),
	DAEMON(LEVEL, loglevel, "info", "Log what is at least this grave: critical, error, warn, info, debug, trace, blather."),
	DAEMON(PATH, pidfile, "supervisord.pid", "Where the daemon's process id is written."),
	DAEMON(OCTAL, umask, "022", "File mode mask of the daemon when it goes to the background."),
	DAEMON(BOOL, nodaemon, "false", "Stay in the foreground."),
	DAEMON(BOOL, silent, "false", "In the foreground: do not copy the log to standard output."),
	DAEMON(COUNT, minfds, "1024", "So many file descriptors must be available."),
	DAEMON(COUNT, minprocs, "200", "So many processes must be available."),
	DAEMON(BOOL, nocleanup, "false", "Keep the AUTO log files of earlier runs."),
	DAEMON(DIRECTORY, childlogdir, NULL, "Where AUTO log files are made; default: the directory for temporary files."),
	DAEMON(USER, user, NULL, "Become this user before doing anything."),
	DAEMON(DIRECTORY, directory, NULL, "Go to this directory when going to the background."),
	DAEMON(BOOL, strip_ansi, "false", "Take ANSI escapes out of what programs log."),
	DAEMON(ENVIRONMENT, environment, NULL, "Variables for all programs: KEY=\"value\",KEY2=\"value\"."),
	DAEMON(TEXT, identifier, "supervisor", "The name of this instance."),
	CHECKED("profile_options", UNREAD, NULL, "Of supervisord, without meaning here."),
};

static const struct key reeve_rows[] = {
	OURS(SOCKET, socket, NULL, "The control socket; default: /run/reeve/reeve.sock, for others than root in $XDG_RUNTIME_DIR/reeve."),
	OURS(OCTAL, socket_mode, "0700", "Permissions of the control socket."),
	OURS(OWNER, socket_owner, NULL, "Owner of the control socket: user or user:group."),
	OURS(RATE, restart_rate, "5", "Default of restart_rate for programs."),
	OURS(COUNT, restart_burst, "10", "Default of restart_burst for programs."),
	OURS(INT, job_history, "1000", "Keep so many finished jobs, 0 to 100000."),
	OURS(DIRECTORY, job_logdir, NULL, "Where the logs of jobs are made; default: childlogdir."),
	OURS(BYTES, log_budget, "0", "So much for all logs of programs together, old ones go first; 0: any."),
	OURS(FORMAT, log_format, "raw", "Default of stdout_format and stderr_format for programs."),
	OURS(COMPRESS, log_compress, "none", "Default of stdout_logfile_compress and stderr_logfile_compress for programs."),
	ROW(struct reeve_spec, log_rotate_age, "log_maxage", AGE, ONCE, RESTARTS, "0", "Default of stdout_logfile_maxage and stderr_logfile_maxage for programs."),
	ROW(struct reeve_spec, log_keep_age, "log_keep", AGE, ONCE, RESTARTS, "0", "Default of stdout_logfile_keep and stderr_logfile_keep for programs."),
	OURS(POLICY, log_policy, "drop", "Default of log_policy for programs."),
	OURS(BYTES, log_rate, "0", "Default of log_rate for programs."),
	OURS(BYTES, log_burst, "0", "Default of log_burst for programs."),
	OURS(TEXT, exit_on, NULL, "Programs, with commas between, that are essential."),
};

static const struct key program_rows[] = {
	PROGRAM(TEXT, command, EACH, RESTARTS, NULL, "What to run: words with POSIX quoting, not a shell line."),
	DRAFT(NAME, p.name, "process_name", EACH, RESTARTS, "%(program_name)s", "Name of the process; with numprocs it has to contain %(process_num)d."),
	DRAFT(NAME, p.program, "program_name", ONCE, RESTARTS, NULL, "Ours: the program this is a process of, where the section is called otherwise."),
	DRAFT(PERCPU, numprocs, "numprocs", ONCE, RESTARTS, "1", "Run so many processes of it; ours: cpu for as many as there are processors."),
	DRAFT(INT, numprocs_start, "numprocs_start", ONCE, RESTARTS, "0", "Count process_num from here."),
	PROGRAM(INT, priority, ONCE, POLICY, "999", "Low numbers start first and are shut down last."),
	PROGRAM(BOOL, autostart, ONCE, POLICY, "true", "Start it with the daemon."),
	PROGRAM(AUTORESTART, autorestart, ONCE, POLICY, "unexpected", "Start it again when it ends: true, false, or unexpected (ended with none of exitcodes)."),
	PROGRAM(SECONDS, startsecs, ONCE, POLICY, "1", "Up longer than this, it counts as RUNNING."),
	PROGRAM(INT, startretries, ONCE, POLICY, "3", "Try so often again after a failed start."),
	PROGRAM(EXITCODES, exitcodes, ONCE, POLICY, "0", "Exit codes that are expected."),
	PROGRAM(SIGNAL, stopsignal, ONCE, POLICY, "TERM", "The signal that asks it to stop."),
	PROGRAM(SECONDS, stopwaitsecs, ONCE, POLICY, "10", "Wait so long before SIGKILL."),
	PROGRAM(BOOL, stopasgroup, ONCE, POLICY, "false", "Send the stop signal to its whole process group."),
	PROGRAM(BOOL, killasgroup, ONCE, POLICY, NULL, "Send SIGKILL to its whole process group; default: as stopasgroup."),
	DRAFT(ONESHOT, p.oneshot, "type", ONCE, RESTARTS, "simple", "Ours: simple, or oneshot for a program that does its work and ends."),
	PROGRAM(COUNT, retries, ONCE, POLICY, "0", "Ours, for oneshot: try so often again after an end with none of exitcodes."),
	PROGRAM(DURATION, retry_delay, ONCE, POLICY, "1", "Ours, for oneshot: seconds before the first of retries; they double with each."),
	PROGRAM(DURATION, runtimeout, ONCE, POLICY, "0", "Ours: stop it after so many seconds; 0: no limit."),
	PROGRAM(RATE, restart_rate, ONCE, POLICY, NULL, "Ours: so many restarts a second it may keep up, 0: any number; default: of [reeve]."),
	PROGRAM(COUNT, restart_burst, ONCE, POLICY, NULL, "Ours: so many restarts at once before the rate counts; default: of [reeve]."),
	PROGRAM(USER, user, ONCE, RESTARTS, NULL, "Run it as this user."),
	PROGRAM(OCTAL, umask, ONCE, RESTARTS, NULL, "Its file mode mask; default: the daemon's."),
	PROGRAM(TEXT, directory, EACH, RESTARTS, NULL, "Its working directory."),
	PROGRAM(ENVIRONMENT, environment, EACH, RESTARTS, NULL, "Variables for it: KEY=\"value\",KEY2=\"value\"."),
	DRAFT(BOOL, environment_whole, "environment_whole", ONCE, RESTARTS, "false", "Ours: nothing of [supervisord] environment is added."),
	PROGRAM(CPUS, cpu_affinity, EACH, RESTARTS, NULL, "Ours: the processors it may run on, such as 0-3,6; default: the daemon's."),
	DRAFT(STDIN, p.in, "stdin", EACH, RESTARTS, "null", "Ours: what it reads: null, file:PATH, data:TEXT, or program:NAME for what another prints."),
	DRAFT(READINESS, p.readiness, "readiness", ONCE, RESTARTS, "none", "Ours: when it is RUNNING: none for startsecs, notify when it says so (sd_notify)."),
	PROGRAM(DURATION, start_timeout, ONCE, POLICY, "90", "Ours, for notify: if it is not ready by then, its start has failed; 0: no limit."),
	PROGRAM(DURATION, watchdog, ONCE, RESTARTS, "0", "Ours, for notify: end it when it was silent for so many seconds; 0: never."),
	PROGRAM(BOOL, essential, ONCE, POLICY, "false", "Ours: when it has ended for good, the instance ends with its exit code."),
	DRAFT(BYTES_MAX, p.limits.memory_max, "memory_max", ONCE, POLICY, "max", "Ours: so much memory at most: bytes, a percentage of all, or max."),
	DRAFT(BYTES_MAX, p.limits.memory_high, "memory_high", ONCE, POLICY, "max", "Ours: slow it down beyond so much memory."),
	DRAFT(CPU_MAX, p.limits.cpu_max, "cpu_max", ONCE, POLICY, "max", "Ours: so much of the processors: 150% is one and a half; or QUOTA PERIOD, or max."),
	DRAFT(WEIGHT, p.limits.cpu_weight, "cpu_weight", ONCE, POLICY, NULL, "Ours: its share of the processors beside others, 1 to 10000; of the kernel: 100."),
	DRAFT(WEIGHT, p.limits.io_weight, "io_weight", ONCE, POLICY, NULL, "Ours: its share of the disks beside others, 1 to 10000; of the kernel: 100."),
	DRAFT(NUMBER_MAX, p.limits.tasks_max, "tasks_max", ONCE, POLICY, "max", "Ours: so many processes and threads at most: a number, a percentage, or max."),
	DRAFT(NICE, p.limits.nice, "nice", ONCE, RESTARTS, NULL, "Ours: its nice value, -20 to 19; default: the daemon's."),
	DRAFT(OOM_SCORE, p.limits.oom_score_adj, "oom_score_adj", ONCE, RESTARTS, NULL, "Ours: 1000 to be killed first when memory is short, -1000 never; default: the daemon's."),
	DRAFT(IOPRIO, p.limits.ioprio, "ioprio", ONCE, RESTARTS, NULL, "Ours: idle, best-effort/LEVEL or realtime/LEVEL, 0 to 7; default: the daemon's."),
	DRAFT(BYTES_LIMIT, p.limits.rlimit[LIMIT_AS], "limit_as", ONCE, RESTARTS, NULL, "Ours: largest address space. All limits: a value, SOFT:HARD or unlimited; default: the daemon's."),
	DRAFT(BYTES_LIMIT, p.limits.rlimit[LIMIT_CORE], "limit_core", ONCE, RESTARTS, NULL, "Ours: largest core file."),
	DRAFT(NUMBER_LIMIT, p.limits.rlimit[LIMIT_CPU], "limit_cpu", ONCE, RESTARTS, NULL, "Ours: seconds of processor time."),
	DRAFT(BYTES_LIMIT, p.limits.rlimit[LIMIT_DATA], "limit_data", ONCE, RESTARTS, NULL, "Ours: largest data segment."),
	DRAFT(BYTES_LIMIT, p.limits.rlimit[LIMIT_FSIZE], "limit_fsize", ONCE, RESTARTS, NULL, "Ours: largest file that it may write."),
	DRAFT(BYTES_LIMIT, p.limits.rlimit[LIMIT_MEMLOCK], "limit_memlock", ONCE, RESTARTS, NULL, "Ours: memory that it may lock."),
	DRAFT(BYTES_LIMIT, p.limits.rlimit[LIMIT_MSGQUEUE], "limit_msgqueue", ONCE, RESTARTS, NULL, "Ours: bytes in POSIX message queues of its user."),
	DRAFT(NUMBER_LIMIT, p.limits.rlimit[LIMIT_NOFILE], "limit_nofile", ONCE, RESTARTS, NULL, "Ours: open files."),
	DRAFT(NUMBER_LIMIT, p.limits.rlimit[LIMIT_NPROC], "limit_nproc", ONCE, RESTARTS, NULL, "Ours: processes of its user."),
	DRAFT(NUMBER_LIMIT, p.limits.rlimit[LIMIT_RTPRIO], "limit_rtprio", ONCE, RESTARTS, NULL, "Ours: highest priority of real time."),
	DRAFT(NUMBER_LIMIT, p.limits.rlimit[LIMIT_SIGPENDING], "limit_sigpending", ONCE, RESTARTS, NULL, "Ours: queued signals of its user."),
	DRAFT(BYTES_LIMIT, p.limits.rlimit[LIMIT_STACK], "limit_stack", ONCE, RESTARTS, NULL, "Ours: largest stack."),
	PROGRAM(SERVERURL, serverurl, ONCE, RESTARTS, "AUTO", "What it finds in SUPERVISOR_SERVER_URL."),
	PROGRAM(BOOL, redirect_stderr, ONCE, RESTARTS, "false", "Send its standard error the way of its standard output."),
	DRAFT(BOOL, p.stdout_wired, "stdout_wired", ONCE, RESTARTS, "false", "Ours: what it prints waits for a program that reads it, which sets this by itself."),
	DRAFT(POLICY, p.log_policy, "log_policy", ONCE, POLICY, NULL, "Ours: when a log takes no more: drop, or block for the program to wait; default: of [reeve]."),
	PROGRAM(BYTES, log_rate, ONCE, POLICY, NULL, "Ours: log so many bytes a second, 0: any number; default: of [reeve]."),
	PROGRAM(BYTES, log_burst, ONCE, POLICY, NULL, "Ours: so many at once before the rate counts, at least as many as in a second; default: of [reeve]."),
	DRAFT(BOOL, p.out.syslog, "stdout_syslog", EACH, POLICY, "false", "Send what it prints to syslog too."),
	DRAFT(LOGFILE, p.out, "stdout_logfile", EACH, POLICY, "AUTO", "Where its standard output goes: a path, AUTO or NONE; ours: several with commas, of them syslog and journal."),
	DRAFT(BYTES, p.out.maxbytes, "stdout_logfile_maxbytes", EACH, POLICY, "50MB", "Rotate the file when it has this size; 0: never."),
	DRAFT(COUNT, p.out.backups, "stdout_logfile_backups", EACH, POLICY, "10", "Keep so many old ones; 0: truncate instead."),
	DRAFT(AGE, p.out.rotate_age, "stdout_logfile_maxage", EACH, POLICY, NULL, "Ours: rotate the file when it is so old, such as 1d; 0: never; default: log_maxage of [reeve]."),
	DRAFT(AGE, p.out.keep_age, "stdout_logfile_keep", EACH, POLICY, NULL, "Ours: remove old ones after so long, such as 30d; 0: never; default: log_keep of [reeve]."),
	DRAFT(COMPRESS, p.out.compress, "stdout_logfile_compress", EACH, POLICY, NULL, "Ours: compress old ones: none, gzip or zstd; default: log_compress of [reeve]."),
	DRAFT(FORMAT, p.out.format, "stdout_format", EACH, POLICY, NULL, "Ours: raw, prefix, timestamp or json; default: log_format of [reeve]."),
	DRAFT(LINE, p.out.prefix, "stdout_prefix", EACH, POLICY, NULL, "Ours, for prefix and timestamp: what stands before each line."),
	DRAFT(BOOL, p.out.strip_ansi, "stdout_strip_ansi", EACH, POLICY, NULL, "Ours: take ANSI escapes out of what it prints; default: strip_ansi of [supervisord]."),
	DRAFT(BYTES, p.out.capture_maxbytes, "stdout_capture_maxbytes", ONCE, POLICY, "0", "Capture so much between the marks of PROCESS_COMMUNICATION."),
	DRAFT(BOOL, p.out.events_enabled, "stdout_events_enabled", ONCE, POLICY, "false", "Make an event of what it prints."),
	DRAFT(BOOL, p.err.syslog, "stderr_syslog", EACH, POLICY, "false", "Send what it prints to syslog too."),
	DRAFT(LOGFILE, p.err, "stderr_logfile", EACH, POLICY, "AUTO", "Where its standard error goes: a path, AUTO or NONE; ours: several with commas, of them syslog and journal."),
	DRAFT(BYTES, p.err.maxbytes, "stderr_logfile_maxbytes", EACH, POLICY, "50MB", "Rotate the file when it has this size; 0: never."),
	DRAFT(COUNT, p.err.backups, "stderr_logfile_backups", EACH, POLICY, "10", "Keep so many old ones; 0: truncate instead."),
	DRAFT(AGE, p.err.rotate_age, "stderr_logfile_maxage", EACH, POLICY, NULL, "Ours: rotate the file when it is so old, such as 1d; 0: never; default: log_maxage of [reeve]."),
	DRAFT(AGE, p.err.keep_age, "stderr_logfile_keep", EACH, POLICY, NULL, "Ours: remove old ones after so long, such as 30d; 0: never; default: log_keep of [reeve]."),
	DRAFT(COMPRESS, p.err.compress, "stderr_logfile_compress", EACH, POLICY, NULL, "Ours: compress old ones: none, gzip or zstd; default: log_compress of [reeve]."),
	DRAFT(FORMAT, p.err.format, "stderr_format", EACH, POLICY, NULL, "Ours: raw, prefix, timestamp or json; default: log_format of [reeve]."),
	DRAFT(LINE, p.err.prefix, "stderr_prefix", EACH, POLICY, NULL, "Ours, for prefix and timestamp: what stands before each line."),
	DRAFT(BOOL, p.err.strip_ansi, "stderr_strip_ansi", EACH, POLICY, NULL, "Ours: take ANSI escapes out of what it prints; default: strip_ansi of [supervisord]."),
	DRAFT(BYTES, p.err.capture_maxbytes, "stderr_capture_maxbytes", ONCE, POLICY, "0", "Capture so much between the marks of PROCESS_COMMUNICATION."),
	DRAFT(BOOL, p.err.events_enabled, "stderr_events_enabled", ONCE, POLICY, "false", "Make an event of what it prints."),
};

static const struct key group_rows[] = {
	CHECKED("programs", UNREAD, NULL, "The programs that make up the group, with commas between."),
	ROW(struct group_spec, priority, "priority", INT, ONCE, POLICY, "999", "Groups with low numbers start first and are shut down last."),
};

static const struct key pipeline_rows[] = {
	CHECKED("stages", UNREAD, NULL, "Programs, with commas between; each reads what the one before it prints."),
	ROW(struct group_spec, priority, "priority", INT, ONCE, POLICY, "999", "As of a group."),
};

static const struct key pool_rows[] = {
	ROW(struct pool_spec, slots, "slots", PERCPU, ONCE, POLICY, "cpu", "So many of its jobs run at once, 1 to 10000, or cpu for as many as there are processors."),
};

static const struct key include_rows[] = {
	CHECKED("files", UNREAD, NULL, "Patterns of files to read as well, with blanks between."),
};

static const struct key unix_server_rows[] = {
	CHECKED("file", SOCKET, NULL, "Path of the socket."),
	CHECKED("chmod", UNREAD, "0700", "Permissions of the socket."),
	CHECKED("chown", UNREAD, NULL, "Owner of the socket: user or user:group."),
	CHECKED("username", TEXT, NULL, "Who may log in."),
	CHECKED("password", TEXT, NULL, "With which password, or {SHA} and its hash."),
};

static const struct key inet_server_rows[] = {
	CHECKED("port", INET, NULL, "Where to listen: PORT, *:PORT or HOST:PORT."),
	CHECKED("username", TEXT, NULL, "Who may log in."),
	CHECKED("password", TEXT, NULL, "With which password, or {SHA} and its hash."),
};

static const struct key supervisorctl_rows[] = {
	CHECKED("serverurl", TEXT, "http://localhost:9001", "Which server to talk to."),
	CHECKED("username", TEXT, NULL, "Log in as."),
	CHECKED("password", TEXT, NULL, "Log in with."),
	CHECKED("prompt", TEXT, "supervisor", "What the prompt says."),
	CHECKED("history_file", TEXT, NULL, "Where typed commands are kept."),
};

static const struct key listener_rows[] = {
	CHECKED("events", UNREAD, NULL, "The events it wants, with commas between."),
	CHECKED("buffer_size", UNREAD, "10", "Keep so many events for it."),
	CHECKED("result_handler", TEXT, "supervisor.dispatchers:default_handler", "What takes its answers."),
};

static const struct key fcgi_rows[] = {
	CHECKED("socket", UNREAD, NULL, "The socket it inherits: unix:///path or tcp://host:port."),
	CHECKED("socket_backlog", UNREAD, NULL, "How many connections may wait."),
	CHECKED("socket_owner", UNREAD, NULL, "Owner of the socket: user or user:group."),
	CHECKED("socket_mode", UNREAD, "0700", "Permissions of the socket."),
};

static const struct key rpcinterface_rows[] = {
	CHECKED("supervisor.rpcinterface_factory", TEXT, NULL, "What implements it."),
};

static const struct key ctlplugin_rows[] = {
	CHECKED("supervisor.ctl_factory", TEXT, NULL, "What implements it."),
};

#define TABLE(id, what) const struct key_table id##_keys = { what, id##_rows, ARRAY_SIZE(id##_rows) }

TABLE(supervisord, "supervisord");
TABLE(reeve, "reeve");
TABLE(program, "program:x");
TABLE(group, "group:x");
TABLE(pipeline, "pipeline:x");
TABLE(pool, "pool:x");
TABLE(include, "include");
TABLE(unix_server, "unix_http_server");
TABLE(inet_server, "inet_http_server");
TABLE(supervisorctl, "supervisorctl");
TABLE(listener, "eventlistener:x");
TABLE(fcgi, "fcgi-program:x");
TABLE(rpcinterface, "rpcinterface:x");
TABLE(ctlplugin, "ctlplugin:x");

/* clang-format on */

const struct key_table *const key_tables[] = {
	&supervisord_keys,  &reeve_keys,	 &program_keys,	 &group_keys,
	&pipeline_keys,	    &pool_keys,		 &include_keys,	 &unix_server_keys,
	&inet_server_keys,  &supervisorctl_keys, &listener_keys, &fcgi_keys,
	&rpcinterface_keys, &ctlplugin_keys,	 NULL,
};

const struct key *key_find(const struct key_table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i].name, name) == 0)
			return &t->v[i];
	return NULL;
}

/* What some rows of program_keys count with. */
enum need { SIMPLE, ONESHOT, NOTIFY, STARTSECS, RATE };

static bool is_met(enum need need, const struct process_spec *p)
{
	switch (need) {
	case SIMPLE:
		return !p->oneshot;
	case ONESHOT:
		return p->oneshot;
	case NOTIFY:
		return p->readiness == READINESS_NOTIFY;
	case STARTSECS:
		return p->readiness == READINESS_NONE;
	case RATE:
		break;
	}
	return p->log_rate;
}

const char *key_lacks(const struct key *k, const struct process_spec *p)
{
	static const char *const words[] = { [SIMPLE] = "type=simple",
					     [ONESHOT] = "type=oneshot",
					     [NOTIFY] = "readiness=notify",
					     [STARTSECS] = "readiness=none",
					     [RATE] = "log_rate" };
	static const struct {
		size_t offset;
		enum need need;
	} needs[] = {
		{ offsetof(struct program_draft, p.autorestart), SIMPLE },
		{ offsetof(struct program_draft, p.startsecs), SIMPLE },
		{ offsetof(struct program_draft, p.startretries), SIMPLE },
		{ offsetof(struct program_draft, p.restart_rate), SIMPLE },
		{ offsetof(struct program_draft, p.restart_burst), SIMPLE },
		{ offsetof(struct program_draft, p.readiness), SIMPLE },
		{ offsetof(struct program_draft, p.start_timeout), SIMPLE },
		{ offsetof(struct program_draft, p.watchdog), SIMPLE },
		{ offsetof(struct program_draft, p.retries), ONESHOT },
		{ offsetof(struct program_draft, p.retry_delay), ONESHOT },
		{ offsetof(struct program_draft, p.start_timeout), NOTIFY },
		{ offsetof(struct program_draft, p.watchdog), NOTIFY },
		{ offsetof(struct program_draft, p.startsecs), STARTSECS },
		{ offsetof(struct program_draft, p.log_burst), RATE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (needs[i].offset == k->offset && !is_met(needs[i].need, p))
			return words[needs[i].need];
	return NULL;
}

size_t key_plain_size(enum key_type type)
{
	switch ((int)type) {
	case KEY_BOOL:
	case KEY_ONESHOT:
		return sizeof(bool);
	case KEY_SECONDS:
	case KEY_DURATION:
	case KEY_AGE:
		return sizeof(msec_t);
	case KEY_RATE:
		return sizeof(double);
	case KEY_BYTES:
		return sizeof(int64_t);
	case KEY_EXITCODES:
		return EXITCODE_WORDS * sizeof(uint32_t);
	case KEY_AUTORESTART:
		return sizeof(enum autorestart);
	case KEY_FORMAT:
	case KEY_COMPRESS:
	case KEY_POLICY:
	case KEY_READINESS:
		return sizeof(unsigned);
	case KEY_INT:
	case KEY_COUNT:
	case KEY_PERCPU:
	case KEY_OCTAL:
	case KEY_SIGNAL:
		return sizeof(int);
	default:
		return 0;
	}
}
