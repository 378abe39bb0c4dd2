# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# daemon - a private smime-milter: configure, start, reload, stop
#
# Sourced.  All of it lives in $work, a folder that everybody can enter.

milter_unix=$work/run/smime-milter.sock
milter_user=nobody
milter=""

# Try a command until it succeeds, ten times a second.
wait_for() # SECONDS COMMAND [ARGUMENT]...
{
	seconds=$1
	shift
	wait_until "$(($(date +%s) + seconds))" "$@"
}

# The deadline is a parameter, for a command that waits as well.
wait_until() # DEADLINE COMMAND [ARGUMENT]...
{
	while ! but_first "$@"; do
		[ "$(date +%s)" -lt "$1" ] || return 1
		sleep 0.1
	done
}

but_first()
{
	shift
	"$@"
}

listens_unix() # PATH
{
	awk -v path="$1" '$4 == "00010000" && $NF == path { found = 1 }
	    END { exit !found }' /proc/net/unix
}

listens_tcp() # PORT
{
	grep -q ":$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp
}

# A port that nobody listens on, below those that the kernel hands out.
free_port()
{
	port=$(shuf -n 1 -i 10000-32000)
	while listens_tcp "$port"; do
		port=$(shuf -n 1 -i 10000-32000)
	done
	echo "$port"
}

# milter_install BINARY [MTA-USER]: copy it to where its user can reach it, and
# let the MTA's user into the folder of its socket.
milter_install()
{
	install -m 755 "$1" "$work/smime-milter"
	group=${2:-$(id -gn)}
	if [ "$(id -u)" -ne 0 ]; then
		milter_user=$(id -un)
	elif [ -n "${THROW_AWAY:-}" ]; then
		useradd --system --user-group smime-milter
		milter_user=smime-milter
		[ -z "${2:-}" ] || usermod -a -G smime-milter "$2"
		group=smime-milter
	fi
	install -d -m 750 -o "$milter_user" -g "$group" \
	    "$(dirname "$milter_unix")"
	[ "$(id -u)" -ne 0 ] || milter_user=$milter_user:$group
}

# milter_configure SOCKET [LINE]...
milter_configure()
{
	milter_socket=$1
	shift
	{
		cat <<-END
			socket = "$milter_socket"
			user = "$milter_user"
			collection = { "$work/collection.sst" }
			local-store = "$work/local.pem"
			internal-hosts = {}
			policy-key = "$(dirname "$milter_unix")/policy-key"
		END
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$work/smime-milter.conf.new"
	mv "$work/smime-milter.conf.new" "$work/smime-milter.conf"
}

milter_listens()
{
	case $milter_socket in
	unix:*)	listens_unix "${milter_socket#unix:}" ;;
	*)	port=${milter_socket#inet:}
		listens_tcp "${port%@*}" ;;
	esac
}

milter_ready_or_dead()
{
	milter_listens || ! kill -0 "$milter" 2>/dev/null
}

# Start it, under the command in $UNDER if there is one.
milter_start()
{
	# shellcheck disable=SC2086 # a command and its options
	${UNDER:-} "$work/smime-milter" -f -l -c "$work/smime-milter.conf" \
	    >>"$work/milter.log" 2>&1 &
	milter=$!
	wait_for 60 milter_ready_or_dead && milter_listens
}

log_grew() # LINES
{
	[ "$(wc -l <"$work/milter.log")" -gt "$1" ]
}

# Whatever comes of it, a reload says so in the log.
milter_reload()
{
	lines=$(wc -l <"$work/milter.log")
	kill -USR1 "$milter"
	wait_for 10 log_grew "$lines"
}

# Stop it; returns its exit status.
milter_stop()
{
	status=0
	kill -TERM "$milter" || return 1
	wait "$milter" || status=$?
	milter=""
	return "$status"
}
