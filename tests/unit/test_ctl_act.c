/* SPDX-License-Identifier: MIT */
/* test_ctl_act.c - start, stop, restart, signal and what is about groups and the file. */
#include "ctl_harness.h"

#define O(name, group, status, text)                                                           \
	"{\"name\":\"" name "\",\"group\":\"" group "\",\"status\":" #status                   \
	",\"description\":\"" text "\"}"
#define G(group, what, status, text)                                                           \
	"{\"group\":\"" group "\",\"what\":\"" what "\",\"status\":" #status                   \
	",\"description\":\"" text "\"}"
#define OUT(list) "{\"outcomes\":[" list "]}"

/* clang-format off */
static const struct row rows[] = {
	/* start */
	{ "start x", { SAYS("Start{\"names\":[\"x\"]}+", OUT(O("x", "x", 80, "OK"))) },
	  "x: started\n", NULL, 0 },
	{ "start g:p", { SAYS("Start{\"names\":[\"g:p\"]}+", OUT(O("p", "g", 80, "OK"))) },
	  "g:p: started\n", NULL, 0 },
	{ "start x", { SAYS(NULL, OUT(O("x", "x", 60, "ALREADY_STARTED"))) },
	  "x: ERROR (already started)\n", NULL, 0 },
	{ "start x", { SAYS(NULL, OUT(O("x", "", 10, "BAD_NAME"))) },
	  "x: ERROR (no such process)\n", NULL, 1 },
	{ "start x", { SAYS(NULL, OUT(O("x", "x", 20, "can't find command '/y'"))) },
	  "x: ERROR (no such file)\n", "x: can't find command '/y'\n", 1 },
	{ "start x", { SAYS(NULL, OUT(O("x", "x", 21, "command at '/' is a directory"))) },
	  "x: ERROR (file is not executable)\n", "x: command at '/' is a directory\n", 1 },
	{ "start x", { SAYS(NULL, OUT(O("x", "x", 50, "Exited too quickly (process log may have details)"))) },
	  "x: ERROR (spawn error)\n", "x: Exited too quickly (process log may have details)\n", 7 },
	{ "start x", { SAYS(NULL, OUT(O("x", "x", 40, "ABNORMAL_TERMINATION"))) },
	  "x: ERROR (abnormal termination)\n", NULL, 7 },
	{ "start x", { SAYS(NULL, OUT(O("x", "x", 30, "out of memory"))) },
	  "x: ERROR (out of memory)\n", NULL, 1 },
	{ "start g:*", { SAYS("Start{\"names\":[\"g:*\"]}+", OUT("")) }, NULL, NULL, 0 },
	{ "start g:*", { SAYS(NULL, OUT(O("g:*", "", 10, "BAD_NAME"))) },
	  "g: ERROR (no such group)\n", NULL, 2 },
	{ "start all", { SAYS("Start{\"names\":[\"all\"]}+",
	    "+" OUT(O("a", "a", 80, "OK")) "\n+" OUT(O("b", "b", 50, "why")) "\n"
	    OUT(O("c", "c", 80, "OK"))) },
	  "a: started\nb: ERROR (spawn error)\nc: started\n", "b: why\n", 7 },
	/* stop */
	{ "stop x y", { SAYS("Stop{\"names\":[\"x\",\"y\"]}+",
	    "+" OUT(O("x", "x", 80, "OK")) "\n" OUT(O("y", "y", 70, "NOT_RUNNING"))) },
	  "x: stopped\ny: ERROR (not running)\n", NULL, 0 },
	{ "stop x", { SAYS(NULL, OUT(O("x", "", 10, "BAD_NAME"))) },
	  "x: ERROR (no such process)\n", NULL, 1 },
	{ "stop g:*", { SAYS(NULL, OUT(O("", "g", 10, "BAD_NAME"))) },
	  "g: ERROR (no such group)\n", NULL, 1 },
	/* restart */
	{ "restart x", { SAYS("Restart{\"names\":[\"x\"]}+",
	    "+{\"stopped\":[" O("x", "x", 70, "NOT_RUNNING") "],\"started\":[]}\n"
	    "{\"stopped\":[],\"started\":[" O("x", "x", 80, "OK") "]}") },
	  "x: ERROR (not running)\nx: started\n", NULL, 0 },
	{ "restart x", { SAYS(NULL,
	    "{\"started\":[" O("x", "x", 50, "SPAWN_ERROR") "],\"stopped\":["
	    O("x", "x", 80, "OK") "]}") },
	  "x: stopped\nx: ERROR (spawn error)\n", NULL, 7 },
	/* signal */
	{ "signal HUP x", { SAYS("Signal{\"names\":[\"x\"],\"signal\":\"HUP\"}",
	    OUT(O("x", "x", 80, "OK"))) }, "x: signalled\n", NULL, 0 },
	{ "signal BOGUS x", { SAYS(NULL, OUT(O("x", "x", 11, "BAD_SIGNAL"))) },
	  "x: ERROR (bad signal name)\n", NULL, 1 },
	{ "signal HUP x", { SAYS(NULL, OUT(O("x", "x", 70, "NOT_RUNNING"))) },
	  "x: ERROR (not running)\n", NULL, 7 },
	{ "signal HUP x", { SAYS(NULL, OUT(O("x", "", 10, "BAD_NAME"))) },
	  "x: ERROR (no such process)\n", NULL, 1 },
	/* reread */
	{ "reread", { SAYS("Reread{}",
	    "{\"added\":[\"z\",\"b\"],\"changed\":[\"a\"],\"removed\":[\"c\"],\"warnings\":[]}") },
	  "a: changed\nb: available\nc: disappeared\nz: available\n", NULL, 0 },
	{ "reread", { SAYS("Reread{}",
	    "{\"added\":[],\"changed\":[],\"removed\":[],\"warnings\":[{\"kind\":\"warning\","
	    "\"file\":\"/etc/r.conf\",\"line\":7,\"text\":\"[program:x] foo: no such key\"}]}") },
	  "No config updates to processes\n",
	  "/etc/r.conf:7: warning: [program:x] foo: no such key\n", 0 },
	{ "reread", { SAYS("Reread{}", "!CantReread{\"diagnostics\":["
	    "{\"kind\":\"error\",\"file\":\"/e\",\"line\":3,\"text\":\"first\"},"
	    "{\"kind\":\"warning\",\"file\":\"/e\",\"line\":4,\"text\":\"second\"},"
	    "{\"kind\":\"error\",\"file\":null,\"line\":0,\"text\":\"third\"}]}") },
	  "ERROR: CANT_REREAD: /e:3: first\nERROR: CANT_REREAD: third\n",
	  "/e:4: warning: second\n", 1 },
	{ "reread", { SAYS("Reread{}", "!ShuttingDown{}") },
	  "ERROR: already shutting down\n", NULL, 1 },
	/* update */
	{ "update", { SAYS("Update{}+", "+" OUT(G("old", "stopped", 80, "OK")) "\n+"
	    OUT(G("old", "removed", 80, "OK") "," G("web", "stopped", 80, "OK") ","
		G("web", "updated", 80, "OK")) "\n" OUT(G("new", "added", 80, "OK"))) },
	  "old: stopped\nold: removed process group\nweb: stopped\n"
	  "web: updated process group\nnew: added process group\n", NULL, 0 },
	{ "update all", { SAYS("Update{}+", OUT("")) }, NULL, NULL, 0 },
	{ "update a b", { SAYS("Update{\"groups\":[\"a\",\"b\"]}+",
	    OUT(G("b", "updated", 10, "BAD_NAME"))) }, "ERROR: no such group: b\n", NULL, 1 },
	{ "update", { SAYS("Update{}+", OUT(G("b", "removed", 91, "STILL_RUNNING"))) },
	  "b: has problems; not removing\n", NULL, 1 },
	{ "update", { SAYS("Update{}+", "!CantReread{\"diagnostics\":["
	    "{\"kind\":\"error\",\"file\":\"/e\",\"line\":3,\"text\":\"first\"}]}") },
	  "ERROR: CANT_REREAD: /e:3: first\n", NULL, 1 },
	/* add and remove */
	{ "add a b c", { SAYS("Add{\"groups\":[\"a\",\"b\",\"c\"]}",
	    OUT(G("a", "added", 80, "OK") "," G("b", "added", 90, "ALREADY_ADDED") ","
		G("c", "added", 10, "BAD_NAME"))) },
	  "a: added process group\nERROR: process group already active\n"
	  "ERROR: no such process/group: c\n", NULL, 1 },
	{ "add b", { SAYS(NULL, OUT(G("b", "added", 90, "ALREADY_ADDED"))) },
	  "ERROR: process group already active\n", NULL, 0 },
	{ "add b", { SAYS(NULL, OUT(G("b", "added", 30, "it takes 7 descriptors more"))) },
	  "ERROR: b: it takes 7 descriptors more\n", NULL, 1 },
	{ "add b", { SAYS(NULL, "!ShuttingDown{}") }, "ERROR: shutting down\n", NULL, 1 },
	{ "remove a", { SAYS("Remove{\"groups\":[\"a\"]}", OUT(G("a", "removed", 80, "OK"))) },
	  "a: removed process group\n", NULL, 0 },
	{ "remove a", { SAYS(NULL, OUT(G("a", "removed", 91, "STILL_RUNNING"))) },
	  "ERROR: process/group still running: a\n", NULL, 1 },
	{ "remove a", { SAYS(NULL, OUT(G("a", "removed", 10, "BAD_NAME"))) },
	  "ERROR: no such process/group: a\n", NULL, 1 },
	/* the whole daemon */
	{ "shutdown", { SAYS("Shutdown{}", "{}") }, "Shut down\n", NULL, 0 },
	{ "shutdown", { SAYS("Shutdown{}", "!ShuttingDown{}") },
	  "ERROR: already shutting down\n", NULL, 0 },
	{ "reload", { SAYS("Reload{}", "{}") }, "Restarted supervisord\n", NULL, 0 },
	{ "reload", { SAYS("Reload{}", "!ShuttingDown{}") },
	  "ERROR: already shutting down\n", NULL, 1 },
	/* what the daemon may say to anything */
	{ "stop x", { SAYS(NULL, "!ShuttingDown{}") }, "ERROR: shutting down\n", NULL, 1 },
	{ "stop x", { SAYS(NULL, "!NotPermitted{\"right\":\"operate\"}") },
	  "ERROR: not permitted: it takes the right to operate\n", NULL, 4 },
	{ "stop x", { SAYS(NULL, "!Failed{\"what\":\"out of memory\"}") },
	  "ERROR: out of memory\n", NULL, 1 },
	{ "stop x", { SAYS(NULL, "!org.varlink.service.MethodNotFound{\"method\":\"a.b.C\"}") },
	  "ERROR: the daemon does not know a.b.C\n", NULL, 3 },
	{ "stop x", { SAYS(NULL, "!org.varlink.service.InvalidParameter{\"parameter\":\"n\"}") },
	  "ERROR: org.varlink.service.InvalidParameter {\"parameter\":\"n\"}\n", NULL, 1 },
};

static const struct row json_rows[] = {
	{ "start all", { SAYS("Start{\"names\":[\"all\"]}+",
	    "+{\"outcomes\":[{\"name\":\"a\",\"group\":\"a\",\"status\":80}]}\n"
	    "{\"outcomes\":[{\"name\":\"b\",\"group\":\"b\",\"status\":50,\"description\":\"why\"}]}") },
	  "[\n  {\n    \"name\": \"a\",\n    \"group\": \"a\",\n    \"status\": 80\n  },\n"
	  "  {\n    \"name\": \"b\",\n    \"group\": \"b\",\n    \"status\": 50,\n"
	  "    \"description\": \"why\"\n  }\n]\n",
	  "b: ERROR (spawn error)\nb: why\n", 7 },
	{ "restart x", { SAYS(NULL, "+{\"stopped\":[],\"started\":[]}\n{\"stopped\":[],\"started\":[]}") },
	  "{\n  \"stopped\": [],\n  \"started\": []\n}\n", NULL, 0 },
	{ "reread", { SAYS(NULL, "{\"added\":[\"a\"],\"changed\":[],\"removed\":[],\"warnings\":[]}") },
	  "{\n  \"added\": [\n    \"a\"\n  ],\n  \"changed\": [],\n  \"removed\": [],\n"
	  "  \"warnings\": []\n}\n", NULL, 0 },
	{ "update", { SAYS(NULL, "{\"outcomes\":[]}") }, "[]\n", NULL, 0 },
	{ "shutdown", { SAYS(NULL, "{}") }, "{}\n", NULL, 0 },
	{ "stop x", { SAYS(NULL, "!ShuttingDown{}") }, NULL, "ERROR: shutting down\n", 1 },
	{ "start", { SAYS(NULL, NULL) }, NULL, "Error: start requires a process name\n"
	  "start NAME...\nStart processes and wait until they are up.\n\n"
	  "start NAME...                  these processes\n"
	  "start GROUP:*                  all processes of a group\n"
	  "start all                      all processes\n"
	  "Exit status: 0 all run, 7 some could not start, 1 other errors.\n", 2 },
};

/* What is said before any daemon is asked: the first line, and the status. */
static const struct row word_rows[] = {
	{ "bogus", { SAYS(NULL, NULL) }, "*** Unknown syntax: bogus\n", NULL, 1 },
	{ "bogus a b", { SAYS(NULL, NULL) }, "*** Unknown syntax: bogus a b\n", NULL, 1 },
	{ "start", { SAYS(NULL, NULL) }, "Error: start requires a process name\n", NULL, 2 },
	{ "stop", { SAYS(NULL, NULL) }, "Error: stop requires a process name\n", NULL, 1 },
	{ "restart", { SAYS(NULL, NULL) }, "Error: restart requires a process name\n", NULL, 1 },
	{ "signal HUP", { SAYS(NULL, NULL) },
	  "Error: signal requires a signal name and a process name\n", NULL, 1 },
	{ "reread x", { SAYS(NULL, NULL) }, "Error: reread accepts no arguments\n", NULL, 1 },
	{ "reload x", { SAYS(NULL, NULL) }, "Error: reload accepts no arguments\n", NULL, 1 },
	{ "shutdown x", { SAYS(NULL, NULL) }, "Error: shutdown accepts no arguments\n", NULL, 1 },
	{ "avail x", { SAYS(NULL, NULL) }, "Error: avail accepts no arguments\n", NULL, 1 },
	{ "version x", { SAYS(NULL, NULL) }, "Error: version accepts no arguments\n", NULL, 1 },
	{ "add", { SAYS(NULL, NULL) }, "Error: add requires a group name\n", NULL, 2 },
	{ "help bogus", { SAYS(NULL, NULL) }, "*** No help on bogus\n", NULL, 0 },
	{ "help", { SAYS(NULL, NULL) }, "\ndefault commands (type help <topic>):\n", NULL, 0 },
	{ "help stop", { SAYS(NULL, NULL) }, "stop NAME...\n", NULL, 0 },
};
/* clang-format on */

START_TEST(each_outcome_has_supervisorctls_words_and_exit_status)
{
	expect(&rows[_i], false, false);
}
END_TEST

START_TEST(with_json_outcomes_are_one_value_and_complaints_move_away)
{
	expect(&json_rows[_i], true, false);
}
END_TEST

START_TEST(words_are_checked_before_anybody_is_asked)
{
	const struct row *row = &word_rows[_i];
	struct result r = ctl_with(row->words, false, false);

	ck_assert_int_eq(strncmp(r.out, row->out, strlen(row->out)), 0);
	ck_assert_str_eq(r.err, "");
	ck_assert_int_eq(r.status, row->status);
	result_done(&r);
}
END_TEST

/* The daemon answers once, and again only when our line has arrived. */
START_TEST(an_outcome_is_printed_when_it_comes)
{
	const struct exchange x[EXCHANGES] = { SAYS(NULL,
						    "+" OUT(O("a", "a", 80, "OK")) "\n.") };
	struct ctl c = { .url = fake.url, .path = fake.path, .patience = 10000 };
	char *words[] = { (char[]){ "start" }, (char[]){ "all" } };
	char line[32] = "";
	int p[2];
	pid_t ctl;

	fake_begin(x);
	ck_assert_int_eq(pipe(p), 0);
	ctl = fork();
	if (ctl == 0) {
		c.out = fdopen(p[1], "w");
		c.err = stderr;
		ctl_run(&c, 2, words);
		_exit(c.status);
	}
	close(p[1]);
	/* It is still waiting for the rest: what we read was not held back until its end. */
	ck_assert_int_eq(read(p[0], line, sizeof line - 1), 11);
	ck_assert_str_eq(line, "a: started\n");
	ck_assert_int_eq(waitpid(ctl, NULL, WNOHANG), 0);
	kill(ctl, SIGKILL);
	ck_assert_int_eq(waitpid(ctl, NULL, 0), ctl);
	close(p[0]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl act");
	TCase *tc = tcase_create("act");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, each_outcome_has_supervisorctls_words_and_exit_status, 0,
			    ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, with_json_outcomes_are_one_value_and_complaints_move_away, 0,
			    ARRAY_SIZE(json_rows));
	tcase_add_loop_test(tc, words_are_checked_before_anybody_is_asked, 0,
			    ARRAY_SIZE(word_rows));
	tcase_add_test(tc, an_outcome_is_printed_when_it_comes);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
