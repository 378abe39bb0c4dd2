# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# expect - cases and what is expected of the mail that arrives
#
# Sourced.  A case is begun with a sentence; what is not as expected is noted,
# and the case fails when something was noted.

passed=0
failed=0
title=""
noted=""

note()
{
	noted="$noted
    $*"
}

end_case()
{
	[ -n "$title" ] || return 0
	if [ -z "$noted" ]; then
		passed=$((passed + 1))
		echo "ok - $title"
	else
		failed=$((failed + 1))
		echo "FAILED - $title$noted"
		echo "    the daemon's log, its end:"
		tail -n 5 "$work/milter.log" | sed 's/^/    | /'
	fi
	title=""
	noted=""
}

begin()
{
	end_case
	title=$*
}

summary()
{
	end_case
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}

# fields NAME FILE: the values of all fields of that name, unfolded.
fields()
{
	awk -v want="$1" '
	    { sub(/\r$/, "") }
	    /^$/ { exit }
	    /^[ \t]/ { if (on) { sub(/^[ \t]+/, " "); value = value $0 }; next }
	    on { print value; on = 0 }
	    tolower(substr($0, 1, length(want) + 1)) == tolower(want) ":" {
		    on = 1
		    value = substr($0, length(want) + 2)
		    sub(/^[ \t]+/, "", value)
	    }
	    END { if (on) print value }' "$2"
}

verdicts()
{
	fields Authentication-Results "$1" | grep -F 'mx.example.net;' || true
}

# What Postfix writes above the header as it delivers.
delivery_fields="return-path|x-original-to|delivered-to"

# Without what an MTA adds on the way, and with LF as the end of a line.
as_sent()
{
	awk -v drop="^($delivery_fields|received|authentication-results)\$" '
	    { sub(/\r$/, "") }
	    /^$/ { body = 1 }
	    body { print; next }
	    /^[ \t]/ { if (keep) print; next }
	    {
		    name = tolower($0)
		    sub(/[ \t]*:.*/, "", name)
		    keep = name !~ drop
		    if (keep) print
	    }' "$1"
}

arrived()
{
	for file in "$mailbox"/*; do
		[ -f "$file" ] || return 1
	done
	got=$file
}

# smtp FILE [CURL-OPTION]...: send it; prints the last reply code.
smtp()
{
	file=$1
	shift
	curl -s --max-time 60 -o /dev/null -w '%{response_code}' \
	    --url "smtp://127.0.0.1:${port:-$smtp_port}/client.example.org" \
	    --mail-from alice@example.org --mail-rcpt box@example.com \
	    --upload-file "$file" "$@" || true
}

# deliver FILE [CURL-OPTION]...: send it and wait for it in $got.
deliver()
{
	rm -f "$mailbox"/*
	got=/dev/null
	reply=$(smtp "$@")
	if [ "$reply" != 250 ]; then
		note "$1: the MTA answered $reply"
	elif ! wait_for 30 arrived; then
		note "$1: not delivered"
	fi
}

# Our verdict on $got is the very first field, the only one in our name, and
# like the pattern.
expect_verdict()
{
	[ "$got" != /dev/null ] || return 0
	found=$(verdicts "$got")
	# shellcheck disable=SC2254 # a pattern
	case $found in
	"mx.example.net; "$1) ;;
	*)	note "expected: mx.example.net; $1"
		note "found:    ${found:-nothing}" ;;
	esac
	first=$(awk -F : -v skip="^($delivery_fields)\$" \
	    'tolower($1) !~ skip { print $1; exit }' "$got")
	[ "$first" = Authentication-Results ] ||
	    note "the first field is $first"
}

expect_no_verdict()
{
	found=$(verdicts "$got")
	[ -z "$found" ] || note "expected no verdict, found: $found"
}

# What arrived is, octet by octet, what was sent.
expect_intact()
{
	as_sent "$1" >"$work/sent"
	as_sent "$got" >"$work/arrived"
	cmp "$work/sent" "$work/arrived" >"$work/cmp" 2>&1 ||
	    note "changed on the way: $(cat "$work/cmp")"
}
