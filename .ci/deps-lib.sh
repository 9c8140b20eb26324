# SPDX-License-Identifier: BSD-3-Clause
# Shared by .ci/packages and the deps.sh recipes beside their users; sourced by bash, never run.
#
# A recipe sets RECIPE (its name in messages and stamps), then uses, in this order:
#   deps_done [VERSION]         true when build/deps/$RECIPE-VERSION.stamp is from this very recipe
#   deps_begin WHAT [VERSION]   one progress line, an empty work folder in $WORK
#   apt_source SOURCE [VERSION]     the Debian source package, patches applied, in $WORK/src
#   apt_foreign ARCH PACKAGE...     packages of another architecture, unpacked in $WORK/root
#   deps_finish VERSION         writes the stamp
# apt runs on lists, caches and a package status of its own under build/deps/apt: the machine's
# sources, lists and architectures stay as they are, and root is not needed.

set -Eeuo pipefail
trap 'die "line $LINENO of $0 failed: $BASH_COMMAND" "see build/deps/*.log"' ERR

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SELF=$(realpath "$0")
DEPS=$ROOT/build/deps
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# die WHAT [WHAT TO DO]: the message every recipe ends with when it cannot go on.
die()
{
	printf '%s: %s\n' "${RECIPE:-deps}" "$1" >&2
	[ $# -lt 2 ] || printf '%*s  %s\n' "${#RECIPE}" '' "$2" >&2
	exit 1
}

say()
{
	printf '  %-7s %s\n' "$1" "$2"
}

recipe_sum()
{
	cat "$ROOT/.ci/deps-lib.sh" "$SELF" | cksum
}

deps_done()
{
	local stamp
	for stamp in "$DEPS/$RECIPE-"${1:-*}.stamp; do
		[ -f "$stamp" ] || return 1
		[ "$(< "$stamp")" = "$(recipe_sum)" ] && return 0
	done
	return 1
}

# One recipe at a time in a checkout, whoever calls it.
deps_lock()
{
	mkdir -p "$DEPS" 2> /dev/null && [ -w "$DEPS" ] ||
		die "$DEPS cannot be written" "use a checkout of your own, or run as its owner"
	exec 9> "$DEPS/.lock"
	flock 9
}

# Ends the recipe when another process did its work in the meantime.
deps_begin()
{
	deps_lock
	deps_done "${2:-*}" && exit 0
	say DEPS "$1"
	WORK=$DEPS/work/$RECIPE
	LOG=$DEPS/$RECIPE.log
	rm -rf "$WORK" "$DEPS/$RECIPE-"*.stamp
	mkdir -p "$WORK"
	: > "$LOG"
}

deps_finish()
{
	rm -rf "$DEPS/work/$RECIPE"
	rmdir --ignore-fail-on-non-empty "$DEPS/work"
	recipe_sum > "$DEPS/$RECIPE-$1.stamp"
}

# logged COMMAND...: output to the recipe's log; false when the command fails.
logged()
{
	printf '+ %s\n' "$*" >> "$LOG"
	"$@" >> "$LOG" 2>&1
}

archive_lines()
{
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
		awk '$3 == "main" { print $1, $2 }' | sort -u | grep .
}

# The Debian archives this machine uses, as "uri suite" lines; its package lists are read if it has none.
debian_archives()
{
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ "$codename" = bookworm ] ||
		die "this machine runs \"$codename\", the recipes know Debian 12 (bookworm)" \
		    "use a Debian 12 machine or container"
	archive_lines || { logged apt-get -q update && archive_lines; } ||
		die "apt knows no Debian archive" "put one into /etc/apt/sources.list, then apt-get update"
}

# apt_setup NAME TYPE [OPTION...]: an apt root of its own; its options are left in APT.
apt_setup()
{
	local name=$1 type=$2 root=$DEPS/apt/$1 uri suite
	shift 2
	[ -f "$KEYRING" ] || die "$KEYRING is missing" "apt-get install debian-archive-keyring"
	mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/parts"
	: > "$root/status"
	debian_archives > "$root/archives" || exit 1
	while read -r uri suite; do
		echo "$type [signed-by=$KEYRING] $uri $suite main"
	done < "$root/archives" > "$root/sources.list"
	APT=(-q -o "Dir::Etc::SourceList=$root/sources.list" -o "Dir::Etc::SourceParts=$root/parts"
	     -o "Dir::State::Lists=$root/lists" -o "Dir::State::status=$root/status"
	     -o "Dir::Cache=$root/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3
	     -o APT::Update::Error-Mode=any "$@")
	logged apt-get "${APT[@]}" update ||
		die "cannot read the Debian archives named in $root/sources.list; apt's words are in $LOG" \
		    "check the network or the mirror, then repeat"
}

apt_source()
{
	local source=$1 version=${2:-}
	apt_setup source deb-src
	cd "$WORK"
	logged apt-get "${APT[@]}" source --download-only "$source${version:+=$version}" ||
		die "source package $source${version:+ $version} is not in the Debian archives; see $LOG" \
		    "if the archive moved on: apt-get update && apt-get install --only-upgrade $source, then repeat"
	SOURCE_VERSION=$(sed -n 's/^Version: //p' ./*.dsc | head -n 1)
	logged dpkg-source --no-check -x ./*.dsc src ||
		die "source package $source $SOURCE_VERSION does not unpack; see $LOG" "rm -rf build/deps, then repeat"
	rm -f ./*.tar.*
}

apt_foreign()
{
	local arch=$1 deb
	shift
	apt_setup "$arch" deb -o "APT::Architecture=$arch" -o "APT::Architectures=$arch"
	cd "$WORK"
	logged apt-get "${APT[@]}" download "$@" ||
		die "packages $* for $arch are not in the Debian archives; see $LOG" \
		    "check the network or the mirror, then repeat"
	for deb in ./*.deb; do
		logged dpkg -x "$deb" root || die "$deb does not unpack; see $LOG" "rm -rf build/deps, then repeat"
	done
}
