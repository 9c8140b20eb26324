# SPDX-License-Identifier: BSD-3-Clause
# The reference model: a library without a dependency, and its unit tests, which run with sanitizers.

MODEL_SRC := $(filter-out sim/model/chip%,$(sort $(wildcard sim/model/*.c)))
MODEL_OBJ := $(MODEL_SRC:sim/%.c=$(SIM_B)/%.o)

$(SIM_B)/libfrl_model.a: $(MODEL_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

ALL_TARGETS += $(SIM_B)/libfrl_model.a

# ---- Unit tests ----

MODEL_TEST_OUT := $(B)/tests/model
MODEL_TEST_CFLAGS = $(HOST_CFLAGS) $(SANITIZE) $(SIM_CFLAGS) -Isim/model
MODEL_TEST_LIB := $(MODEL_SRC:sim/model/%.c=$(MODEL_TEST_OUT)/%.o)
MODEL_TESTS := $(patsubst tests/model/%.c,$(MODEL_TEST_OUT)/%,$(sort $(wildcard tests/model/*.c)))

$(MODEL_TEST_OUT)/%.o: sim/model/%.c
	$(call say,CC,$< (test))
	$(Q)$(CLANG) $(MODEL_TEST_CFLAGS) -c $< -o $@

$(MODEL_TEST_OUT)/%.o: tests/model/%.c
	$(call say,CC,$<)
	$(Q)$(CLANG) $(MODEL_TEST_CFLAGS) -c $< -o $@

$(MODEL_TESTS): %: %.o $(MODEL_TEST_LIB)
	$(call say,LINK,$@)
	$(Q)$(CLANG) $(SANITIZE) $^ $(CMOCKA_LIBS) -o $@

CHECK_TARGETS += $(MODEL_TESTS)
DEPFILES += $(MODEL_OBJ:.o=.d) $(MODEL_TEST_LIB:.o=.d) $(MODEL_TESTS:=.d)
