#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The kernel's style checker, from Debian's linux-source-6.1 -> build/deps/checkpatch. `make lint` calls it, not
# `make deps`: the package has 140 MB.
RECIPE=checkpatch
. "$(dirname "$0")/../../.ci/deps-lib.sh"

deps_done && exit 0

deps_begin "the kernel's checkpatch, from Debian's linux-source-6.1"
apt_setup linux deb
cd "$WORK"
logged apt-get "${APT[@]}" download linux-source-6.1 ||
	die "linux-source-6.1 is not in the Debian archives; see $LOG" "check the network or the mirror, then repeat"
version=$(dpkg-deb -f ./*.deb Version)

scripts=linux-source-6.1/scripts
dpkg-deb --fsys-tarfile ./*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz |
	tar -xJ "$scripts/checkpatch.pl" "$scripts/spelling.txt" "$scripts/const_structs.checkpatch" 2>> "$LOG" ||
	die "checkpatch is not where it was expected in linux-source-6.1 $version; see $LOG" \
	    "rm -rf build/deps, then repeat"
out=$DEPS/checkpatch
rm -rf "$out"
mv "$scripts" "$out"
deps_finish "$version"
