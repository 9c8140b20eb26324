#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# First program of the guest, in its initramfs (busybox): the host's files, read only over 9p, under a layer of the
# guest's own memory become the root; then agent.sh takes over. $FERRULE_TOP and $FERRULE_BUILD come from the kernel's command line.
export PATH=/bin
/bin/busybox --install -s /bin

fail()
{
	echo "init: $1 failed"
	poweroff -f
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do
	insmod "/modules/$module" || fail "insmod $module"
done < /modules/order

mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 host /lower || fail "mount of the host's files"
mount -t tmpfs tmpfs /upper
mkdir /upper/upper /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/upper,workdir=/upper/work root /newroot || fail "mount of the overlay"
for dir in proc sys dev; do
	mount --move /$dir /newroot/$dir
done
for dir in tmp run var/tmp dev/shm; do
	mkdir -p /newroot/$dir
	mount -t tmpfs tmpfs /newroot/$dir
done
mkdir -p /newroot/dev/pts /newroot/run/lock
mount -t devpts devpts /newroot/dev/pts
mount -t debugfs debugfs /newroot/sys/kernel/debug
mount -t cgroup2 cgroup2 /newroot/sys/fs/cgroup
hostname guest
ip link set lo up
# A project below a folder that was just covered.
if [ ! -d "/newroot$FERRULE_TOP" ]; then
	mkdir -p "/newroot$FERRULE_TOP"
	mount -o bind "/lower$FERRULE_TOP" "/newroot$FERRULE_TOP" || fail "mount of $FERRULE_TOP"
fi
# mount_9p TAG FOLDER [,OPTION]: a folder of the host at the same path; also one below those that were just covered.
mount_9p()
{
	mkdir -p "/newroot$2"
	mount -t 9p -o "trans=virtio,version=9p2000.L,cache=none,msize=524288$3" "$1" "/newroot$2" || fail "mount of $2"
}

# What a build changes is seen at once, and nothing is kept of it: the modules, and the project's build folder.
mount_9p build "$FERRULE_BUILD" ,ro
[ -z "$FERRULE_SHARE" ] || mount_9p share "$FERRULE_SHARE"
mkdir -p /newroot/usr/lib/modules
# In the new root: the folder of what was fetched may be a link, which leads from there.
chroot /newroot /bin/mount -o bind "$FERRULE_BUILD/deps/linux/lib/modules" /usr/lib/modules || fail "mount of the modules"
exec switch_root /newroot /bin/bash "$FERRULE_TOP/tests/guest/agent.sh"
