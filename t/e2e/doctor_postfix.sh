#!/bin/sh
# SPDX-License-Identifier: ISC
#
# smimectl doctor and status beside a real Postfix: nothing is wrong as our
# guide sets it up; then each defect is put in, and found with the line to
# change.  See t/lib/doctor.sh.
set -eu
mta=postfix
. "$(dirname "$0")/../lib/doctor.sh"

# Files as in a support case; empty: the Postfix that is here.
postconf_file=""

run_doctor()
{
	if [ -n "$postconf_file" ]; then
		set -- "$@" --no-host --postconf "$postconf_file" \
		    --master master.txt
	fi
	MAIL_CONFIG=$work/postfix "$work/smimectl" doctor -c "$config" "$@"
}

# main_defect SEVERITY FINDING LINE CURE: put the line into main.cf.
main_defect()
{
	begin "$2: $3"
	cp "$work/postfix/main.cf" "$work/main.cf.good"
	echo "$3" >>"$work/postfix/main.cf"
	expect_finding "$1" "$2" "$4"
	# The cure cures it.
	if [ -n "$4" ] && [ "${4%=*}" != "$4" ]; then
		echo "$4" >>"$work/postfix/main.cf"
		examine
		echo "$findings" | grep -q " $2\$" && note "not cured by $4"
	fi
	cp "$work/main.cf.good" "$work/postfix/main.cf"
}

# master_defect SEVERITY FINDING LINE CURE: instead of the first service.
master_defect()
{
	begin "$2: $3"
	cp "$work/postfix/master.cf" "$work/master.cf.good"
	{
		echo "$3"
		tail -n +2 "$work/master.cf.good"
	} >"$work/postfix/master.cf"
	expect_finding "$1" "$2" "$4"
	cp "$work/master.cf.good" "$work/postfix/master.cf"
}

socket=unix:smime-milter/smime-milter.sock

postfix_cases()
{
	begin "nothing is wrong as in the guide, but for a note"
	examine
	[ "$findings" = "note output-conversion" ] || note "found: $findings"
	[ "$status" -le 1 ] || note "exit status $status"
	echo 'disable_mime_output_conversion = yes' >>"$work/postfix/main.cf"
	begin "nothing is wrong as in the guide"
	expect_no_finding
	begin "nor by the outputs of postconf, as in a support case"
	postconf -c "$work/postfix" -n >postconf.txt
	postconf -c "$work/postfix" -M >master.txt
	postconf_file=postconf.txt
	expect_no_finding
	postconf_file=""

	# Postfix 3.7 does not have it yet.
	begin "input-conversion: by the output of a newer Postfix"
	echo 'force_mime_input_conversion = yes' >>postconf.txt
	postconf_file=postconf.txt
	expect_finding error input-conversion 'force_mime_input_conversion = no'
	postconf_file=""

	main_defect note output-conversion 'disable_mime_output_conversion = no' \
	    'disable_mime_output_conversion = yes'
	main_defect error not-asked 'smtpd_milters =' \
	    "smtpd_milters = $socket"
	# shellcheck disable=SC2016 # for main.cf
	main_defect warning not-asked-locally 'non_smtpd_milters =' \
	    'non_smtpd_milters = $smtpd_milters'
	main_defect error fails-open 'milter_default_action = accept' \
	    'milter_default_action = tempfail'
	main_defect warning fails-hard 'milter_default_action = reject' \
	    'milter_default_action = tempfail'
	main_defect error fails-open \
	    "smtpd_milters = { $socket, default_action=accept }" \
	    "smtpd_milters = { $socket, default_action=tempfail }"
	main_defect warning protocol 'milter_protocol = 2' 'milter_protocol = 6'
	main_defect warning timeout 'milter_content_timeout = 5s' \
	    'milter_content_timeout = 300s'
	main_defect warning macros 'milter_connect_macros = v _' \
	    'milter_connect_macros = j {daemon_name} {daemon_addr} v _'
	main_defect warning results-before \
	    "smtpd_milters = unix:opendkim/s, $socket" \
	    "smtpd_milters = $socket, unix:opendkim/s"
	main_defect warning body-after \
	    "smtpd_milters = $socket, unix:amavis/s" \
	    "smtpd_milters = unix:amavis/s, $socket"
	main_defect warning body-before \
	    "smtpd_milters = unix:amavis/s, $socket" ''
	main_defect note content-filter 'content_filter = smtp:127.0.0.1:10024' ''
	main_defect note body-checks 'body_checks = static:IGNORE' ''
	main_defect warning added-headers 'always_add_missing_headers = yes' \
	    'always_add_missing_headers = no'
	main_defect error bypassed 'receive_override_options = no_milters' \
	    'receive_override_options = '
	main_defect error socket-chroot \
	    "smtpd_milters = unix:$work/postfix/queue/smime-milter/smime-milter.sock" \
	    "smtpd_milters = $socket"

	master_defect error bypassed 'smtp inet n - y - - smtpd -o smtpd_milters=' \
	    "-o smtpd_milters=$socket"
	master_defect error blind \
	    'smtp inet n - y - - smtpd -o smtpd_proxy_filter=127.0.0.1:10024' \
	    '-o smtpd_milters=   (and ask us in the smtpd that takes mail back from the filter)'
	master_defect warning no-8bitmime \
	    'smtp inet n - y - - smtpd -o smtpd_discard_ehlo_keywords=8bitmime,dsn' \
	    '-o smtpd_discard_ehlo_keywords=dsn'
	begin "twice: a filter gives mail back to us"
	echo 'content_filter = smtp:127.0.0.1:10024' >>"$work/postfix/main.cf"
	master_defect warning twice \
	    '127.0.0.1:10025 inet n - y - - smtpd -o content_filter=' \
	    '-o receive_override_options=no_milters'
	sed -i /^content_filter/d "$work/postfix/main.cf"

	begin "inet:PORT@HOST is how Sendmail writes it"
	cp "$config" good.conf
	sed -i "s/^socket = .*/socket = \"inet:$milter_port@127.0.0.1\"/" \
	    "$config"
	main_defect error socket-syntax \
	    "smtpd_milters = inet:$milter_port@127.0.0.1" \
	    "smtpd_milters = inet:127.0.0.1:$milter_port"
	cp good.conf "$config"
}

# As postfix, connecting says which it is; so the finding is held against it.
access_cases()
{
	folder=$(dirname "$milter_unix")
	begin "socket-denied: the folder lets nobody in"
	chmod 700 "$folder"
	expect_finding error socket-denied "chmod g+x $folder"
	may_connect && note "and yet postfix may connect"
	chmod 750 "$folder"

	begin "socket-denied: the MTA's user is in no group"
	chgrp daemon "$folder"
	expect_finding error socket-denied \
	    'adduser postfix daemon   (then restart the MTA)'
	may_connect && note "and yet postfix may connect"
	chgrp "${milter_user#*:}" "$folder"

	begin "socket-denied: the socket is not for the group"
	chmod 600 "$milter_unix"
	expect_finding error socket-denied \
	    'socket-mode = "0660"   (in smime-milter.conf)'
	may_connect && note "and yet postfix may connect"
	chmod 660 "$milter_unix"

	begin "postfix may connect"
	expect_no_finding
	may_connect || note "postfix may not connect"
}

# status asks as its user would: 0 when it is up.
may_connect()
{
	setpriv --reuid postfix --regid "$(id -g postfix)" --init-groups \
	    "$work/smimectl" status -c "$config" >/dev/null
}

start_place
postfix_cases
access_cases
status_cases
summary
