/* SPDX-License-Identifier: MIT */
#include "ctl/run_options.h"

/* clang-format off */
#define FLAG(letter, name, kind, member, value, help) \
	{ letter, name, kind, offsetof(struct run_options, member), value, help }

static const struct flag rows[] = {
	FLAG('d', "detach", FLAG_SWITCH, detach, NULL,
	     "print the job's id and leave it to itself; see output, wait, poll"),
	FLAG(0, "json", FLAG_ANYWHERE, json, "FILE",
	     "afterwards print what became of it, on standard output or to FILE"),
	FLAG(0, "stdin", FLAG_TEXT, stdin_file, "FILE", "instead of standard input"),
	FLAG(0, "stdin-data", FLAG_TEXT, stdin_data, "TEXT", "this is its standard input"),
	FLAG(0, "stdout", FLAG_TEXT, stdout_file, "FILE", "instead of standard output"),
	FLAG(0, "stderr", FLAG_TEXT, stderr_file, "FILE", "instead of standard error"),
	JOB_FLAGS,
	FLAG('h', "help", FLAG_SWITCH, help, NULL, "this"),
};
/* clang-format on */

const struct flags run_flags = { rows, ARRAY_SIZE(rows) };

static int bad(struct buf *why, const char *what)
{
	const int r = buf_puts(why, what);

	return r < 0 ? r : FLAGS_BAD;
}

int run_options_read(size_t n, char *const *words, struct run_options *o, size_t *ret_used,
		     struct buf *why)
{
	const int r = flags_read(&run_flags, n, words, o, ret_used, why);

	if (r != FLAGS_OK)
		return r;
	if (o->stdin_file && o->stdin_data)
		return bad(why, "options --stdin and --stdin-data do not go together");
	if (o->detach && o->job.pipefail)
		return bad(why, "options --detach and --pipefail do not go together");
	return FLAGS_OK;
}

void run_options_done(struct run_options *o)
{
	job_options_done(&o->job);
}
