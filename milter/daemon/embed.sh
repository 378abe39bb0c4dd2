#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Files as arrays of C, on standard output: mail_rsa_pss[] for rsa-pss.eml.
#
# Usage: milter/daemon/embed.sh FILE...
set -eu

echo "/* Made by milter/daemon/embed.sh; do not edit. */"
for file in "$@"; do
	name=$(basename "$file" | sed 's/\..*//' | tr - _)
	echo "static const uint8_t mail_${name}[] = {"
	od -An -v -tu1 "$file" | sed 's/\([0-9][0-9]*\)/\1,/g'
	echo "};"
done
