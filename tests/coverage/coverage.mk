# SPDX-License-Identifier: BSD-3-Clause
# Coverage of the RTL: the small chip with Verilator's counters, under every program that steps a chip in its own process.
#
# Two chips: counters of lines cost little, those of toggles (one for every bit of every signal) make the chip 200 times slower.
# So lines are counted in many cases, toggles in few.

COVERAGE_B := $(B)/coverage
COVERAGE_DATA := $(COVERAGE_B)/data

$(eval $(call sim_rtl,frl_rtl_lines,--coverage-line,ferrule-sim,-O1))
$(eval $(call sim_rtl,frl_rtl_toggles,--coverage-toggle,ferrule-sim,-O1))

# $(call coverage_programs,kind,chip's library)
define coverage_programs
$$(COVERAGE_B)/$(1)/compare: $$(COMPARE_OBJ) $$(SIM_B)/lib$(2).a $$(SIM_B)/libfrl_model.a
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$^ -lstdc++ -latomic -lm -pthread -o $$@

$$(COVERAGE_B)/$(1)/test_chip: $$(B)/tests/sim/test_chip.o $$(SIM_CARD_OBJ) $$(SIM_B)/libfrl_board.a $$(SIM_B)/lib$(2).a
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$^ $$(SIM_LIBS) $$(CMOCKA_LIBS) -o $$@

$$(SIM_API_TESTS:%=$$(COVERAGE_B)/$(1)/%): $$(COVERAGE_B)/$(1)/%: $$(B)/tests/sim/%.o $$(SIM_API_OBJ) $$(SIM_B)/lib$(2).a
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$^ $$(SIM_LIBS) $$(CMOCKA_LIBS) -o $$@
endef
$(eval $(call coverage_programs,lines,frl_rtl_lines))
$(eval $(call coverage_programs,toggles,frl_rtl_toggles))

# Cases of the comparison, of a fixed seed: what is reached must not depend on the day.
COVERAGE_CASES        ?= 800
COVERAGE_TOGGLE_CASES ?= 40

COVERAGE_LINES := $(addprefix $(COVERAGE_B)/lines/,compare test_chip $(SIM_API_TESTS))
COVERAGE_BOARD := $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf

.PHONY: coverage coverage-toggles
coverage: $(COVERAGE_LINES) $(COVERAGE_BOARD) ## measure what tests reach of the RTL; a line or bin without a reason fails
	@echo '  RUN     tests with counters of lines'
	$(Q)rm -rf $(COVERAGE_DATA)/lines && mkdir -p $(COVERAGE_DATA)/lines
	$(Q)export FERRULE_COVERAGE=$(COVERAGE_DATA)/lines; \
		$(COVERAGE_B)/lines/compare --seed 1 --cases $(COVERAGE_CASES) --bins $(COVERAGE_B)/bins.json; \
		for test in $(SIM_API_TESTS); do $(COVERAGE_B)/lines/$$test; done; \
		$(COVERAGE_B)/lines/test_chip $(COVERAGE_BOARD)
	$(Q)tests/coverage/report.py --bins $(COVERAGE_B)/bins.json --exceptions tests/compare/holes.txt \
		--list $(COVERAGE_B)/holes.txt $(COVERAGE_DATA)/lines

# Some 54,000 bits: printed and listed, not judged.
coverage-toggles: $(addprefix $(COVERAGE_B)/toggles/,compare $(SIM_API_TESTS)) ## the same of toggled bits: slow, and only told
	@echo '  RUN     tests with counters of toggles'
	$(Q)rm -rf $(COVERAGE_DATA)/toggles && mkdir -p $(COVERAGE_DATA)/toggles
	$(Q)export FERRULE_COVERAGE=$(COVERAGE_DATA)/toggles; \
		$(COVERAGE_B)/toggles/compare --seed 1 --cases $(COVERAGE_TOGGLE_CASES); \
		for test in $(SIM_API_TESTS); do $(COVERAGE_B)/toggles/$$test; done
	$(Q)tests/coverage/report.py --kind toggle --tell --list $(COVERAGE_B)/toggles.txt $(COVERAGE_DATA)/toggles
