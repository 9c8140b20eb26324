# SPDX-License-Identifier: BSD-3-Clause
# The card as a PCIe device of Debian's QEMU: an object that is loaded before the program (LD_PRELOAD).

QEMU_B   := $(SIM_B)/qemu
QEMU_OBJ := $(patsubst sim/qemu/%.c,$(QEMU_B)/%.o,$(wildcard sim/qemu/*.c)) $(QEMU_B)/frl_link.o
DEPFILES += $(QEMU_OBJ:.o=.d)

# QEMU's headers as system headers: their warnings are not ours.
QEMU_D      := $(B)/deps/qemu
QEMU_CFLAGS = -fPIC -fvisibility=hidden -fno-strict-aliasing -fno-common -fwrapv -D_GNU_SOURCE \
	-I$(QEMU_B) -Isim/qemu -Isim/link -Ifirmware/include \
	$(addprefix -isystem ,$(QEMU_D)/build $(QEMU_D)/build/qapi $(QEMU_D)/include $(QEMU_D)/linux-headers) \
	$(subst -I,-isystem ,$(GLIB_CFLAGS))

# An upgrade of the package makes another device.
$(QEMU_B)/built-for.h: FORCE
	@mkdir -p $(@D)
	$(Q)printf '#define BUILT_FOR_VERSION "%s"\n#define BUILT_FOR_PACKAGE "Debian %s"\n' \
		"$$(sed 's/ .*//' $(QEMU_D)/version)" "$$(dpkg-query -W -f='$${Version}' qemu-system-x86)" > $@.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(QEMU_B)/%.o: sim/qemu/%.c $(QEMU_B)/built-for.h
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) $(QEMU_CFLAGS) -c $< -o $@

$(QEMU_B)/frl_link.o: sim/link/frl_link.c
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) -fPIC -fvisibility=hidden -c $< -o $@

$(SIM_B)/ferrule-qemu.so: $(QEMU_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $^ $(GLIB_LIBS) -o $@

ALL_TARGETS += $(SIM_B)/ferrule-qemu.so

$(B)/tidy/sim/qemu/%.ok: TIDY_FLAGS = -std=gnu11 $(QEMU_CFLAGS)
$(B)/tidy/sim/qemu/%.ok: $(QEMU_B)/built-for.h

# ---- The client of the PF socket, alone ----

DEPFILES += $(B)/tests/sim/test_link.d

$(SIM_B)/test_link: $(B)/tests/sim/test_link.o $(SIM_B)/libfrl_link.a
	$(call say,LINK,$@)
	$(Q)$(CC) $^ -pthread $(CMOCKA_LIBS) -o $@

.PHONY: run-test-link
run-test-link: $(SIM_B)/test_link
	$(Q)$<

CHECK_TARGETS += $(SIM_B)/test_link
