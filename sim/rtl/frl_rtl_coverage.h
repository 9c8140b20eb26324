// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a run reached of the RTL, of the build for `make coverage`: lines as Verilator counts them, and toggles.
 *
 * A process may fork copies of itself with the chip in it (tests/compare does, for every case). What such a copy reached
 * is added to memory that it shares with the process that made the chip, and that one writes the files.
 */
#ifndef FRL_RTL_COVERAGE_H
#define FRL_RTL_COVERAGE_H

#include "Vferrule__Syms.h"
#include "Vferrule___024root.h"
#include "frl_rtl_shared.h"
#include "frl_rtl_toggles.h"
#include "verilated_cov.h"

#include <cstdlib>
#include <string>
#include <unistd.h>

class Coverage
{
      public:
	explicit Coverage(Vferrule *chip)
		: top(chip), owner(getpid()), shared(POINTS), toggles(chip)
	{
	}

	/* Once a cycle, when all signals have settled. */
	void sample()
	{
		toggles.sample();
	}

	/* The last thing before the chip goes: two files in folder $FERRULE_COVERAGE, if there is such a variable. */
	void save()
	{
		const char *folder = getenv("FERRULE_COVERAGE");
		static unsigned int serial;
		Shared::Word *counts = top->rootp->vlSymsp->__Vcoverage;

		if (!folder)
			return;
		if (getpid() != owner) {
			for (size_t i = 0; i < POINTS; i++)
				shared[i] += counts[i];
			toggles.give();
			return;
		}
		for (size_t i = 0; i < POINTS; i++)
			counts[i] += shared[i];
		std::string name = std::string(folder) + "/" + std::to_string(owner) + "-" +
				   std::to_string(serial++);
		top->contextp()->coveragep()->write((name + ".dat").c_str());
		toggles.write(name + ".toggles");
	}

      private:
	static constexpr size_t POINTS = sizeof(Vferrule__Syms::__Vcoverage) / sizeof(Shared::Word);

	Vferrule *top;
	pid_t owner;
	Shared shared; /* counts of forks */
	Toggles toggles;
};

#endif /* FRL_RTL_COVERAGE_H */
