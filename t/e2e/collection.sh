#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The commands of "smimectl collection" as an administrator uses them, on
# certificates made here.  SMIMECTL is the program under test.
set -u

smimectl=$(realpath "${SMIMECTL:-./smimectl}")
passed=0
failed=0

command -v openssl >/dev/null || {
	echo "SKIPPED: there is no program openssl to make certificates with"
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# ok NAME WANTED GOT
ok() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s: expected "%s", got "%s"\n' "$1" "$2" "$3"
	fi
}

# same NAME FILE FILE
same() {
	cmp -s "$2" "$3"
	ok "$1" 0 $?
}

# collection ARGUMENT...: what it says goes to out and err
collection() {
	"$smimectl" collection "$@" >out 2>err </dev/null
}

# says NAME PATTERN FILE
says() {
	grep -q -- "$2" "$3"
	ok "$1" 0 $?
}

# le32 NUMBER: four octets
le32() {
	local hex
	hex=$(printf '%08x' "$1")
	printf '%b' "\\x${hex:6:2}\\x${hex:4:2}\\x${hex:2:2}\\x${hex:0:2}"
}

# element ID FILE: one element of a serialized store
element() {
	le32 "$1"
	le32 1
	le32 "$(wc -c <"$2")"
	cat "$2"
}

store_begins() {
	printf '\0\0\0\0CERT'
}

store_ends() {
	le32 0
	le32 0
	le32 0
}

# store DER...: a store without properties, put together by hand
store() {
	store_begins
	for der; do
		element 32 "$der"
	done
	store_ends
}

# issue NAME SUBJECT ISSUER EXTENSION...: NAME.pem, .der and .key
issue() {
	local name=$1 subject=$2 issuer=$3
	local by=(-x509)

	shift 3
	[ "$issuer" = - ] || by=(-x509 -CA "$issuer.pem" -CAkey "$issuer.key")
	openssl req -new "${by[@]}" -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	    -nodes -keyout "$name.key" -out "$name.pem" -days 30 -utf8 \
	    -subj "$subject" "$@" 2>/dev/null
	openssl x509 -in "$name.pem" -outform DER -out "$name.der"
}

make_certificates() {
	local ca=(-addext "basicConstraints=critical,CA:TRUE")
	local leaf=(-addext basicConstraints=CA:FALSE)

	issue root "/CN=Root of All/O=Example, Inc" - "${ca[@]}"
	issue other "/CN=Another Root" - "${ca[@]}"
	issue bad $'/CN=\e[31mRed\e[0m\\\x0aline' - "${ca[@]}"
	# OpenSSL 3.0 has no "req -CA": sign requests instead.
	for name in inter alice; do
		openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		    -nodes -keyout "$name.key" -out "$name.csr" \
		    -subj "/CN=$name" 2>/dev/null
	done
	printf 'basicConstraints=critical,CA:TRUE\n' >ca.ext
	printf 'basicConstraints=CA:FALSE\n' >leaf.ext
	openssl x509 -req -in inter.csr -CA root.pem -CAkey root.key \
	    -days 3000 -extfile ca.ext -CAcreateserial -out inter.pem \
	    2>/dev/null
	openssl x509 -req -in alice.csr -CA inter.pem -CAkey inter.key \
	    -days 3000 -extfile leaf.ext -CAcreateserial -out alice.pem \
	    2>/dev/null
	for name in inter alice; do
		openssl x509 -in "$name.pem" -outform DER -out "$name.der"
	done
}

thumbprint() {
	openssl x509 -in "$1.pem" -noout -fingerprint -sha1 |
	    sed 's/.*=//; s/://g'
}

creating() {
	openssl crl2pkcs7 -nocrl -certfile alice.pem -outform DER \
	    -out alice.p7b
	mkdir hashed
	cp other.pem hashed/
	ln -s other.pem "hashed/$(openssl x509 -in other.pem -noout -hash).0"
	collection create -o a.sst inter.pem root.der hashed alice.p7b root.pem
	ok "create from a mix" 0 $?
	store inter.der root.der other.der alice.der >want
	same "create: the layout to the octet, in the order given" a.sst want
	says "create: counts" "a.sst: 4 certificates (2 roots" out
	says "create: duplicates" "left out: 1 duplicates" err
	"$smimectl" collection create -o stdin.sst - <root.pem >out 2>err
	store root.der >want
	same "create from standard input" stdin.sst want
}

round_trips() {
	local format

	for format in pem p7b sst; do
		collection export --format "$format" -o "a.$format.out" a.sst
		ok "export as $format" 0 $?
		collection create -o "again.$format.sst" "a.$format.out"
		same "round trip by $format" a.sst "again.$format.sst"
		"$smimectl" collection export --format "$format" a.sst \
		    >to-stdout 2>err
		same "export $format to standard output" to-stdout \
		    "a.$format.out"
	done
	ok "PEM has blocks and comments only" "" \
	    "$(grep -v '^#' a.pem.out | sed '/^-----BEGIN CERTIFICATE-----$/,/^-----END CERTIFICATE-----$/d')"
	ok "OpenSSL reads the p7b" 4 "$(openssl pkcs7 -inform DER \
	    -in a.p7b.out -print_certs -noout | grep -c '^subject')"
	collection export --format der --subject "root of*" -o r.der a.sst
	same "export of one as DER" r.der root.der
	collection export --format der a.sst
	ok "DER holds one" 2 $?
	collection export --intermediates --format p7b -o i.p7b a.sst
	collection create -o i.sst i.p7b
	store inter.der >want
	same "export of intermediates" i.sst want
	collection export --json --roots -o j.pem a.sst
	says "export --json tells what was written" '"file":"j.pem","written":true' out
	collection export --json a.sst
	ok "export --json needs -o" 2 $?
	collection export --subject nobody a.sst
	ok "export of nothing" 1 $?
	ok "export of nothing writes nothing" "" "$(cat out)"
}

refusals() {
	local key

	collection create -o a.sst root.pem
	ok "create does not replace" 2 $?
	says "create says how" "--force" err
	chmod 640 a.sst
	cp a.sst before.sst
	collection create --force -o a.sst before.sst
	ok "create --force" 0 $?
	ok "mode is kept" 640 "$(stat -c %a a.sst)"
	same "create from itself" a.sst before.sst

	openssl pkey -in root.key -outform DER -out key.der
	openssl pkcs8 -topk8 -in root.key -passout pass:x -outform DER \
	    -out key.p8
	openssl pkcs12 -export -in root.pem -inkey root.key -passout pass:x \
	    -out key.p12
	openssl genpkey -algorithm ED25519 -outform DER -out key.short
	cat root.pem root.key >key.pem
	for key in key.pem key.der key.p8 key.p12 key.short; do
		rm -rf folder
		mkdir folder
		cp root.pem "$key" folder/
		collection create -o none.sst folder
		ok "create refuses $key" 2 $?
		says "create is loud about $key" "PRIVATE KEYS" err
		ok "nothing written of $key" no \
		    "$([ -e none.sst ] && echo yes || echo no)"
		cp a.sst before.sst
		collection add a.sst folder
		ok "add refuses $key" 2 $?
		same "add changes nothing" a.sst before.sst
	done
	collection create -o none.sst key.p12
	ok "create refuses a key alone" 2 $?
	echo nonsense >nonsense
	for command in list export "create -o none.sst" "add a.sst" \
	    "diff a.sst"; do
		# shellcheck disable=SC2086 # words
		collection $command nonsense
		ok "$command of nonsense" 2 $?
		# shellcheck disable=SC2086 # words
		collection $command missing
		ok "$command of nothing" 2 $?
	done
	collection add nonsense root.pem
	ok "add to nonsense" 2 $?
	collection add missing.sst root.pem
	ok "add to nothing" 2 $?
	collection create -o /dev/null root.pem --force
	ok "create onto a device" 2 $?
	collection create -o "$work/nowhere/x.sst" root.pem
	ok "create in no folder" 2 $?
}

# A store as Windows Update makes it: what restricts trust must survive.
properties() {
	printf '\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04' >mail
	printf '\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01' >server
	printf '\x00\x80\xc8\x2b\x68\x86\xd7\x01' >august
	printf 'N\0\0\0' >name
	: >empty
	{
		store_begins
		element 9 mail
		element 11 name
		element 126 august
		element 127 mail
		element 83 server
		element 105 server
		element 32 root.der
		element 104 empty
		element 128 august
		element 32 other.der
		element 122 mail
		element 4000 name
		element 84 mail
		element 32 inter.der
		store_ends
	} >marked.sst
	collection create -o copy.sst marked.sst
	same "create keeps properties" copy.sst marked.sst
	collection add copy.sst alice.pem
	ok "add" 0 $?
	cmp -s -n $(($(wc -c <marked.sst) - 12)) copy.sst marked.sst
	ok "add keeps properties" 0 $?
	collection remove copy.sst --subject alice
	ok "remove" 0 $?
	same "remove keeps properties" copy.sst marked.sst
	collection export --format sst -o export.sst marked.sst
	same "export keeps properties" export.sst marked.sst

	collection export -o marked.pem marked.sst
	says "export warns of lost marks" "that 2 of these" err
	says "export warns of lost limits" "that 1 of these.*within limits" err
	collection export --usable --format sst -o usable.sst marked.sst
	collection list --table usable.sst
	says "export --usable" "certificates : 1: 1 roots" out
	collection list --json marked.sst
	says "list: disallowed" '"why":"disallowed (property 104)"' out
	says "list: purposes" '"enabled":\["emailProtection"\]' out
	says "list: limit" '"vouches":"limited".*2021-08-01' out
	collection create --purpose email -o mail.sst marked.sst
	says "create --purpose" "left out: 2 that may not" err
	says "create --purpose warns of marks" "2 of them were marked" err

	# A mark must come into a store that has the certificate without it.
	collection create -o merged.sst other.pem
	collection add merged.sst marked.sst
	collection list --json --subject "Another Root" merged.sst
	says "add brings marks" '"reason":"root-disallowed"' out
	{
		store_begins
		element 2 name
		element 12 name
		element 32 root.der
		store_ends
	} >keyed.sst
	collection create -o keyless.sst keyed.sst
	store root.der >want
	same "create drops what leads to a key" keyless.sst want

	# "trusted for servers only" of OpenSSL's own format
	openssl x509 -in root.pem -addtrust serverAuth -trustout -out t.pem
	collection create -o trusted.sst t.pem
	collection list --json trusted.sst
	says "auxiliary trust" '"reason":"root-purpose"' out

	collection create --friendly-names -o named.sst inter.pem
	printf 'i\0n\0t\0e\0r\0\0\0' >name
	{
		store_begins
		element 11 name
		element 32 inter.der
		store_ends
	} >want
	same "create --friendly-names" named.sst want
}

editing() {
	local inode

	collection create -o e.sst root.pem other.pem
	inode=$(stat -c %i e.sst)
	collection add e.sst root.der
	ok "add of what is there" 0 $?
	ok "add of what is there writes nothing" "$inode" "$(stat -c %i e.sst)"
	collection add e.sst inter.pem alice.pem
	store root.der other.der inter.der alice.der >want
	same "add comes last" e.sst want
	says "add says what" "^+ $(thumbprint inter) \"CN=inter\"" out
	collection remove e.sst "$(thumbprint alice | tr A-F a-f | sed 's/../&:/g; s/:$//')"
	store root.der other.der inter.der >want
	same "remove by thumbprint" e.sst want
	collection remove e.sst \
	    "$(openssl x509 -in inter.pem -noout -fingerprint -sha256 |
	    sed 's/.*=//')"
	store root.der other.der >want
	same "remove by SHA-256" e.sst want
	collection remove e.sst "$(thumbprint alice)" "$(thumbprint root)"
	ok "remove of what is not there" 1 $?
	same "remove all that is named, or nothing" e.sst want
	collection remove e.sst --subject '*'
	ok "remove of everything" 1 $?
	same "remove leaves one" e.sst want
	collection remove e.sst 1234
	ok "remove of no thumbprint" 2 $?
	collection remove e.sst
	ok "remove of nothing in particular" 2 $?
	collection remove e.sst --expired
	ok "remove --expired with none" 0 $?
	collection add e.sst inter.pem
	collection remove e.sst --expired --at "$later"
	ok "remove --expired" 0 $?
	store inter.der >want
	same "remove --expired leaves the others" e.sst want

	collection create --drop-expired --at "$later" -o d.sst root.pem \
	    inter.pem
	same "create --drop-expired" d.sst want
	collection create --at "$later" -o w.sst root.pem inter.pem
	says "create warns of expired ones" "warning: 1 expired" err
	collection create --drop-expired --at "$later" -o nothing.sst root.pem
	ok "create of nothing" 1 $?
}

comparing() {
	collection diff a.sst a.pem.out
	ok "diff: the same in another format" 0 $?
	ok "diff: says nothing" "" "$(cat out)"
	collection create -o b.sst root.pem bad.pem
	collection diff a.sst b.sst
	ok "diff: different" 1 $?
	ok "diff: lines" "3 -, 1 +" \
	    "$(grep -c '^-' out) -, $(grep -c '^+' out) +"
	collection diff marked.sst marked.pem
	ok "diff: properties do not count" 0 $?
	collection diff --properties marked.sst marked.pem
	ok "diff --properties" 1 $?
	ok "diff --properties: lines" 3 "$(grep -c '^!' out)"
	collection diff --json a.sst b.sst
	says "diff --json" '"same":false' out
	collection diff a.sst
	ok "diff of one" 2 $?
}

listing() {
	collection list a.sst
	says "list: expiry" \
	    "^SMIMEExpiredCertificateThumbprint  : $(thumbprint root)$" out
	says "list: serial" "serial     : $(openssl x509 -in alice.pem \
	    -noout -serial | sed 's/.*=//')" out
	says "list: SHA-256" "$(openssl dgst -sha256 -r alice.der |
	    cut -d' ' -f1)" out
	collection list --at "$later" a.sst
	says "list --at" "(expired)" out
	says "list --at: why" "no: expired" out
	collection list bad.pem
	ok "list: no escape sequence of theirs" 0 "$(grep -c $'\e' out)"
	says "list: shown as text" '1BRed\|1B\[31mRed' out
	collection list --json bad.pem
	ok "list --json: no escape sequence" 0 "$(grep -c $'\e' out)"
	script -qec "$smimectl collection list bad.pem" /dev/null </dev/null \
	    >terminal
	says "list: colours on a terminal" $'\e\\[32myes' terminal
	ok "list: none of theirs" 0 "$(grep -c $'\e\\[31mRed' terminal)"
	NO_COLOR=1 script -qec "$smimectl collection list bad.pem" /dev/null \
	    </dev/null >terminal
	ok "list: NO_COLOR" 0 "$(grep -c $'\e' terminal)"
	collection list --signers a.sst
	says "list --signers" "certificates : 1: 0 roots, 0 intermediates, 1" \
	    out
	cp a.sst folder/a.sst
	rm -f folder/key*
	cp nonsense folder/.smimectl-abcdef
	collection list --table folder
	says "list: leftovers of writers are no stores" "certificates : 4" out
}

# Whatever the octets: an answer, and a store that is left alone.
garbage() {
	local len wrong=0 size
	size=$(wc -c <a.sst)

	for ((len = 0; len < size; len += 97)); do
		head -c "$len" a.sst >cut.sst
		collection list cut.sst
		[ $? -eq 2 ] || wrong=$((wrong + 1))
		cp cut.sst cut.before
		collection add cut.sst root.pem
		[ $? -eq 2 ] && cmp -s cut.sst cut.before ||
		    wrong=$((wrong + 1))
	done
	ok "cut stores are refused and left alone" 0 "$wrong"
	for command in list create add remove export diff; do
		collection "$command" --help
		ok "$command --help" 0 $?
		says "$command --help: usage" "^usage: smimectl collection" out
		collection "$command" --nonsense
		ok "$command --nonsense" 2 $?
	done
	collection nonsense
	ok "no such command" 2 $?
}

later=$(date -u -d '+60 days' +%Y-%m-%d)
make_certificates
creating
round_trips
refusals
properties
editing
comparing
listing
garbage
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
