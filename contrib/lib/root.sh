#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Run a command in a throw-away copy of this machine, with packages added.
#
# Usage: contrib/lib/root.sh BUILDDIR PACKAGE[,PACKAGE]... COMMAND [ARGUMENT]...
#        contrib/lib/root.sh BUILDDIR
#
# The copy is an overlay over / whose changes live in memory.  It has mounts,
# processes, a host name (mx.example.net) and a network (loopback only) of its
# own: nothing that happens in it reaches this machine or any other.  It ends
# with the command, and the command ends with this script.
#
# The command starts in /source, which is the source folder, read only; the
# build folder is /build.  Packages come from the network once and are kept in
# BUILDDIR/root, as .deb files and as a layer that makes the next start quick.
#
# Without a package, only say whether this machine permits all that.
# Exit status: the command's; 69 where the machine does not permit it.
set -eu

self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
source=$(cd "$(dirname "$0")/../.." && pwd)
. "$source/contrib/lib/contain.sh"

# Mount the copy at $base/root, on top of a layer file if there is one.
mount_copy()
{
	mount -t tmpfs -o mode=755 throw-away "$base"
	cd "$base"
	mkdir layer changes work root
	if [ -f "$layer" ]; then
		tar -C layer --xattrs --xattrs-include='*' -xf "$layer"
	fi
	mount -t overlay -o lowerdir=layer:/,upperdir=changes,workdir=work \
	    throw-away root
	if [ ! -x root/usr/bin/dpkg ] || [ ! -f root/var/lib/dpkg/status ]; then
		echo "/usr or /var is a file system of its own" >&2
		exit 1
	fi
	chmod 1777 root/tmp
	mount -t proc proc root/proc
	mount_devices
	printf '127.0.0.1 mx.example.net localhost\n' >root/etc/hosts
	hostname mx.example.net
}

# Only what programs need: without /dev/log, the machine's log stays clean.
mount_devices()
{
	mount -t tmpfs -o mode=755 devices root/dev
	for device in null zero full random urandom tty; do
		: >"root/dev/$device"
		mount --bind "/dev/$device" "root/dev/$device"
	done
	mkdir -m 1777 root/dev/shm
	ln -s /proc/self/fd root/dev/fd
	ln -s fd/0 root/dev/stdin
	ln -s fd/1 root/dev/stdout
	ln -s fd/2 root/dev/stderr
}

apt_install()
{
	chroot root apt-get install -y -q --no-install-recommends \
	    -o Dir::Cache::archives=/packages \
	    -o APT::Keep-Downloaded-Packages=true \
	    -o APT::Sandbox::User=root \
	    -o DPkg::Options::=--force-unsafe-io "$@"
}

# Inside, with the machine's network: install, keep the result as a layer.
make_layer()
{
	mount_copy
	# The file may be a link to one that only the machine itself has.
	rm -f root/etc/resolv.conf
	cat /etc/resolv.conf >root/etc/resolv.conf
	# Maintainer scripts start no service.
	printf '#!/bin/sh\nexit 101\n' >root/usr/sbin/policy-rc.d
	chmod 755 root/usr/sbin/policy-rc.d
	mkdir -p "$build/root/packages/partial" root/packages
	mount --bind "$build/root/packages" root/packages

	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	apt_install "$@" || {
		chroot root apt-get update -q
		apt_install "$@"
	}
	tar -C changes --xattrs --xattrs-include='*' \
	    --exclude=./var/lib/apt/lists --exclude=./var/cache \
	    -cf "$layer.new" .
	mv "$layer.new" "$layer"
}

# Inside, with a network of its own: become the command.
run_command()
{
	mount_copy
	mkdir root/source root/build
	mount -o bind,ro "$source" root/source
	mount --bind "$build" root/build
	chroot root ip link set lo up
	# shellcheck disable=SC2016 # for the inner shell
	exec chroot root sh -c 'cd /source && exec "$@"' sh "$@"
}

if [ "$1" = --inside ]; then
	build=$2 layer=$3 step=$4
	base=$build/root/mnt
	shift 4
	"$step" "$@"
	exit
fi

mkdir -p "$1/root/mnt"
build=$(cd "$1" && pwd)
shift
if [ "$(id -u)" -ne 0 ]; then
	echo "$0: only root can make a throw-away root" >&2
	exit 69
elif ! refused=$(contain -u -n "$self" --inside "$build" none mount_copy \
    2>&1); then
	echo "$0: no throw-away root on this machine: $refused" >&2
	exit 69
fi
[ $# -gt 0 ] || exit 0

package=$1
shift
machine=$(sha256sum /var/lib/dpkg/status | cut -c 1-12)
layer=$build/root/$package-$machine.tar
# One at a time: apt-get allows no other beside it.
exec 9>"$build/root/lock"
flock 9
if [ ! -f "$layer" ]; then
	echo "Installing $package in a throw-away root."
	log=$build/root/$package.log
	# shellcheck disable=SC2046 # a list of words
	contain -u "$self" --inside "$build" "$layer" make_layer \
	    $(echo "$package" | tr , ' ') iproute2 >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		echo "$0: $package could not be installed; see $log" >&2
		exit 1
	}
fi
exec 9>&-
contain -u -n "$self" --inside "$build" "$layer" run_command "$@"
