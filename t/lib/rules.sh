# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# rules - what policy rules do through every MTA
#
# Sourced by e2e.sh, after cases.sh, whose functions it uses.

# rule LINE...: reload with one rule for the mail of example.org.
rule()
{
	configure 'policy "org" {' '    from-domain = { "example.org" }' \
	    '    require = "pass"' "$@" '}'
}

# The last line that the daemon logged about a message has that text.
expect_logged()
{
	grep 'smime=' "$work/milter.log" | tail -n 1 | grep -q -F -e "$1" ||
	    note "not in the log: $1"
}

# refusal FILE [CURL-OPTION]...: send it; prints the line that refuses it.
refusal()
{
	file=$1
	shift
	curl -sv --max-time 60 -o /dev/null \
	    --url "smtp://127.0.0.1:${port:-$smtp_port}/client.example.org" \
	    --mail-from alice@example.org --mail-rcpt box@example.com \
	    --upload-file "$file" "$@" 2>&1 |
	    tr -d '\r' | sed -n 's/^< \([45][0-9][0-9] .*\)/\1/p' | tail -n 1
}

# numbered NUMBER: an unsigned message with that Message-ID.
numbered()
{
	crlf <<-END
		From: <alice@example.org>
		To: <box@example.com>
		Subject: $1
		Message-ID: <$1@example.org>

		Number $1
	END
}

make_rule_messages()
{
	{
		printf 'X-SMIME-Policy: org; action=accept\r\n'
		printf 'x-smime-policy: forged, too\r\n'
		cat unsigned.eml
	} >tagged.eml
	{
		printf 'From: <mallory@other.example>\r\n'
		cat unsigned.eml
	} >two-from.eml
	sed 's/^From: .*/From: team: bob@other.example, <alice@EXAMPLE.ORG>;\r/' \
	    unsigned.eml >group.eml
	sed 's/^From: .*/From: <alice@sub.example.org>\r/' \
	    unsigned.eml >below.eml
	sed 's/^From: .*/From: <alice@other.example>\r/' \
	    unsigned.eml >other.eml
}

stage_cases()
{
	begin "a rule that watches lets everything through, and says so"
	rule
	deliver unsigned.eml
	expect_verdict "smime=none*"
	expect_logged "action=accept policy=org stage=monitor would=reject"
	deliver alice.eml
	expect_logged "policy=org stage=monitor would=accept unmet=-"

	begin "a rule that tags adds its field; forged ones go"
	rule 'stage = "tag"'
	deliver tagged.eml
	expect_verdict "smime=none*"
	found=$(fields X-SMIME-Policy "$got")
	[ "$found" = "org; action=reject; result=none; reason=unsigned" ] ||
	    note "the tag is: $found"
	deliver alice.eml
	expect_verdict "$(pass_by alice collection)"
	found=$(fields X-SMIME-Policy "$got")
	[ -z "$found" ] || note "a signed message is tagged: $found"

	begin "half of the mail is refused, and a retry changes nothing"
	half

	begin "what is not signed is refused, in words of our own"
	rule 'stage = "reject"' \
	    'reply = "5.7.1 %{from}: %{result} (%{reason}), 100%% signed please"'
	reply=$(refusal unsigned.eml)
	expect_reply "550 5.7.1 alice@example.org: none (unsigned), 100% signed please"
	reply=$(refusal altered.eml)
	expect_reply "550 5.7.1 alice@example.org: fail (digest-mismatch), *"
	deliver alice.eml
	expect_verdict "$(pass_by alice collection)"
	deliver other.eml
	expect_verdict "smime=none*"

	begin "no way of writing the author escapes a rule"
	for name in two-from group below; do
		reply=$(refusal "$name.eml")
		expect_reply "550 5.7.1 *"
	done
	reply=$(refusal unsigned.eml --mail-from '')
	expect_reply "550 5.7.1 *"
}

# The same twenty messages twice.
half()
{
	rule 'stage = "reject"' 'percent = 50'
	first=""
	second=""
	for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		numbered "$number" >numbered.eml
		first="$first $(smtp numbered.eml)"
		second="$second $(smtp numbered.eml)"
	done
	[ "$first" = "$second" ] || note "first:  $first" "second: $second"
	refused=$(echo "$first" | grep -o 550 | wc -l)
	if [ "$refused" -lt 2 ] || [ "$refused" -gt 18 ]; then
		note "$refused of 20 were refused"
	fi
	key=$(dirname "$milter_unix")/policy-key
	[ "$(stat -c %a "$key")" = 600 ] || note "$key is not for us alone"
	wait_for 30 queue_is_empty || note "the queue does not run empty"
}

action_cases()
{
	begin "what is encrypted is held, not let through, not refused"
	rule 'stage = "reject"'
	hold encrypted.eml "action=quarantine; result=encrypted"

	begin "a rule that holds mail holds it, and it can be released"
	rule 'stage = "quarantine"'
	hold unsigned.eml "action=reject; result=none; reason=unsigned"

	begin "what is put off comes again"
	rule 'stage = "reject"' 'unmet = "tempfail"'
	reply=$(refusal unsigned.eml)
	expect_reply "451 4.7.1 *"
	rule
	deliver unsigned.eml
	expect_verdict "smime=none*"

	begin "what is thrown away is nowhere"
	rule 'stage = "reject"' 'unmet = "discard"'
	rm -f "$mailbox"/*
	reply=$(smtp unsigned.eml)
	expect_reply 250
	deliver alice.eml
	[ "$(find "$mailbox" -type f | wc -l)" -eq 1 ] ||
	    note "it was delivered"
	wait_for 10 queue_is_empty || note "it is in the queue"

	begin "a gateway signs for its domain, and the header says so"
	rule 'stage = "reject"' 'signers = { "alice@example.org" }'
	deliver mismatch.eml
	expect_verdict "smime=pass *policy.smime-signer=alias*"
}

# hold FILE TAG: it is held with that tag, and delivered when it is released.
hold()
{
	rm -f "$mailbox"/*
	reply=$(smtp "$1")
	expect_reply 250
	if ! wait_for 10 find_held; then
		note "$1 is not held"
		return
	fi
	grep -a -q -F "org; $2" "$held" || note "held without its tag"
	! arrived || note "it was delivered"
	release
	wait_for 30 arrived || note "not delivered after its release"
	case $(fields X-SMIME-Policy "$got") in
	"org; $2"*) ;;
	*)	note "it came without its tag" ;;
	esac
}

refused_now()
{
	[ "$(smtp unsigned.eml)" = 550 ]
}

file_cases()
{
	begin "a file of domains that changes is read again within ten seconds"
	echo other.example >domains
	configure 'policy "listed" {' "    from-domain = { \"@$work/domains\" }" \
	    '    require = "pass"' '    stage = "reject"' '}'
	deliver unsigned.eml
	echo example.org >domains.new
	mv domains.new domains
	wait_for 12 refused_now || note "still as before"

	begin "a broken file of domains changes nothing"
	echo 'not a domain' >domains.new
	lines=$(wc -l <"$work/milter.log")
	mv domains.new domains
	wait_for 10 log_grew "$lines" || note "nothing is in the log"
	tail -n 1 "$work/milter.log" | grep -q 'domains:1: ' ||
	    note "the log does not say where"
	refused_now || note "the rule is gone"
}

rule_cases()
{
	make_rule_messages
	stage_cases
	action_cases
	file_cases
	configure
}
