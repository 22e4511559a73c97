/* SPDX-License-Identifier: MIT */
/*
 * job_words.h - jobs as people name them and as they are shown to people.
 */
#pragma once

#include "ctl/ctl.h"
#include "ctl/flags.h"

enum { EXIT_RUNS = 3, EXIT_NO_JOB = 4 };

/* Outcomes. Negative values are errno. */
enum { JOB_WORDS_OK, JOB_WORDS_BAD };

/*
 * Ids with options before, between and after them, which go into the struct at @base; @f may be
 * NULL. JOB_WORDS_BAD, and what is wrong in @why.
 */
_must_check_ int job_words_read(const struct flags *f, size_t n, char *const *words, void *base,
				json_t **ret_ids, struct buf *why);

/* The same; false: it was complained of. */
bool job_words(struct ctl *c, const struct flags *f, size_t n, char *const *words, void *base,
	       json_t **ret_ids);

/* The command of a job as one would write it: a | b; or of an array of words of each stage. 0
 * or -ENOMEM. */
_must_check_ int job_put_command(const json_t *job, struct buf *out);
_must_check_ int job_put_stages(const json_t *stages, struct buf *out);

/* "0", "-15"; "-" while there is none, "unknown" or "skipped" where there never will be one. */
_must_check_ int job_put_status(const json_t *job, struct buf *out);

/* "0.1s", "12s", "2m3s", "2h3m", "3d4h". */
_must_check_ int job_put_span(msec_t span, struct buf *out);

/* Whether it will not change any more. */
bool job_is_over(const json_t *job);

/* Say each of the lines on standard error, for a command that leaves standard output to jobs.
 */
void job_say_lines(struct ctl *c, const char *command, const char *lines);

/* Say which variables could not be sent: see job_env(). */
void job_say_lost(struct ctl *c, const char *command, const char *names);

/* Complain of each id of an array that the daemon does not know. */
void job_say_missing(struct ctl *c, const json_t *ids);
