# SPDX-License-Identifier: MIT
# Reeve. One Makefile, not recursive; build/<variant>/ mirrors the tree. "make help" lists targets.
#
# Sources are listed by name: a file that is not listed is not in the program.

VERSION := 0.1.0
VARIANT ?= debug
B       := build/$(VARIANT)
PREFIX  ?= /usr/local
prefix  ?= $(PREFIX)

# --- sources, a list per folder ------------------------------------------------------------

base_SRC    := base/buf.c base/diag.c base/level.c
conf_SRC    :=
proto_SRC   :=
core_SRC    :=
sys_SRC     :=
systemd_SRC :=
keeper_SRC  :=
manager_SRC :=
logger_SRC  :=
ctl_SRC     :=

# The programs' mains; the rest of each folder is in the library that tests link with.
reeved_MAIN         := daemon/keeper/main.c
reeve-manager_MAIN  := daemon/manager/main.c
reeve-logger_MAIN   := daemon/logger/main.c
reevectl_MAIN       := ctl/main.c

# What each program is made of.
reeved_PARTS        := base proto sys keeper
reeve-manager_PARTS := base conf proto core sys systemd manager
reeve-logger_PARTS  := base proto sys logger
reevectl_PARTS      := base conf proto ctl

reeved_LIBS         := -lev
reeve-manager_LIBS  := -lev -linih -ljansson -lsystemd
reeve-logger_LIBS   := -lev -lpthread
reevectl_LIBS       := -linih -ljansson

PROGRAMS := reeved reeve-manager reeve-logger reevectl

# --- tests, a list per kind ----------------------------------------------------------------

UNIT_TESTS        :=
TRACE_TESTS       :=
GOLDEN_TESTS      :=
FUZZ_TARGETS      :=
INTEGRATION_TESTS :=
HELPERS           :=

# --- flags ---------------------------------------------------------------------------------

CC       ?= gcc
WARNINGS := -Wall -Wextra -Wshadow -Wswitch-enum -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wwrite-strings -Wvla -Wformat=2 -Werror
CFLAGS_debug   := -Og -g
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fsanitize=thread
CFLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
LDFLAGS_release := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
ifeq ($(VARIANT),fuzz)
CC := clang
endif

ALL_CFLAGS  := -std=gnu17 -D_GNU_SOURCE -DREEVE_VERSION='"$(VERSION)"' -I. -MMD -MP \
               $(WARNINGS) $(CFLAGS_$(VARIANT)) $(CFLAGS)
ALL_LDFLAGS := $(CFLAGS_$(VARIANT)) $(LDFLAGS_$(VARIANT)) $(LDFLAGS)

# --- programs ------------------------------------------------------------------------------

.PHONY: all
all: $(PROGRAMS:%=$(B)/%)

objects = $(patsubst %.c,$(B)/%.o,$(foreach p,$(1),$($(p)_SRC)))

define program
$(B)/$(1): $(B)/$(basename $($(1)_MAIN)).o $$(call objects,$($(1)_PARTS))
	$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $($(1)_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

LIB_SRC := $(base_SRC) $(conf_SRC) $(proto_SRC) $(core_SRC) $(sys_SRC) $(systemd_SRC) \
           $(keeper_SRC) $(manager_SRC) $(logger_SRC) $(ctl_SRC)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)

$(B)/libreeve.a: $(LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# --- tests ---------------------------------------------------------------------------------

CHECK_LIBS = $(shell pkg-config --libs check)
LIB_LIBS   := -lev -linih -ljansson -lsystemd -lpthread

# A Check program is one source: tests/<kind>/<name>.c.
$(B)/tests/%: $(B)/tests/%.o $(B)/libreeve.a
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(B)/libreeve.a $(CHECK_LIBS) $(LIB_LIBS)

CHECK_PROGRAMS := $(UNIT_TESTS:%=$(B)/tests/unit/%) $(TRACE_TESTS:%=$(B)/tests/trace/%) \
                  $(GOLDEN_TESTS:%=$(B)/tests/golden/%) \
                  $(INTEGRATION_TESTS:%=$(B)/tests/integration/%)

.PHONY: clean
clean:
	rm -rf build

-include $(LIB_OBJ:.o=.d)
