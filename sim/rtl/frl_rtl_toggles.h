// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which bits of the RTL's signals rose and which fell, of the build for `make coverage`.
 *
 * Verilator can count toggles itself, with a counter and a branch for every bit: 1,000 cycles a second. What it makes for
 * a waveform is 50 times quicker: it holds the values of all signals in one array, as numbers of signals ("codes") that
 * the head of the waveform gives names. So a waveform is opened of which only the head is kept, and the array is looked
 * at in every cycle.
 */
#ifndef FRL_RTL_TOGGLES_H
#define FRL_RTL_TOGGLES_H

#include "Vferrule.h"
#include "frl_rtl_shared.h"
#include "verilated_vcd_c.h"

#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

class Toggles
{
	/* A file that ends with the waveform's head. */
	struct Head : VerilatedVcdFile {
		bool open(const std::string &) override
		{
			return true;
		}

		void close() override
		{
		}

		ssize_t write(const char *from, ssize_t n) override
		{
			if (!whole)
				text.append(from, n);
			return n;
		}

		std::string text;
		bool whole = false;
	};

	/* What Verilator lets only its own formats of waveforms see: the array of values, and the number of its words. */
	struct Inside : VerilatedVcd {
		static auto values()
		{
			return &Inside::m_sigs_oldvalp;
		}

		static auto count()
		{
			return &Inside::nextCode;
		}
	};

      public:
	explicit Toggles(Vferrule *chip) : wave(&head), words(open(chip)), shared(2 * words)
	{
	}

	/* Once a cycle, when all signals have settled. */
	void sample()
	{
		wave.dump(++samples);
		const uint32_t *now = wave.spTrace()->*Inside::values();

		if (samples == 1)
			last.assign(now, now + words);
		for (size_t i = 0; i < words; i++) {
			rose[i] |= now[i] & ~last[i];
			fell[i] |= last[i] & ~now[i];
			last[i] = now[i];
		}
	}

	/* In a fork: to the process that made the chip. */
	void give()
	{
		for (size_t i = 0; i < words; i++) {
			shared[i] |= rose[i];
			shared[words + i] |= fell[i];
		}
	}

	/*
	 * The waveform's head, then a line `code rose fell` in hexadecimal of every word that toggled. Ends the program when
	 * that cannot be written, as Verilator does with its counters.
	 */
	void write(const std::string &name)
	{
		FILE *file = fopen(name.c_str(), "w");

		if (!file)
			vl_fatal(name.c_str(), 0, "", "cannot be written");
		fwrite(head.text.data(), 1, head.text.size(), file);
		for (size_t i = 0; i < words; i++) {
			uint32_t up = rose[i] | shared[i], down = fell[i] | shared[words + i];

			if (up | down)
				fprintf(file, "%zx %" PRIx32 " %" PRIx32 "\n", i, up, down);
		}
		if (fclose(file) != 0)
			vl_fatal(name.c_str(), 0, "", "cannot be written");
	}

      private:
	/* Returns the number of words of all signals. */
	size_t open(Vferrule *chip)
	{
		constexpr int all_levels = 99;

		chip->trace(&wave, all_levels);
		wave.open("");
		wave.flush();
		head.whole = true;
		size_t n = (wave.spTrace()->*Inside::count())();

		rose.resize(n);
		fell.resize(n);
		return n;
	}

	Head head;
	VerilatedVcdC wave;
	std::vector<uint32_t> last, rose, fell;
	uint64_t samples = 0;
	size_t words;
	Shared shared; /* what rose, then what fell, in forks */
};

#endif /* FRL_RTL_TOGGLES_H */
