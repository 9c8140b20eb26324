# SPDX-License-Identifier: BSD-3-Clause
# The guest of the driver tests: a shell for a developer. The tests themselves are named in tests/suites.toml.

.PHONY: guest
guest: generated $(B)/sim/ferrule-sim-model $(B)/sim/ferrule-qemu.so $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf \
		$(B)/driver/linux/ferrule.ko ## a shell in a virtual machine that has the card (the reference model, two wires)
	$(Q)$(PYTHON) tests/guest/guest.py $(GUEST_OPTIONS)
