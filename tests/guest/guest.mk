# SPDX-License-Identifier: BSD-3-Clause
# The guest of the driver tests: a shell for a developer. The tests themselves are named in tests/suites.toml.

.PHONY: guest
guest: generated $(B)/sim/ferrule-sim-model $(B)/sim/ferrule-qemu.so $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf \
		$(B)/driver/linux/ferrule.ko ## a shell in a virtual machine that has the card (the reference model, two wires)
	$(Q)$(PYTHON) tests/guest/guest.py $(GUEST_OPTIONS)

# Sixteen VFs under load, and a hostile one: too long for `make check`. Then everything at any moment, for as long as it may;
# another sequence each time, or FRL_SEED's.
SOAK_TARGETS += soak-guest
.PHONY: soak-guest
soak-guest: all
	$(Q)$(PYTHON) -m pytest -q -p no:cacheprovider tests/guest/test_stress.py tests/guest/test_vf_safety.py
	$(Q)FRL_STRESS_S=$$(( $(SOAK_MINUTES) * 60 )) FRL_SEED=$${FRL_SEED:-$$(date +%s)} \
		$(PYTHON) -m pytest -q -s -p no:cacheprovider tests/guest/test_stress.py -k any_moment
