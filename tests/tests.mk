# SPDX-License-Identifier: BSD-3-Clause
# What make knows about the tests: the demo. Suites are named in tests/suites.toml.

DEMO_TARGETS += run-demo

.PHONY: run-demo
run-demo: all
	$(Q)$(PYTHON) tests/demo/demo.py $(if $(DEMO_JSON),--json $(DEMO_JSON))
