# SPDX-License-Identifier: BSD-3-Clause
# The chip: generated files and lint.

HW_PKG := hw/rtl/frl_pkg.sv
HW_RTL := $(HW_PKG) $(sort $(filter-out $(HW_PKG),$(wildcard hw/rtl/*.sv)))
HW_GENERATED := $(HW_PKG) hw/doc/registers.md hw/doc/abi.md firmware/include/frl_chip.h driver/common/frl_abi.h

GENERATED += $(HW_GENERATED)
LINT_TARGETS += lint-gen lint-rtl lint-yosys

.PHONY: gen lint-gen lint-rtl lint-yosys
gen: ; $(Q)$(PYTHON) hw/tools/gen.py

lint-gen: ; $(Q)$(PYTHON) hw/tools/gen.py --check

# Every warning, no waiver.
lint-rtl: $(HW_RTL)
	@printf '  LINT    %s\n' ferrule.sv
	$(Q)$(VERILATOR) --lint-only -Wall --top-module ferrule $^

# What synthesis must be able to read.
lint-yosys: $(HW_RTL)
	@printf '  YOSYS   %s\n' ferrule.sv
	$(Q)$(YOSYS) -q -p "read_verilog -sv $^; hierarchy -check -top ferrule; proc"
