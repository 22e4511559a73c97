# SPDX-License-Identifier: MIT
# install.mk - what "make install" puts where, and how it goes again.
#
# Everything that is not the machine's own lies below prefix; systemd, man and bash look there for
# /usr and for /usr/local alike. The machine's own, /etc/reeve, is never overwritten.

bindir     ?= $(prefix)/bin
sbindir    ?= $(prefix)/sbin
libexecdir ?= $(prefix)/libexec
mandir     ?= $(prefix)/share/man
docdir     ?= $(prefix)/share/doc/reeve
compdir    ?= $(prefix)/share/bash-completion/completions
libdir     ?= $(prefix)/lib
unitdir    ?= $(libdir)/systemd/system
userunitdir ?= $(libdir)/systemd/user
sysconfdir ?= /etc
confdir    ?= $(sysconfdir)/reeve
INSTALL    ?= install

LIBEXEC   := reeve-manager reeve-logger
MANUALS    = $(wildcard docs/*.[1578])
EXAMPLES   = $(wildcard conf/examples/*) systemd/hardening.conf
# Files with @names@ in them, and what becomes of each.
UNITS     := reeve.service reeve@.service
GENERATED := $(UNITS:%=$(B)/systemd/%) $(B)/systemd/reeve-user.service $(B)/packaging/reeve.conf

fill_in = mkdir -p $(@D) && sed -e 's|@bindir@|$(bindir)|; s|@sbindir@|$(sbindir)|' \
	-e 's|@confdir@|$(confdir)|; s|@docdir@|$(docdir)|' \
	-e 's|@logdir@|/var/log/reeve|; s|@rundir@|/run/reeve|' \
	-e 's|@unit@|$(@F)|; s|@of@|$(if $(findstring @,$(@F)), (%i))|' \
	-e 's|@conf@|$(confdir)/$(if $(findstring @,$(@F)),%i,reeve).conf|' $< > $@

# Anew each time: the folders may be others than last time.
.PHONY: $(GENERATED)
$(UNITS:%=$(B)/systemd/%): systemd/reeve.service.in
	$(Q)$(fill_in)
$(B)/systemd/reeve-user.service: systemd/reeve-user.service.in
	$(Q)$(fill_in)
$(B)/packaging/reeve.conf: packaging/reeve.conf.in
	$(Q)$(fill_in)

.PHONY: install-programs install-rest
install: install-programs install-rest

install-programs: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(sbindir) $(DESTDIR)$(libexecdir)/reeve
	$(INSTALL) -m 755 $(B)/reevectl $(DESTDIR)$(bindir)/
	$(INSTALL) -m 755 $(B)/reeved $(DESTDIR)$(sbindir)/
	$(INSTALL) -m 755 $(LIBEXEC:%=$(B)/%) $(DESTDIR)$(libexecdir)/reeve/

install-rest: $(GENERATED)
	$(INSTALL) -d $(DESTDIR)$(docdir)/examples $(DESTDIR)$(confdir)/conf.d $(DESTDIR)$(compdir) \
		$(DESTDIR)$(unitdir) $(DESTDIR)$(userunitdir) \
		$(DESTDIR)$(libdir)/tmpfiles.d $(DESTDIR)$(libdir)/sysusers.d
	$(INSTALL) -m 644 README.md LICENSE $(DESTDIR)$(docdir)/
	$(INSTALL) -m 644 $(EXAMPLES) $(DESTDIR)$(docdir)/examples/
	$(foreach m,$(MANUALS),$(INSTALL) -D -m 644 $(m) \
		$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(m)))/$(notdir $(m));)
	test -e $(DESTDIR)$(confdir)/reeve.conf || \
		{ $(INSTALL) -m 644 $(B)/packaging/reeve.conf $(DESTDIR)$(confdir)/ && \
		$(INSTALL) -m 644 packaging/hello.conf $(DESTDIR)$(confdir)/conf.d/; }
	$(INSTALL) -m 644 packaging/completion.bash $(DESTDIR)$(compdir)/reevectl
	ln -sf reevectl $(DESTDIR)$(compdir)/reeved
	$(INSTALL) -m 644 $(UNITS:%=$(B)/systemd/%) $(DESTDIR)$(unitdir)/
	$(INSTALL) -m 644 $(B)/systemd/reeve-user.service $(DESTDIR)$(userunitdir)/reeve.service
	$(INSTALL) -m 644 systemd/reeve.tmpfiles $(DESTDIR)$(libdir)/tmpfiles.d/reeve.conf
	$(INSTALL) -m 644 systemd/reeve.sysusers $(DESTDIR)$(libdir)/sysusers.d/reeve.conf

# Where the tests under systemd find it all.
.PHONY: $(B)/root
$(B)/root: all
	@rm -rf $@ && $(MAKE) --no-print-directory -s install DESTDIR='$(abspath $(B))/root' \
		prefix=/usr sysconfdir=/etc

# What is in /etc/reeve stays: it is not ours any more.
uninstall:
	rm -f $(DESTDIR)$(bindir)/reevectl $(DESTDIR)$(sbindir)/reeved
	rm -f $(foreach m,$(MANUALS),$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
	rm -f $(addprefix $(DESTDIR)$(compdir)/,reevectl reeved)
	rm -f $(UNITS:%=$(DESTDIR)$(unitdir)/%) $(DESTDIR)$(userunitdir)/reeve.service
	rm -f $(foreach d,tmpfiles sysusers,$(DESTDIR)$(libdir)/$(d).d/reeve.conf)
	rm -rf $(DESTDIR)$(docdir) $(DESTDIR)$(libexecdir)/reeve

# --- Debian packages -----------------------------------------------------------------------

DEB := $(abspath build)/deb

.PHONY: deb
deb:
	@scripts/setup build deb
	@rm -rf $(DEB) && mkdir -p $(DEB)/reeve
	@tar -c --exclude=./build --exclude=./.git . | tar -x -C $(DEB)/reeve
	@cp -r packaging/debian $(DEB)/reeve/
	@echo "building packages: $(DEB)/log"; cd $(DEB)/reeve && MAKEFLAGS= MAKELEVEL= \
		dpkg-buildpackage -b -us -uc >../log 2>&1 || { tail -n 60 ../log; exit 1; }
	@rm -rf $(DEB)/reeve
	@lintian --fail-on error,warning --tag-display-limit 0 $(DEB)/*.changes
	@ls -s --block-size=1K $(DEB)/*.deb

# A Debian with systemd, and besides only what the packages and the test itself depend on. Where it
# cannot be had, the tests are skipped.
BARE := $(abspath build)/bare

$(BARE): | packages
	@echo "making a bare Debian in $@"; rm -rf $@.new
	@mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' \
		--include=systemd,dbus,libev4,libinih1,libjansson4,libsubunit0 \
		"$$(. /etc/os-release && echo $$VERSION_CODENAME)" $@.new "$$(apt-get indextargets \
		--format '$$(LABEL) $$(REPO_URI)' | awk '$$1 == "Debian" { print $$2; exit }')" && \
		mv $@.new $@ || rm -rf $@.new

# Not a part of "make check": it takes the network, apt and a while.
.PHONY: check-package
check-package: deb $(BARE) $(B)/tests/package/test_package $(HELPERS:%=$(B)/%) $(B)/reevectl
	@REEVE_BARE=$(BARE) REEVE_DEB=$(DEB) $(RUN_TESTS) $(B)/tests/package/test_package
