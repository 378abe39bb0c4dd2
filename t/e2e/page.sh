#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The page of "smimectl report --html" in a headless Chromium, light, dark and
# as narrow as a phone (390 pixels): it renders, nothing but tables within their
# frames is wider than the page, and it asks for nothing.
#
# SMIMECTL, GENHIST: the programs; SHOTS: a folder for the pictures, to look at
set -u
: "${SMIMECTL:=./smimectl}" "${GENHIST:=./t/lib/genhist}"
if ! command -v chromium >/dev/null; then
	echo "chromium is not installed: contrib/deps dev"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: "${SHOTS:=$work}"
passed=0
failed=0

ok() # SENTENCE COMMAND [ARGUMENT]...
{
	local sentence=$1

	shift
	if "$@"; then
		passed=$((passed + 1))
		echo "ok - $sentence"
	else
		failed=$((failed + 1))
		echo "FAILED - $sentence"
	fi
}

# chrome NAME PAGE OPTION...: under a profile of its own, and with a proxy that
# is not there: nobody is talked to
chrome() {
	local name=$1 page=$2

	shift 2
	timeout 120 chromium --headless --no-sandbox --disable-gpu \
	    --disable-quic --no-first-run --disable-background-networking \
	    --disable-component-update --disable-sync \
	    --user-data-dir="$work/profile-$name" --hide-scrollbars \
	    --log-net-log="$work/$name.net" --enable-logging=stderr \
	    --proxy-server=127.0.0.1:9 "$@" "file://$work/$page" \
	    >"$work/$name.out" 2>"$work/$name.err"
}

# Not empty: text and lines of several colours do not shrink to nothing.
is_picture() {
	[ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] &&
	    [ "$(wc -c <"$1")" -gt 20000 ]
}

# The console of the page, where a refused request or bad markup would show.
is_quiet() {
	! grep -E ':CONSOLE|Refused to' "$1"
}

differ() {
	! cmp -s "$1" "$2"
}

# What was asked for, but for what the browser asks its maker about itself.
requests() {
	grep -oE '"url":"(https?|wss?):[^"]*' "$1" |
	    grep -vE '//[a-z0-9.-]+\.(google|googleapis)\.com/' || true
}

asks_for_nothing() {
	[ -z "$(requests "$1")" ]
}

asks_for_something() {
	[ -n "$(requests "$1")" ]
}

"$GENHIST" 20000 400 12 5 >"$work/history"
"$SMIMECTL" report --time 2026-01-01T00:00:00Z --html "$work/page.html" \
    "$work/history" || exit 1
chrome light page.html --window-size=1280,1700 --screenshot="$SHOTS/light.png"
chrome dark page.html --window-size=1280,1700 --blink-settings=preferredColorScheme=0 \
    --screenshot="$SHOTS/dark.png"
# No window is as narrow as a phone, but a frame is.
cat >"$work/phone.html" <<'END'
<!DOCTYPE html>
<body style="margin:0">
<iframe src="page.html" style="width:390px;height:3000px;border:0"></iframe>
END
cat >"$work/width.html" <<'END'
<!DOCTYPE html>
<iframe src="page.html" style="width:390px;height:3000px;border:0" onload="
    document.title = contentDocument.documentElement.scrollWidth"></iframe>
END
chrome phone phone.html --window-size=390,3000 --screenshot="$SHOTS/phone.png"
chrome width width.html --allow-file-access-from-files --dump-dom
chrome print page.html --print-to-pdf="$SHOTS/page.pdf"
chrome dom page.html --dump-dom
echo '<img src="http://page.example/x.png">' >"$work/other.html"
chrome other other.html --dump-dom
ok "a page that asks for something would be found" \
    asks_for_something "$work/other.net"
for name in light dark phone; do
	ok "$name: there is a picture" is_picture "$SHOTS/$name.png"
done
for name in light dark phone print dom; do
	ok "$name: no complaint" is_quiet "$work/$name.err"
	ok "$name: no request" asks_for_nothing "$work/$name.net"
done
ok "phone: nothing is wider than the page" \
    grep -q '<title>390</title>' "$work/width.out"
ok "dark is not light" differ "$SHOTS/light.png" "$SHOTS/dark.png"
ok "it can be printed" [ "$(head -c 5 "$SHOTS/page.pdf")" = %PDF- ]
ok "the parser kept all four pictures and their descriptions" \
    [ "$(grep -o '<desc id=' "$work/dom.out" | wc -l)" -eq 4 ]
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
