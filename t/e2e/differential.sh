#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Random valid messages of every shape, made and verified by "openssl cms" and
# verified by smimectl: both must agree.  Each message is then damaged: what
# OpenSSL refuses must not pass here.  Last, a fuzz target judges all of them
# in one piece and in many.
#
# SMIMECTL and FUZZ_SMIME are the programs under test; COUNT messages (60) are
# made from SEED, which is printed.
set -u

smimectl=$(realpath "${SMIMECTL:-./smimectl}")
fuzz_smime=$(realpath "${FUZZ_SMIME:-./t/fuzz/fuzz_smime}")
count=${COUNT:-60}
seed=${SEED:-$(date +%s)}
RANDOM=$((seed % 32768))
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
echo "SEED=$seed COUNT=$count"

# any WORD...: one of them, in $picked
any() {
	shift $((RANDOM % $#))
	picked=$1
}

new_key() { # NAME ALGORITHM [OPTION]
	openssl genpkey -algorithm "$2" ${3:+-pkeyopt "$3"} -out "$1.key" 2>log
}

make_authority() {
	new_key ca RSA rsa_keygen_bits:2048
	openssl req -x509 -new -key ca.key -subj "/CN=Root" -days 30 \
	    -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem
}

make_signer() { # NAME ALGORITHM OPTION
	new_key "$1" "$2" "$3"
	printf '%s\n' "subjectAltName=email:alice@example.org" \
	    "extendedKeyUsage=emailProtection" "subjectKeyIdentifier=hash" \
	    "keyUsage=critical,digitalSignature" >extensions
	openssl req -new -key "$1.key" -subj "/CN=Alice $1" -out request
	openssl x509 -req -in request -CA ca.pem -CAkey ca.key -days 20 \
	    -extfile extensions -out "$1.pem" 2>log
}

# lines COUNT WIDTH: text that a careless reader could stumble over
lines() {
	local line

	for ((line = 0; line < $1; line++)); do
		any "" "plain" "trailing blanks  " "--dashes" "From here on" \
		    "=3D =20" "." ".." " indented" "-- " "Content-Type: x" \
		    $'with a\ttab' "$(printf '%*s' "$2" '' | tr ' ' a)"
		printf '%s\n' "$picked"
	done
}

random_octets() { # COUNT
	openssl rand "$1"
}

# An entity, header and all, to ./content.
make_content() {
	any text utf8 base64 multipart empty message bare
	case $picked in
	text)
		echo "Content-Type: text/plain; charset=us-ascii"
		echo
		lines $((RANDOM % 60)) $((RANDOM % 200)) ;;
	utf8)
		echo "Content-Type: text/plain; charset=utf-8"
		echo "Content-Transfer-Encoding: 8bit"
		echo
		printf 'Gr\303\274\303\237e aus K\303\266ln\n'
		lines $((RANDOM % 20)) 70 ;;
	base64)
		echo "Content-Type: application/octet-stream"
		echo "Content-Transfer-Encoding: base64"
		echo
		random_octets $((RANDOM * 4)) | base64 ;;
	multipart)
		echo 'Content-Type: multipart/mixed; boundary="inner=_1"'
		printf '\n--inner=_1\nContent-Type: text/plain\n\n'
		lines $((RANDOM % 9)) 30
		printf '\n--inner=_1\nContent-Type: text/html\n\n<p>Hello.</p>'
		printf '\n--inner=_1--\n' ;;
	message)
		echo "Content-Type: message/rfc822"
		printf '\nFrom: alice@example.org\nSubject: x\n\n'
		lines $((RANDOM % 9)) 30 ;;
	empty)
		printf 'Content-Type: text/plain\n\n' ;;
	bare)
		printf '\nNo header at all.\n' ;;
	esac >content
}

# option WORDS...: one of them goes to openssl; each may be several options
option() {
	local words

	any "$@"
	read -ra words <<<"$picked"
	options+=("${words[@]}")
}

# Sign ./content as ./mail; what was chosen is in $options.
sign() {
	local signer

	any rsa rsa p256 p384
	signer=$picked
	options=(-signer "$signer.pem" -inkey "$signer.key")
	option "-md sha256" "-md sha256" "-md sha384" "-md sha512"
	option "" "" -keyid
	option "" "" -nosmimecap
	option "" "" -noattr
	option "" -crlfeol
	option "" "" -nodetach
	# OpenSSL 3.0 fails to write RSASSA-PSS as it streams.
	case $signer in
	rsa)	option "" "-keyopt rsa_padding_mode:pss" -stream ;;
	*)	option "" -stream ;;
	esac
	openssl cms -sign -in content "${options[@]}" -to bob@example.org \
	    -from "Alice <alice@example.org>" -subject "$number" -out mail \
	    2>log
}

# An opaque ./mail in another transfer encoding.
recode() {
	openssl cms -cmsout -in mail -outform DER -out der 2>log || return
	any base64 binary
	options+=("in $picked")
	{
		printf 'From: Alice <alice@example.org>\r\n'
		printf 'MIME-Version: 1.0\r\n'
		printf 'Content-Type: application/pkcs7-mime\r\n'
		printf 'Content-Transfer-Encoding: %s\r\n\r\n' "$picked"
		if [ "$picked" = base64 ]; then
			base64 der
		else
			cat der
		fi
	} >mail
}

# header_size FILE: up to and with its first empty line
header_size() {
	sed '/^.\{0,1\}$/q' "$1" | wc -c
}

# OpenSSL reads no opaque mail in binary, but what is in it.
openssl_likes() { # FILE
	case "${options[*]}" in
	*"in binary")
		tail -c +$(($(header_size "$1") + 1)) "$1" >body
		set -- -inform DER -in body ;;
	*)	set -- -in "$1" ;;
	esac
	openssl cms -verify "$@" -CAfile ca.pem -purpose smimesign \
	    -out /dev/null 2>log
}

passes() { # FILE
	"$smimectl" verify -c /dev/null --json --collection ca.pem \
	    --local-store none "$1" >json 2>>log
}

# said CLAIM COMMAND...: count it
said() {
	local claim=$1

	shift
	if "$@"; then
		passed=$((passed + 1))
		return 0
	fi
	failed=$((failed + 1))
	echo "FAILED message $number (${options[*]}): $claim"
	jq -c '[.result, .reason, .signatures[]?.detail]' json
	tail -n 1 log
	return 1
}

neither_or_ours_refuses() { # FILE
	openssl_likes "$1" || ! passes "$1"
}

# One octet of the mail becomes another, somewhere behind its header.
damage() {
	local len header at

	len=$(wc -c <mail)
	header=$(header_size mail)
	at=$((header + (RANDOM * 32768 + RANDOM) % (len - header)))
	cp mail damaged
	any A z 0 = ' ' -
	printf '%s' "$picked" |
	    dd of=damaged bs=1 seek="$at" conv=notrunc status=none
}

make_authority
make_signer rsa RSA rsa_keygen_bits:2048
make_signer p256 EC ec_paramgen_curve:P-256
make_signer p384 EC ec_paramgen_curve:P-384
mkdir all
for ((number = 1; number <= count; number++)); do
	make_content
	said "it cannot be made" sign || continue
	said "OpenSSL refuses it" openssl_likes mail
	case "${options[*]}" in
	*-nodetach*) recode ;;
	esac
	said "it does not pass" passes mail
	for try in 1 2 3; do
		damage
		said "damaged, it passes (try $try)" \
		    neither_or_ours_refuses damaged
	done
	{ printf '\007'; cat mail; } >"all/$number"
	{ printf '\001'; cat damaged; } >"all/$number-damaged"
done
said "in pieces the verdict is another" "$fuzz_smime" all/* >pieces ||
    cat pieces
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
