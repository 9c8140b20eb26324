# SPDX-License-Identifier: BSD-3-Clause
# What make knows about the tests: the demo, and what the system tests need. Suites are named in tests/suites.toml.

# DPDK loads the driver from where it is installed only.
CHECK_TARGETS += $(PMD_INSTALLED)

DEMO_TARGETS += run-demo

.PHONY: run-demo
run-demo: all $(PMD_INSTALLED)
	$(Q)$(PYTHON) tests/demo/demo.py $(if $(DEMO_JSON),--json $(DEMO_JSON))
