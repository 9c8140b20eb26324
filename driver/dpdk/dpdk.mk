# SPDX-License-Identifier: BSD-3-Clause
# The DPDK driver, and the unit tests of what it shares with the kernel driver.

PMD_B := $(B)/driver/dpdk
PMD := $(PMD_B)/librte_net_ferrule.so

# The EAL takes no plugin from below a folder that others can write to, so it is copied before use.
PMD_DIR ?= /usr/local/lib/ferrule
PMD_INSTALLED := $(PMD_DIR)/librte_net_ferrule.so

PMD_COMMON := frl_match frl_rule frl_vring frl_admin
PMD_OWN := $(filter-out frl_matrix,$(patsubst driver/dpdk/%.c,%,$(wildcard driver/dpdk/*.c)))
# From rte_flow to rules: what can be tested without a device.
PMD_COMPILE := frl_compile frl_items frl_items_l3 frl_items_l4 frl_items_tunnel frl_actions
PMD_INCLUDES := -Idriver/dpdk -Idriver/common -Ifirmware/include -Isim/link
PMD_OBJ := $(PMD_OWN:%=$(PMD_B)/%.o) $(PMD_COMMON:%=$(PMD_B)/common/%.o) $(PMD_B)/link/frl_link.o
DEPFILES += $(PMD_OBJ:.o=.d) $(PMD_B)/frl_matrix.d

ALL_TARGETS += $(PMD)

$(PMD_B)/%.o: driver/dpdk/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) -fPIC $(DPDK_CFLAGS) $(PMD_INCLUDES) -c $< -o $@

$(PMD_B)/common/%.o: driver/common/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) -fPIC -Idriver/common -c $< -o $@

$(PMD_B)/link/%.o: sim/link/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) -fPIC -Isim/link -c $< -o $@

$(PMD): $(PMD_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) -shared -Wl,-z,defs -Wl,-soname,$(notdir $@) -o $@ $^ $(DPDK_LIBS)

.PHONY: install-pmd uninstall-pmd
install-pmd: $(PMD_INSTALLED) ## copy the DPDK driver to PMD_DIR (/usr/local/lib/ferrule), from where the EAL loads it
$(PMD_INSTALLED): $(PMD)
	@printf '  %-7s %s\n' INSTALL '$@'
	$(Q)install -d -m 755 '$(PMD_DIR)' && install -m 644 $< '$@.new' && mv '$@.new' '$@'

uninstall-pmd: ## remove it from there
	$(Q)rm -f '$(PMD_INSTALLED)' && { rmdir '$(PMD_DIR)' 2> /dev/null || :; }

# ---- The support matrix in README.md is printed from the driver's own tables ----

PMD_COMPILE_OBJ := $(PMD_COMPILE:%=$(PMD_B)/%.o) $(PMD_COMMON:%=$(PMD_B)/common/%.o)

$(PMD_B)/matrix: $(PMD_B)/frl_matrix.o $(PMD_COMPILE_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) -o $@ $^

.PHONY: pmd-matrix lint-pmd-matrix
pmd-matrix: $(PMD_B)/matrix ## write the tables of items and actions in driver/dpdk/README.md
	$(Q)$< driver/dpdk/README.md > $(PMD_B)/README.md && cp $(PMD_B)/README.md driver/dpdk/README.md

LINT_TARGETS += lint-pmd-matrix
lint-pmd-matrix: $(PMD_B)/matrix
	@printf '  %-7s %s\n' LINT 'driver/dpdk/README.md (make pmd-matrix mends)'
	$(Q)$< driver/dpdk/README.md | cmp - driver/dpdk/README.md

# ---- Unit tests ----

DRIVER_TESTS := match_test rule_test vring_test admin_test flow_test
DRIVER_TEST_B := $(B)/tests/driver
DRIVER_TEST_BIN := $(DRIVER_TESTS:%=$(DRIVER_TEST_B)/%)
CHECK_TARGETS += $(DRIVER_TEST_BIN)
DEPFILES += $(DRIVER_TEST_BIN:=.d)

# The sources once more, with sanitizers.
DRIVER_TEST_SRC := $(PMD_COMMON:%=driver/common/%.c) $(PMD_COMPILE:%=driver/dpdk/%.c)
DRIVER_TEST_OBJ := $(DRIVER_TEST_SRC:driver/%.c=$(DRIVER_TEST_B)/%.o)
DEPFILES += $(DRIVER_TEST_OBJ:.o=.d)

$(DRIVER_TEST_B)/%.o: driver/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) $(SANITIZE) $(DPDK_CFLAGS) $(PMD_INCLUDES) -c $< -o $@

$(DRIVER_TEST_BIN): $(DRIVER_TEST_B)/%: tests/driver/%.c $(DRIVER_TEST_OBJ)
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) $(SANITIZE) $(DPDK_CFLAGS) $(PMD_INCLUDES) -Itests/driver -o $@ $< \
		$(DRIVER_TEST_OBJ) $(CMOCKA_LIBS)

.PHONY: run-driver-tests
run-driver-tests: $(DRIVER_TEST_BIN)
	$(Q)for test in $^; do $$test || failed=1; done; [ -z "$$failed" ]
