#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The firmware's two libraries for AArch64, libfdt and musl's libc (string functions), static, with
# their headers -> build/deps/arm64/{include,lib}, from Debian's arm64 packages.
RECIPE=arm64
. "$(dirname "$0")/../.ci/deps-lib.sh"

deps_done && exit 0

deps_begin "libfdt and musl for AArch64"
apt_foreign arm64 libfdt-dev musl-dev

out=$DEPS/arm64
rm -rf "$out"
mkdir -p "$out/include" "$out/lib"
cp -r root/usr/include/aarch64-linux-musl/. "$out/include/"
cp root/usr/include/{fdt,libfdt,libfdt_env}.h "$out/include/"
cp root/usr/lib/aarch64-linux-gnu/libfdt.a root/usr/lib/aarch64-linux-musl/libc.a "$out/lib/" ||
	die "libfdt.a or libc.a is not where Debian 12's arm64 packages have it" \
	    "use a Debian 12 archive, or mend firmware/deps.sh"
version=$(dpkg-deb -f ./libfdt-dev_*.deb Version)-$(dpkg-deb -f ./musl-dev_*.deb Version)
deps_finish "${version//:/_}"
