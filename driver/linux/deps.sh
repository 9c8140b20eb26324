#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Debian's kernel with its headers, unpacked and not installed (no initramfs, no boot loader) -> build/deps/linux:
#   version               its release, such as 6.1.0-56-amd64; package: the Debian version
#   vmlinuz, vmlinux      the kernel, packed and not (QEMU starts the latter by PVH: the guest need not unpack it)
#   lib/modules/VERSION   its modules, with dependencies worked out
#   build                 the tree to build modules against: make -C build/deps/linux/build M=...
RECIPE=linux
. "$(dirname "$0")/../../.ci/deps-lib.sh"

deps_done && exit 0

deps_begin "Debian's kernel, its modules and headers, unpacked"
apt_setup linux deb
# depends_on PACKAGE PATTERN: the package of that name that PACKAGE depends on.
depends_on()
{
	apt-cache "${APT[@]}" depends --no-recommends --no-suggests "$1" | sed -n "s/^ *Depends: \($2\)$/\1/p" | head -n 1
}
image=$(depends_on linux-image-amd64 'linux-image-6\.1\..*')
headers=$(depends_on linux-headers-amd64 'linux-headers-6\.1\..*')
version=${image#linux-image-}
[ -n "$version" ] && [ "$headers" = "linux-headers-$version" ] ||
	die "linux-image-amd64 is \"$image\", linux-headers-amd64 is \"$headers\"; one kernel 6.1 was expected" \
	    "use a Debian 12 archive that is complete, then repeat"

cd "$WORK"
logged apt-get "${APT[@]}" download "$image" "$headers" \
	"$(depends_on "$headers" 'linux-headers-6\.1\..*-common')" linux-kbuild-6.1 ||
	die "the packages of kernel $version are not in the Debian archives; see $LOG" \
	    "check the network or the mirror, then repeat"
package=$(dpkg-deb -f "$image"_*.deb Version)

out=$DEPS/linux
rm -rf "$out"
mkdir -p "$out"
for deb in ./*.deb; do
	logged dpkg -x "$deb" "$out" || die "$deb does not unpack; see $LOG" "rm -rf build/deps, then repeat"
done
# Paths that the packages have because they expect to be in /usr: in the makefile, and as links.
sed -i "s,/usr/src/,$out/usr/src/," "$out/usr/src/$headers/Makefile"
ln -sfn "../../../usr/src/$headers" "$out/lib/modules/$version/build"
ln -sfn "../../../usr/src/${headers%-amd64}-common" "$out/lib/modules/$version/source"
ln -sfn "usr/src/$headers" "$out/build"
ln -sfn "boot/vmlinuz-$version" "$out/vmlinuz"
# The x86 boot protocol (Documentation/x86/boot.rst): setup_sects, payload_offset, payload_length.
/usr/bin/python3 - "$out/vmlinuz" "$out/vmlinux" <<- 'END' || die "$out/vmlinuz has no kernel packed by xz" "use Debian 12's kernel"
	import lzma, struct, sys
	image = open(sys.argv[1], "rb").read()
	offset, length = struct.unpack_from("<II", image, 0x248)
	payload = image[(image[0x1F1] + 1) * 512 + offset:][:length]
	open(sys.argv[2], "wb").write(lzma.LZMADecompressor().decompress(payload))
END
logged /sbin/depmod -b "$out" "$version" || die "depmod failed; see $LOG" "is kmod installed?"
echo "$version" > "$out/version"
echo "$package" > "$out/package"
deps_finish "$package"
