# SPDX-License-Identifier: BSD-3-Clause
"""Tests in a virtual machine that has the card: real SR-IOV, MSI-X and DMA, and Debian's kernel on top."""
