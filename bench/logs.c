/* SPDX-License-Identifier: MIT */
/*
 * logs.c - are logs exact, and what do they cost.
 *
 *	logs exact [KILLS [PROGRAMS [RATE]]]   kill -9 of logger and manager, and a full disk
 *	logs speed [MIB]                       one program, as fast as it can, beside cat(1)
 *	logs crowd [SECONDS]                   a hundred programs, 1 MB a second each
 *	logs hang                              a disk that hangs under six programs
 *	logs soak [SECONDS]                    rotation, packing, readers, restarts: nothing
 *grows
 *
 * With "lines ID RATE N", "steady" and "flood MIB" it is itself the program that prints. Every
 *part ends with status 1 if a promise was broken. Long, because what prints and what checks it
 *belong together.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "bench/probe.h"

enum {
	LINE_BATCH_MS = 2,
	TURNS = 5,
};

struct run {
	struct probe probe;
	char self[PATH_MAX], programs[PATH_MAX], conf[240];
	pid_t keeper;
	int broken; /* promises */
};

/* --- the programs that print ------------------------------------------------------------- */

static void write_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n <= 0)
			_exit(1);
		data += n;
		len -= (size_t)n;
	}
}

/* Numbered lines, each in one write, @rate a second; @n of them. */
static int print_lines(const char *id, long rate, long n)
{
	const struct timespec pause = { 0, LINE_BATCH_MS * 1000000L };
	const int64_t start = now();
	char line[80];

	for (long i = 0; i < n; i++) {
		const int len = snprintf(line, sizeof line,
					 "%s %010ld abcdefghijklmnopqrstuvwxyz\n", id, i);

		write_all(line, (size_t)len);
		while (i >= (now() - start) / 1000 * rate / 1000000)
			(void)nanosleep(&pause, NULL);
	}
	return 0;
}

/* As a program does that buffers its output: 4 KB at a time, 1 MB a second, for ever. */
_Noreturn static void print_steady(void)
{
	const struct timespec pause = { 0, 4 * 1000000L };
	const int64_t start = now();
	static char piece[4096];

	memset(piece, 'x', sizeof piece);
	for (size_t i = 99; i < sizeof piece; i += 100)
		piece[i] = '\n';
	for (long i = 0;; i++) {
		write_all(piece, sizeof piece);
		while (i >= (now() - start) / 1000 * 256 / 1000000)
			(void)nanosleep(&pause, NULL);
	}
}

static int print_flood(long mib)
{
	static char piece[64 * 1024];

	memset(piece, 'x', sizeof piece);
	for (size_t i = 99; i < sizeof piece; i += 100)
		piece[i] = '\n';
	for (long i = 0; i < mib * 16; i++)
		write_all(piece, sizeof piece);
	return 0;
}

/* --- the daemon under it ----------------------------------------------------------------- */

/* The child of the keeper that is called @comm; 0: there is none now. */
static pid_t find_part(const struct run *r, const char *comm)
{
	char path[64], name[32] = "";
	_cleanup_(fclosep) FILE *f = NULL;
	long pid;

	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)r->keeper,
		 (long)r->keeper);
	f = fopen(path, "re");
	while (f && fscanf(f, "%ld", &pid) == 1) {
		_cleanup_(fclosep) FILE *c = NULL;

		snprintf(path, sizeof path, "/proc/%ld/comm", pid);
		c = fopen(path, "re");
		if (c && fscanf(c, "%31s", name) == 1 && strcmp(name, comm) == 0)
			return (pid_t)pid;
	}
	return 0;
}

static pid_t part(const struct run *r, const char *comm)
{
	const int64_t end = now() + 30 * S;
	pid_t pid;

	while (now() < end) {
		pid = find_part(r, comm);
		if (pid > 0)
			return pid;
		usleep(1000);
	}
	die("there is no %s", comm);
}

/* The configuration file: the daemon's sections; the caller adds programs. */
static FILE *open_conf(struct run *r)
{
	FILE *f;

	snprintf(r->conf, sizeof r->conf, "%s/bench.conf", r->probe.dir);
	f = fopen(r->conf, "we");
	if (!f)
		die("%s: %s", r->conf, strerror(errno));
	fprintf(f,
		"[supervisord]\nlogfile=%s/reeved.log\npidfile=%s/reeved.pid\nsilent=true\n"
		"childlogdir=%s\n[reeve]\nsocket=%s/reeve.sock\n",
		r->probe.dir, r->probe.dir, r->probe.dir, r->probe.dir);
	return f;
}

static void start(struct run *r)
{
	char program[PATH_MAX + 16];

	snprintf(program, sizeof program, "%s/reeved", r->programs);
	r->keeper = fork();
	if (r->keeper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl(program, program, "-n", "-c", r->conf, (char *)NULL);
		_exit(127);
	}
}

static void stop(struct run *r)
{
	int status;

	kill(r->keeper, SIGTERM);
	if (waitpid(r->keeper, &status, 0) != r->keeper || status != 0)
		die("reeved ended with wait status %d", status);
	r->keeper = 0;
}

static int ctl(const struct run *r, const char *words)
{
	char command[2 * PATH_MAX];
	int status;

	snprintf(command, sizeof command, "timeout 2 '%s/reevectl' -c '%s' %s >/dev/null 2>&1",
		 r->programs, r->conf, words);
	status = system(command); /* NOLINT: a fixed command */
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static double cpu_of(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		die("no clock of process %ld", (long)pid);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void promise(struct run *r, bool kept, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("%s  ", kept ? "kept  " : "BROKEN");
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	r->broken += !kept;
}

/* --- exact ------------------------------------------------------------------------------- */

struct lines {
	long next, missing, doubled, cut;
};

/* Go on with the lines of a file; a line is exactly what print_lines() prints. */
static void check_file(struct lines *l, const char *path, const char *id)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	char line[200], want[200];

	while (f && fgets(line, sizeof line, f)) {
		long n = -1;

		if (sscanf(line, "%*s %ld", &n) != 1)
			n = -1;
		snprintf(want, sizeof want, "%s %010ld abcdefghijklmnopqrstuvwxyz\n", id, n);
		if (strcmp(line, want) != 0) {
			l->cut++;
			continue;
		}
		if (n < l->next)
			l->doubled++;
		if (n > l->next)
			l->missing += n - l->next;
		if (n >= l->next)
			l->next = n + 1;
	}
}

static void check_program(struct run *r, int i, long n, struct lines *sum)
{
	struct lines l = { 0 };
	char path[400], id[20];

	snprintf(id, sizeof id, "p%d", i);
	for (int k = 5000; k >= 0; k--) {
		if (k)
			snprintf(path, sizeof path, "%s/logs/p%d.log.%d", r->probe.dir, i, k);
		else
			snprintf(path, sizeof path, "%s/logs/p%d.log", r->probe.dir, i);
		if (access(path, F_OK) == 0)
			check_file(&l, path, id);
	}
	l.missing += n - l.next;
	sum->missing += l.missing;
	sum->doubled += l.doubled;
	sum->cut += l.cut;
	if (l.missing || l.doubled || l.cut)
		printf("        %s: %ld lines missing, %ld doubled, %ld cut\n", id, l.missing,
		       l.doubled, l.cut);
}

static void write_exact_conf(struct run *r, int programs, long rate, long n)
{
	_cleanup_(fclosep) FILE *f = open_conf(r);

	for (int i = 0; i < programs; i++)
		fprintf(f,
			"[program:p%d]\ncommand=%s lines p%d %ld %ld\nautorestart=false\n"
			"startsecs=0\nstdout_logfile=%s/logs/p%d.log\n"
			"stdout_logfile_maxbytes=1MB\nstdout_logfile_backups=5000\n"
			"stderr_logfile=NONE\nlog_policy=block\n",
			i, r->self, i, rate, n, r->probe.dir, i);
}

/* Status 3 of reevectl: some programs do not run; here all of them do, or have ended. */
static bool all_over(struct run *r)
{
	char command[2 * PATH_MAX];
	int status;

	snprintf(command, sizeof command, "'%s/reevectl' -c '%s' status 2>&1 | grep -vq EXITED",
		 r->programs, r->conf);
	status = system(command); /* NOLINT: a fixed command */
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/* SIGKILL at any moment: @kills times the logger, and a quarter as often the manager. */
static void kill_parts(struct run *r, int kills, int64_t over)
{
	const int64_t start = now();
	const int all = kills + kills / 4;

	for (int i = 0; i < all; i++) {
		const int64_t at = start + over * i / all + (i * 7919 % 1000) * 10000;
		const char *who = i % 5 == 4 ? "reeve-manager" : "reeve-logger";

		while (now() < at)
			usleep(500);
		kill(part(r, who), SIGKILL);
	}
}

/* For ten seconds there is no room on the disk. */
static pid_t fill_disk(const char *dir, int64_t begin)
{
	char path[400];
	pid_t pid = fork();

	if (pid)
		return pid;
	while (now() < begin)
		usleep(1000);
	snprintf(path, sizeof path, "%s/ballast", dir);
	for (const int64_t end = now() + 10 * S; now() < end; usleep(2000)) {
		static char zeros[1 << 20];
		_cleanup_(closep) int fd =
			open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

		while (fd >= 0 && write(fd, zeros, sizeof zeros) > 0)
			;
	}
	unlink(path);
	_exit(0);
}

static int exact(struct run *r, int kills, int programs, long rate)
{
	const long seconds = kills / 5 + 25, n = rate * seconds;
	struct lines sum = { 0 };
	char dir[300], size[40];
	int64_t begin;
	pid_t filler;

	snprintf(dir, sizeof dir, "%s/logs", r->probe.dir);
	/* Room for everything, and not much more, so that it can be filled. */
	snprintf(size, sizeof size, "size=%ldm,mode=0755", n * programs * 48 / 1000000 + 200);
	if (mkdir(dir, 0755) < 0 || mount("logs", dir, "tmpfs", 0, size) < 0)
		die("%s: %s (this takes root)", dir, strerror(errno));
	write_exact_conf(r, programs, rate, n);
	start(r);
	begin = now();
	filler = fill_disk(dir, begin + (seconds - 15) * S);
	kill_parts(r, kills, (seconds - 5) * S);
	while (!all_over(r))
		usleep(200000);
	(void)waitpid(filler, NULL, 0);
	stop(r);
	for (int i = 0; i < programs; i++)
		check_program(r, i, n, &sum);
	promise(r, !sum.missing && !sum.doubled && !sum.cut,
		"%d programs, %ld lines each, %d kills, 10 s of full disk: "
		"%ld missing, %ld doubled, %ld cut",
		programs, n, kills, sum.missing, sum.doubled, sum.cut);
	umount2(dir, MNT_DETACH);
	return r->broken;
}

/* --- speed ------------------------------------------------------------------------------- */

struct figure {
	double wall, cpu; /* seconds */
};

static pid_t child(int in, int out, const char *const *argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid;
}

static struct figure by_cat(struct run *r, const char *mib)
{
	const char *const flood[] = { r->self, "flood", mib, NULL };
	const char *const cat[] = { "cat", NULL };
	_cleanup_(closep) int nothing = open("/dev/null", O_RDWR | O_CLOEXEC), out = -1;
	char path[300];
	struct rusage u;
	int64_t begin;
	pid_t a, b;
	int p[2];

	snprintf(path, sizeof path, "%s/logs/cat.out", r->probe.dir);
	unlink(path);
	out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (out < 0 || pipe2(p, O_CLOEXEC) < 0)
		die("%s: %s", path, strerror(errno));
	begin = now();
	a = child(nothing, p[1], flood);
	b = child(p[0], out, cat);
	close(p[0]);
	close(p[1]);
	if (wait4(b, NULL, 0, &u) != b || waitpid(a, NULL, 0) != a)
		die("wait: %s", strerror(errno));
	return (struct figure){ (double)(now() - begin) / S,
				(double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
					(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) /
						1e6 };
}

static struct figure by_logger(struct run *r, long mib)
{
	const pid_t logger = part(r, "reeve-logger");
	const double cpu = cpu_of(logger);
	char path[300];
	struct stat st = { 0 };
	int64_t begin;

	snprintf(path, sizeof path, "%s/logs/f.log", r->probe.dir);
	if (truncate(path, 0) < 0 && errno != ENOENT)
		die("%s: %s", path, strerror(errno));
	if (ctl(r, "start f") != 0)
		die("cannot start the flood");
	while (stat(path, &st) < 0 || !st.st_size) /* what starting takes is another matter */
		usleep(200);
	begin = now();
	while (stat(path, &st) < 0 || st.st_size < mib << 20)
		usleep(1000);
	return (struct figure){ (double)(now() - begin) / S, cpu_of(logger) - cpu };
}

static int speed(struct run *r, const char *mib)
{
	double wall[TURNS], cpu[TURNS];
	const long n = atol(mib);
	char dir[300];
	FILE *f = open_conf(r);

	snprintf(dir, sizeof dir, "%s/logs", r->probe.dir);
	if (mkdir(dir, 0755) < 0 || mount("logs", dir, "tmpfs", 0, "mode=0755") < 0)
		die("%s: %s (this takes root)", dir, strerror(errno));
	fprintf(f,
		"[program:f]\ncommand=%s flood %s\nautostart=false\nautorestart=false\n"
		"startsecs=0\nstdout_logfile=%s/logs/f.log\nstdout_logfile_maxbytes=0\n",
		r->self, mib, r->probe.dir);
	fclose(f);
	start(r);
	(void)part(r, "reeve-logger");
	while (ctl(r, "pid") != 0)
		usleep(10000);
	(void)by_cat(r, mib); /* the first one pays for the memory */
	(void)by_logger(r, n);
	for (int i = 0; i < TURNS; i++) {
		const struct figure c = by_cat(r, mib), l = by_logger(r, n);

		printf("        cat %.2f s, cpu %.3f s a GiB; logger %.2f s, cpu %.3f s a "
		       "GiB\n",
		       c.wall, c.cpu * 1024 / (double)n, l.wall, l.cpu * 1024 / (double)n);
		wall[i] = c.wall / l.wall;
		cpu[i] = l.cpu / c.cpu;
	}
	promise(r, median(wall, TURNS) >= 0.9, "%.2f of the speed of cat", median(wall, TURNS));
	promise(r, median(cpu, TURNS) <= 1.0, "%.2f of its processor time", median(cpu, TURNS));
	stop(r);
	umount2(dir, MNT_DETACH);
	return r->broken;
}

/* --- crowd ------------------------------------------------------------------------------- */

enum { CROWD = 100 };

static int crowd(struct run *r, long seconds)
{
	FILE *f = open_conf(r);
	double before;
	pid_t logger;

	fprintf(f,
		"[program:c]\ncommand=%s steady\nnumprocs=%d\n"
		"process_name=%%(program_name)s_%%(process_num)03d\nstartsecs=0\n"
		"stdout_logfile=%s/c%%(process_num)03d.log\nautorestart=false\n"
		"stdout_logfile_maxbytes=2MB\nstdout_logfile_backups=1\n",
		r->self, CROWD, r->probe.dir);
	fclose(f);
	start(r);
	logger = part(r, "reeve-logger");
	usleep(5000000);
	before = cpu_of(logger);
	usleep((useconds_t)(seconds * 1000000));
	printf("        %d programs, 1 MB a second each: %.1f %% of a processor\n", CROWD,
	       (cpu_of(logger) - before) * 100 / (double)seconds);
	stop(r);
	return 0;
}

/* --- soak -------------------------------------------------------------------------------- */

static int count_fds(pid_t pid)
{
	char path[64];
	_cleanup_(closedirp) DIR *d = NULL;
	int n = 0;

	snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
	d = opendir(path);
	while (d && readdir(d))
		n++;
	return n;
}

static int soak(struct run *r, long seconds)
{
	FILE *f = open_conf(r);
	const int64_t end = now() + seconds * S;
	long pss = 0, pss_max = 0;
	int fds = 0, fds_max = 0;
	pid_t logger;

	fprintf(f,
		"[program:s]\ncommand=%s lines soak 5000 20000\nnumprocs=10\n"
		"process_name=%%(program_name)s_%%(process_num)03d\nstartsecs=0\n"
		"stdout_logfile=%s/s%%(process_num)03d.log\nautorestart=true\n"
		"stdout_logfile_maxbytes=200KB\nstdout_logfile_backups=3\n"
		"stdout_logfile_compress=gzip\n",
		r->self, r->probe.dir);
	fclose(f);
	start(r);
	logger = part(r, "reeve-logger");
	for (int i = 0; now() < end; i++) {
		(void)ctl(r, i % 3 ? "tail -f s:s_003" : "restart s:s_004");
		if (i == 20) {
			fds = count_fds(logger);
			pss = pss_kb(logger);
		}
		if (i > 20) {
			fds_max = count_fds(logger) > fds_max ? count_fds(logger) : fds_max;
			pss_max = pss_kb(logger) > pss_max ? pss_kb(logger) : pss_max;
		}
	}
	promise(r, part(r, "reeve-logger") == logger, "the same logger all the time");
	promise(r, fds_max <= fds + 16, "%d descriptors after the start, %d at most", fds,
		fds_max);
	promise(r, pss_max <= pss + 1024, "%ld KB after the start, %ld at most", pss, pss_max);
	stop(r);
	return r->broken;
}

/* --- hang -------------------------------------------------------------------------------- */

static int sh(const char *fmt, ...)
{
	char command[3 * PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	return system(command); /* NOLINT: fixed commands */
}

static off_t size_of(const struct run *r, const char *name)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", r->probe.dir, name);
	return stat(path, &st) < 0 ? 0 : st.st_size;
}

static int64_t worst_ctl(struct run *r, const char *words, int times)
{
	int64_t worst = 0;

	for (int i = 0; i < times; i++) {
		const int64_t begin = now();

		(void)ctl(r, words);
		worst = now() - begin > worst ? now() - begin : worst;
	}
	return worst;
}

/* A file system that is frozen: whoever writes there hangs, and cannot be killed. */
static int hang(struct run *r)
{
	FILE *f = open_conf(r);
	_cleanup_(closep) int dir = -1;
	int64_t status, restart;
	const char *d = r->probe.dir;
	off_t before;

	if (sh("mkdir %s/slow && truncate -s 32M %s/disk && mkfs.ext4 -q %s/disk && "
	       "mount -o loop %s/disk %s/slow",
	       d, d, d, d, d) != 0)
		die("no loop mount (this takes root)");
	for (int i = 0; i < 6; i++)
		fprintf(f,
			"[program:slow%d]\ncommand=%s lines s 1000 1000000\n"
			"stdout_logfile=%s/slow/%d.log\n",
			i, r->self, d, i);
	fprintf(f,
		"[program:good]\ncommand=%s lines g 1000 1000000\nstdout_logfile=%s/good.log\n"
		"[program:other]\ncommand=sleep 1000\nstartsecs=0\n",
		r->self, d);
	fclose(f);
	start(r);
	while (!size_of(r, "good.log") || !size_of(r, "slow/5.log"))
		usleep(10000);
	dir = open(d, O_RDONLY | O_CLOEXEC);
	(void)sh("fsfreeze -f %s/slow", d);
	usleep(3000000);
	before = size_of(r, "good.log");
	status = worst_ctl(r, "status good", 20);
	restart = worst_ctl(r, "restart other", 5);
	usleep(1000000);
	promise(r, size_of(r, "good.log") > before, "the log of another program flows");
	promise(r, status < 50 * MS, "status: %.1f ms at most", (double)status / MS);
	promise(r, restart < 50 * MS, "restart: %.1f ms at most", (double)restart / MS);
	(void)sh("fsfreeze -u %s/slow", d);
	stop(r);
	(void)sh("umount %s/slow", d);
	return r->broken;
}

/* --- */

static long number(char **argv, int argc, int i, long otherwise)
{
	return i < argc ? atol(argv[i]) : otherwise;
}

static int usage(void)
{
	fprintf(stderr, "usage: logs exact [KILLS [PROGRAMS [RATE]]] | speed [MIB] | "
			"crowd [SECONDS] | hang | soak [SECONDS]\n");
	return 2;
}

static int run_part(struct run *r, int argc, char **argv)
{
	const char *what = argv[1];

	if (strcmp(what, "exact") == 0)
		return exact(r, (int)number(argv, argc, 2, 200), (int)number(argv, argc, 3, 20),
			     number(argv, argc, 4, 10000));
	if (strcmp(what, "speed") == 0)
		return speed(r, argc > 2 ? argv[2] : "1024");
	if (strcmp(what, "crowd") == 0)
		return crowd(r, number(argv, argc, 2, 20));
	if (strcmp(what, "hang") == 0)
		return hang(r);
	if (strcmp(what, "soak") == 0)
		return soak(r, number(argv, argc, 2, 600));
	return usage();
}

int main(int argc, char **argv)
{
	struct run r = { 0 };
	char *slash;
	ssize_t n;
	int broken;

	if (argc < 2)
		return usage();
	if (strcmp(argv[1], "lines") == 0 && argc == 5)
		return print_lines(argv[2], atol(argv[3]), atol(argv[4]));
	if (strcmp(argv[1], "steady") == 0)
		print_steady();
	if (strcmp(argv[1], "flood") == 0 && argc == 3)
		return print_flood(atol(argv[2]));
	n = readlink("/proc/self/exe", r.self, sizeof r.self - 1);
	if (n < 0)
		die("/proc/self/exe: %s", strerror(errno));
	snprintf(r.programs, sizeof r.programs, "%s", r.self);
	for (int i = 0; i < 2; i++) /* BUILD/bench/logs */
		if ((slash = strrchr(r.programs, '/')))
			*slash = '\0';
	probe_open(&r.probe);
	broken = run_part(&r, argc, argv);
	probe_close(&r.probe);
	return broken ? 1 : 0;
}
