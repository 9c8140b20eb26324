# SPDX-License-Identifier: BSD-3-Clause
#
# Ferrule's one make: it includes a fragment per folder and knows no file of theirs. `make help`.
#
# For the authors of fragments. Paths are from the top folder; what is built goes to $(B)/<folder>.
#
#   $(call say,CC,$<)     first line of a recipe: prints "  CC      <file>" and makes the folder of $@
#   $(Q)command           every other line: hidden unless V=1
#
#       $(B)/sim/%.o: sim/%.c
#               $(call say,CC,$<)
#               $(Q)$(CC) $(HOST_CFLAGS) -Isim -c $< -o $@
#
#   ALL_TARGETS   += what `make` builds
#   CHECK_TARGETS += what the test suites need besides; tests themselves are named in tests/suites.toml
#   LINT_TARGETS  += phony targets that check style and fail; C format and scripts are checked below
#   BENCH_TARGETS += $(B)/bench/<part>.json: flat objects, name to number; depend on FORCE
#   DEMO_TARGETS  += the target that runs the main job
#   SOAK_TARGETS  += targets of `make soak`, each for SOAK_MINUTES; before tests/tests.mk is included
#   GENERATED     += files a generator of ours writes, made before anything else; clang-format skips them
#   DEPFILES      += the .d files of -MMD -MP (HOST_CFLAGS has both)
#
# No rule depends on packages or on build/deps: both are there before the first recipe runs, on a
# fresh machine too (see "Dependencies"). Only what `make help` says runs without them.

B := build

SHELL := /bin/bash
.SHELLFLAGS := -eo pipefail -c
DRY_RUN := $(findstring n,$(firstword -$(MAKEFLAGS)))
MAKEFLAGS += -r
.DELETE_ON_ERROR:
.SUFFIXES:

# ---- Tools (override on the command line) ----

CLANG        ?= clang
CLANGXX      ?= clang++
CLANG_FORMAT ?= clang-format
CLANG_TIDY   ?= clang-tidy
VERILATOR    ?= verilator
YOSYS        ?= yosys
DTC          ?= dtc
PKG_CONFIG   ?= pkg-config
PYTHON       := /usr/bin/python3
AARCH64      ?= aarch64-linux-gnu-

ifneq ($(filter default undefined,$(origin CC)),)
CC := $(CLANG)
endif
ifneq ($(filter default undefined,$(origin CXX)),)
CXX := $(CLANGXX)
endif
ifneq ($(filter default undefined,$(origin AR)),)
AR := ar
endif

# HOST_CFLAGS: of every C program for the host, a fragment adds its own after it; CFLAGS: the user's.
CFLAGS        ?= -O2 -g
CXXFLAGS      ?= -O2 -g
HOST_CFLAGS    = -std=gnu11 -Wall -Wextra -Werror -MMD -MP $(CFLAGS)
HOST_CXXFLAGS  = -std=c++17 -Wall -Wextra -MMD -MP $(CXXFLAGS)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# ---- What a recipe prints ----

ifeq ($(V),1)
Q :=
say = @mkdir -p '$(@D)'
else
Q := @
say = @mkdir -p '$(@D)'; printf '  %-7s %s\n' '$(1)' '$(2)'
endif

# ---- Dependencies ----

PACKAGES := \
	verilator yosys z3 \
	clang clang-format clang-tidy libclang-rt-dev make gcc g++ pkg-config dpkg-dev xz-utils \
	gcc-aarch64-linux-gnu libunicorn-dev libfdt-dev device-tree-compiler \
	libdpdk-dev dpdk dpdk-dev openvswitch-switch-dpdk user-mode-linux \
	qemu-system-x86 meson ninja-build libpixman-1-dev busybox-static cpio sparse \
	libcmocka-dev libpcap-dev libjansson-dev libglib2.0-dev libnuma-dev \
	python3 python3-scapy python3-pytest \
	iproute2 iputils-ping iperf3 tcpdump kmod ethtool

DEPS_RECIPES := driver/dpdk/deps.sh driver/linux/deps.sh sim/deps.sh firmware/deps.sh

# make remakes an included makefile before anything else and then starts over. So every run checks
# packages and fetched sources first (0.1 s when all is there), and rules need not mention them.
GOALS_WITHOUT_DEPS := help clean distclean format
ifneq ($(filter-out $(GOALS_WITHOUT_DEPS),$(or $(MAKECMDGOALS),all)),)
ifeq ($(DEPS_READY)$(DRY_RUN),)
include $(B)/deps/ready.mk
endif
endif

$(B)/deps/ready.mk: FORCE
	$(Q).ci/packages $(PACKAGES)
	$(Q)for recipe in $(DEPS_RECIPES); do $$recipe; done
	$(Q)[ -f $@ ] || echo '# Packages and sources are there; checked at each start of make.' > $@

# How to use them. $(call once,NAME,command) asks the command when NAME is first used, and never again.
once = $(eval $(1) := $(shell $(2)))$($(1))

DPDK_PKG_CFLAGS = $(call once,DPDK_PKG_CFLAGS,$(PKG_CONFIG) --cflags libdpdk | sed 's/-I/-isystem /g')
DPDK_PKG_LIBS  = $(call once,DPDK_PKG_LIBS,$(PKG_CONFIG) --libs libdpdk)
DPDK_CFLAGS    = $(DPDK_PKG_CFLAGS) -isystem $(B)/deps/dpdk/include -DALLOW_INTERNAL_API -DALLOW_EXPERIMENTAL_API
DPDK_LIBS      = -Wl,--no-as-needed -lrte_bus_vdev -lrte_bus_pci $(DPDK_PKG_LIBS)
UNICORN_CFLAGS = $(call once,UNICORN_CFLAGS,$(PKG_CONFIG) --cflags unicorn)
UNICORN_LIBS   = $(call once,UNICORN_LIBS,$(PKG_CONFIG) --libs unicorn)
GLIB_CFLAGS    = $(call once,GLIB_CFLAGS,$(PKG_CONFIG) --cflags glib-2.0)
GLIB_LIBS      = $(call once,GLIB_LIBS,$(PKG_CONFIG) --libs glib-2.0)
CMOCKA_LIBS   := -lcmocka

VHOST_USER_CFLAGS := -isystem $(B)/deps/libvhost-user
VHOST_USER_LIBS   := $(B)/deps/libvhost-user/libvhost-user.a -pthread

# musl's headers and libfdt's, for -ffreestanding -nostdlib; link the libraries last, in this order.
ARM64_CFLAGS := -isystem $(B)/deps/arm64/include
ARM64_LIBS   := $(B)/deps/arm64/lib/libfdt.a $(B)/deps/arm64/lib/libc.a

# ---- The parts ----

.DEFAULT_GOAL := all

-include hw/hw.mk
-include firmware/firmware.mk
-include sim/sim.mk
-include sim/model/model.mk
-include sim/model/chip.mk
-include sim/qemu/qemu.mk
-include driver/dpdk/dpdk.mk
-include driver/linux/linux.mk
-include tests/compare/compare.mk
-include tests/coverage/coverage.mk
-include tests/guest/guest.mk
-include tests/tests.mk

-include $(DEPFILES)

# ---- Targets; "##" lines are the help ----

.PHONY: all deps demo check bench lint format clean distclean help build-for-check FORCE
FORCE:

all: generated $(ALL_TARGETS) ## build everything (what a plain `make` does)

.PHONY: generated
generated: $(GENERATED)
$(filter-out $(GENERATED),$(ALL_TARGETS) $(CHECK_TARGETS)): | $(GENERATED)

deps: ## install missing packages (as root) and fetch the sources the build needs
	@:

demo: all $(DEMO_TARGETS) ## build everything and run the main job
	$(if $(DEMO_TARGETS),@:,@echo 'make demo: no fragment names a DEMO_TARGETS yet' >&2; exit 1)

build-for-check: generated $(ALL_TARGETS) $(CHECK_TARGETS)

# The runner starts each suite's make by itself, with the variables of this command line.
check: ## build, lint and run every test (SUITES="lint fw-*" chooses); ends with "N passed, M failed"
	@env -u MFLAGS -u MAKELEVEL DEPS_READY=1 MAKEFLAGS='$(if $(MAKEOVERRIDES),-- $(MAKEOVERRIDES))' \
		tests/run $(foreach suite,$(SUITES),--only '$(suite)') --json $(B)/check.json

bench: all $(BENCH_TARGETS) ## run the benchmarks, write build/bench.json and print it as a table
	$(Q)tests/bench $(B)/bench.json $(BENCH_TARGETS)

# C of all folders, apart from what a generator wrote.
C_FOLDERS = $(wildcard firmware driver host-tools sim tests)
c_files = $(filter-out $(GENERATED),$(shell find $(C_FOLDERS) -name '*.[ch]' -o -name '*.cpp'))
SCRIPTS := .ci/run .ci/packages .ci/deps-lib.sh $(DEPS_RECIPES) tests/guest/init.sh tests/guest/agent.sh driver/linux/source-deps.sh

# clang-tidy on every C file but the tests', the one that is AArch64 assembly, and the kernel's, which sparse checks.
TIDY_FILES = $(filter-out firmware/src/hal_arm64.c driver/linux/%,$(filter-out tests/%,$(filter %.c,$(c_files))))
TIDY_FLAGS = -std=gnu11 $(addprefix -I,. driver/common driver/dpdk firmware/include firmware/src sim/link sim/rtl) \
	$(VHOST_USER_CFLAGS) $(UNICORN_CFLAGS) $(DPDK_CFLAGS)

$(B)/tidy/%.ok: %.c .clang-tidy $(GENERATED)
	$(call say,TIDY,$<)
	$(Q)$(CLANG_TIDY) --quiet $< -- $(TIDY_FLAGS) 2> $@.log || { cat $@.log; exit 1; }
	$(Q)touch $@

lint: lint-format lint-scripts lint-tidy $(LINT_TARGETS) ## check style and run the static checkers

.PHONY: lint-format lint-scripts lint-tidy
lint-tidy: $(TIDY_FILES:%.c=$(B)/tidy/%.ok)

lint-format:
	$(call say,FORMAT,C and C++ (make format mends))
	$(Q)files='$(c_files)'; [ -z "$$files" ] || $(CLANG_FORMAT) --dry-run --Werror --ferror-limit=3 $$files

lint-scripts:
	$(call say,LINT,scripts)
	$(Q)for script in $(SCRIPTS); do bash -n $$script; done
	$(Q)$(PYTHON) -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' \
		tests/run tests/bench tests/hw/run hw/formal/run hw/synth/run $$(find hw tests -name '*.py' 2>/dev/null)

format: ## put all C in the project's format
	$(call say,FORMAT,C and C++)
	$(Q)files='$(c_files)'; [ -z "$$files" ] || $(CLANG_FORMAT) -i $$files

clean: ## remove what was built, keep the fetched dependencies
	$(Q)[ ! -d $(B) ] || find $(B) -mindepth 1 -maxdepth 1 ! -name deps -exec rm -rf {} +

distclean: ## remove build/ altogether
	$(Q)rm -rf $(B)

help: ## this list
	@echo 'make [target] [V=1 to see every command] [-j2]'
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(filter %Makefile %.mk,$(filter-out $(B)/%,$(MAKEFILE_LIST)))
	@echo 'Packages and sources are checked first by every target but: $(GOALS_WITHOUT_DEPS)'
	@echo 'One suite: tests/run NAME; its log: build/check/NAME.log; all names: tests/run --list'
