# SPDX-License-Identifier: BSD-3-Clause
# The reference model as a chip: a library with the API of sim/rtl/frl_rtl.h, and the simulator with it.

# One library a board, with the packet model in it (MODEL_OBJ of model.mk); all but the sizes is the same.
SIM_CHIP_OBJ := $(patsubst sim/%.c,$(SIM_B)/%.o,$(filter-out %/chip_sizes.c,$(wildcard sim/model/chip*.c)))
DEPFILES += $(SIM_CHIP_OBJ:.o=.d)

# $(call sim_model,library,board)
define sim_model
$$(SIM_B)/$(1)/chip_sizes.o: sim/model/chip_sizes.c $$(SIM_B)/$(2).sizes
	$$(call say,CC,$$< for $(2))
	$$(Q)$$(CC) $$(HOST_CFLAGS) $$(SIM_CFLAGS) $$$$(sed 's/^-G/-DCHIP_/' $$(SIM_B)/$(2).sizes) -c $$< -o $$@

$$(SIM_B)/lib$(1).a: $$(SIM_CHIP_OBJ) $$(MODEL_OBJ) $$(SIM_B)/$(1)/chip_sizes.o
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
DEPFILES += $$(SIM_B)/$(1)/chip_sizes.d
endef

$(eval $(call sim_model,frl_chip_model,ferrule-sim))
$(eval $(call sim_model,frl_chip_model_full,ferrule-sim-full))
$(eval $(call sim_program,ferrule-sim-model,frl_chip_model))
$(eval $(call sim_program,ferrule-sim-model-full,frl_chip_model_full))

ALL_TARGETS += $(SIM_B)/ferrule-sim-model

# ---- Tests of the API, each on the model and on the RTL ----

SIM_API_OBJ := $(addprefix $(B)/tests/sim/,host.o frames.o) $(SIM_B)/common/frl_vring.o
SIM_API_TESTS := test_api test_api_queues
DEPFILES += $(patsubst %,$(B)/tests/sim/%.d,host $(SIM_API_TESTS))

# The model with sanitizers: rules for its objects are in model.mk; sizes are the RTL's defaults.
SIM_API_MODEL_OBJ := $(patsubst sim/model/%.c,$(MODEL_TEST_OUT)/%.o,$(wildcard sim/model/chip*.c) $(MODEL_SRC))
DEPFILES += $(SIM_API_MODEL_OBJ:.o=.d)

$(SIM_API_TESTS:%=$(SIM_B)/%_model): $(SIM_B)/%_model: $(B)/tests/sim/%.o $(SIM_API_OBJ) $(SIM_API_MODEL_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CLANG) $(SANITIZE) $^ $(CMOCKA_LIBS) -o $@

$(SIM_API_TESTS:%=$(SIM_B)/%_rtl): $(SIM_B)/%_rtl: $(B)/tests/sim/%.o $(SIM_API_OBJ) $(SIM_B)/libfrl_rtl.a
	$(call say,LINK,$@)
	$(Q)$(CC) $^ $(SIM_LIBS) $(CMOCKA_LIBS) -o $@

SIM_API_PROGRAMS := $(foreach test,$(SIM_API_TESTS),$(SIM_B)/$(test)_model $(SIM_B)/$(test)_rtl)

.PHONY: run-test-api
run-test-api: $(SIM_API_PROGRAMS)
	$(Q)for test in $^; do $$test || exit 1; done

# The tests with firmware, on the model; on the RTL they are in sim.mk.
$(SIM_B)/test_chip_model: $(B)/tests/sim/test_chip.o $(SIM_CARD_OBJ) $(SIM_B)/libfrl_board.a $(SIM_B)/libfrl_chip_model.a
	$(call say,LINK,$@)
	$(Q)$(CC) $^ $(SIM_LIBS) $(CMOCKA_LIBS) -o $@

.PHONY: run-test-chip-model
run-test-chip-model: $(SIM_B)/test_chip_model $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf
	$(Q)$^

CHECK_TARGETS += $(SIM_API_PROGRAMS) $(SIM_B)/test_chip_model
