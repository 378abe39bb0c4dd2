#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Conformance: messages, certificates and stores that nobody here made.
#
# Reads the folder named by SMIME_MILTER_DATA (pkits/, rfc4134/, james/) and
# says loudly that it was skipped when there is none.  SMIMECTL is the program
# under test.
set -u

smimectl=${SMIMECTL:-./smimectl}
data=${SMIME_MILTER_DATA:-}
passed=0
failed=0

if [ -z "$data" ]; then
	echo "SKIPPED: SMIME_MILTER_DATA names no folder of test data"
	echo "0 passed, 0 failed, 1 skipped"
	exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ok NAME WANTED GOT
ok() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s: expected "%s", got "%s"\n' "$1" "$2" "$3"
	fi
}

# judge FILTER ARGUMENT...: what jq sees in the verdict
judge() {
	local filter=$1

	shift
	"$smimectl" verify --local-store none --json "$@" 2>/dev/null |
	    jq -r "$filter"
}

# NIST PKITS as of 2006: the path alone matters, not the author.
pkits() {
	local test title message expected needs rest got
	local filter='.signatures[0].facts | .integrity + " " + .trust'

	while IFS=, read -r test title message expected needs rest; do
		# Revocation is not checked, and inherited DSA parameters are
		# beyond OpenSSL.
		case "$needs,$test" in
		crl,* | *,4.1.5) continue ;;
		esac
		got=$(judge "$filter" \
		    --collection "$data/pkits/TrustAnchorRootCertificate.pem" \
		    --time 2006-01-01T00:00:00Z -o min-rsa-bits=1024 \
		    -o accept-sha1=yes "$data/pkits/smime/$message")
		case "$got" in
		"good collection") got=valid ;;
		*) got=invalid ;;
		esac
		ok "PKITS $test $title" "$expected" "$got"
	done < <(tail -n +2 "$data/pkits/expected.csv")
}

# opaque FILE: raw CMS as the body of a message
opaque() {
	printf 'From: %s\nContent-Type: application/pkcs7-mime\n' "$2"
	printf 'Content-Transfer-Encoding: base64\n\n'
	base64 "$1"
}

# detached CONTENT SIGNATURE: both as a multipart/signed
detached() {
	printf 'From: AliceDSS@example.com\r\n'
	printf 'Content-Type: multipart/signed; boundary=b; micalg=sha1;\r\n'
	printf ' protocol="application/pkcs7-signature"\r\n\r\n--b\r\n'
	cat "$1"
	printf '\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n'
	printf 'Content-Transfer-Encoding: base64\r\n\r\n'
	base64 "$2"
	printf -- '--b--\r\n'
}

# The examples of RFC 4134: SHA-1, DSA-1024, no signed attributes.
rfc4134() {
	local folder=$data/rfc4134 name
	local carl=(--collection "$folder/CarlDSSSelf.cer"
	    --collection "$folder/CarlRSASelf.cer" -o accept-sha1=yes
	    -o accept-dsa=yes -o min-rsa-bits=512)
	local facts='[.signatures[] | .facts.integrity + " " + .facts.trust]
	    | unique | join(",")'

	for name in 4.1 4.2 4.4 4.5 4.7 4.10; do
		opaque "$folder/$name.bin" AliceRSA@example.com \
		    >"$work/$name.eml"
		ok "RFC 4134 $name" "good collection" \
		    "$(judge "$facts" "${carl[@]}" "$work/$name.eml")"
	done
	# Diane's key inherits its parameters, as in PKITS 4.1.5.
	opaque "$folder/4.6.bin" AliceRSA@example.com >"$work/4.6.eml"
	ok "RFC 4134 4.6" "good collection,unknown none" \
	    "$(judge "$facts" "${carl[@]}" "$work/4.6.eml")"
	detached "$folder/ExContent.bin" "$folder/4.3.bin" >"$work/4.3.eml"
	ok "RFC 4134 4.3" "pass" \
	    "$(judge .result "${carl[@]}" "$work/4.3.eml")"
	for name in 4.8 4.9; do
		ok "RFC 4134 $name" "good collection" \
		    "$(judge "$facts" "${carl[@]}" "$folder/$name.eml")"
		ok "RFC 4134 $name author" "policy from-mismatch" \
		    "$(judge '.result + " " + .reason' "${carl[@]}" \
		    "$folder/$name.eml")"
	done
	for name in 4.11 6.0; do
		opaque "$folder/$name.bin" AliceRSA@example.com \
		    >"$work/$name.eml"
		ok "RFC 4134 $name" "none" \
		    "$(judge .result "${carl[@]}" "$work/$name.eml")"
	done
	for name in 5.1 5.2 7.1 7.2; do
		opaque "$folder/$name.bin" AliceRSA@example.com \
		    >"$work/$name.eml"
		ok "RFC 4134 $name" "null encrypted" \
		    "$(judge '"\(.result) \(.reason)"' "${carl[@]}" \
		    "$work/$name.eml")"
	done
	ok "RFC 4134 5.3" "null encrypted" \
	    "$(judge '"\(.result) \(.reason)"' "${carl[@]}" \
	    "$folder/5.3.eml")"
}

# judged FOLDER NAME WANTED ARGUMENT...
judged() {
	local folder=$1 name=$2 wanted=$3

	shift 3
	ok "$folder $name" "$wanted" \
	    "$(judge '"\(.result) \(.reason)"' "$@" "$data/$folder/$name")"
}

# Apache James: X.509 v1 signers with the address in the subject.
james() {
	local root=(--collection "$data/james/rootCA.crt") name

	for name in mail_with_signature \
	    mail_with_signature_and_content_type_xpkcs7mime \
	    mail-with-signature-and-multi-certs; do
		judged james "$name.eml" "pass null" "${root[@]}"
	done
	judged james mail_with_bad_signature.eml "fail digest-mismatch" \
	    "${root[@]}"
	judged james mail_with_no_signature.eml "neutral cms-malformed" \
	    "${root[@]}"
	judged james non_smime_mail.eml "none unsigned" "${root[@]}"
	for name in crypted crypted_with_attachment bad_crypted; do
		judged james "$name.eml" "null encrypted" "${root[@]}"
	done
}

# KDE: signers without certificates, an altered mail, enveloped ones.
kde() {
	local name

	judged kde smime-opaque-sign.mbox "permerror signer-missing"
	judged kde smime-signed-charset.mbox "permerror signer-missing"
	judged kde smime-signed-apple.mbox "fail digest-mismatch"
	judged kde smime-cert.mbox "none certs-only"
	for name in smime-encrypted smime-encrypted-octet-stream \
	    smime-opaque-enc+sign smime-signed-encrypted \
	    smime-opaque-signed-encrypted-attachment; do
		judged kde "$name.mbox" "null encrypted"
	done
}

# The Windows Update list of 2021: 434 certificates, written again.
collections() {
	local sst=$data/sst/wu-2021-roots.sst format

	collection() {
		"$smimectl" collection "$@" 2>/dev/null
	}
	ok "collection list" 434 "$(collection list --json "$sst" |
	    jq '.certificates | length')"
	ok "collection list, as contents.csv says" \
	    "$(tail -n +2 "$data/sst/contents.csv" | grep -o '[0-9a-f]\{64\}')" \
	    "$(collection list --json "$sst" | jq -r '.certificates[].sha256')"
	ok "collection create: the same octets" 0 "$(
	    collection create -o "$work/a.sst" "$sst" >/dev/null
	    cmp -s "$work/a.sst" "$sst"
	    echo $?)"
	for format in pem p7b; do
		collection export --format "$format" -o "$work/a.$format" \
		    "$sst" >/dev/null
		collection create -o "$work/$format.sst" "$work/a.$format" \
		    >/dev/null
		collection diff "$work/$format.sst" "$sst" >/dev/null
		ok "SST, $format, SST: the same certificates" 0 $?
	done
	cmp -s "$work/pem.sst" "$work/p7b.sst"
	ok "by PEM and by PKCS#7: the same octets" 0 $?
	ok "collection export --usable: what may serve for mail in 2021" \
	    "0 refused" "$(collection export --usable --at 2021-11-01 \
	    --format sst "$sst" >"$work/usable.sst"
	    collection list --json "$work/usable.sst" |
	    jq -r '[.certificates[] | select(.reason |
		. != null and startswith("root-"))] | length |
		"\(.) refused"')"
}

pkits
rfc4134
james
kde
collections
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
