/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* driver/common asks for this header of libc; in a kernel module it is the kernel's. */
#include <linux/types.h>
