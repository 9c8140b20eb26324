# SPDX-License-Identifier: BSD-3-Clause
# The random comparison of RTL and reference model: tests/compare/README.md.

COMPARE_B := $(B)/tests/compare
COMPARE_OBJ := $(patsubst tests/compare/%.c,$(COMPARE_B)/%.o,$(wildcard tests/compare/*.c)) $(SIM_B)/common/frl_vring.o
DEPFILES += $(COMPARE_OBJ:.o=.d)

$(COMPARE_B)/%.o: tests/compare/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) $(SIM_CFLAGS) -c $< -o $@

# $(call compare_program,program,chip's library)
define compare_program
$$(COMPARE_B)/$(1): $$(COMPARE_OBJ) $$(SIM_B)/lib$(2).a $$(SIM_B)/libfrl_model.a
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$^ -lstdc++ -latomic -lm -pthread -o $$@
endef
$(eval $(call compare_program,compare,frl_rtl))
$(eval $(call compare_program,compare-full,frl_rtl_full))

CHECK_TARGETS += $(COMPARE_B)/compare $(COMPARE_B)/compare-full

# Bounded, for make check: fixed seeds that must reach every bin, a random one, full size, and expectations that are
# broken on purpose.
.PHONY: run-compare
run-compare: $(COMPARE_B)/compare $(COMPARE_B)/compare-full
	$(Q)mkdir -p $(B)/coverage
	$(Q)$(COMPARE_B)/compare --seed 1 --self-test
	$(Q)$(COMPARE_B)/compare --seed 1 --cases 600 --bins $(B)/coverage/bins.json --holes tests/compare/holes.txt
	$(Q)$(COMPARE_B)/compare --cases 150
	$(Q)$(COMPARE_B)/compare-full --cases 20

# Long: half of the time each size.
SOAK_MINUTES ?= 60
SOAK_TARGETS += soak-compare
.PHONY: soak-compare
soak-compare: $(COMPARE_B)/compare $(COMPARE_B)/compare-full
	$(Q)$(COMPARE_B)/compare --seconds $$(( $(SOAK_MINUTES) * 30 ))
	$(Q)$(COMPARE_B)/compare-full --seconds $$(( $(SOAK_MINUTES) * 30 ))
