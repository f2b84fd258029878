# dndprof - build, test, install. `make help` lists the targets.
#
# Sources are found by wildcard: a new file in its directory is part of the build. Nothing is
# downloaded by `make` itself; `make demo` and `make check` first run scripts/setup.

ifeq ($(origin CC),default)
CC := gcc
endif
BUILD ?= release
PREFIX ?= /usr/local
# Where a bare LD_PRELOAD=libdndprof.so is found: the multiarch directory, where ld.so knows it.
multiarch := $(shell $(CC) -print-multiarch 2>/dev/null)
LIBDIR ?= $(PREFIX)/lib$(if $(multiarch),$(shell grep -qsx '$(PREFIX)/lib/$(multiarch)' \
	/etc/ld.so.conf /etc/ld.so.conf.d/*.conf && echo /$(multiarch)))
PYTHON ?= /usr/bin/python3
LLHTTP ?= /usr/share/llhttp
UPLOT ?= build/html-node/node_modules/uplot
LLHTTP_INCLUDE ?= /usr/share/include/llhttp
FUZZ_SECONDS ?= 60

# One directory a kind of build: build, build-debug, build-asan, build-tsan.
suffix := $(if $(filter debug,$(BUILD)),-debug)
suffix := $(suffix)$(if $(findstring thread,$(SANITIZE)),-tsan,$(if $(SANITIZE),-asan))
BUILD_DIR ?= build$(suffix)
B := $(BUILD_DIR)

ifeq ($(filter release debug,$(BUILD)),)
$(error BUILD is "debug" or "release", not "$(BUILD)")
endif

# ---- flags -----------------------------------------------------------------------------------

optimize := $(if $(filter debug,$(BUILD)),-O0 -g3,-O2 -g)
warnings := -Wall -Wextra -Werror
common := -std=gnu11 $(optimize) $(warnings) -MMD -MP -Iinclude
sanitize := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer)

# The shim lives in other people's processes: libc is all it may need, and never a sanitizer.
SHIM_CFLAGS ?= $(optimize)
# Across files, where the compiler's own linker plugin is sure to be there.
shim_lto := $(if $(findstring gcc,$(CC)),$(if $(filter release,$(BUILD)),-flto=auto))
shim_lto := $(if $(findstring clang,$(CC)),,-flto=auto) # clang's would need another linker
shim_cflags := -std=gnu11 -D_GNU_SOURCE $(shim_lto) $(SHIM_CFLAGS) $(warnings) -MMD -MP -Iinclude \
	-Ishim -fPIC -fvisibility=hidden -ftls-model=initial-exec -fexceptions -fno-stack-protector \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=0 -fno-builtin-malloc -fcf-protection=none
shim_ldflags := -shared -Wl,-soname,libdndprof.so -Wl,-z,relro,-z,nodelete \
	-Wl,-z,noexecstack -Wl,--no-undefined -Wl,--version-script=$(B)/exports.map -nodefaultlibs \
	-Wl,--sort-section=name
shim_libs := -lc -lgcc

# dndprof-exec, whose image goes into static programs: no libc, no thread-local storage, nothing
# but integer registers, and only relocations it can do itself. Small, because each of its pages is
# written into every such program that starts: nobody unwinds it, what is not used is left out.
image_cflags := -std=gnu11 -D_GNU_SOURCE -DDNDPROF_FREESTANDING $(SHIM_CFLAGS) $(warnings) -MMD -MP \
	-Iinclude -Ishim -fPIE -fvisibility=hidden -fno-stack-protector -mgeneral-regs-only \
	-fno-builtin -U_FORTIFY_SOURCE -fcf-protection=none $(if $(filter release,$(BUILD)),-Os) \
	-fno-asynchronous-unwind-tables -ffunction-sections
image_ldflags := -static-pie -nostdlib -nostartfiles -Wl,--gc-sections -Wl,-z,norelro,-z,noexecstack \
	-Wl,-z,noseparate-code -Wl,--no-undefined -Wl,--no-dynamic-linker -Wl,--sort-section=name

hardening := $(if $(SANITIZE)$(filter debug,$(BUILD)),,-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
analyzer_cflags := $(common) -Ianalyzer -Ishim -isystem $(LLHTTP_INCLUDE) $(hardening) $(sanitize) \
	-DDNDPROF_LIBDIR='"$(LIBDIR)"'
analyzer_libs := $(sanitize) -ljansson -ldl -lm
checker_flags := -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_flags := -fsanitize=fuzzer $(checker_flags)

# ---- what there is ---------------------------------------------------------------------------

shim_src := $(foreach d,recorder libc go exec stacks,$(wildcard shim/$d/*.c shim/$d/*.S))
image_src := $(foreach d,recorder go exec inject,$(wildcard shim/$d/*.c shim/$d/*.S))
analyzer_src := $(wildcard analyzer/*.c analyzer/*/*.c)
llhttp_src := llhttp.c api.c http.c
library_src := $(filter-out analyzer/main.c,$(analyzer_src))
# What the shim looks for in a Go program, `dndprof doctor` looks for in its file.
shared_src := shim/go/site.c shim/go/amd64.c

shim_obj := $(addprefix $(B)/obj/,$(addsuffix .o,$(shim_src)))
image_obj := $(addprefix $(B)/obj-image/,$(addsuffix .o,$(image_src)))
library_obj := $(addprefix $(B)/obj/,$(addsuffix .o,$(library_src))) $(B)/html/page.o \
	$(addprefix $(B)/obj-shared/,$(addsuffix .o,$(shared_src))) \
	$(addprefix $(B)/obj/llhttp/,$(addsuffix .o,$(llhttp_src)))
support_obj := $(addprefix $(B)/obj/,$(addsuffix .o,$(wildcard tests/unit/support/*.c)))
fuzz_obj := $(addprefix $(B)/obj-fuzz/,$(addsuffix .o,$(library_src) $(shared_src) \
	$(wildcard tests/unit/support/*.c))) \
	$(B)/html/page.o \
	$(addprefix $(B)/obj-fuzz/llhttp/,$(addsuffix .o,$(llhttp_src)))

products := $(B)/libdndprof.so $(B)/dndprof-exec $(B)/dndprof
unit_tests := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
shim_tests := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/shim_*.c))
programs := $(patsubst %.c,$(B)/%,$(wildcard tests/programs/*.c)) \
	$(patsubst %.cc,$(B)/%,$(wildcard tests/programs/*.cc))
fuzzers := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
benches := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c)) \
	$(if $(shell command -v go),$(foreach kind,static dynamic,$(addprefix $(B)/tests/bench/,calls-$(kind) http-$(kind))))
# What end-to-end tests want of them.
quick_benches := $(addprefix $(B)/tests/bench/,percall records growth memory startup go_added)
c_files := $(wildcard $(addsuffix /*.[ch],include/dndprof analyzer analyzer/* shim/* tests/*  \
	tests/unit/support))
# Only /bin/sh and bash scripts: what begins so.
shell_files = $(shell grep -lE '^\#!.*\b(ba)?sh' $(wildcard scripts/* scripts/packaging/* .ci/run analyzer/html/* \
	tests/foreign/scripts/*.sh))

all: $(products)

help:
	@sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST))

## all         the shim and the analyzer (the default); needs what `scripts/setup build` installs
## demo        install what is needed, build, profile real docker clients against a real engine
## check       install what is needed, build, run every test
## check-slow  the same with long fuzzing, sanitizer builds of the unit tests and of the analyzer, ten
##             thousand children
## check-foreign  other projects' test suites and real programs, without the shim and with it, the
##             same outcome of every test (half an hour to an hour; T=WORD chooses); a fast part is
##             in check
## check-unit  unit tests alone; check-e2e: end-to-end tests alone. T=WORD chooses by file name
## bench       what profiling costs, beside native and beside other tools, and the targets; writes
##             build/bench.json. QUICK=1: under three minutes, without the longest rows
##             scripts/bench-gate OLD NEW compares two of these and fails where one is worse
## validate    how far recorded durations are from true ones, at every gate, idle and under load
## fuzz        each fuzz target for FUZZ_SECONDS
## fuzz-libdw  the library that reads debug information, in the very process: what it finds is not ours
##             and fails nothing, but shows what the process that reads symbols is there for
## install     to $(DESTDIR)$(PREFIX)/bin, $(DESTDIR)$(LIBDIR), $(DESTDIR)$(PREFIX)/include, share;
##             uninstall takes all of it away again
## dist        the sources as a tarball, in $(BUILD_DIR); distcheck: unpacks it where there is no git,
##             builds, tests, installs and uninstalls it there
## deb         Debian packages, in $(BUILD_DIR)/deb
## format      lay out all C files by .clang-format; lint: check layout, scripts, a clang build
## Variables: BUILD=debug|release SANITIZE=address,undefined|thread CC=gcc|clang BUILD_DIR=

# ---- building --------------------------------------------------------------------------------

# A change of compiler or flags rebuilds.
flags := $(CC) | $(shim_cflags) $(shim_ldflags) | $(image_cflags) $(image_ldflags) | $(analyzer_cflags) $(analyzer_libs)
$(shell mkdir -p $(B); printf '%s' '$(subst ','\'',$(flags))' | cmp -s - $(B)/.flags || \
	printf '%s' '$(subst ','\'',$(flags))' > $(B)/.flags)

$(B)/exports.map: include/dndprof/calls.h $(B)/.flags
	@{ echo '{ global:'; printf '%s\n' '#include "dndprof/calls.h"' '#define X(id, ...) id;' \
		'DNDPROF_INTERPOSED_CALLS(X)' | $(CC) -E -P -Iinclude - | grep -oE '\w+;'; \
		echo 'local: *; };'; } > $@

$(B)/libdndprof.so: $(shim_obj) $(B)/exports.map
	$(CC) $(shim_cflags) $(shim_ldflags) $(shim_obj) $(shim_libs) -o $@

$(B)/dndprof-exec: $(image_obj)
	$(CC) $(image_cflags) $(image_ldflags) $(image_obj) -lgcc -o $@

$(B)/dndprof: $(B)/obj/analyzer/main.c.o $(library_obj)
	$(CC) $^ $(analyzer_libs) -o $@

$(B)/obj/shim/%.o: shim/% $(B)/.flags
	@mkdir -p $(@D)
	$(CC) $(shim_cflags) -c $< -o $@

$(B)/obj-image/%.o: % $(B)/.flags
	@mkdir -p $(@D)
	$(CC) $(image_cflags) -c $< -o $@

$(B)/obj/analyzer/%.o: analyzer/% $(B)/.flags
	@mkdir -p $(@D)
	$(CC) $(analyzer_cflags) -c $< -o $@

$(B)/obj-shared/%.o: % $(B)/.flags
	@mkdir -p $(@D)
	$(CC) $(analyzer_cflags) -c $< -o $@

$(B)/obj/llhttp/%.o: $(LLHTTP)/% $(B)/.flags
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g -w $(sanitize) -isystem $(LLHTTP_INCLUDE) -c $< -o $@

# The page of HTML reports, but for its data. uPlot is what `scripts/setup build` had of npm, by lock
# file; without it the page has no charts over time, and says so.
html_src := $(wildcard analyzer/html/*.js analyzer/html/*.css analyzer/html/*.html)
uplot := $(wildcard $(UPLOT)/dist/uPlot.iife.min.js)
$(shell mkdir -p $(B)/html; printf '%s' '$(uplot)' | cmp -s - $(B)/html/.uplot || \
	printf '%s' '$(uplot)' > $(B)/html/.uplot)
$(B)/html/page.o: analyzer/html/assemble $(html_src) $(B)/html/.uplot $(B)/.flags
	analyzer/html/assemble $(B)/html $(UPLOT)
	@for part in head tail; do printf '.section .rodata\n.global html_%s_start, html_%s_end\n%s:\n' \
		$$part $$part "html_$${part}_start"; \
		printf '.incbin "%s"\nhtml_%s_end:\n' $(B)/html/$$part.html $$part; done \
		> $(B)/html/page.S
	@echo '.section .note.GNU-stack,"",%progbits' >> $(B)/html/page.S
	$(CC) -c $(B)/html/page.S -o $@

# ---- tests -----------------------------------------------------------------------------------

$(B)/obj/tests/unit/%.o: tests/unit/% $(B)/.flags
	@mkdir -p $(@D)
	$(CC) $(analyzer_cflags) -Itests/unit -c $< -o $@

$(unit_tests): $(B)/tests/unit/%: $(B)/obj/tests/unit/%.c.o $(support_obj) $(library_obj)
	@mkdir -p $(@D)
	$(CC) $^ $(analyzer_libs) -lcmocka -lpthread -o $@

# A test of the shim's insides includes the files it tests; assembly it asks for, as programs below.
$(shim_tests): $(B)/tests/unit/%: tests/unit/%.c $(wildcard shim/go/*.S shim/go/*.inc shim/go/*.h) $(B)/.flags
	@mkdir -p $(@D)
	$(CC) $(common) -D_GNU_SOURCE -Ishim -Itests/unit $(sanitize) \
		$(call asked,cflags) $< -lcmocka -lpthread -lm -o $@

# A program to be profiled may ask for flags in its first lines: "cflags: ..." and "ldflags: ...".
asked = $(shell sed -nE '1,12s:^[ /*]*$(1)\: *(.*[^ */])[ */]*$$:\1:p' $<)
$(B)/tests/programs/%: tests/programs/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(if $(filter %_musl,$*),musl-gcc,$(CC)) -std=gnu11 -O1 -g $(warnings) -MMD -MP -Iinclude \
		-pthread $(call asked,cflags) $< $(call asked,ldflags) -o $@

$(B)/tests/programs/%: tests/programs/%.cc $(B)/.flags
	@mkdir -p $(@D)
	$(CXX) -O1 -g $(warnings) -MMD -MP -Iinclude -pthread $(call asked,cflags) $< \
		$(call asked,ldflags) -o $@

$(B)/tests/bench/%: tests/bench/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(CC) $(common) -pthread $(call asked,cflags) $< $(call asked,ldflags) -o $@

# Its profiles are those the unit tests construct.
$(B)/tests/bench/records: $(B)/obj/tests/bench/records.c.o $(support_obj) $(library_obj)
	@mkdir -p $(@D)
	$(CC) $^ $(analyzer_libs) -lcmocka -o $@

$(B)/obj/tests/bench/%.c.o: tests/bench/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(CC) $(analyzer_cflags) -Itests/unit -c $< -o $@

# Go's own library alone: nothing is downloaded.
build_go = GO111MODULE=off GOFLAGS= GOCACHE=$(abspath $(B))/go-cache CGO_ENABLED=$1 go build $2 -o $@ $<
$(B)/tests/bench/%-static: tests/bench/go/%.go
	@mkdir -p $(@D)
	$(call build_go,0,)

$(B)/tests/bench/%-dynamic: tests/bench/go/%.go
	@mkdir -p $(@D)
	$(call build_go,1,-ldflags=-linkmode=external)

$(B)/obj-fuzz/analyzer/%.o: analyzer/% $(B)/.flags
	@mkdir -p $(@D)
	clang $(common) -Ianalyzer -Ishim -isystem $(LLHTTP_INCLUDE) -DDNDPROF_LIBDIR='"$(LIBDIR)"' \
		$(fuzz_flags) -c $< -o $@

$(B)/obj-fuzz/shim/%.o: shim/% $(B)/.flags
	@mkdir -p $(@D)
	clang $(common) -Ishim $(fuzz_flags) -c $< -o $@

# What checks is not what is to be covered: it would be most of the branches, and of the time.
$(B)/obj-fuzz/tests/%.o: tests/% $(B)/.flags
	@mkdir -p $(@D)
	clang $(common) -Wno-gnu-variable-sized-type-not-at-end -Ianalyzer -Ishim -Itests/unit \
		$(checker_flags) -c $< -o $@

$(B)/obj-fuzz/llhttp/%.o: $(LLHTTP)/% $(B)/.flags
	@mkdir -p $(@D)
	clang -std=gnu11 -O2 -g -w $(fuzz_flags) -isystem $(LLHTTP_INCLUDE) -c $< -o $@

$(fuzzers) $(B)/tests/fuzz/libdw: $(B)/tests/fuzz/%: tests/fuzz/%.c $(fuzz_obj)
	@mkdir -p $(@D)
	clang $(common) -Wno-gnu-variable-sized-type-not-at-end -D_GNU_SOURCE -Ianalyzer -Ishim \
		-Itests/unit -isystem $(LLHTTP_INCLUDE) $(fuzz_flags) $< $(fuzz_obj) -ljansson -lcmocka -ldl -lm -o $@

run_tests = $(PYTHON) tests/run --build $(B) $(if $(T),--only $(T))

check:
	scripts/setup check
	+$(MAKE) --no-print-directory $(products) $(unit_tests) $(shim_tests) $(programs) $(fuzzers) \
		$(quick_benches)
	$(run_tests) unit fuzz e2e

# The analyzer over what real programs record: those of its tests that read most. Leaks are for the
# unit tests: looking for them fails now and then beside libraries that are loaded late.
sanitized_e2e := render attacks history secrets stacks targets
check-slow:
	scripts/setup check
	+$(MAKE) --no-print-directory $(products) $(unit_tests) $(shim_tests) $(programs) $(fuzzers) \
		$(quick_benches)
	+$(MAKE) --no-print-directory SANITIZE=address,undefined check-unit
	+for t in $(sanitized_e2e); do \
		ASAN_OPTIONS=detect_leaks=0 $(MAKE) --no-print-directory \
			SANITIZE=address,undefined check-e2e T=test_$$t || exit; done
	+$(MAKE) --no-print-directory SANITIZE=thread check-unit
	$(run_tests) --fuzz-seconds $(FUZZ_SECONDS) unit fuzz e2e slow

check-unit: $(unit_tests) $(shim_tests)
	$(run_tests) unit

check-e2e: $(products) $(programs) $(quick_benches)
	$(run_tests) e2e

check-foreign:
	scripts/setup foreign
	+$(MAKE) --no-print-directory $(products) $(B)/tests/programs/throws
	$(PYTHON) tests/foreign/run --build $(B) $(if $(T),--only $(T))

fuzz: $(fuzzers)
	$(run_tests) --fuzz-seconds $(FUZZ_SECONDS) fuzz

# What is found is elfutils': it goes on, and keeps the inputs beside.
fuzz-libdw: $(B)/tests/fuzz/libdw
	@mkdir -p $(B)/tests/fuzz/corpus/libdw $(B)/tests/fuzz/libdw-found
	$< -fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 -timeout=5 -rss_limit_mb=2048 \
		-max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(B)/tests/fuzz/libdw-found/ \
		$(B)/tests/fuzz/corpus/libdw tests/fuzz/corpus/libdw

bench:
	scripts/setup bench
	+$(MAKE) --no-print-directory $(products) $(benches) $(programs)
	scripts/bench $(if $(QUICK),--quick) $(B)
	scripts/bench-instructions $(B)

# With Go's own library alone, as above.
validates := $(if $(shell command -v go),$(addprefix $(B)/tests/programs/go/validate-,static dynamic))
$(B)/tests/programs/go/validate-static: tests/programs/go/validate.go
	@mkdir -p $(@D)
	$(call build_go,0,)

$(B)/tests/programs/go/validate-dynamic: tests/programs/go/validate.go
	@mkdir -p $(@D)
	$(call build_go,1,-ldflags=-linkmode=external)

validate: $(products) $(validates)
	$(B)/dndprof validate $(addprefix --go ,$(validates))

demo:
	scripts/setup demo
	+$(MAKE) --no-print-directory all
	scripts/demo $(B)

# ---- the rest --------------------------------------------------------------------------------

# What `dndprof help` knows, as man pages and for shells.
$(B)/pages/.made: $(B)/dndprof
	rm -rf $(B)/pages
	$(B)/dndprof help --pages $(B)/pages
	@touch $@

bin := $(PREFIX)/bin
share := $(PREFIX)/share
man := $(share)/man
doc := $(share)/doc/dndprof
version := $(shell sed -n 's/.*DNDPROF_VERSION "\(.*\)"/\1/p' include/dndprof/version.h)
documents := LICENSE $(wildcard analyzer/docs/*.md analyzer/docs/*.png scripts/packaging/CHANGELOG.md)
copy := install -m 644

install: all $(B)/pages/.made
	install -d $(addprefix $(DESTDIR),$(bin) $(LIBDIR)/pkgconfig $(PREFIX)/include/dndprof \
		$(share)/dndprof $(man)/man1 $(man)/man5 $(doc) $(share)/bash-completion/completions \
		$(share)/zsh/site-functions $(share)/fish/vendor_completions.d)
	install -m 755 $(B)/dndprof $(DESTDIR)$(bin)/
	install -m 644 $(B)/libdndprof.so $(DESTDIR)$(LIBDIR)/
	install -m 755 $(B)/dndprof-exec $(DESTDIR)$(LIBDIR)/
	$(copy) $(wildcard include/dndprof/*.h) $(DESTDIR)$(PREFIX)/include/dndprof/
	$(copy) $(wildcard analyzer/render/*.schema.json) $(DESTDIR)$(share)/dndprof/
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(version)|' \
		scripts/packaging/dndprof.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/dndprof.pc
	$(copy) $(B)/pages/man1/* $(DESTDIR)$(man)/man1/
	$(copy) $(B)/pages/man5/* $(DESTDIR)$(man)/man5/
	$(copy) $(B)/pages/bash/dndprof $(DESTDIR)$(share)/bash-completion/completions/
	$(copy) $(B)/pages/zsh/_dndprof $(DESTDIR)$(share)/zsh/site-functions/
	$(copy) $(B)/pages/fish/dndprof.fish $(DESTDIR)$(share)/fish/vendor_completions.d/
	$(copy) $(documents) $(DESTDIR)$(doc)/
	sed 's|(analyzer/docs/|(|g; s|(scripts/packaging/|(|g' README.md > $(DESTDIR)$(doc)/README.md
	chmod 644 $(DESTDIR)$(doc)/README.md
	@scripts/packaging/after-install '$(DESTDIR)' $(LIBDIR)

uninstall:
	rm -f $(addprefix $(DESTDIR),$(bin)/dndprof $(LIBDIR)/libdndprof.so $(LIBDIR)/dndprof-exec \
		$(LIBDIR)/pkgconfig/dndprof.pc $(man)/man1/dndprof.1 $(man)/man1/dndprof-*.1 \
		$(man)/man5/dndprof-format.5 $(share)/bash-completion/completions/dndprof \
		$(share)/zsh/site-functions/_dndprof $(share)/fish/vendor_completions.d/dndprof.fish)
	rm -rf $(addprefix $(DESTDIR),$(PREFIX)/include/dndprof $(share)/dndprof $(doc))
	@scripts/packaging/after-install '$(DESTDIR)' $(LIBDIR) gone

# What git knows, or all there is where git is not; the same bytes for the same files.
dist_name := dndprof-$(version)
$(B)/$(dist_name).tar.gz: .FORCE
	@{ if [ -e .git ]; then git ls-files -z; else \
		find . -path './build*' -prune -o -name __pycache__ -prune -o \( -type f -o -type l \) \
		-printf '%P\0'; fi; } | \
		LC_ALL=C sort -z | tar --null -T - --owner=0 --group=0 --numeric-owner --mtime=@0 \
		--mode=u+rw,go=u-w --transform 's|^|$(dist_name)/|' -cf - | gzip -9n > $@
	@echo $@

dist: $(B)/$(dist_name).tar.gz

distcheck: dist
	scripts/distcheck $(B)/$(dist_name).tar.gz

deb:
	scripts/setup package
	scripts/packaging/deb $(B)

clean:
	rm -rf build build-*

format:
	clang-format -i $(c_files)

lint:
	clang-format --dry-run --Werror $(c_files)
	shellcheck -x -P SCRIPTDIR $(shell_files)
	+$(MAKE) --no-print-directory CC=clang BUILD_DIR=$(B)-clang all

.PHONY: all help demo check check-slow check-foreign check-unit check-e2e bench validate fuzz fuzz-libdw install uninstall dist distcheck \
	deb clean format lint .FORCE
.DELETE_ON_ERROR:
.SECONDARY:

-include $(shell find $(B) -path $(B)/deb -prune -o -name '*.d' -type f -print 2>/dev/null)
