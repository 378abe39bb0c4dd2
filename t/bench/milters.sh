# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# milters - those that are compared, and Postfix in front of them
#
# Sourced.  A milter NAME has its process in $work/NAME.pid and its socket, a
# path or a port, in $work/NAME.at.

unprivileged=""
if [ "$(id -u)" -eq 0 ]; then
	unprivileged="setpriv --reuid nobody --regid nogroup --clear-groups --"
fi

have_opendkim()
{
	[ "$CELLS" = all ] && [ -x /usr/sbin/opendkim ]
}

listens()
{
	case $1 in
	/*)	listens_unix "$1" ;;
	*)	listens_tcp "$1" ;;
	esac
}

# start NAME SOCKET COMMAND...
start()
{
	name=$1 at=$2
	shift 2
	# shellcheck disable=SC2086 # a command and its options
	$unprivileged "$@" >"$work/$name.log" 2>&1 &
	echo $! >"$work/$name.pid"
	echo "$at" >"$work/$name.at"
	processes="$processes $!"
	if ! wait_for 20 listens "$at"; then
		echo "$name does not start:" >&2
		cat "$work/$name.log" >&2
		exit 1
	fi
	# Postfix comes as another user.
	[ ! -S "$at" ] || chmod 666 "$at"
}

stop() # NAME
{
	stopped=$(cat "$work/$1.pid")
	kill "$stopped"
	wait "$stopped" || true
	processes=$(echo "$processes " | sed "s/ $stopped / /")
}

write_settings() # SOCKET
{
	cat <<-END
		socket = "$1"
		user = ""
		authserv-id = "mx.example.net"
		collection = { "$work/collection.pem" }
		local-store = "none"
		internal-hosts = {}
		policy-key = "$work/run/policy-key"
		log = "stderr"
		log-level = "warning"
	END
}

start_ours() # NAME
{
	write_settings "unix:$work/run/$1.sock" >"$work/$1.conf"
	start "$1" "$work/run/$1.sock" \
	    "$BUILDDIR/smime-milter" -f -c "$work/$1.conf"
}

start_floor() # NAME [-d]
{
	name=$1
	shift
	start "$name" "$work/run/$name.sock" \
	    "$BUILDDIR/t/bench/floor" "$@" "unix:$work/run/$name.sock"
}

start_on_tcp()
{
	port=$(free_port)
	start floor-tcp "$port" \
	    "$BUILDDIR/t/bench/floor" "inet:$port@127.0.0.1"
	port=$(free_port)
	write_settings "inet:$port@127.0.0.1" >"$work/ours-tcp.conf"
	start ours-tcp "$port" \
	    "$BUILDDIR/smime-milter" -f -c "$work/ours-tcp.conf"
}

# Its keys come from a file: nothing asks the DNS.
start_opendkim()
{
	cat >"$work/opendkim.conf" <<-END
		Mode v
		Socket local:$work/run/opendkim.sock
		TestPublicKeys $work/dkim.keys
		AuthservID mx.example.net
		Background no
	END
	start opendkim "$work/run/opendkim.sock" \
	    /usr/sbin/opendkim -f -x "$work/opendkim.conf"
}

start_milters()
{
	mkdir "$work/run"
	[ -z "$unprivileged" ] || chown nobody "$work/run"
	start_floor floor
	start_floor hash -d
	start_ours ours
	start_on_tcp
	! have_opendkim || start_opendkim
}

# A port of Postfix for each milter it may ask.
write_services()
{
	for name in none floor ours floor-tcp ours-tcp; do
		free_port >"$work/$name.smtp"
		case $name in
		none)	asked="" ;;
		*-tcp)	asked=inet:127.0.0.1:$(cat "$work/$name.at") ;;
		*)	asked=unix:$(cat "$work/$name.at") ;;
		esac
		echo "127.0.0.1:$(cat "$work/$name.smtp") inet n - n - - smtpd"
		echo "    -o smtpd_milters=$asked"
	done
	echo "discard unix - - n - - discard"
}

# What comes in goes nowhere, and is not held back to get rid of it first.
start_postfix()
{
	[ -n "${THROW_AWAY:-}" ] || return 0
	mta_configure
	write_services >>"$work/postfix/master.cf"
	cat >>"$work/postfix/main.cf" <<-END
		in_flow_delay = 0
		relay_domains = discard.example
		relay_transport = discard:
	END
	mta_start
	postfix_runs=yes
	sed 's/\r$//' "$work/2k/0.eml" >"$work/2k.lf"
	send_through ours 1 box@example.com
	wait_for 20 delivered || {
		tail -n 20 "$work/mta.log" >&2
		echo "no verdict comes through Postfix" >&2
		exit 1
	}
}

delivered()
{
	grep -q -r 'smime=pass' "$mailbox" 2>/dev/null
}

send_through() # MILTER MESSAGES RECIPIENT
{
	/usr/sbin/smtp-source -s 8 -m "$2" -f alice@example.org -t "$3" \
	    -F "$work/2k.lf" "127.0.0.1:$(cat "$work/$1.smtp")"
}
