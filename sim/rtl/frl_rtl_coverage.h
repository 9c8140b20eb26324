// SPDX-License-Identifier: BSD-3-Clause
/*
 * What Verilator's counters saw of the RTL, of the build for `make coverage`.
 *
 * A process may fork copies of itself with the chip in it (tests/compare does, for every case). What such a copy reached
 * is added to memory that it shares with the process that made the chip, and that one writes the file.
 */
#ifndef FRL_RTL_COVERAGE_H
#define FRL_RTL_COVERAGE_H

#include "Vferrule__Syms.h"
#include "Vferrule___024root.h"
#include "verilated_cov.h"

#include <atomic>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

class Coverage
{
      public:
	explicit Coverage(Vferrule *chip) : top(chip), owner(getpid())
	{
		void *mem = mmap(nullptr, sizeof(Count) * POINTS, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		shared = mem == MAP_FAILED ? nullptr : static_cast<Count *>(mem);
	}

	Coverage(const Coverage &) = delete;
	Coverage &operator=(const Coverage &) = delete;

	~Coverage()
	{
		if (shared)
			munmap(shared, sizeof(Count) * POINTS);
	}

	/* The last thing before the chip goes: a file in folder $FERRULE_COVERAGE, if there is such a variable. */
	void save()
	{
		const char *folder = getenv("FERRULE_COVERAGE");
		static unsigned int serial;

		if (!folder)
			return;
		if (getpid() != owner) {
			add(shared, counts());
			return;
		}
		add(counts(), shared);
		std::string name = std::string(folder) + "/" + std::to_string(owner) + "-" +
				   std::to_string(serial++) + ".dat";
		top->contextp()->coveragep()->write(name.c_str());
	}

      private:
	using Count = std::atomic<uint32_t>;
	static constexpr size_t POINTS = sizeof(Vferrule__Syms::__Vcoverage) / sizeof(Count);

	Count *counts()
	{
		return top->rootp->vlSymsp->__Vcoverage;
	}

	static void add(Count *to, const Count *from)
	{
		if (!to || !from)
			return;
		for (size_t i = 0; i < POINTS; i++)
			to[i] += from[i];
	}

	Vferrule *top;
	pid_t owner;
	Count *shared;
};

#endif /* FRL_RTL_COVERAGE_H */
