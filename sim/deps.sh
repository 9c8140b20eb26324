#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# From Debian's source package of the installed QEMU:
#   build/deps/libvhost-user/   the library, one C file
#   build/deps/qemu/            headers for a device that is loaded into the installed qemu-system-x86_64, as its
#                               configure and code generators make them; version: "7.2.22 1:7.2+dfsg-7+deb12u18"
RECIPE=qemu
. "$(dirname "$0")/../.ci/deps-lib.sh"

version=$(dpkg-query -W -f='${source:Version}' qemu-system-x86 2>/dev/null) ||
	die "qemu-system-x86 is not installed" "make deps, as root"
case $version in
*7.2*) ;;
*) die "Debian's QEMU is $version, 7.2 was expected" "use a Debian 12 archive" ;;
esac
deps_done "${version#*:}" && exit 0

deps_begin "QEMU $version: libvhost-user, and headers for the PCIe device" "${version#*:}"
apt_source qemu "$version"

out=$DEPS/libvhost-user
rm -rf "$out"
mkdir -p "$out"
cp -rL "$WORK"/src/subprojects/libvhost-user/{libvhost-user.[ch],include,standard-headers} "$out/"
cd "$out"
logged gcc -std=gnu11 -O2 -g -fPIC -D_GNU_SOURCE -pthread -c libvhost-user.c -o libvhost-user.o ||
	die "libvhost-user.c does not compile; see $LOG" "rm -rf build/deps, then repeat"
rm -f libvhost-user.a
ar rcs libvhost-user.a libvhost-user.o

# A configuration of the smallest QEMU: the structures that a PCI device knows do not depend on it.
mkdir "$WORK/build"
cd "$WORK/build"
# Debian's meson wants Debian's Python.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
logged env -u MAKEFLAGS -u MAKELEVEL -u CC -u CXX -u AR ../src/configure --cc=gcc --target-list=x86_64-softmmu \
	--without-default-features --without-default-devices --enable-tcg --disable-docs --disable-tools \
	--disable-guest-agent --disable-werror ||
	die "QEMU's configure failed; see $LOG" "the packages are in the Makefile's PACKAGES: make deps, as root"
logged ninja config-poison.h qapi/qapi-types-error.h ||
	die "QEMU's header generators failed; see $LOG" "rm -rf build/deps, then repeat"
out=$DEPS/qemu
rm -rf "$out"
mkdir -p "$out"
cp -r "$WORK/src/include" "$WORK/src/linux-headers" "$out/"
mkdir -p "$out/build/qapi"
cp config-host.h config-poison.h "$out/build/"
cp qapi/*.h "$out/build/qapi/"
echo "$(< "$WORK/src/VERSION") $version" > "$out/version"
deps_finish "${version#*:}"
