# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# build - builds outside of the source folder
#
# Sourced, in the source folder.  What is built there is in nobody's way, and
# a second build takes only what has changed.

# The files of the source: what git knows or would add, else all there are.
list_source()
{
	git -c safe.directory='*' ls-files -z -co --exclude-standard \
	    2>/dev/null || find . -name build -prune -o -type f -print0
}

# copy_source BUILD: to BUILD/source, with a configure script.
copy_source()
{
	mkdir -p "$1/source"
	list_source | tar -cf - --null -T - | tar -C "$1/source" -xf -
	if [ ! -x "$1/source/configure" ]; then
		(cd "$1/source" && autoreconf -fi)
	fi
}

# build_in BUILD NAME [CONFIGURE-OPTION]...: both programs, in BUILD/NAME; or
# what PROGRAMS names.
build_in()
{
	mkdir -p "$1/$2"
	(
		cd "$1/$2" || exit
		shift 2
		[ -f Makefile ] || ../source/configure "$@"
		# shellcheck disable=SC2086 # names
		make -j"$(nproc)" ${PROGRAMS:-}
	)
}
