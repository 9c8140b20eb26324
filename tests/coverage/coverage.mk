# SPDX-License-Identifier: BSD-3-Clause
# Coverage of the RTL: the small chip with Verilator's counters, under every program that steps a chip in its own process.

COVERAGE_B := $(B)/coverage
COVERAGE_DATA := $(COVERAGE_B)/data

# Counters cost more to compile than the chip: the rest of the library is as for speed, they are not.
$(eval $(call sim_rtl,frl_rtl_coverage,--coverage-line --coverage-toggle,ferrule-sim,-O1))
COVERAGE_LIB := $(SIM_B)/libfrl_rtl_coverage.a

$(COVERAGE_B)/compare: $(COMPARE_OBJ) $(COVERAGE_LIB) $(SIM_B)/libfrl_model.a
	$(call say,LINK,$@)
	$(Q)$(CC) $^ -lstdc++ -latomic -lm -pthread -o $@

$(COVERAGE_B)/test_chip: $(B)/tests/sim/test_chip.o $(SIM_CARD_OBJ) $(SIM_B)/libfrl_board.a $(COVERAGE_LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $^ $(SIM_LIBS) $(CMOCKA_LIBS) -o $@

$(SIM_API_TESTS:%=$(COVERAGE_B)/%): $(COVERAGE_B)/%: $(B)/tests/sim/%.o $(SIM_API_OBJ) $(COVERAGE_LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $^ $(SIM_LIBS) $(CMOCKA_LIBS) -o $@

# Seeds of the comparison, fixed: what is reached must not depend on the day.
COVERAGE_CASES ?= 400

# The functional bins are those of `make run-compare`'s fixed seed; this run has its own, for when that one was not there.
.PHONY: coverage coverage-run
coverage-run: $(addprefix $(COVERAGE_B)/,compare test_chip $(SIM_API_TESTS)) $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf
	$(Q)rm -rf $(COVERAGE_DATA) && mkdir -p $(COVERAGE_DATA)
	$(call say,RUN,tests with coverage)
	$(Q)export FERRULE_COVERAGE=$(COVERAGE_DATA); \
		$(COVERAGE_B)/compare --seed 1 --cases $(COVERAGE_CASES) --bins $(COVERAGE_B)/bins.json; \
		for test in $(SIM_API_TESTS); do $(COVERAGE_B)/$$test; done; \
		$(COVERAGE_B)/test_chip $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf

coverage: coverage-run ## measure what tests reach of the RTL; a hole without a reason fails
	$(Q)tests/coverage/report.py --bins $(COVERAGE_B)/bins.json --exceptions tests/compare/holes.txt \
		--list $(COVERAGE_B)/holes.txt $(COVERAGE_DATA)
