# SPDX-License-Identifier: BSD-3-Clause
# What make knows about the tests: the demo, and what the system tests need. Suites are named in tests/suites.toml.

# DPDK loads the driver from where it is installed only.
CHECK_TARGETS += $(PMD_INSTALLED)

DEMO_TARGETS += run-demo

# What takes as long as it is allowed to: every fragment may add a target of its own, SOAK_MINUTES is its time.
.PHONY: soak
soak: all $(SOAK_TARGETS) ## run the long random tests (SOAK_MINUTES=60 each)

# The main job with the kernel's driver; DEMO_JSON=FILE gets the figures.
.PHONY: run-demo
run-demo: all
	$(Q)$(PYTHON) tests/demo/demo.py $(if $(DEMO_JSON),--json $(DEMO_JSON))

# The main job over DPDK; DEMO_JSON=FILE gets the figures.
.PHONY: demo-dpdk
demo-dpdk: all $(PMD_INSTALLED) ## build everything and run the main job over DPDK
	$(Q)$(PYTHON) tests/demo-dpdk/demo.py $(if $(DEMO_JSON),--json $(DEMO_JSON))

# What only these tests need is fetched here: 140 MB of the kernel's source, and programs that send frames.
.PHONY: check-kernel-selftests
check-kernel-selftests: all $(B)/sim/ferrule-sim-model-full ## run the kernel's own tests of TC on VFs and representors (long)
	$(Q).ci/packages netsniff-ng ncat jq iptables
	$(Q)driver/linux/source-deps.sh
	$(Q)$(PYTHON) tests/selftests/run.py $(SELFTESTS)
