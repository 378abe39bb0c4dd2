#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What contrib/ has for Prometheus and Grafana, against what the daemon says.
#
# BUILDDIR/SMIME_MILTER is the daemon (default: build/plain/smime-milter).
# promtool comes from Debian's package prometheus, which is fetched once and
# unpacked below BUILDDIR, not installed; without it only names are checked.
set -eu
cd "$(dirname "$0")/../.."
: "${BUILDDIR:=$PWD/build}" "${SMIME_MILTER:=plain/smime-milter}"

work=$(mktemp -d)
chmod 755 "$work"
for part in contrib/lib/daemon contrib/lib/mail t/lib/messages t/lib/expect; do
	. "./$part.sh"
done
source=$PWD
rules=$source/contrib/prometheus
dashboard=$source/contrib/grafana/smime-milter.json
port=$(free_port)

clean_up()
{
	[ -z "$milter" ] || kill -KILL "$milter" 2>/dev/null || true
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# The path of promtool, fetched if need be; nothing when it cannot be had.
find_promtool()
{
	command -v promtool && return
	tools=$BUILDDIR/prometheus
	if [ ! -x "$tools/usr/bin/promtool" ]; then
		mkdir -p "$tools"
		chmod 755 "$tools"
		(
			cd "$tools"
			apt-get download -o APT::Sandbox::User=root prometheus
			dpkg-deb -x prometheus_*.deb .
			rm -f prometheus_*.deb
		) >"$work/fetch.log" 2>&1 || return 0
	fi
	echo "$tools/usr/bin/promtool"
}

# Names of ours that an expression uses.
names()
{
	grep -oE '\bsmime_milter_[a-z_]+' "$@" | sort -u
}

tool()
{
	"$promtool" "$@" >"$work/tool.log" 2>&1 || note "$(cat "$work/tool.log")"
}

milter_install "$BUILDDIR/$SMIME_MILTER"
cd "$work"
make_signers
make_messages
cp listed.sst collection.sst
milter_configure "unix:$milter_unix" "metrics-listen = \"$port\""
milter_start || {
	cat "$work/milter.log" >&2
	exit 1
}
${CC:-cc} -std=c11 -D_GNU_SOURCE -O2 -I"$source" -o mload \
    "$source"/t/lib/mload/*.c -pthread
promtool=$(find_promtool)

begin "the page counts the mail that came in"
./mload -s "$milter_unix" -n 30 alice.eml=pass altered.eml=fail unsigned.eml=none
curl -sf "http://127.0.0.1:$port/metrics" >page || note "no page"
for line in \
    'messages_total{result="pass",reason="ok",trust="collection",action="accept"} 10' \
    'messages_total{result="none",reason="unsigned",trust="none",action="accept"} 10' \
    'stage_seconds_count{stage="judging"} 30' 'connections_total 3'; do
	grep -qxF "smime_milter_$line" page || note "missing: $line"
done

begin "its counters are those of another scrape, until mail comes in"
sleep 1.1
curl -sf "http://127.0.0.1:$port/metrics" >again
grep ^smime page | grep -v _process_ >page.ours
grep ^smime again | grep -v _process_ >again.ours
cmp page.ours again.ours || note "they differ"

begin "the alerts and the dashboard ask for what there is"
sed -n 's/^# TYPE \([^ ]*\) histogram$/\1_bucket/p
    s/^# TYPE \([^ ]*\) .*/\1/p' page | sort >there
jq -r '.panels[].targets[].expr' "$dashboard" >expressions ||
    note "the dashboard is no JSON"
[ "$(wc -l <expressions)" -ge 10 ] || note "the dashboard has no expressions"
names expressions "$rules/smime-milter.rules.yml" | sed 's/.*://' |
    sort -u >asked
comm -13 there asked >unknown
[ ! -s unknown ] || note "there is no $(cat unknown)"

if [ -n "$promtool" ]; then
	begin "promtool has nothing against the page"
	"$promtool" check metrics <page >tool.log 2>&1 ||
	    note "$(cat tool.log)"

	begin "promtool understands the alerts"
	tool check rules "$rules/smime-milter.rules.yml"

	begin "the alerts do what they are for"
	tool test rules "$rules/smime-milter.test.yml"

	begin "promtool understands the dashboard"
	jq '{groups: [{name: "d", rules: [.panels[].targets[].expr
	    | gsub("\\$__rate_interval"; "5m") | {record: "smime_milter:x", expr: .}]}]}' \
	    "$dashboard" >dashboard.yml
	tool check rules dashboard.yml
else
	echo "promtool cannot be had: $(tail -n 1 "$work/fetch.log")"
fi

begin "it stops cleanly"
milter_stop || note "it ended with status $?"
summary
