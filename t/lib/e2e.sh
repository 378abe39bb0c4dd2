# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# e2e - run the cases through one MTA
#
# Sourced by e2e/postfix.sh and e2e/sendmail.sh, which set $mta.  Beside the
# variables of contrib/lib/place.sh:
#
# UNDER   a command to run the daemon under, such as valgrind
# CASES   all (default) or short

cd "$(dirname "$0")/../.." || exit
. ./contrib/lib/place.sh
. ./contrib/lib/mail.sh
. ./t/lib/messages.sh
. ./t/lib/expect.sh
. ./t/lib/cases.sh
. ./t/lib/rules.sh
cd "$work" || exit

make_signers
make_messages
cp listed.sst collection.sst
start_all
deliver unsigned.eml
if [ -n "$noted" ]; then
	tail -n 50 "$work/milter.log" "$work/mta.log" >&2
	echo "$0: no mail gets through:$noted" >&2
	exit 1
fi
run_cases "${CASES:-all}"
summary
