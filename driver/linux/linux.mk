# SPDX-License-Identifier: BSD-3-Clause
# The kernel driver: ferrule.ko for Debian's kernel, which driver/linux/deps.sh unpacks into build/deps/linux.

KMOD_B := $(B)/driver/linux
KMOD := $(KMOD_B)/ferrule.ko
KMOD_KERNEL := $(B)/deps/linux/build
KMOD_OWN := $(wildcard driver/linux/frl*.[ch])
KMOD_SRC := $(KMOD_OWN) $(wildcard driver/common/*.[ch]) firmware/include/frl_chip.h driver/linux/Kbuild
KMOD_SHIMS := $(wildcard driver/linux/include/*.h)

ALL_TARGETS += $(KMOD)

# The kernel's build system wants one folder, and its own compiler: make's CC is not for it.
KMOD_MAKE = env -u CC -u CXX -u AR -u MAKEFLAGS -u MFLAGS $(MAKE) -j2 --no-print-directory -C $(KMOD_KERNEL) M=$(abspath $(KMOD_B)) CC=gcc-12 AR=ar

$(KMOD): $(KMOD_SRC) $(KMOD_SHIMS)
	$(call say,KMOD,$@)
	$(Q)mkdir -p $(KMOD_B)/include
	$(Q)for f in $(KMOD_SRC); do cmp -s $$f $(KMOD_B)/$${f##*/} || cp $$f $(KMOD_B)/; done
	$(Q)for f in $(KMOD_SHIMS); do cmp -s $$f $(KMOD_B)/include/$${f##*/} || cp $$f $(KMOD_B)/include/; done
	$(Q)for f in $(KMOD_B)/frl*.c; do case ' $(notdir $(KMOD_SRC)) ' in *" $${f##*/} "*) ;; *) rm -f $$f $${f%.c}.o ;; esac; done
	$(Q)$(KMOD_MAKE) modules > $(KMOD_B)/build.log 2>&1 || { cat $(KMOD_B)/build.log >&2; false; }
	$(Q)! grep -E 'warning: |WARNING: modpost' $(KMOD_B)/build.log >&2
	$(Q)touch $@

# ---- Style and static checks, the kernel's own ----

# CamelCase is what the kernel itself calls some things (struct Qdisc, FramesReceivedOK).
CHECKPATCH = perl $(abspath $(B))/deps/linux-source/scripts/checkpatch.pl --no-tree --strict --root=$(abspath $(wildcard $(B)/deps/linux/usr/src/linux-headers-*-common)) \
	--max-line-length=100 --ignore CAMELCASE --quiet --no-summary --terse --show-types --file
.PHONY: lint-kmod-style lint-kmod-doc lint-kmod-sparse
LINT_TARGETS += lint-kmod-style lint-kmod-doc lint-kmod-sparse

lint-kmod-style: $(KMOD)
	$(call say,LINT,driver/linux (checkpatch))
	$(Q)driver/linux/source-deps.sh
	$(Q)cd $(KMOD_B) && $(CHECKPATCH) $(abspath $(KMOD_OWN))

lint-kmod-doc:
	$(call say,LINT,driver/linux (kernel-doc))
	$(Q)perl $(KMOD_KERNEL)/scripts/kernel-doc -none -Werror $(KMOD_OWN)

# C=2: every file is checked, compiled or not.
lint-kmod-sparse: $(KMOD)
	$(call say,LINT,driver/linux (sparse))
	$(Q)$(KMOD_MAKE) C=2 CHECK='sparse -Wsparse-error' modules > $(KMOD_B)/sparse.log 2>&1 || \
		{ grep -A3 -E 'error|warning' $(KMOD_B)/sparse.log >&2; false; }
