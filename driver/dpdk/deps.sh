#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# DPDK's driver-internal headers, which no package holds, from the source package of the installed
# version -> build/deps/dpdk/include. The set is the one DPDK installs for `-Denable_driver_sdk=true`.
RECIPE=dpdk
. "$(dirname "$0")/../../.ci/deps-lib.sh"

version=$(dpkg-query -W -f='${source:Version}' libdpdk-dev 2>/dev/null) ||
	die "libdpdk-dev is not installed" "make deps, as root"
deps_done "$version" && exit 0

deps_begin "DPDK $version driver headers" "$version"
apt_source dpdk "$version"

include=$DEPS/dpdk/include
rm -rf "$DEPS/dpdk"
mkdir -p "$include"
grep -rlE 'driver_sdk_headers.*files\(' --include=meson.build src/lib src/drivers/bus | sort |
	while read -r meson; do
		tr -d '\n' < "$meson" | grep -oE "driver_sdk_headers *\+?= *files\([^)]*\)" |
			grep -oE "'[^']+\.h'" | tr -d "'" | while read -r header; do
			cp "$(dirname "$meson")/$header" "$include/"
		done
	done
for header in ethdev_driver.h ethdev_vdev.h bus_vdev_driver.h dev_driver.h bus_driver.h; do
	[ -f "$include/$header" ] ||
		die "DPDK $version has no driver header $header where 22.11 has it" \
		    "install libdpdk-dev 22.11 from Debian 12, or mend driver/dpdk/deps.sh"
done
deps_finish "$version"
