# SPDX-License-Identifier: BSD-3-Clause
# What make knows about the tests: the demo, and what the system tests need. Suites are named in tests/suites.toml.

# DPDK loads the driver from where it is installed only.
CHECK_TARGETS += $(PMD_INSTALLED)

DEMO_TARGETS += run-demo

# What takes as long as it is allowed to: every fragment may add a target of its own, SOAK_MINUTES is its time.
.PHONY: soak
soak: all $(SOAK_TARGETS) ## run the long random tests (SOAK_MINUTES=60 each)

.PHONY: run-demo
run-demo: all $(PMD_INSTALLED)
	$(Q)$(PYTHON) tests/demo/demo.py $(if $(DEMO_JSON),--json $(DEMO_JSON))
