# SPDX-License-Identifier: BSD-3-Clause
"""What system tests and the demo share: programs, namespaces, guests, and the ends of a Ferrule card."""
