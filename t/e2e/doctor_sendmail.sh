#!/bin/sh
# SPDX-License-Identifier: ISC
#
# smimectl doctor and status beside a real Sendmail: nothing is wrong as our
# guide sets it up; then each defect is put into sendmail.mc, and found with
# the line to change.  See t/lib/doctor.sh.
set -eu
mta=sendmail
. "$(dirname "$0")/../lib/doctor.sh"

run_doctor()
{
	"$work/smimectl" doctor -c "$config" \
	    --sendmail "$work/sendmail/sendmail.cf" "$@"
}

make_cf()
{
	m4 -D_CF_DIR_=/usr/share/sendmail/cf/ \
	    /usr/share/sendmail/cf/m4/cf.m4 "$work/sendmail/sendmail.mc" \
	    >"$work/sendmail/sendmail.cf"
}

# mc_defect SEVERITY FINDING SED CURE: edit sendmail.mc.
mc_defect()
{
	begin "$2: $3"
	cp "$work/sendmail/sendmail.mc" "$work/mc.good"
	sed -i "$3" "$work/sendmail/sendmail.mc"
	make_cf
	cmp -s "$work/sendmail/sendmail.mc" "$work/mc.good" &&
	    note "nothing was changed"
	expect_finding "$1" "$2" "$4"
	cp "$work/mc.good" "$work/sendmail/sendmail.mc"
	make_cf
}

sendmail_cases()
{
	line="INPUT_MAIL_FILTER(\`smime-milter', \`S=unix:$milter_unix, F=T, T=S:30s;R:30s;E:5m')dnl"

	begin "nothing is wrong as in the guide, but for a note"
	examine
	[ "$findings" = "note output-conversion" ] || note "found: $findings"
	expect_finding note output-conversion \
	    "MODIFY_MAILER_FLAGS(\`ESMTP', \`+8')dnl"

	begin "nothing is wrong once that is done"
	sed -i "s/^MAILER(.local/MODIFY_MAILER_FLAGS(\`ESMTP', \`+8')dnl\n&/" \
	    "$work/sendmail/sendmail.mc"
	make_cf
	expect_no_finding

	mc_defect error fails-open "/unix:/s/F=T, //" "$line"
	mc_defect warning fails-hard "/unix:/s/F=T/F=R/" "$line"
	mc_defect warning timeout "/unix:/s/R:30s/R:2s/" "$line"
	mc_defect error not-asked "s/^INPUT_MAIL_FILTER/MAIL_FILTER/" "$line"
	mc_defect error not-asked "/unix:/s/S=unix:/S=unix:\/elsewhere/" "$line"
	mc_defect error bypassed \
	    "s/^LOCAL_DOMAIN/DAEMON_OPTIONS(\`Name=MTA, Port=smtp, InputMailFilters=over-tcp')dnl\n&/" \
	    'InputMailFilters=over-tcp;smime-milter'
	mc_defect warning macros \
	    "s/^MAILER(.local/define(\`confMILTER_MACROS_CONNECT', \`_')dnl\n&/" \
	    "define(\`confMILTER_MACROS_CONNECT', \`j, _, {daemon_name}, {if_name}, {if_addr}')dnl"
	mc_defect warning results-before \
	    "s/^INPUT_MAIL_FILTER/INPUT_MAIL_FILTER(\`opendkim', \`S=unix:\/run\/o, F=T')dnl\n&/" \
	    "define(\`confINPUT_MAIL_FILTERS', \`smime-milter, opendkim')dnl"
	mc_defect warning body-after \
	    "s/^MAIL_FILTER/INPUT_MAIL_FILTER(\`mimedefang', \`S=unix:\/run\/m, F=T')dnl\n&/" \
	    "define(\`confINPUT_MAIL_FILTERS', \`mimedefang, smime-milter')dnl"
	mc_defect note seven-bits \
	    "s/^MAILER(.local/define(\`confEIGHT_BIT_HANDLING', \`mimefy')dnl\n&/" \
	    "define(\`confEIGHT_BIT_HANDLING', \`pass8')dnl"
	mc_defect note seven-bits \
	    "s/^MAILER(.local/MODIFY_MAILER_FLAGS(\`SMTP', \`+7')dnl\n&/" \
	    "MODIFY_MAILER_FLAGS(\`SMTP', \`-7')dnl"
	mc_defect warning headers-length \
	    "s/^MAILER(.local/define(\`confMAX_HEADERS_LENGTH', \`0')dnl\n&/" \
	    "define(\`confMAX_HEADERS_LENGTH', \`32768')dnl"
	mc_defect error socket-unsafe \
	    "s/^MAILER(.local/define(\`confDONT_BLAME_SENDMAIL', \`GroupWritableDirPathSafe')dnl\n&/" \
	    "define(\`confDONT_BLAME_SENDMAIL', \`safe')dnl"

	begin "socket-denied: RunAsUser is in no group"
	cp "$work/sendmail/sendmail.mc" "$work/mc.good"
	sed -i "s/^MAILER(.local/define(\`confRUN_AS_USER', \`daemon')dnl\n&/" \
	    "$work/sendmail/sendmail.mc"
	make_cf
	chmod 700 "$(dirname "$milter_unix")"
	expect_finding error socket-denied \
	    "chmod g+x $(dirname "$milter_unix")"
	chmod 750 "$(dirname "$milter_unix")"
	cp "$work/mc.good" "$work/sendmail/sendmail.mc"
	make_cf

	begin "socket-unsafe: a folder that others can write to"
	chmod 777 "$(dirname "$milter_unix")"
	expect_finding error socket-unsafe \
	    "chmod go-w $(dirname "$milter_unix")"
	chmod 750 "$(dirname "$milter_unix")"

	begin "no-mta: that is not a sendmail.cf"
	status=0
	"$work/smimectl" doctor -c "$config" \
	    --sendmail "$work/sendmail/sendmail.mc" >out || status=$?
	grep -q 'no-mta: .*sendmail.mc:.*expected a sendmail.cf' out ||
	    note "$(cat out)"
	[ "$status" -eq 1 ] || note "exit status $status"
}

start_place
sendmail_cases
status_cases
summary
