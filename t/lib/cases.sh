# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# cases - what has to hold through every MTA
#
# Sourced by e2e.sh.  The daemon runs, with the collection listed.sst, the
# local store local.pem and the default mode.

pass_by()
{
	echo "smime=pass body.smime-identifier=$1@example.org" \
	    "body.smime-part=2 policy.smime-trust=$2"
}

verdict_cases()
{
	begin "a detached signature passes, by the collection"
	deliver alice.eml
	expect_verdict "$(pass_by alice collection)"
	expect_intact alice.eml

	begin "an opaque signature passes"
	deliver opaque.eml
	expect_verdict "smime=pass *body.smime-part=1 policy.smime-trust=collection"
	expect_intact opaque.eml

	begin "an altered message fails"
	deliver altered.eml
	expect_verdict "smime=fail reason=digest-mismatch*"
	expect_intact altered.eml

	begin "an unsigned message has no signature"
	deliver unsigned.eml
	expect_verdict "smime=none*"
	expect_intact unsigned.eml

	begin "a message without a body has no signature"
	deliver empty.eml
	expect_verdict "smime=none*"

	begin "a signer whom nobody vouches for is untrusted"
	deliver mallory.eml
	expect_verdict "smime=policy reason=untrusted*"

	begin "another From than the signer's is a mismatch"
	deliver mismatch.eml
	expect_verdict "smime=policy reason=from-mismatch*"

	begin "a signer whose certificate is nowhere is missing"
	deliver omitted.eml
	expect_verdict "smime=permerror reason=signer-missing*"

	begin "an encrypted message gets no verdict"
	deliver encrypted.eml
	expect_no_verdict
	expect_intact encrypted.eml
}

removal_cases()
{
	begin "forged fields go from unsigned mail, a foreign one stays"
	deliver forged.eml
	expect_verdict "smime=none*"
	expect_fields 'other.example.com; dkim=pass'
	expect_intact forged.eml

	begin "forged fields go from signed mail, a foreign one stays"
	deliver forged-signed.eml
	expect_verdict "$(pass_by alice collection)"
	expect_fields 'other.example.com; dkim=pass'
}

# The fields of that name beside our own, which comes first.
expect_fields()
{
	found=$(fields Authentication-Results "$got" | tail -n +2)
	[ "$found" = "$1" ] || note "expected also: $1, found: $found"
}

protocol_cases()
{
	begin "a bounce, which has no sender, is judged like other mail"
	deliver alice.eml --mail-from ''
	expect_verdict "$(pass_by alice collection)"

	begin "a field of 70 kB does no harm"
	if [ "$long_field_reply" = 250 ]; then
		deliver long.eml
		expect_verdict "$(pass_by alice collection)"
	else
		reply=$(smtp long.eml)
		expect_reply "$long_field_reply"
	fi
	deliver alice.eml
	expect_verdict "$(pass_by alice collection)"

	begin "of two messages on one connection each has its own verdict"
	two_on_one_connection
}

arrived_two()
{
	[ "$(find "$mailbox" -type f | wc -l)" -eq 2 ]
}

two_on_one_connection()
{
	rm -f "$mailbox"/*
	smtp alice.eml --trace-ascii "$work/trace" --next -s -o /dev/null \
	    --url "smtp://127.0.0.1:$smtp_port/client.example.org" \
	    --mail-from alice@example.org --mail-rcpt box@example.com \
	    --upload-file unsigned.eml >/dev/null
	grep -q 'Re-using existing connection' "$work/trace" ||
	    note "not one connection"
	wait_for 30 arrived_two || note "not delivered"
	for got in "$mailbox"/*; do
		case $(fields Subject "$got") in
		signed)	expect_verdict "$(pass_by alice collection)" ;;
		*)	expect_verdict "smime=none*" ;;
		esac
	done
}

mode_cases()
{
	begin "exchange-2013-sp1 falls back on the local store"
	deliver carol.eml
	expect_verdict "$(pass_by carol local)"

	begin "exchange-online knows the collection only"
	configure 'mode = "exchange-online"'
	deliver alice.eml
	expect_verdict "$(pass_by alice collection)"
	deliver carol.eml
	expect_verdict "smime=policy reason=untrusted*"

	begin "local knows the local store only"
	configure 'mode = "local"'
	deliver carol.eml
	expect_verdict "$(pass_by carol local)"
	deliver alice.eml
	expect_verdict "smime=policy reason=untrusted*"

	configure
}

# Reload with these lines added to the configuration.
configure()
{
	milter_configure "$milter_socket" "$@"
	milter_reload || note "the reload is not in the log"
}

reload_cases()
{
	begin "SIGUSR1 reloads the collection"
	configure 'mode = "exchange-online"'
	deliver carol.eml
	expect_verdict "smime=policy reason=untrusted*"
	cp both.sst collection.sst
	milter_reload || note "the reload is not in the log"
	deliver carol.eml
	expect_verdict "$(pass_by carol collection)"

	begin "a broken collection is reported and changes nothing"
	replace_collection broken.sst
	milter_reload || note "the reload is not in the log"
	tail -n 3 "$work/milter.log" | grep -q collection.sst ||
	    note "the log does not name the file"
	deliver carol.eml
	expect_verdict "$(pass_by carol collection)"

	begin "a replaced collection is in force within ten seconds"
	replace_collection listed.sst
	wait_for 10 carol_is_untrusted || note "still as before"
	grep -q 'collection: removed [0-9A-F]\{40\} "' "$work/milter.log" ||
	    note "the log does not name what was removed"

	replace_collection listed.sst
	configure
}

replace_collection()
{
	cp "$1" collection.new
	mv collection.new collection.sst
}

carol_is_untrusted()
{
	deliver carol.eml
	case $(verdicts "$got") in
	*smime=policy\ reason=untrusted*) return 0 ;;
	*) return 1 ;;
	esac
}

life_cases()
{
	begin "a stranger at the socket does no harm"
	curl -s --max-time 5 --unix-socket "$milter_unix" \
	    http://stranger/ >/dev/null || true
	deliver alice.eml
	expect_verdict "$(pass_by alice collection)"

	begin "SIGTERM stops it, and its socket goes"
	milter_stop || note "it ended with status $?"
	[ ! -e "$milter_unix" ] || note "the socket is still there"

	begin "while it is dead, mail waits at the client"
	reply=$(smtp alice.eml)
	expect_reply '4??'
	milter_start || note "it did not start"
	deliver alice.eml
	kill -KILL "$milter"
	wait "$milter" 2>/dev/null || true
	reply=$(smtp alice.eml)
	expect_reply '4??'

	begin "it starts where a socket was left behind"
	milter_start || note "it did not start"
	deliver alice.eml
	expect_verdict "$(pass_by alice collection)"
	milter_stop || note "it ended with status $?"
}

# Postfix only: to Sendmail, such mail comes through SMTP too.
submission_cases()
{
	begin "mail that a program submits is judged like other mail"
	rm -f "$mailbox"/*
	submit forged-signed.eml
	wait_for 30 arrived || note "not delivered"
	expect_verdict "$(pass_by alice collection)"
	expect_fields 'other.example.com; dkim=pass'
}

expect_reply()
{
	# shellcheck disable=SC2254 # a pattern
	case $reply in
	$1) ;;
	*)	note "expected reply $1, got $reply" ;;
	esac
}

inet_cases()
{
	milter_configure "inet:$milter_port@127.0.0.1"
	milter_start

	begin "a connection that says nothing does no harm"
	curl -s --max-time 1 "telnet://127.0.0.1:$milter_port" </dev/null || true

	begin "the daemon serves through TCP"
	port=$smtp_port_inet
	deliver alice.eml
	expect_verdict "$(pass_by alice collection)"
	expect_intact alice.eml
	milter_stop || note "it ended with status $?"
	port=$smtp_port
}

report_cases()
{
	begin "neither a sanitizer nor valgrind has anything to report"
	if grep -q -E 'ERROR: [A-Za-z]*Sanitizer|runtime error:|ERROR SUMMARY: [1-9]' \
	    "$work/milter.log"; then
		grep -v '^smime-milter: ' "$work/milter.log" | head -n 200
		note "the report is above"
	fi
}

# All, or with "short" what a slow daemon can do in a minute.
run_cases()
{
	verdict_cases
	removal_cases
	protocol_cases
	if [ "$1" = all ]; then
		[ "$mta" != postfix ] || submission_cases
		mode_cases
		reload_cases
		rule_cases
		life_cases
		inet_cases
	else
		begin "it ends well"
		milter_stop || note "it ended with status $?"
	fi
	report_cases
}
