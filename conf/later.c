/* SPDX-License-Identifier: MIT */
/*
 * Sections that are understood and checked, but not served yet: the HTTP servers,
 * supervisorctl, RPC interfaces, event listeners, FastCGI programs, plug-ins of supervisorctl.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "conf/groups.h"
#include "conf/value.h"

/* One section of these kinds on its way through the checks. */
struct later {
	struct load *load;
	struct tree_section *section;
	struct scope scope; /* the environment, and "here" where all keys have it */
	struct scope with_here;
	struct name names[2];
};

typedef int later_fn(struct later *x);

static struct spot spot_of(const struct later *x, const char *key)
{
	struct spot at = { .load = x->load, .section = x->section, .key = key };

	if (key && tree_get(x->load->tree, x->section, key, &at.found) < 0)
		at.found = NULL;
	return at;
}

/* The expanded text of @key, or LOAD_ABSENT, LOAD_BAD. */
static int get(struct later *x, const char *key, struct buf *out)
{
	return load_text(x->load, x->section, key, &x->scope, NULL, out);
}

/* Of servers and supervisorctl, only the keys with a path know "here". */
static const struct scope *scope_of(const struct later *x, const char *key)
{
	if (strcmp(key, "file") == 0 || strcmp(key, "serverurl") == 0 ||
	    strcmp(key, "history_file") == 0)
		return &x->with_here;
	return &x->scope;
}

/* Read the rows of @t for their mistakes alone. */
static int check_keys(struct later *x, const struct key_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		char *nowhere[4] = { NULL };
		int r = load_key(x->load, x->section, &t->v[i], scope_of(x, t->v[i].name),
				 nowhere);

		load_release(&t->v[i], nowhere);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool has(const struct later *x, const char *key)
{
	return spot_of(x, key).found;
}

static void need(const struct later *x, const char *key, const char *wrong)
{
	struct spot at = spot_of(x, key);

	if (!at.found)
		mistake(&at, DIAG_ERROR, "%s; add %s=", wrong, key);
}

/* --- servers ----------------------------------------------------------------------------- */

static void check_login(struct later *x)
{
	struct spot at = spot_of(x, has(x, "username") ? "username" : "password");

	if (has(x, "username") != has(x, "password"))
		mistake(&at, DIAG_ERROR,
			"Section [%s] contains incomplete authentication: If a username or a "
			"password is specified, both the username and password must be "
			"specified",
			x->section->name);
}

static void need_of_section(struct later *x, const char *key)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	if (buf_printf(&b, "section [%s] has no %s value", x->section->name, key) < 0)
		x->load->diags->oom = 1;
	else
		need(x, key, buf_str(&b));
}

static int check_owner(struct later *x, const char *key, const char *wrong)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct spot at = spot_of(x, key);
	int r = get(x, key, &text);

	return r == LOAD_SET ? load_check_owner(&at, buf_str(&text), wrong) : r;
}

static int check_mode(struct later *x, const char *key, const char *wrong)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT, why = BUF_INIT;
	struct spot at = spot_of(x, key);
	int mode, r = get(x, key, &text);

	if (r != LOAD_SET)
		return r;
	r = value_octal(buf_str(&text), &mode, &why);
	if (r == VALUE_BAD)
		mistake(&at, DIAG_ERROR, "%s %.200s: %s", wrong, buf_str(&text), buf_str(&why));
	return r;
}

static int check_unix_server(struct later *x)
{
	int r = check_keys(x, &unix_server_keys);

	need_of_section(x, "file");
	check_login(x);
	if (r >= 0)
		r = check_owner(x, "chown", "Invalid sockchown value");
	if (r >= 0)
		r = check_mode(x, "chmod", "Invalid chmod value");
	return r;
}

static int check_inet_server(struct later *x)
{
	int r = check_keys(x, &inet_server_keys);

	need_of_section(x, "port");
	check_login(x);
	return r;
}

static int check_supervisorctl(struct later *x)
{
	return check_keys(x, &supervisorctl_keys);
}

/* Its other keys are for whoever implements it, but they are expanded all the same. */
static int check_plugin(struct later *x, const char *factory)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int r = buf_printf(&b, "section [%s] does not specify a %s", x->section->name, factory);

	if (r < 0)
		return r;
	need(x, factory, buf_str(&b));
	for (const struct tree_key *k = x->section->first; r >= 0 && k; k = k->next) {
		buf_clear(&b);
		r = get(x, k->name, &b);
	}
	return r;
}

static int check_rpcinterface(struct later *x)
{
	return check_plugin(x, "supervisor.rpcinterface_factory");
}

static int check_ctlplugin(struct later *x)
{
	return check_plugin(x, "supervisor.ctl_factory");
}

/* --- programs of other kinds ------------------------------------------------------------- */

/* Its keys as a program, then thrown away. */
static int check_program(struct later *x)
{
	struct process_list list = { NULL, 0, 0 };
	int r = x->section->visited ? 0 : load_program(x->load, x->section, NULL, &list);

	process_list_done(&list);
	return r;
}

static bool is_event(const char *name, size_t n)
{
	static const char *const events[] = {
		"EVENT",
		"PROCESS_STATE",
		"PROCESS_STATE_STARTING",
		"PROCESS_STATE_RUNNING",
		"PROCESS_STATE_BACKOFF",
		"PROCESS_STATE_STOPPING",
		"PROCESS_STATE_EXITED",
		"PROCESS_STATE_STOPPED",
		"PROCESS_STATE_FATAL",
		"PROCESS_STATE_UNKNOWN",
		"PROCESS_COMMUNICATION",
		"PROCESS_COMMUNICATION_STDOUT",
		"PROCESS_COMMUNICATION_STDERR",
		"PROCESS_LOG",
		"PROCESS_LOG_STDOUT",
		"PROCESS_LOG_STDERR",
		"REMOTE_COMMUNICATION",
		"SUPERVISOR_STATE_CHANGE",
		"SUPERVISOR_STATE_CHANGE_RUNNING",
		"SUPERVISOR_STATE_CHANGE_STOPPING",
		"TICK",
		"TICK_5",
		"TICK_60",
		"TICK_3600",
		"PROCESS_GROUP",
		"PROCESS_GROUP_ADDED",
		"PROCESS_GROUP_REMOVED",
	};

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (strlen(events[i]) == n && strncasecmp(events[i], name, n) == 0)
			return true;
	return false;
}

static int check_events(struct later *x)
{
	static const char blanks[] = " \t\n\r\v\f";
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct spot at = spot_of(x, "events");
	int r = get(x, "events", &text);

	if (r < 0 || r == LOAD_BAD)
		return r;
	if (!text.len)
		mistake(&at, DIAG_ERROR,
			"[%s] section requires an \"events\" line; write one such as "
			"events=PROCESS_STATE",
			x->section->name);
	for (const char *s = buf_str(&text); text.len; s++) {
		size_t n;

		s += strspn(s, blanks);
		n = strcspn(s, ",");
		while (n && strchr(blanks, s[n - 1]))
			n--;
		if (!is_event(s, n))
			mistake(&at, DIAG_ERROR,
				"Unknown event type %.*s in [%s] events; write one such as "
				"PROCESS_STATE",
				(int)(n < 100 ? n : 100), s, x->section->name);
		s += strcspn(s, ",");
		if (!*s)
			break;
	}
	return 0;
}

static int check_buffer_size(struct later *x)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT, why = BUF_INIT;
	struct spot at = spot_of(x, "buffer_size");
	int n, r = get(x, "buffer_size", &text);

	if (r != LOAD_SET)
		return r;
	r = value_int(buf_str(&text), &n, &why);
	if (r == VALUE_BAD)
		mistake(&at, DIAG_ERROR, "%s", buf_str(&why));
	if (r == VALUE_OK && n < 1)
		mistake(&at, DIAG_ERROR,
			"[%s] section sets invalid buffer_size (%d); write 1 or more",
			x->section->name, n);
	return r;
}

static int check_listener(struct later *x)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT, why = BUF_INIT;
	struct spot at = spot_of(x, "redirect_stderr");
	bool redirect = false;
	int r = check_program(x);

	if (r >= 0)
		r = check_keys(x, &listener_keys);
	if (r >= 0)
		r = check_events(x);
	if (r >= 0)
		r = check_buffer_size(x);
	if (r < 0)
		return r;
	/* What is wrong with the value itself, check_program() has told. */
	x->load->mute = true;
	r = get(x, "redirect_stderr", &text);
	x->load->mute = false;
	if (r == LOAD_SET)
		r = value_bool(buf_str(&text), &redirect, &why);
	if (redirect)
		mistake(&at, DIAG_ERROR,
			"[%s] section sets redirect_stderr=true but this is not allowed "
			"because it "
			"will interfere with the eventlistener protocol; leave it out",
			x->section->name);
	return r;
}

/* HOST:PORT behind tcp://. */
static bool is_host_port(const char *s)
{
	const char *colon = strchr(s, ':');
	size_t n = colon ? strlen(colon + 1) : 0;
	long port;

	if (!colon || colon == s || strcspn(s, " \t\n") < strlen(s))
		return false;
	if (!n || n > 5 || strspn(colon + 1, "0123456789") < n)
		return false;
	port = strtol(colon + 1, NULL, 10);
	return port >= 1 && port <= 65535;
}

static void check_socket(struct later *x, const char *text)
{
	struct spot at = spot_of(x, "socket");

	if (strncmp(text, "unix://", 7) == 0) {
		if (text[7] != '/')
			mistake(&at, DIAG_ERROR,
				"Unix socket path %.200s is not an absolute path; write "
				"unix:///path",
				text + 7);
		return;
	}
	if (has(x, "socket_owner") || has(x, "socket_mode"))
		mistake(&at, DIAG_ERROR,
			"socket_owner and socket_mode params should only be used with a Unix "
			"domain socket; leave them out");
	if (strncmp(text, "tcp://", 6) != 0 || !is_host_port(text + 6))
		mistake(&at, DIAG_ERROR,
			"Bad socket format %.200s; write unix:///path or tcp://host:port",
			text);
}

static int check_backlog(struct later *x)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT, why = BUF_INIT;
	struct spot at = spot_of(x, "socket_backlog");
	int n = 0, r = get(x, "socket_backlog", &text);

	if (r != LOAD_SET)
		return r;
	r = value_int(buf_str(&text), &n, &why);
	if (r < 0)
		return r;
	if (r == VALUE_BAD || n < 1 || n > 65535)
		mistake(&at, DIAG_ERROR,
			"Invalid socket_backlog value %.200s; write one between 1 and 65535",
			buf_str(&text));
	return 0;
}

static int check_fcgi(struct later *x)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	const char *name = strchr(x->section->name, ':') + 1;
	struct spot at = spot_of(x, "socket");
	int r = check_program(x);

	if (r >= 0)
		r = check_backlog(x);
	if (r >= 0)
		r = check_owner(x, "socket_owner", "Invalid socket_owner value");
	if (r >= 0)
		r = check_mode(x, "socket_mode", "Invalid socket_mode value");
	if (r < 0)
		return r;
	x->names[1] = (struct name){ "program_name", strlen("program_name"), name, 0 };
	x->scope.n = 2;
	r = get(x, "socket", &text);
	if (r < 0 || r == LOAD_BAD)
		return r;
	if (!text.len)
		mistake(&at, DIAG_ERROR, "[%s] section requires a \"socket\" line; add socket=",
			x->section->name);
	else
		check_socket(x, buf_str(&text));
	return 0;
}

/* --- which is which ---------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *begins;
	later_fn *check;
	bool here; /* all its keys know "here" */
} kinds[] = {
	{ "unix_http_server", check_unix_server,   false },
	{ "inet_http_server", check_inet_server,   false },
	{ "rpcinterface:",    check_rpcinterface,  false },
	{ "ctlplugin:",       check_ctlplugin,     false },
	{ "supervisorctl",    check_supervisorctl, false },
	{ "eventlistener:",   check_listener,      true },
	{ "fcgi-program:",    check_fcgi,          true },
};
/* clang-format on */

/* The row for a section called @name; ARRAY_SIZE(kinds) if there is none. */
static size_t kind_of(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(kinds) &&
	       strncmp(name, kinds[i].begins, strlen(kinds[i].begins)) != 0)
		i++;
	if (i < ARRAY_SIZE(kinds) && kinds[i].check == check_supervisorctl &&
	    strcmp(name, "supervisorctl") != 0)
		return ARRAY_SIZE(kinds);
	return i;
}

int load_later(struct load *l)
{
	int r = 0;

	for (struct tree_section *s = tree_sections(l->tree); r >= 0 && s; s = s->next) {
		size_t kind = kind_of(s->name);
		struct spot at = { .load = l, .section = s };
		struct later x = { .load = l, .section = s };

		if (kind == ARRAY_SIZE(kinds))
			continue;
		x.names[0] = (struct name){ "here", strlen("here"), l->here, 0 };
		x.with_here = (struct scope){ &l->daemon_env, "", x.names, 1 };
		x.scope = (struct scope){ &l->daemon_env, "", x.names, kinds[kind].here };
		r = kinds[kind].check(&x);
		mistake(&at, DIAG_NOTE,
			"not served yet; it is checked and has no effect for now");
	}
	return r < 0 ? r : 0;
}
