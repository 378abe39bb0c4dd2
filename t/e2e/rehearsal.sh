#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Rehearse a move to the cloud: mail of 40 partners of 12 authorities, of which
# 5 are in the local store only, comes in through a real Postfix with staging
# on.  The report has to name these 5 with the right counts, and the candidate
# collection to close the gap for the same mail once more.
#
# MAILS   how many (default: 240; the long form: 5000)
# BUILDDIR, SMIME_MILTER: see contrib/lib/place.sh
set -eu
mta=postfix
cd "$(dirname "$0")/../.."
. ./contrib/lib/place.sh
. ./contrib/lib/mail.sh
. ./t/lib/expect.sh
smimectl=$BUILDDIR/$(dirname "$SMIME_MILTER")/smimectl
cd "$work"

: "${MAILS:=240}"
partners=40 cas=12 listed=7 # those from listed + 1 on are local only
history=$work/history/history.jsonl

# Partner p has the authority (p - 1) % cas + 1; the last authority signs
# through another certificate, which no mail brings along.
ca_of()
{
	echo $((($1 - 1) % cas + 1))
}

issuer_of()
{
	ca=$(ca_of "$1")
	[ "$ca" -ne "$cas" ] || ca=between
	echo "ca$ca"
}

make_authorities()
{
	for i in $(seq 1 "$cas"); do
		make_certificate "ca$i" "ca$i" ""
		cat "ca$i.pem" >>local.pem
	done
	make_certificate cabetween "ca$cas" ""
	cat cabetween.pem >>local.pem
	# shellcheck disable=SC2046 # names
	make_store collection.sst $(seq -f 'ca%g' 1 "$listed")
}

make_partners()
{
	for p in $(seq 1 "$partners"); do
		make_certificate "p$p" "$(issuer_of "$p")" "p$p@p$p.example"
		letter | sign "p$p" >"p$p.part"
	done
}

# What is signed is the same for each mail of a partner; the rest is not.
make_mails()
{
	mkdir mails
	for i in $(seq 1 "$MAILS"); do
		p=$(((i - 1) % partners + 1))
		printf 'From: <p%d@p%d.example>\r\n' "$p" "$p"
		printf 'To: <box@example.com>\r\nSubject: mail %d\r\n' "$i"
		printf 'Message-ID: <%d@p%d.example>\r\n' "$i" "$p"
		cat "p$p.part"
	done | awk -v RS='From: ' 'NR > 1 {
		printf "From: %s", $0 >("mails/" NR - 1)
		close("mails/" NR - 1)
	}'
}

# One connection for many mails.
send_mails() # FIRST LAST
{
	for i in $(seq "$1" "$2"); do
		[ "$i" -eq "$1" ] || echo next
		cat <<-END
			url = smtp://127.0.0.1:$smtp_port/client.example.org
			mail-from = p@p.example
			mail-rcpt = box@example.com
			upload-file = mails/$i
			silent
			output = /dev/null
		END
	done >curl.conf
	curl -K curl.conf >curl.out 2>&1 || note "curl: $(tail -n 3 curl.out)"
}

lines()
{
	cat "$history"* 2>/dev/null | wc -l
}

has_lines()
{
	[ "$(lines)" -ge "$1" ]
}

# How many of the mails are from partners of that authority.
mails_of() # CA
{
	count=0
	for p in $(seq 1 "$partners"); do
		[ "$(ca_of "$p")" -eq "$1" ] || continue
		count=$((count + (MAILS - p) / partners + (MAILS >= p)))
	done
	echo "$count"
}

expected_gap()
{
	for i in $(seq $((listed + 1)) "$cas"); do
		echo "CN=ca$i,O=Throw-away test $(mails_of "$i")"
	done | sort
}

report()
{
	"$smimectl" report --json "$history"*
}

configure()
{
	milter_configure "unix:$milter_unix" 'staging = yes' \
	    "history = \"$history\"" 'history-max-size = 200k' \
	    'history-keep = 1000'
}

make_authorities
make_partners
make_mails
milter_install "$BUILDDIR/$SMIME_MILTER" "$mta_user"
mkdir history
chown "${milter_user%%:*}" history
mta_configure
configure
milter_start || {
	cat milter.log >&2
	exit 1
}
mta_start

begin "$MAILS mails each have a line, over reload and rotation"
send_mails 1 $((MAILS / 2))
mv "$history" "$history.moved"
milter_reload
send_mails $((MAILS / 2 + 1)) "$MAILS"
wait_for 60 has_lines "$MAILS" || true
[ "$(lines)" -eq "$MAILS" ] || note "there are $(lines) lines"
[ -f "$history.1" ] || note "it was never rotated"
bad=$(report | jq .source.bad_lines)
[ "$bad" -eq 0 ] || note "$bad lines are bad"

begin "the report names exactly the authorities that are missing"
report | jq -r '.gap.by_anchor[] | "\(.name) \(.messages)"' | sort >found
expected_gap >expected
diff expected found >difference || note "$(cat difference)"
passing=$(report | jq '.modes["exchange-2013-sp1"].pass')
[ "$passing" -eq "$MAILS" ] || note "$passing pass on premises"

begin "the header and the log of such a mail say so"
grep -q 'exchange_2013_sp1=pass exchange_online=policy' milter.log ||
    note "not in the log"
grep -lr 'policy.smime-cloud=policy' "$mailbox" >marked || true
gap=$(awk '{ sum += $NF } END { print sum }' expected)
[ "$(wc -l <marked)" -eq "$gap" ] ||
    note "$(wc -l <marked) mails are marked, not $gap"

begin "the candidate lists what is needed, and closes the gap"
seen=$work/history/seen-certificates
"$smimectl" candidate --collection collection.sst "$history"* >review.txt ||
    note "no review"
needed=$(grep -c '^[0-9a-f]' review.txt || true)
[ "$needed" -eq $((cas - listed + 1)) ] || note "$needed are needed"
"$smimectl" candidate --dry-run --collection collection.sst --seen "$seen" \
    --review review.txt "$history"* >dry-run.txt 2>&1 || note "dry run"
grep -qx "verdicts that change: $gap of $MAILS" dry-run.txt ||
    note "$(cat dry-run.txt)"
grep -qx "gap: $gap messages before, 0 after" dry-run.txt ||
    note "$(cat dry-run.txt)"
"$smimectl" candidate --collection collection.sst --seen "$seen" \
    --review review.txt -o candidate.sst "$history"* >candidate.txt 2>&1 ||
    note "$(cat candidate.txt)"

begin "the candidate has no error for the cloud"
"$smimectl" collection lint --for exchange-online --json candidate.sst \
    >lint.json 2>&1 || true
[ "$(jq .errors lint.json)" -eq 0 ] || note "$(cat lint.json)"

begin "what a review leaves out stays out"
grep -v "CN=ca$cas," review.txt >less.txt
"$smimectl" candidate --dry-run --collection collection.sst --seen "$seen" \
    --review less.txt "$history"* >less.out 2>&1 || true
grep -qx "gap: $gap messages before, $(mails_of "$cas") after" less.out ||
    note "$(cat less.out)"

begin "the same mail again has no gap"
report | jq '.gap.messages' >before
rm -f "$history"* "$mailbox"/*
mv candidate.sst collection.sst
configure
milter_reload
send_mails 1 "$MAILS"
wait_for 60 has_lines "$MAILS" || true
report | jq '.gap.messages' >after
[ "$(cat before)" -eq "$gap" ] || note "the gap was $(cat before)"
[ "$(cat after)" -eq 0 ] || note "the gap is $(cat after)"
[ "$(report | jq .messages)" -eq "$MAILS" ] || note "not all mail came"

begin "it stops cleanly"
milter_stop || note "it ended with status $?"
summary
