# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# sendmail - a private Sendmail on loopback, with the milter
#
# Sourced, after daemon.sh.  It delivers what is for example.com to $mailbox.
# $smtp_port asks the milter through its Unix socket, $smtp_port_inet through
# TCP at $milter_port.

mta_package="sendmail-bin"
mta_user=
mailbox=$work/mailbox/new
# Its MaxHeadersLength is 32768.
long_field_reply=552

mta_installed()
{
	[ -x /usr/libexec/sendmail/sendmail ] &&
	    [ -f /usr/share/sendmail/cf/m4/cf.m4 ]
}

limits="F=T, T=S:30s;R:30s;E:5m"

# The local mailer's flags leave out 9 (decodes text), E (changes "From "),
# P (adds Return-Path), A (asks aliases) and w (wants an account): what is
# delivered can then be compared with what was sent.
write_mc()
{
	second_port="Port=$smtp_port_inet, InputMailFilters=over-tcp"
	cat <<-END
		OSTYPE(\`debian')dnl
		define(\`confDOMAIN_NAME', \`mx.example.net')dnl
		define(\`QUEUE_DIR', \`$work/sendmail/queue')dnl
		define(\`confPID_FILE', \`$work/sendmail/pid')dnl
		define(\`STATUS_FILE', \`$work/sendmail/statistics')dnl
		define(\`HELP_FILE', \`')dnl
		undefine(\`confHOST_STATUS_DIRECTORY')dnl
		undefine(\`ALIAS_FILE')dnl
		define(\`confTO_IDENT', \`0')dnl
		define(\`confMILTER_LOG_LEVEL', \`14')dnl
		define(\`LOCAL_MAILER_PATH', \`$work/sendmail/deliver')dnl
		define(\`LOCAL_MAILER_ARGS', \`deliver \$u')dnl
		MODIFY_MAILER_FLAGS(\`LOCAL', \`lsDFMm5:/|@qnS')dnl
		FEATURE(\`no_default_msa')dnl
		FEATURE(\`nocanonify')dnl
		FEATURE(\`accept_unresolvable_domains')dnl
		DAEMON_OPTIONS(\`Name=unix, Addr=127.0.0.1, Port=$smtp_port')dnl
		DAEMON_OPTIONS(\`Name=inet, Addr=127.0.0.1, $second_port')dnl
		INPUT_MAIL_FILTER(\`smime-milter',
		\`S=unix:$milter_unix, $limits')dnl
		MAIL_FILTER(\`over-tcp', \`S=inet:$milter_port@127.0.0.1, $limits')dnl
		LOCAL_DOMAIN(\`example.com')dnl
		MAILER(\`local')dnl
		MAILER(\`smtp')dnl
	END
}

write_deliver()
{
	cat <<-END
		#!/bin/sh
		set -eu
		cat >"$work/mailbox/\$\$"
		mv "$work/mailbox/\$\$" "$mailbox/\$\$"
	END
}

mta_configure()
{
	smtp_port=$(free_port)
	smtp_port_inet=$(free_port)
	milter_port=$(free_port)
	mkdir -p "$work/sendmail/queue"
	chmod 700 "$work/sendmail/queue"
	install -d -m 777 "$work/mailbox" "$mailbox"
	write_deliver >"$work/sendmail/deliver"
	chmod 755 "$work/sendmail/deliver"
	write_mc >"$work/sendmail/sendmail.mc"
	m4 -D_CF_DIR_=/usr/share/sendmail/cf/ \
	    /usr/share/sendmail/cf/m4/cf.m4 "$work/sendmail/sendmail.mc" \
	    >"$work/sendmail/sendmail.cf"
}

mta_start()
{
	/usr/libexec/sendmail/sendmail -C "$work/sendmail/sendmail.cf" -bD \
	    -X "$work/mta.log" >"$work/mta.out" 2>&1 &
	sendmail=$!
	wait_for 60 listens_tcp "$smtp_port"
}

mta_stop()
{
	kill -TERM "$sendmail"
	wait "$sendmail" || true
}

queue_is_empty()
{
	[ -z "$(find "$work/sendmail/queue" -type f)" ]
}

# The queue file of the message in quarantine, in $held.
find_held()
{
	held=$(find "$work/sendmail/queue" -name 'hf*')
	[ -n "$held" ]
}

release()
{
	/usr/libexec/sendmail/sendmail -C "$work/sendmail/sendmail.cf" \
	    -qQ -Q >>"$work/mta.out" 2>&1
	/usr/libexec/sendmail/sendmail -C "$work/sendmail/sendmail.cf" \
	    -q >>"$work/mta.out" 2>&1
}
