// SPDX-License-Identifier: BSD-3-Clause
/* Words that a process shares with the copies of itself that it forks. */
#ifndef FRL_RTL_SHARED_H
#define FRL_RTL_SHARED_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <sys/mman.h>

class Shared
{
      public:
	using Word = std::atomic<uint32_t>;

	/* All zero. Throws std::bad_alloc. */
	explicit Shared(size_t words) : bytes(words * sizeof(Word))
	{
		void *mem = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				 -1, 0);

		if (mem == MAP_FAILED)
			throw std::bad_alloc();
		word = static_cast<Word *>(mem);
	}

	Shared(const Shared &) = delete;
	Shared &operator=(const Shared &) = delete;

	~Shared()
	{
		munmap(word, bytes);
	}

	Word &operator[](size_t i)
	{
		return word[i];
	}

      private:
	size_t bytes;
	Word *word;
};

#endif /* FRL_RTL_SHARED_H */
