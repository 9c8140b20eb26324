# SPDX-License-Identifier: BSD-3-Clause
# Coverage of the RTL: the small chip with Verilator's counters, under every program that steps a chip in its own process.
#
# Two chips: counters of lines cost little, those of toggles (one for every bit of every signal) make the chip 200 times slower.
# So lines are counted in all cases, toggles in few.

COVERAGE_B := $(B)/coverage
COVERAGE_DATA := $(COVERAGE_B)/data

$(eval $(call sim_rtl,frl_rtl_lines,--coverage-line,ferrule-sim,-O1))
$(eval $(call sim_rtl,frl_rtl_coverage,--coverage-line --coverage-toggle,ferrule-sim,-O1))

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
$(eval $(call coverage_programs,toggles,frl_rtl_coverage))
COVERAGE_PROGRAMS := $(foreach program,compare $(SIM_API_TESTS),lines/$(program) toggles/$(program)) lines/test_chip

# Cases of the comparison, of a fixed seed: what is reached must not depend on the day.
COVERAGE_CASES        ?= 800
COVERAGE_TOGGLE_CASES ?= 40

.PHONY: coverage coverage-run
coverage-run: $(COVERAGE_PROGRAMS:%=$(COVERAGE_B)/%) $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf
	@echo '  RUN     tests with counters'
	$(Q)rm -rf $(COVERAGE_DATA) && mkdir -p $(COVERAGE_DATA)
	$(Q)export FERRULE_COVERAGE=$(COVERAGE_DATA); \
		$(COVERAGE_B)/lines/compare --seed 1 --cases $(COVERAGE_CASES) --bins $(COVERAGE_B)/bins.json; \
		$(COVERAGE_B)/lines/test_chip $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf; \
		for test in $(SIM_API_TESTS); do $(COVERAGE_B)/lines/$$test; $(COVERAGE_B)/toggles/$$test; done; \
		$(COVERAGE_B)/toggles/compare --seed 1 --cases $(COVERAGE_TOGGLE_CASES)

coverage: coverage-run ## measure what tests reach of the RTL; a line without a reason fails
	$(Q)tests/coverage/report.py --bins $(COVERAGE_B)/bins.json --exceptions tests/compare/holes.txt \
		--list $(COVERAGE_B)/holes.txt $(COVERAGE_DATA)
