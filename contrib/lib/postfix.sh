# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# postfix - a private Postfix on loopback, with the milter
#
# Sourced, after daemon.sh.  It delivers what is for example.com to $mailbox.
# $smtp_port asks the milter through its Unix socket, from a chroot as on
# Debian; $smtp_port_inet through TCP at $milter_port.

mta_package=postfix
mta_user=postfix
mailbox=$work/mailbox/new
milter_unix=$work/postfix/queue/smime-milter/smime-milter.sock
# It cuts a longer field at 60 000 octets before a milter sees it.
long_field_reply=250

mta_installed()
{
	[ -x /usr/sbin/postfix ]
}

write_main_cf()
{
	cat <<-END
		compatibility_level = 3.6
		queue_directory = $work/postfix/queue
		data_directory = $work/postfix/data
		maillog_file_prefixes = $work
		maillog_file = $work/mta.log
		myhostname = mx.example.net
		mydestination =
		mynetworks = 127.0.0.0/8
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		smtpd_client_connection_rate_limit = 0
		alias_maps =
		virtual_mailbox_domains = example.com
		virtual_mailbox_base = $work
		virtual_mailbox_maps = static:mailbox/
		virtual_uid_maps = static:$(id -u nobody)
		virtual_gid_maps = static:$(id -g nobody)
		smtpd_milters = unix:smime-milter/smime-milter.sock
		non_smtpd_milters = unix:$milter_unix
		milter_default_action = tempfail
		milter_protocol = 6
	END
}

write_master_cf()
{
	cat <<-END
		127.0.0.1:$smtp_port inet n - y - - smtpd
		127.0.0.1:$smtp_port_inet inet n - n - - smtpd
		    -o smtpd_milters=inet:127.0.0.1:$milter_port
		pickup unix n - n 60 1 pickup
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		rewrite unix - - n - - trivial-rewrite
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		trace unix - - n - 0 bounce
		verify unix - - n - 1 verify
		proxymap unix - - n - - proxymap
		error unix - - n - - error
		retry unix - - n - - error
		virtual unix - n n - - virtual
		anvil unix - - n - 1 anvil
		postlog unix-dgram n - n - 1 postlogd
	END
}

mta_configure()
{
	smtp_port=$(free_port)
	smtp_port_inet=$(free_port)
	milter_port=$(free_port)
	mkdir -p "$work/postfix/queue" "$work/postfix/data"
	install -d -o nobody "$work/mailbox"
	chown postfix "$work/postfix/data"
	write_main_cf >"$work/postfix/main.cf"
	write_master_cf >"$work/postfix/master.cf"
}

mta_start()
{
	postfix -c "$work/postfix" start >"$work/mta.out" 2>&1
	wait_for 10 listens_tcp "$smtp_port"
}

mta_stop()
{
	postfix -c "$work/postfix" stop >>"$work/mta.out" 2>&1
}

# submit FILE: as a program on this machine would.
submit()
{
	/usr/sbin/sendmail -C "$work/postfix" -i -f alice@example.org \
	    box@example.com <"$1"
}

queue_is_empty()
{
	[ -z "$(find "$work/postfix/queue/incoming" \
	    "$work/postfix/queue/active" "$work/postfix/queue/deferred" \
	    "$work/postfix/queue/hold" -type f)" ]
}

# The queue file of the message on hold, in $held.
find_held()
{
	held=$(find "$work/postfix/queue/hold" -type f)
	[ -n "$held" ]
}

release()
{
	postsuper -c "$work/postfix" -H ALL >>"$work/mta.out" 2>&1
	postqueue -c "$work/postfix" -f >>"$work/mta.out" 2>&1
}
