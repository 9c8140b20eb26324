# SPDX-License-Identifier: BSD-3-Clause
# The board around the chip. The chip's library is BSD, the program links Unicorn and libvhost-user (GPL).

SIM_B := $(B)/sim
SIM_CFLAGS = -I. -Ifirmware/include -Idriver/common

# ---- The verilated chip: small and fast, small with traces, full size ----

SIM_RTL := $(wildcard hw/rtl/*.sv)
SIM_VERILATOR := -Wall --x-assign fast --x-initial fast -O3 --output-split 20000 --top-module ferrule \
	--prefix Vferrule -Ihw/rtl
# Verilator's runtime is compiled with the model, each library is whole.
SIM_CXXFLAGS = -O2 -g0

# The chip's parameters, from the board description: parameter:property.
SIM_SIZES := N_WIRES:wires N_VFS:vfs N_BANKS:banks BANK_SLOTS:bank-slots N_TCAM:tcam N_RULES:rules N_LEGS:legs \
	N_ENCAPS:encaps N_TEAMS:teams

# Verilator's arguments, -G<parameter>=<size> a line. Only a change of a size makes a new chip.
$(SIM_B)/%.sizes: $(B)/firmware/%.dtb
	@mkdir -p $(@D)
	$(Q)for size in $(SIM_SIZES); do \
		echo "-G$${size%%:*}=$$(fdtget -t u $< chip ferrule,$${size##*:})"; \
	done > $@.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@
.SECONDARY: $(SIM_B)/ferrule-sim.sizes $(SIM_B)/ferrule-sim-full.sizes

# $(call sim_rtl,library,Verilator's flags for traces or coverage,board,compiler's flags if not those of speed)
define sim_rtl
$$(SIM_B)/$(1)/Vferrule.mk: hw/rtl/frl_pkg.sv $$(SIM_RTL) $$(SIM_B)/$(3).sizes sim/sim.mk
	$$(call say,VERILAT,hw/rtl/ferrule.sv for $(3) $(2))
	$$(Q)rm -rf $$(@D) && mkdir -p $$(@D)
	$$(Q)$$(VERILATOR) --cc $(2) $$(SIM_VERILATOR) -f $$(SIM_B)/$(3).sizes --Mdir $$(@D) hw/rtl/frl_pkg.sv hw/rtl/ferrule.sv

$$(SIM_B)/$(1)/Vferrule__ALL.a: $$(SIM_B)/$(1)/Vferrule.mk
	$$(call say,CXX,$$(@D))
	$$(Q)env -u MAKEFLAGS $$(MAKE) -s -j2 -C $$(@D) -f Vferrule.mk CXX='$$(CLANGXX)' LINK='$$(CLANGXX)' \
		AR=ar OPT_FAST='$$(or $(4),$$(SIM_CXXFLAGS))' OPT_SLOW=$(if $(4),-O0,-O1) OPT_GLOBAL='$$(SIM_CXXFLAGS)' OBJCACHE= \
		Vferrule__ALL.a verilated.o verilated_threads.o $(if $(findstring --trace-fst,$(2)),verilated_fst_c.o) \
		$(if $(findstring --coverage,$(2)),verilated_cov.o verilated_vcd_c.o) > $$(@D)/build.log

$$(SIM_B)/$(1)/frl_rtl.o: sim/rtl/frl_rtl.cpp $$(SIM_B)/$(1)/Vferrule__ALL.a firmware/include/frl_chip.h
	$$(call say,CXX,$$<)
	$$(Q)$$(CLANGXX) $$(HOST_CXXFLAGS) -Werror -Isim/rtl -Ifirmware/include -isystem $$(SIM_B)/$(1) \
		-isystem $$(SIM_VERILATOR_INCLUDE) -isystem $$(SIM_VERILATOR_INCLUDE)/vltstd -DVM_TRACE=$(if $(findstring --trace-fst,$(2)),1,0) \
		-DVM_COVERAGE=$(if $(findstring --coverage,$(2)),1,0) -DFRL_RTL_WIRES=$$$$(sed -n 's/-GN_WIRES=//p' $$(SIM_B)/$(3).sizes) -c $$< -o $$@

$$(SIM_B)/lib$(1).a: $$(SIM_B)/$(1)/frl_rtl.o $$(SIM_B)/$(1)/Vferrule__ALL.a
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && cp $$(SIM_B)/$(1)/Vferrule__ALL.a $$@
	$$(Q)$$(AR) rs $$@ $$(SIM_B)/$(1)/frl_rtl.o $$(SIM_B)/$(1)/verilated*.o 2> /dev/null
DEPFILES += $$(SIM_B)/$(1)/frl_rtl.d
endef

SIM_VERILATOR_ROOT = $(call once,SIM_VERILATOR_ROOT,$(VERILATOR) --getenv VERILATOR_ROOT)
SIM_VERILATOR_INCLUDE = $(SIM_VERILATOR_ROOT)/include

$(eval $(call sim_rtl,frl_rtl,,ferrule-sim))
$(eval $(call sim_rtl,frl_rtl_trace,--trace-fst,ferrule-sim))
$(eval $(call sim_rtl,frl_rtl_full,,ferrule-sim-full))

# ---- The board, and the program ----

# Benchmarks and tests link the board without sockets and wires.
SIM_BOARD_OBJ := $(patsubst %.c,$(SIM_B)/%.o,$(addprefix board/,board.c core.c desc.c guard.c image.c))
SIM_PROGRAM_OBJ := $(patsubst sim/%.c,$(SIM_B)/%.o,\
	$(filter-out sim/link/frl_link.c,$(wildcard sim/*.c sim/link/*.c sim/vhost/*.c sim/wire/*.c)))
DEPFILES += $(SIM_BOARD_OBJ:.o=.d) $(SIM_PROGRAM_OBJ:.o=.d) $(SIM_B)/link/frl_link.d

$(SIM_B)/%.o: sim/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) $(SIM_CFLAGS) $(UNICORN_CFLAGS) $(VHOST_USER_CFLAGS) -c $< -o $@

$(SIM_B)/libfrl_board.a: $(SIM_BOARD_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# The PF socket's client, for tests; the PMD compiles the file itself.
$(SIM_B)/libfrl_link.a: $(SIM_B)/link/frl_link.o
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

SIM_LIBS = $(UNICORN_LIBS) -lfdt -lz -lstdc++ -latomic -lm -pthread

define sim_program
$$(SIM_B)/$(1): $$(SIM_PROGRAM_OBJ) $$(SIM_B)/libfrl_board.a $$(SIM_B)/lib$(2).a
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$^ $$(VHOST_USER_LIBS) $$(SIM_LIBS) -lpcap -o $$@
endef
$(eval $(call sim_program,ferrule-sim,frl_rtl))
$(eval $(call sim_program,ferrule-sim-trace,frl_rtl_trace))
$(eval $(call sim_program,ferrule-sim-full,frl_rtl_full))

ALL_TARGETS += $(SIM_B)/ferrule-sim $(SIM_B)/libfrl_link.a
CHECK_TARGETS += $(SIM_B)/ferrule-sim-full

# ---- Benchmarks: the board in one process, no sockets ----

SIM_CARD_OBJ := $(addprefix $(B)/tests/sim/,card.o frames.o) $(SIM_B)/vhost/function.o \
	$(patsubst %.c,$(SIM_B)/common/%.o,frl_admin.c frl_match.c frl_rule.c frl_vring.c)
SIM_BENCH_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/sim/bench*.c))
DEPFILES += $(SIM_CARD_OBJ:.o=.d) $(SIM_BENCH_OBJ:.o=.d) $(B)/tests/sim/test_chip.d

$(B)/tests/sim/%.o: tests/sim/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) $(SIM_CFLAGS) -c $< -o $@

$(SIM_B)/common/%.o: driver/common/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(HOST_CFLAGS) $(SIM_CFLAGS) -c $< -o $@

# $(call sim_bench,program,library,board,figures,flag)
define sim_bench
$$(SIM_B)/$(1): $$(SIM_BENCH_OBJ) $$(SIM_CARD_OBJ) $$(SIM_B)/libfrl_board.a $$(SIM_B)/lib$(2).a
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$^ $$(SIM_LIBS) -o $$@

$$(B)/bench/$(4).json: $$(SIM_B)/$(1) $$(B)/firmware/$(3).dtb $$(B)/firmware/ferrule-fw.elf FORCE
	$$(call say,BENCH,$$@)
	$$(Q)$$(SIM_B)/$(1) $(5) $$(B)/firmware/$(3).dtb $$(B)/firmware/ferrule-fw.elf $$@
CHECK_TARGETS += $$(SIM_B)/$(1)
BENCH_TARGETS += $$(B)/bench/$(4).json
endef
$(eval $(call sim_bench,bench,frl_rtl,ferrule-sim,sim,))
$(eval $(call sim_bench,bench-full,frl_rtl_full,ferrule-sim-full,sim-full,--full))

$(SIM_B)/test_chip: $(B)/tests/sim/test_chip.o $(SIM_CARD_OBJ) $(SIM_B)/libfrl_board.a $(SIM_B)/libfrl_rtl.a
	$(call say,LINK,$@)
	$(Q)$(CC) $^ $(SIM_LIBS) $(CMOCKA_LIBS) -o $@

.PHONY: run-test-chip
run-test-chip: $(SIM_B)/test_chip $(B)/firmware/ferrule-sim.dtb $(B)/firmware/ferrule-fw.elf
	$(Q)$^

CHECK_TARGETS += $(SIM_B)/test_chip

# Full size: 100,000 rules change while a frame enters in every cycle, each frame checked.
SOAK_TARGETS += soak-update
.PHONY: soak-update
soak-update: $(SIM_B)/bench-full $(B)/firmware/ferrule-sim-full.dtb $(B)/firmware/ferrule-fw.elf
	$(Q)$< --update $(B)/firmware/ferrule-sim-full.dtb $(B)/firmware/ferrule-fw.elf $(B)/soak-update.json
