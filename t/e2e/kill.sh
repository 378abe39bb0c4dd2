#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The daemon is killed again and again while mail comes in through a real
# Postfix with milter_default_action = tempfail: each mail arrives, once, and
# with its header.
#
# The variables are those of contrib/lib/place.sh, and
#
# MAILS   how many (default: 200)
# KILLS   how often (default: 5)
# SENDERS how many mails at once (default: 8)
set -eu
mta=postfix
: "${MAILS:=200}" "${KILLS:=5}" "${SENDERS:=8}"
export MAILS KILLS SENDERS
cd "$(dirname "$0")/../.."
. ./contrib/lib/place.sh
. ./contrib/lib/mail.sh
. ./t/lib/messages.sh
. ./t/lib/expect.sh
cd "$work"

# One sender: as an MTA does, it comes again until its mail was taken.
send_until_taken() # FIRST STEP
{
	n=$1
	while [ "$n" -le "$MAILS" ]; do
		file=mails/$n.eml
		{
			printf 'X-Number: %d\r\n' "$n"
			cat alice.eml
		} >"$file"
		reply=$(smtp "$file")
		while [ "$reply" != 250 ]; do
			echo "$reply" >>"replies.$1"
			sleep 0.1
			reply=$(smtp "$file")
		done
		echo "$n" >>"taken.$1"
		n=$((n + $2))
	done
}

taken()
{
	cat taken.* 2>/dev/null | wc -l
}

all_taken_or() # HOW-MANY
{
	[ "$(taken)" -ge "$1" ]
}

queue_is_empty()
{
	postqueue -c "$work/postfix" -p 2>/dev/null | grep -q 'queue is empty'
}

kill_and_start()
{
	kill -KILL "$milter"
	wait "$milter" 2>/dev/null || true
	sleep 0.3
	milter_start || note "it does not start again"
}

make_signers
make_messages
cp listed.sst collection.sst
mkdir mails
start_all
deliver unsigned.eml
[ -z "$noted" ] || {
	tail -n 50 milter.log mta.log >&2
	exit 1
}
rm -f "$mailbox"/*

began=$(date +%s)
begin "mail is taken although the daemon is killed $KILLS times"
sender=1
senders=""
while [ "$sender" -le "$SENDERS" ]; do
	send_until_taken "$sender" "$SENDERS" &
	senders="$senders $!"
	sender=$((sender + 1))
done
killed=0
while [ "$killed" -lt "$KILLS" ]; do
	wait_for 300 all_taken_or "$(((killed + 1) * MAILS / (KILLS + 1)))" ||
	    note "no mail was taken for five minutes"
	kill_and_start
	killed=$((killed + 1))
done
for process in $senders; do
	wait "$process" || note "a sender failed"
done
wait_for 120 queue_is_empty || note "mail is left in the queue"
echo "$(taken) mails in $(($(date +%s) - began)) s; sent again after:" \
    "$(cat replies.* 2>/dev/null | sort | uniq -c | tr -s ' \n' ' ')"
cat replies.* >/dev/null 2>&1 || note "no mail was ever refused"
grep -qvE '^(4..|000)$' replies.* 2>/dev/null &&
    note "some reply was neither temporary nor none"

begin "each arrived, and once"
for file in "$mailbox"/*; do
	fields X-Number "$file"
done | sort -n >arrived
seq "$MAILS" >sent
cmp sent arrived >cmp.out 2>&1 ||
    note "$(cat cmp.out): $(sort sent arrived | uniq -u | head -n 5)"
[ "$(uniq -d arrived | wc -l)" -eq 0 ] ||
    note "twice: $(uniq -d arrived | head -n 5)"

begin "none came without its header, and none with another"
for got in "$mailbox"/*; do
	expect_verdict "smime=pass *policy.smime-trust=collection"
	case $noted in ?*) break ;; esac
done

begin "a forged field is removed also from mail that came in meanwhile"
kill -KILL "$milter"
wait "$milter" 2>/dev/null || true
reply=$(smtp forged.eml)
case $reply in
4??)	;;
*)	note "without the daemon, the answer was $reply" ;;
esac
milter_start || note "it does not start again"
deliver forged.eml
expect_verdict "smime=none *"

begin "it stops cleanly"
milter_stop || note "it ended with status $?"
summary
