# SPDX-License-Identifier: MIT
# Reeve. One Makefile, not recursive; build/<variant>/ mirrors the tree. "make help" lists targets.
#
# Sources are listed by name: a file that is not listed is not in the program. Tests likewise.

VERSION := 0.1.0
VARIANT ?= debug
B       := build/$(VARIANT)
PREFIX  ?= /usr/local
prefix  ?= $(PREFIX)

# --- sources, a list per folder ------------------------------------------------------------

base_SRC    := base/buf.c base/diag.c base/level.c
conf_SRC    := conf/apply.c conf/assemble.c conf/choices.c conf/config.c conf/cpus.c conf/environ.c \
               conf/essential.c conf/expand.c conf/files.c conf/find.c conf/group.c conf/keys.c conf/later.c \
               conf/lex.c conf/limits.c conf/load.c conf/logs.c conf/mistake.c conf/pack.c conf/paths.c conf/pipeline.c \
               conf/plan.c conf/pool.c conf/print.c conf/program.c conf/quote.c conf/reader.c \
               conf/sections.c conf/show.c conf/signals.c conf/spec.c conf/stdin.c \
               conf/suggest.c conf/text.c conf/tree.c conf/unknown.c conf/users.c \
               conf/value.c conf/wires.c conf/words.c
proto_SRC   := proto/link.c
# The part of proto that speaks JSON: the keeper and the logger do without.
control_SRC := proto/commands.c proto/faults.c proto/interface.c proto/utf8.c proto/varlink.c
core_SRC    := daemon/core/deadline.c daemon/core/guard.c daemon/core/heap.c daemon/core/life.c \
               daemon/core/listing.c daemon/core/order.c daemon/core/proc.c daemon/core/queue.c \
               daemon/core/roster.c daemon/core/rounds.c daemon/core/seen.c daemon/core/timers.c
sys_SRC     := daemon/sys/allowance.c daemon/sys/cgroup.c daemon/sys/channel.c daemon/sys/child.c daemon/sys/clock.c daemon/sys/cpus.c daemon/sys/daemonize.c \
               daemon/sys/environ.c daemon/sys/limits.c daemon/sys/loop.c daemon/sys/memfd.c daemon/sys/notice.c \
               daemon/sys/patience.c daemon/sys/pidfd.c daemon/sys/pidfile.c daemon/sys/procs.c daemon/sys/pollset.c \
               daemon/sys/spawn.c daemon/sys/stranger.c daemon/sys/unix_socket.c daemon/sys/user.c
post_SRC    := systemd/handed.c systemd/post.c
systemd_SRC := systemd/journal.c systemd/journal_plain.c systemd/notify.c systemd/send_plain.c \
               $(if $(filter static,$(VARIANT)),,systemd/journal_library.c)
keeper_SRC  := daemon/keeper/adopted.c daemon/keeper/begin.c daemon/keeper/book.c daemon/keeper/cgroups.c daemon/keeper/deposits.c daemon/keeper/finish.c \
               daemon/keeper/frames.c daemon/keeper/greet.c daemon/keeper/keeper.c \
               daemon/keeper/launch.c daemon/keeper/map.c daemon/keeper/notices.c daemon/keeper/peers.c \
               daemon/keeper/pipes.c daemon/keeper/quick.c daemon/keeper/reap.c daemon/keeper/requests.c \
               daemon/keeper/resume.c daemon/keeper/say.c daemon/keeper/slots.c daemon/keeper/store.c \
               daemon/keeper/watchdog.c daemon/keeper/wires.c
manager_SRC := daemon/manager/avail.c daemon/manager/boot.c daemon/manager/command.c daemon/manager/conn.c daemon/manager/control.c \
               daemon/manager/describe.c daemon/manager/essential.c daemon/manager/event_book.c daemon/manager/events.c daemon/manager/facts.c daemon/manager/file.c daemon/manager/greeting.c daemon/manager/groups.c \
               daemon/manager/handlers.c daemon/manager/happening.c daemon/manager/index.c daemon/manager/job.c daemon/manager/job_ask.c daemon/manager/job_boot.c daemon/manager/job_end.c daemon/manager/job_json.c daemon/manager/job_kept.c daemon/manager/job_look.c daemon/manager/job_output.c daemon/manager/job_run.c daemon/manager/job_spec.c daemon/manager/job_start.c daemon/manager/job_store.c daemon/manager/job_wait.c daemon/manager/journal.c daemon/manager/keeper_link.c daemon/manager/kept.c \
               daemon/manager/ledger.c daemon/manager/lifecycle.c daemon/manager/logs.c daemon/manager/look.c \
               daemon/manager/manager.c daemon/manager/names.c daemon/manager/operation.c \
               daemon/manager/limits.c daemon/manager/options.c daemon/manager/owner.c daemon/manager/recipe.c daemon/manager/refusal.c daemon/manager/report.c \
               daemon/manager/request.c daemon/manager/run.c daemon/manager/server.c daemon/manager/session.c daemon/manager/session_tell.c daemon/manager/sessions.c \
               daemon/manager/starter.c daemon/manager/strays.c daemon/manager/streams.c daemon/manager/subscribers.c daemon/manager/turn.c daemon/manager/unit.c daemon/manager/why.c daemon/manager/why_job.c daemon/manager/wiring.c \
               daemon/manager/world.c
logger_SRC  := daemon/logger/ansi.c daemon/logger/arena.c daemon/logger/capture.c \
               daemon/logger/clean.c daemon/logger/cursor.c daemon/logger/deliver.c daemon/logger/exact.c \
               daemon/logger/format.c daemon/logger/iopool.c daemon/logger/json.c \
               daemon/logger/lines.c daemon/logger/logfile.c daemon/logger/logger.c \
               daemon/logger/logs.c daemon/logger/logs_job.c daemon/logger/logopen.c daemon/logger/mainlog.c daemon/logger/messages.c \
               daemon/logger/meter.c daemon/logger/news.c daemon/logger/outage.c daemon/logger/outlet.c \
               daemon/logger/pack.c daemon/logger/packing.c daemon/logger/phases.c \
               daemon/logger/quiet.c daemon/logger/reader.c daemon/logger/recover.c daemon/logger/removal.c \
               daemon/logger/rest.c daemon/logger/retention.c daemon/logger/rotate.c daemon/logger/rules.c daemon/logger/settle.c daemon/logger/source.c \
               daemon/logger/stage.c daemon/logger/stream.c daemon/logger/table.c \
               daemon/logger/tags.c daemon/logger/tail.c daemon/logger/target.c daemon/logger/tell.c \
               daemon/logger/target_job.c daemon/logger/target_pack.c daemon/logger/targets.c daemon/logger/times.c daemon/logger/work.c
ctl_SRC     := ctl/ask.c ctl/attend.c ctl/capture.c ctl/client.c ctl/events.c ctl/events_options.c ctl/flags.c ctl/flights.c ctl/follow.c \
               ctl/groups.c ctl/help.c ctl/job_env.c ctl/job_exit.c ctl/job_map.c \
               ctl/job_options.c ctl/job_output.c ctl/job_run.c ctl/job_spec.c ctl/job_streams.c \
               ctl/job_wait.c ctl/job_words.c ctl/jobs.c ctl/line.c ctl/log_line.c ctl/log_place.c ctl/log_show.c ctl/logs.c ctl/logs_options.c ctl/map_items.c \
               ctl/map_log.c ctl/map_options.c ctl/map_rules.c ctl/map_tasks.c ctl/map_words.c \
               ctl/mapping.c ctl/names.c ctl/options.c ctl/outcomes.c ctl/place.c ctl/printer.c \
               ctl/quote.c ctl/run.c ctl/run_options.c ctl/say.c ctl/signals.c ctl/stages.c \
               ctl/status.c ctl/stream.c ctl/tail.c ctl/text.c ctl/visit.c ctl/when.c ctl/why.c ctl/words.c

# The programs' mains; the rest of each folder is in the library that tests link with.
reeved_MAIN         := daemon/keeper/main.c
reeve-manager_MAIN  := daemon/manager/main.c
reeve-logger_MAIN   := daemon/logger/main.c
reevectl_MAIN       := ctl/main.c

# What each program is made of.
reeved_PARTS        := base proto sys post keeper
reeve-manager_PARTS := base conf proto control core sys post systemd manager
reeve-logger_PARTS  := base proto sys post systemd logger
reevectl_PARTS      := base conf control ctl

reeved_LIBS         := -lev
reeve-manager_LIBS  := -lev -linih -ljansson
reeve-logger_LIBS   := -lev -lz -lzstd -lpthread
reevectl_LIBS       := -linih -ljansson

PROGRAMS := reeved reeve-manager reeve-logger reevectl

# --- tests, a list per kind ----------------------------------------------------------------

UNIT_TESTS        := test_describe test_happening test_ctl_events test_ctl_logs test_ctl_log_parts test_recipe test_job_store test_job_spec test_job_kept test_owner test_options test_ledger test_buf test_diag test_values test_link test_channel test_unix_socket test_spawn test_spawn_failures test_allowance test_cgroup test_stranger test_cpus test_quick test_keeper test_keeper_peers test_keeper_programs test_keeper_crashes test_keeper_time test_keeper_jobs test_keeper_terminals test_keeper_wires test_keeper_store test_keeper_notices test_notice test_keeper_cgroups test_keeper_watchdog test_book test_loop test_sys test_guard test_proc test_oneshot test_order test_heap test_queue test_proc_stop test_roster test_roster_jobs test_rounds test_timers test_server test_server_bounds test_server_fds test_words test_plan test_config test_wires \
                     test_varlink test_commands test_ctl_look test_ctl_act test_ctl_tail test_ctl_reach test_ctl_printer test_ctl_options test_ctl_map test_ctl_items test_ctl_jobs test_ctl_run test_ctl_stages test_notify test_rotate test_target test_iopool test_stream test_format test_exact test_tail \
                     test_mainlog test_logger test_logger_logs test_pack test_logs_view test_logopen
TRACE_TESTS       := test_traces
GOLDEN_TESTS      := test_golden
FUZZ_TARGETS      := fuzz_varlink fuzz_link fuzz_server fuzz_jobs fuzz_machine fuzz_queue fuzz_ini fuzz_expand fuzz_words fuzz_environ fuzz_lines fuzz_tags fuzz_json fuzz_stages fuzz_options fuzz_text
INTEGRATION_TESTS := test_life test_jobs test_jobs_crash test_jobs_protocol test_jobs_queue test_exec test_order test_pipelines test_reload test_crash test_adopt test_daemon test_ctl test_logs test_logs_exact test_completion test_terminal test_run test_events test_essential test_command test_report test_logs_read
MODEL_TESTS       := test_model
SYSTEMD_TESTS     := test_unit
CONTAINER_TESTS   := test_pid1
PACKAGE_TESTS     := test_package
HELPERS           := tests/puppet/puppet tests/container/storm

# Sources that every test program of a kind is linked with.
unit_SUPPORT        := tests/unit/keeper_rig.c
trace_SUPPORT       := tests/trace/script.c
golden_SUPPORT      :=
integration_SUPPORT := tests/integration/capture.c tests/integration/instance.c \
                       tests/integration/witness.c
model_SUPPORT       := tests/model/dump.c
container_SUPPORT   := $(integration_SUPPORT) tests/container/box.c
systemd_SUPPORT     := $(integration_SUPPORT) tests/systemd/enter.c tests/systemd/guest.c
package_SUPPORT     := $(systemd_SUPPORT)


# --- flags ---------------------------------------------------------------------------------

ifeq ($(origin CC),default)
CC := gcc
endif
CLANG    ?= clang
WARNINGS := -Wall -Wextra -Wshadow -Wswitch-enum -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wwrite-strings -Wvla -Wformat=2 -Werror
CFLAGS_debug    := -Og -g
CFLAGS_release  := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
# For images from scratch: nothing that is looked up at run time.
CFLAGS_static   := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE \
                   -ffunction-sections -fdata-sections -DREEVE_STATIC
CFLAGS_asan     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
                   -fno-omit-frame-pointer
CFLAGS_tsan     := -O1 -g -fsanitize=thread
CFLAGS_coverage := -O0 -g --coverage
CFLAGS_fuzz     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
                   -fno-sanitize-recover=undefined
LDFLAGS_release := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LDFLAGS_static  := -static-pie -s -Wl,-z,relro,-z,now -Wl,--gc-sections
VARIANTS        := debug release static asan tsan coverage fuzz
ifeq ($(filter $(VARIANT),$(VARIANTS)),)
$(error VARIANT is one of: $(VARIANTS))
endif
ifeq ($(VARIANT),fuzz)
CC := $(CLANG)
endif

BASE_CFLAGS := -std=gnu17 -D_GNU_SOURCE -DREEVE_VERSION='"$(VERSION)"' -I. -MMD -MP $(WARNINGS)
ALL_CFLAGS  := $(BASE_CFLAGS) $(CFLAGS_$(VARIANT)) $(CFLAGS)
ALL_LDFLAGS := $(CFLAGS_$(VARIANT)) $(LDFLAGS_$(VARIANT)) $(LDFLAGS)

# "make V=1" shows the whole command lines.
Q    := $(if $(V),,@)
say   = $(if $(V),,@printf '  %-5s %s\n' $(1) $(patsubst $(B)/%,%,$(2));)

# --- programs ------------------------------------------------------------------------------

.PHONY: all
all: $(PROGRAMS:%=$(B)/%)

objects = $(patsubst %.c,$(B)/%.o,$(foreach p,$(1),$($(p)_SRC)))

define program
$(B)/$(1): $(B)/$(basename $($(1)_MAIN)).o $$(call objects,$($(1)_PARTS))
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$(filter %.o,$$^) $($(1)_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

LIB_SRC := $(base_SRC) $(conf_SRC) $(proto_SRC) $(control_SRC) $(core_SRC) $(sys_SRC) $(post_SRC) $(systemd_SRC) \
           $(keeper_SRC) $(manager_SRC) $(logger_SRC) $(ctl_SRC)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
MAINS   := $(foreach p,$(PROGRAMS),$($(p)_MAIN))

$(B)/libreeve.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -c -o $@ $<

# The assembler takes it in, which -MMD does not see.
$(B)/proto/interface.o: proto/io.reeve.control.varlink

# Changes when the compiler or its flags do; then everything is built again.
.PHONY: force
$(B)/flags: force | packages
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' | cmp -s - $@ || \
		echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' > $@

# --- what must be installed first ----------------------------------------------------------

# Some goals install what they need; the others say what is missing and stop.
.PHONY: packages
packages:
ifneq ($(filter lint .ci,$(MAKECMDGOALS)),)
	@scripts/setup build test lint
else ifneq ($(filter check-package,$(MAKECMDGOALS)),)
	@scripts/setup build test deb guest
else ifneq ($(filter check check-%,$(MAKECMDGOALS)),)
	@scripts/setup build test
else ifneq ($(filter demo bench-run,$(MAKECMDGOALS)),)
	@scripts/setup build
else ifneq ($(filter fuzz-%,$(MAKECMDGOALS)),)
	@scripts/setup build fuzz
else
	@scripts/setup -n build
endif

# --- tests ---------------------------------------------------------------------------------

CHECK_LIBS = $(shell pkg-config --libs check)
LIB_LIBS   := -lev -linih -ljansson -lz -lzstd -lpthread

# A Check program is one source, tests/<kind>/<name>.c, and what its kind shares.
define test_kind
$(B)/tests/$(1)/%: $(B)/tests/$(1)/%.o $$($(1)_SUPPORT:%.c=$(B)/%.o) $(B)/libreeve.a
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$(filter %.o,$$^) $(B)/libreeve.a $$(CHECK_LIBS) $$(LIB_LIBS)
endef
$(foreach k,unit trace golden integration model container systemd package,$(eval $(call test_kind,$(k))))

FUZZ_NAMES := $(FUZZ_TARGETS:fuzz_%=%)

$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(B)/libreeve.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libreeve.a $(LIB_LIBS)

# Little programs that are run by others: static and never instrumented, to be what they seem.
$(HELPERS:%=$(B)/%) $(B)/bench/child: $(B)/%: %.c $(B)/flags
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(BASE_CFLAGS) -O2 -static -MF $@.d -MT $@ -o $@ $<

TEST_NAMES := $(UNIT_TESTS:%=unit/%) $(TRACE_TESTS:%=trace/%) $(GOLDEN_TESTS:%=golden/%) \
              $(FUZZ_NAMES:%=fuzz/fuzz_%) $(MODEL_TESTS:%=model/%) \
              $(INTEGRATION_TESTS:%=integration/%) $(CONTAINER_TESTS:%=container/%) \
              $(SYSTEMD_TESTS:%=systemd/%)
TEST_SRC   := $(TEST_NAMES:%=tests/%.c) $(PACKAGE_TESTS:%=tests/package/%.c) tests/fuzz/replay.c $(unit_SUPPORT) $(trace_SUPPORT) \
              $(golden_SUPPORT) tests/container/box.c $(systemd_SUPPORT) $(model_SUPPORT)
TEST_PROGRAMS := $(TEST_NAMES:%=$(B)/tests/%)
.SECONDARY: $(TEST_SRC:%.c=$(B)/%.o)

# "make check-KIND" runs one kind, "make check-KIND T=NAME" one program of it.
RUN_TESTS = REEVE_BUILD='$(abspath $(B))' scripts/run-tests
run = $(RUN_TESTS) $(addprefix $(B)/tests/,$(if $(T),$(filter %/$(T),$(1)),$(1)))

.PHONY: tests check check-unit check-trace check-golden check-fuzz check-model check-integration \
        check-container check-systemd
tests: all $(TEST_PROGRAMS) $(HELPERS:%=$(B)/%) $(B)/root
check: tests
	@$(call run,$(TEST_NAMES))

define check_kind
check-$(1): all $(HELPERS:%=$(B)/%) $(if $(filter systemd,$(1)),$(B)/root) $$(filter $(B)/tests/$(1)/$$(or $(T),%),$$(TEST_PROGRAMS))
	@$$(call run,$$(filter $(1)/%,$$(TEST_NAMES)))
endef
$(foreach k,unit trace golden fuzz model integration container systemd,$(eval $(call check_kind,$(k))))

# "make fuzz-TARGET" lets libFuzzer look for new inputs; FUZZ_TIME=SECONDS, 60 unless told.
FUZZ_TIME ?= 60
.PHONY: $(FUZZ_NAMES:%=fuzz-%)
$(FUZZ_NAMES:%=fuzz-%): fuzz-%:
	@$(MAKE) --no-print-directory VARIANT=fuzz B=$(if $(filter command line,$(origin B)),$(B)-fuzz,build/fuzz) fuzz-run-$*
fuzz-run-%: $(B)/tests/fuzz/fuzz_%.o $(B)/libreeve.a
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $(B)/tests/fuzz/fuzz_$* $(filter %.o,$^) $(B)/libreeve.a $(LIB_LIBS)
	@mkdir -p $(B)/corpus/$*
	cd $(B) && tests/fuzz/fuzz_$* -max_total_time=$(FUZZ_TIME) -timeout=10 \
		$(patsubst %,-dict=$(CURDIR)/%,$(wildcard tests/fuzz/$*.dict)) \
		corpus/$* $(CURDIR)/tests/fuzz/corpus/$*

# --- figures -------------------------------------------------------------------------------

bench_SRC := bench/main.c bench/bare.c bench/daemon.c bench/jobs.c bench/probe.c

$(B)/bench/bench: $(bench_SRC:%.c=$(B)/%.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^)

$(B)/bench/logs: $(B)/bench/logs.o $(B)/bench/probe.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^)

# --- the rest ------------------------------------------------------------------------------

.PHONY: static lint format coverage bench demo install uninstall clean help

static:
	@$(MAKE) --no-print-directory VARIANT=static all
	@size -A -d $(addprefix build/static/,$(PROGRAMS)) | awk '/:$$/ { f = $$1 } /^Total/ { print f, $$2 }'

lint: $(MAINS:%.c=$(B)/%.o) $(LIB_OBJ)
	@B='$(B)' CC='$(CC)' CLANG='$(CLANG)' WARNINGS='$(WARNINGS)' \
		SOURCES='$(LIB_SRC) $(MAINS) $(TEST_SRC) $(HELPERS:%=%.c) $(bench_SRC) bench/child.c bench/logs.c' \
		scripts/lint

format:
	git ls-files -co --exclude-standard '*.[ch]' | xargs clang-format -i

coverage:
	@$(MAKE) --no-print-directory VARIANT=coverage check
	@scripts/coverage build/coverage $(LIB_SRC) $(MAINS)

demo: all $(HELPERS:%=$(B)/%)
	@scripts/demo $(B)

bench:
	@$(MAKE) --no-print-directory VARIANT=release bench-run
bench-run: all $(B)/bench/bench $(B)/bench/child
	@$(B)/bench/bench $(BENCH)

include packaging/install.mk

clean:
	rm -rf build

define HELP
make                     build the programs in $(B)
make check               everything that needs no network; installs the packages it needs
make check-unit          one kind of test: unit trace golden fuzz model
                         integration container systemd;
                         T=NAME for one program of it, CK_RUN_CASE=NAME for one case
make fuzz-TARGET         look for new inputs with libFuzzer: $(FUZZ_NAMES)
make lint                layers, purity, sizes, format, static checkers; installs those
make format              put the sources into clang-format's form
make coverage            run the tests and say which lines they reach
make deb                 Debian packages, in build/deb
make check-package       try them in a bare Debian
make static              programs that need no library, in build/static
make demo                watch a small instance at work
make bench               figures, beside those of a bare loop of system calls
make install uninstall   DESTDIR=, prefix=$(prefix)
make clean

Variables: VARIANT=$(subst $() ,|,$(VARIANTS)), B=FOLDER to build in, CC, CFLAGS, LDFLAGS, V=1
endef

help:
	$(info $(HELP))
	@:

-include $(LIB_OBJ:.o=.d) $(MAINS:%.c=$(B)/%.d) $(TEST_SRC:%.c=$(B)/%.d) $(HELPERS:%=$(B)/%.d) \
         $(bench_SRC:%.c=$(B)/%.d) $(B)/bench/child.d
