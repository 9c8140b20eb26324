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

# At both sizes (-G<parameter>=<size> a line, see sim/sim.mk): every warning, no waiver; and what synthesis must be
# able to read.
HW_BOARDS := ferrule-sim ferrule-sim-full
HW_SIZES := $(HW_BOARDS:%=$(B)/sim/%.sizes)

lint-rtl: $(HW_RTL) $(HW_SIZES)
	$(Q)for sizes in $(HW_SIZES); do \
		printf '  LINT    ferrule.sv %s\n' $$sizes; \
		$(VERILATOR) --lint-only -Wall --top-module ferrule -f $$sizes $(HW_RTL); \
	done

lint-yosys: $(HW_RTL) $(HW_SIZES)
	$(Q)for sizes in $(HW_SIZES); do \
		printf '  YOSYS   ferrule.sv %s\n' $$sizes; \
		set=$$(sed 's/-G\(.*\)=\(.*\)/-chparam \1 \2/' $$sizes | tr '\n' ' '); \
		$(YOSYS) -q -p "read_verilog -sv $(HW_RTL); hierarchy -check -top ferrule $$set; proc"; \
	done

# ---- Proofs; hw/formal/run --help ----

.PHONY: formal formal-soak
formal: $(HW_PKG) ## prove the properties of hw/formal, and that their broken twins fail
	$(Q)hw/formal/run

SOAK_TARGETS += formal-soak
formal-soak: $(HW_PKG)
	$(Q)hw/formal/run --soak

# ---- Synthesis at full size; hw/synth/run --help ----

HW_FULL_SIZES := $(B)/sim/ferrule-sim-full.sizes

.PHONY: synth
synth: $(HW_RTL) $(HW_FULL_SIZES) ## synthesize the full chip: figures and deepest path of each module; fails over a limit
	$(Q)hw/synth/run --sizes $(HW_FULL_SIZES) --json $(B)/synth.json

BENCH_TARGETS += $(B)/bench/synth.json
$(B)/bench/synth.json: $(HW_RTL) $(HW_FULL_SIZES) FORCE
	$(call say,SYNTH,ferrule.sv)
	$(Q)hw/synth/run --no-limits --sizes $(HW_FULL_SIZES) --json $@ > $(B)/bench/synth.txt
