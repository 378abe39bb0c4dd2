# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# doctor - smimectl doctor and status beside a real MTA
#
# Sourced by e2e/doctor_*.sh, which set $mta and run_doctor.  Beside the
# variables of contrib/lib/place.sh:
#
# SMIMECTL   the program, below BUILDDIR; default: plain/smimectl

: "${SMIMECTL:=plain/smimectl}"
export SMIMECTL
cd "$(dirname "$0")/../.." || exit
. ./contrib/lib/place.sh
. ./contrib/lib/mail.sh
. ./t/lib/expect.sh
cd "$work" || exit

install -m 755 "$BUILDDIR/$SMIMECTL" "$work/smimectl"
config=$work/smime-milter.conf

# findings: "severity finding", one a line, without those that a throw-away
# root has by nature: no NTP client runs in it, and what make_certificate makes
# is good for 30 days.
examine()
{
	status=0
	run_doctor --json >"$work/doctor.json" || status=$?
	findings=$(jq -r '.findings[] | select(.finding != "clock" and
	    .finding != "cannot-tell" and .finding != "expires-soon") | .severity + " " + .finding' \
	    <"$work/doctor.json" | sort -u)
}

# expect_finding SEVERITY FINDING CHANGE: there, with that line to change.
expect_finding()
{
	examine
	echo "$findings" | grep -qx "$1 $2" ||
	    note "expected $1 $2, found: $findings"
	jq -e --arg finding "$2" --arg change "$3" 'any(.findings[];
	    .finding == $finding and (.change // "") == $change)' \
	    <"$work/doctor.json" >/dev/null ||
	    note "expected the line: $3" "found:" \
		"$(jq -r '.findings[].change' <"$work/doctor.json")"
	case $1 in
	error)	want=2 ;;
	warning) want=1 ;;
	*)	want=0 ;;
	esac
	[ "$status" -ge "$want" ] || note "expected exit status $want: $status"
}

expect_no_finding()
{
	examine
	[ -z "$findings" ] || note "expected nothing, found: $findings"
}

expect_status()
{
	status=0
	"$work/smimectl" status -c "$config" --json >"$work/status.json" ||
	    status=$?
	[ "$status" -eq "$1" ] || note "expected status $1: $status"
	jq -e "$2" <"$work/status.json" >/dev/null ||
	    note "expected $2:" "$(cat "$work/status.json")"
}

# What a throw-away place needs beside what start_all does.
start_place()
{
	make_certificate listed listed ""
	make_certificate local local ""
	make_store collection.sst listed
	start_all
}

status_cases()
{
	begin "status says that the milter is up, and what it wants"
	expect_status 0 '.up and .protocol == 6 and .milliseconds < 1000 and
	    .actions == "add headers, change headers, quarantine, choose macros" and
	    .collection.anchors == 1 and .collection.certificates == 1 and
	    .collection.expired == 0 and (.collection.next_thumbprint |
	    length) == 40 and .local_store.anchors == 1'

	begin "status says that nothing listens"
	milter_stop || true
	expect_status 1 '(.up | not) and .milliseconds == null'
	begin "doctor says so, too"
	expect_finding error no-answer 'systemctl start smime-milter'
	milter_start

	begin "status says what is wrong with a store"
	cp collection.sst good.sst
	head -c 100 good.sst >collection.sst
	expect_status 0 '.up and .collection == null and
	    (.stores_error | test("collection.sst"))'
	begin "doctor says so, too"
	examine
	echo "$findings" | grep -qx 'error trust' || note "found: $findings"
	cp good.sst collection.sst

	begin "doctor finds a wrong configuration, and its line"
	cp "$config" good.conf
	echo 'mode = "exchange"' >>"$config"
	examine
	jq -e --arg line "$(wc -l <"$config")" \
	    'any(.findings[]; .finding == "configuration" and
	    (.what | test(":" + $line + ": mode: ")))' <doctor.json >/dev/null ||
	    note "$(cat doctor.json)"
	cp good.conf "$config"

	begin "doctor finds a file of tomorrow"
	touch -d tomorrow collection.sst
	expect_finding warning future-file \
	    "touch $work/collection.sst   (once the clock is right)"
	touch collection.sst

	begin "doctor finds what expires soon"
	examine
	[ "$(jq '[.findings[] | select(.finding == "expires-soon")] |
	    length' <doctor.json)" -eq 2 ] || note "$(cat doctor.json)"

	begin "doctor finds a bundle of TLS roots"
	if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
		echo 'local-store = "auto"' >>"$config"
		expect_finding warning tls-bundle \
		    'local-store = "/etc/smime-milter/local.pem"'
		cp good.conf "$config"
	fi

	begin "doctor finds a socket that others reach"
	sed -i 's/^socket = .*/socket = "inet:8891@0.0.0.0"/' "$config"
	expect_finding warning open-socket \
	    'socket = "inet:8891@127.0.0.1"   (or let only your MTAs through the firewall)'
	cp good.conf "$config"

	begin "doctor finds that another filter has another name"
	echo 'authserv-id = "mx.example.net"' >>"$config"
	echo 'AuthservID mail.example.net' >/etc/opendkim.conf
	expect_finding note authserv-id 'authserv-id = "mail.example.net"'
	rm /etc/opendkim.conf
	cp good.conf "$config"
}
