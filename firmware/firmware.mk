# SPDX-License-Identifier: BSD-3-Clause
# The firmware image, the boards' device tree blobs, and the unit tests of the same sources.

FW_OUT := $(B)/firmware
FW_SRC := $(sort $(wildcard firmware/src/*.c))
# Only the card's cores can run these.
FW_ARM_ONLY := firmware/src/hal_arm64.c firmware/src/main.c firmware/src/string.c
FW_BOARDS := $(sort $(wildcard firmware/boards/*.dts))
FW_INCLUDE := -Ifirmware/src -Ifirmware/include -Idriver/common

# ---- Image ----

# Where the board's loader puts the image: start of the card's memory. The image learns all else from the
# device tree.
FW_LOAD_ADDRESS ?= 0x40000000

FW_CC := $(AARCH64)gcc
FW_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -MMD -MP -O2 -g -ffreestanding -nostdlib -nostdinc \
	-mgeneral-regs-only -mcpu=cortex-a53 -mstrict-align -fno-pic -fno-stack-protector \
	-ffunction-sections -fdata-sections $(FW_INCLUDE) $(ARM64_CFLAGS)
FW_OBJ := $(FW_SRC:firmware/src/%.c=$(FW_OUT)/%.o) $(FW_OUT)/boot.o
FW_ELF := $(FW_OUT)/ferrule-fw.elf
FW_DTB := $(FW_BOARDS:firmware/boards/%.dts=$(FW_OUT)/%.dtb)

$(FW_OUT)/%.o: firmware/src/%.c
	$(call say,CC,$<)
	$(Q)$(FW_CC) $(FW_CFLAGS) -c $< -o $@

$(FW_OUT)/%.o: firmware/src/%.S
	$(call say,AS,$<)
	$(Q)$(FW_CC) $(FW_CFLAGS) -c $< -o $@

$(FW_OUT)/string.o: FW_CFLAGS += -fno-tree-loop-distribute-patterns

$(FW_ELF): $(FW_OBJ) firmware/src/firmware.ld
	$(call say,LD,$@)
	$(Q)$(FW_CC) -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,--defsym=LOAD_ADDRESS=$(FW_LOAD_ADDRESS) -T firmware/src/firmware.ld $(FW_OBJ) $(ARM64_LIBS) -lgcc -o $@

$(FW_OUT)/%.dtb: firmware/boards/%.dts
	$(call say,DTC,$<)
	$(Q)$(DTC) -q -I dts -O dtb -d $(@:.dtb=.d) -o $@ $<

.PHONY: firmware
firmware: $(FW_ELF) $(FW_DTB)
ALL_TARGETS += $(FW_ELF) $(FW_DTB)
DEPFILES += $(wildcard $(FW_OUT)/*.d)

# ---- Unit tests: the same sources, native, with sanitizers, on a fake chip ----

FW_TEST_OUT := $(FW_OUT)/test
FW_TEST_CFLAGS = $(HOST_CFLAGS) $(SANITIZE) $(FW_INCLUDE) -Itests/firmware
FW_TEST_SRC := $(filter-out $(FW_ARM_ONLY),$(FW_SRC))
FW_TEST_LIB := $(FW_TEST_SRC:firmware/src/%.c=$(FW_TEST_OUT)/%.o) \
	$(patsubst tests/firmware/%.c,$(FW_TEST_OUT)/%.o,$(wildcard tests/firmware/fake*.c))
FW_TESTS := $(patsubst tests/firmware/%.c,$(FW_TEST_OUT)/%,$(sort $(wildcard tests/firmware/test_*.c)))
FW_FUZZ := $(FW_TEST_OUT)/fuzz_message

$(FW_TEST_OUT)/%.o: firmware/src/%.c
	$(call say,CC,$< (test))
	$(Q)$(CLANG) $(FW_TEST_CFLAGS) -fsanitize=fuzzer-no-link -c $< -o $@

$(FW_TEST_OUT)/%.o: tests/firmware/%.c
	$(call say,CC,$<)
	$(Q)$(CLANG) $(FW_TEST_CFLAGS) -c $< -o $@

$(FW_TESTS): %: %.o $(FW_TEST_OUT)/helper.o $(FW_TEST_LIB)
	$(call say,LD,$@)
	$(Q)$(CLANG) $(SANITIZE) $^ $(CMOCKA_LIBS) -lfdt -o $@

$(FW_FUZZ): $(FW_TEST_OUT)/fuzz_message.o $(FW_TEST_LIB)
	$(call say,LD,$@)
	$(Q)$(CLANG) $(SANITIZE) -fsanitize=fuzzer $^ -lfdt -o $@

CHECK_TARGETS += $(FW_TESTS) $(FW_FUZZ)
DEPFILES += $(wildcard $(FW_TEST_OUT)/*.d)

.PHONY: fw-unit fw-fuzz
fw-unit: $(FW_TESTS) $(FW_DTB)
	$(Q)for test in $(FW_TESTS); do $$test || exit 1; done

# A fixed seed: the same run every time, as long as the sources are the same.
FW_FUZZ_RUNS ?= 100000
fw-fuzz: $(FW_FUZZ)
	$(Q)$(FW_FUZZ) -seed=1 -runs=$(FW_FUZZ_RUNS) -max_len=4096 -verbosity=0 -print_final_stats=1
