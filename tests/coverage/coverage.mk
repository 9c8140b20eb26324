# SPDX-License-Identifier: BSD-3-Clause
# Coverage of the RTL: the small chip with counters of lines and toggles, under every program that steps a chip in its
# own process.

COVERAGE_B := $(B)/coverage
COVERAGE_DATA := $(COVERAGE_B)/data

# Toggles are of signals of any width, told by fields, and not of what stands in memories.
$(eval $(call sim_rtl,frl_rtl_coverage,--coverage-line --trace --trace-structs --no-trace-params --trace-max-width 65536 \
	--trace-max-array 1,ferrule-sim,-O1))

# Which instance is of which module.
$(COVERAGE_B)/cells.xml: $(SIM_RTL) $(SIM_B)/ferrule-sim.sizes
	$(call say,VERILAT,$@)
	$(Q)$(VERILATOR) --xml-only --xml-output $@ --Mdir $(@D)/xml $(filter-out -O3 --prefix Vferrule,$(SIM_VERILATOR)) \
		-f $(SIM_B)/ferrule-sim.sizes hw/rtl/frl_pkg.sv hw/rtl/ferrule.sv

$(COVERAGE_B)/compare: $(COMPARE_OBJ) $(SIM_B)/libfrl_rtl_coverage.a $(SIM_B)/libfrl_model.a
	$(call say,LINK,$@)
	$(Q)$(CC) $^ -lstdc++ -latomic -lm -pthread -o $@

$(COVERAGE_B)/test_chip: $(B)/tests/sim/test_chip.o $(SIM_CARD_OBJ) $(SIM_B)/libfrl_board.a $(SIM_B)/libfrl_rtl_coverage.a
	$(call say,LINK,$@)
	$(Q)$(CC) $^ $(SIM_LIBS) $(CMOCKA_LIBS) -o $@

$(SIM_API_TESTS:%=$(COVERAGE_B)/%): $(COVERAGE_B)/%: $(B)/tests/sim/%.o $(SIM_API_OBJ) $(SIM_B)/libfrl_rtl_coverage.a
	$(call say,LINK,$@)
	$(Q)$(CC) $^ $(SIM_LIBS) $(CMOCKA_LIBS) -o $@

# Cases of the comparison, of a fixed seed: what is reached must not depend on the day.
COVERAGE_CASES ?= 800

COVERAGE_PROGRAMS := $(addprefix $(COVERAGE_B)/,compare test_chip $(SIM_API_TESTS))
COVERAGE_BOARD := $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf

.PHONY: coverage
coverage: $(COVERAGE_PROGRAMS) $(COVERAGE_B)/cells.xml $(COVERAGE_BOARD) ## measure what tests reach of the RTL: lines, toggles, bins; a hole without a reason fails
	@echo '  RUN     tests with counters'
	$(Q)rm -rf $(COVERAGE_DATA) && mkdir -p $(COVERAGE_DATA)
	$(Q)export FERRULE_COVERAGE=$(COVERAGE_DATA); \
		$(COVERAGE_B)/compare --seed 1 --cases $(COVERAGE_CASES) --bins $(COVERAGE_B)/bins.json; \
		for test in $(SIM_API_TESTS); do $(COVERAGE_B)/$$test; done; \
		$(COVERAGE_B)/test_chip $(COVERAGE_BOARD)
	$(Q)tests/coverage/report.py --bins $(COVERAGE_B)/bins.json --exceptions tests/compare/holes.txt \
		--cells $(COVERAGE_B)/cells.xml --list $(COVERAGE_B)/holes.txt $(COVERAGE_DATA)
