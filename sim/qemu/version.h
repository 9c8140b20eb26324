/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is this the QEMU that the device was built for? Its structures differ from release to release. */
#ifndef SIM_QEMU_VERSION_H
#define SIM_QEMU_VERSION_H

#include <stdbool.h>

/* False in a program that is no QEMU (one that starts it, and passes LD_PRELOAD on). Ends another QEMU, and says what to
 * do. */
bool version_check(void);

/* Are its structures laid out as ours? To be asked when its types are there. */
bool version_layout_ok(void);

#endif /* SIM_QEMU_VERSION_H */
