// SPDX-License-Identifier: BSD-3-Clause
/* SIGBUS to error; see guard.h. */
#include "guard.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Innermost place to go back to; guarded calls nest. */
static __thread sigjmp_buf *volatile jump;

static void on_sigbus(int sig)
{
	if (!jump) {
		signal(sig, SIG_DFL);
		raise(sig);
		return;
	}
	siglongjmp(*jump, 1);
}

int guard_init(void)
{
	/* SA_NODEFER: the jump out of the handler leaves the signal unblocked, without saving masks. */
	struct sigaction action = { .sa_handler = on_sigbus, .sa_flags = SA_NODEFER };

	return sigaction(SIGBUS, &action, NULL);
}

static void copy(void *dst, const void *src, size_t len)
{
	uintptr_t both = (uintptr_t)dst | (uintptr_t)src | len;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (len == 2 && both % 2 == 0)
		*(volatile uint16_t *)dst = *(const volatile uint16_t *)src;
	else if (len == 4 && both % 4 == 0)
		*(volatile uint32_t *)dst = *(const volatile uint32_t *)src;
	else if (len == 8 && both % 8 == 0)
		*(volatile uint64_t *)dst = *(const volatile uint64_t *)src;
	else
		memcpy(dst, src, len);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int guard_copy(void *dst, const void *src, size_t len)
{
	sigjmp_buf here, *volatile outer = jump;

	if (sigsetjmp(here, 0)) {
		jump = outer;
		return -EFAULT;
	}
	jump = &here;
	copy(dst, src, len);
	jump = outer;
	return 0;
}

int guard_call(void (*fn)(void *arg), void *arg)
{
	sigjmp_buf here, *volatile outer = jump;

	if (sigsetjmp(here, 0)) {
		jump = outer;
		return -EFAULT;
	}
	jump = &here;
	fn(arg);
	jump = outer;
	return 0;
}
