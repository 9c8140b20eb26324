#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The guest's process 1: runs what guest.py sends, each script ended by a zero byte, and tells its end and status.
# Few programs are started: with an emulated processor each costs tens of milliseconds.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=${TERM:-linux}
cd /

# The interactive guest has a console for it, and this shell is all.
if [ -n "$FERRULE_SHELL" ]; then
	cd "$FERRULE_TOP"
	setsid -c bash -c "stty rows ${FERRULE_SHELL%x*} cols ${FERRULE_SHELL#*x}; exec bash -i" <> /dev/hvc0 >&0 2>&1
	poweroff -f
fi

for port in /sys/class/virtio-ports/*; do
	read -r name < "$port/name"
	[ "$name" = ferrule.shell ] && exec 3<> "/dev/${port##*/}"
done
echo "@@ ready" >&3
while IFS= read -r -d '' script <&3; do
	(eval "$script") < /dev/null >&3 2>&1 3>&-
	printf '\n@@ end %d\n' $? >&3
done
poweroff -f
