#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What we use of the kernel's source, from Debian's linux-source-6.1, as it is -> build/deps/linux-source:
#   scripts                          checkpatch, for `make lint`
#   tools/testing/selftests/{net,tc-testing}   the kernel's own tests, for `make check-kernel-selftests`
# These two call it, not `make deps`: the package has 140 MB.
RECIPE=linux-source
. "$(dirname "$0")/../../.ci/deps-lib.sh"

deps_done && exit 0

deps_begin "the kernel's checkpatch and self-tests, from Debian's linux-source-6.1"
apt_setup linux deb
cd "$WORK"
logged apt-get "${APT[@]}" download linux-source-6.1 ||
	die "linux-source-6.1 is not in the Debian archives; see $LOG" "check the network or the mirror, then repeat"
version=$(dpkg-deb -f ./*.deb Version)

top=linux-source-6.1
tests=$top/tools/testing/selftests
dpkg-deb --fsys-tarfile ./*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz |
	tar -xJ "$top/scripts/checkpatch.pl" "$top/scripts/spelling.txt" "$top/scripts/const_structs.checkpatch" \
		"$tests/net/forwarding" "$tests/tc-testing" 2>> "$LOG" ||
	die "linux-source-6.1 $version has not all the files that were expected; see $LOG" "rm -rf build/deps, then repeat"
rm -rf "$DEPS/linux-source"
mv "$top" "$DEPS/linux-source"
deps_finish "$version"
