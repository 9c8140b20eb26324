#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# libvhost-user, one C file in Debian's QEMU source package -> build/deps/libvhost-user/.
RECIPE=libvhost-user
. "$(dirname "$0")/../.ci/deps-lib.sh"

deps_done && exit 0

deps_begin "libvhost-user from Debian's QEMU sources"
apt_source qemu
case $SOURCE_VERSION in
*7.2*) ;;
*) die "Debian's qemu source is $SOURCE_VERSION, 7.2 was expected" "use a Debian 12 archive" ;;
esac

out=$DEPS/libvhost-user
rm -rf "$out"
mkdir -p "$out"
cp -rL src/subprojects/libvhost-user/{libvhost-user.[ch],include,standard-headers} "$out/"
cd "$out"
logged gcc -std=gnu11 -O2 -g -fPIC -D_GNU_SOURCE -pthread -c libvhost-user.c -o libvhost-user.o ||
	die "libvhost-user.c does not compile; see $LOG" "rm -rf build/deps, then repeat"
rm -f libvhost-user.a
ar rcs libvhost-user.a libvhost-user.o
deps_finish "${SOURCE_VERSION#*:}"
