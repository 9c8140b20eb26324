#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The kernel's own tests, from Debian's linux-source-6.1, as they are -> build/deps/selftests/{net,tc-testing}.
# `make check-kernel-selftests` calls it, not `make deps`: the package has 140 MB.
RECIPE=selftests
. "$(dirname "$0")/../../.ci/deps-lib.sh"

deps_done && exit 0

deps_begin "the kernel's self-tests, from Debian's linux-source-6.1"
apt_setup linux deb
cd "$WORK"
logged apt-get "${APT[@]}" download linux-source-6.1 ||
	die "linux-source-6.1 is not in the Debian archives; see $LOG" "check the network or the mirror, then repeat"
version=$(dpkg-deb -f ./*.deb Version)

tests=linux-source-6.1/tools/testing/selftests
dpkg-deb --fsys-tarfile ./*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz |
	tar -xJ "$tests/net/forwarding" "$tests/tc-testing" 2>> "$LOG" ||
	die "the tests are not where they were expected in linux-source-6.1 $version; see $LOG" \
	    "rm -rf build/deps, then repeat"
out=$DEPS/selftests
rm -rf "$out"
mkdir -p "$out"
mv "$tests/net" "$tests/tc-testing" "$out/"
deps_finish "$version"
