#!/bin/sh
# SPDX-License-Identifier: ISC
#
# smimectl collection import-ldap and import-ldif, with a real slapd.
#
# slapd runs in a throw-away root (contrib/lib/root.sh), as the MTAs of the
# other tests do: its package installs there with its own dependencies and
# scripts, starts no service on the machine, and listens in a network that
# nobody else can reach.  Its .deb files stay in BUILDDIR/root.
#
# BUILDDIR  the build folder; default: build
# SMIMECTL  the program, below BUILDDIR; default: plain/smimectl
set -eu
cd "$(dirname "$0")/../.."
: "${BUILDDIR:=$PWD/build}" "${SMIMECTL:=plain/smimectl}"

if [ -z "${THROW_AWAY:-}" ]; then
	if [ ! -x "$BUILDDIR/$SMIMECTL" ]; then
		echo "$0: $BUILDDIR/$SMIMECTL is not built" >&2
		exit 1
	fi
	if ! contrib/lib/root.sh "$BUILDDIR"; then
		echo "$0: NOT RUN: this has to be root, on a machine that" \
		    "permits mounts; slapd would start a service otherwise" >&2
		exit 1
	fi
	THROW_AWAY=yes
	export THROW_AWAY BUILDDIR SMIMECTL
	exec contrib/lib/root.sh "$BUILDDIR" slapd,ldap-utils t/e2e/ldap.sh
fi

work=$(mktemp -d /var/lib/smimectl.XXXXXX)
chmod 755 "$work"
. ./contrib/lib/daemon.sh
. ./contrib/lib/mail.sh
. ./t/lib/expect.sh
slapd=""

clean_up()
{
	[ -z "$slapd" ] || kill -KILL "$slapd" 2>/dev/null || true
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

port=$(free_port)
port_tls=$(free_port)
ldap=ldap://127.0.0.1:$port
ldaps=ldaps://localhost:$port_tls
ldapi=ldapi://$(echo "$work/ldapi" | sed 's|/|%2F|g')
people=ou=people,dc=example
many=3000
cp "/build/$SMIMECTL" "$work/smimectl"
cd "$work"

# Keys once, certificates as many as needed: issue NAME DAYS [EXTENSION]...
issue()
{
	name=$1 days=$2
	shift 2
	[ -f any.key ] ||
	    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out any.key 2>/dev/null
	printf '[req]\ndistinguished_name=dn\n[dn]\n' >req.cnf
	printf '%s\n' "$@" >extensions
	openssl req -config req.cnf -new -key any.key -subj "/CN=$name" |
	    openssl x509 -req -CA inner.pem -CAkey inner.key -days "$days" \
		-extfile extensions -out "$name.pem" 2>/dev/null
	openssl x509 -in "$name.pem" -outform DER -out "$name.der"
}

for_mail() # NAME [DAYS]
{
	issue "$1" "${2:-30}" basicConstraints=critical,CA:false \
	    keyUsage=critical,digitalSignature \
	    extendedKeyUsage=emailProtection \
	    "subjectAltName=email:${3:-$1@example.org}"
}

make_pki()
{
	make_certificate ca ca ""
	make_certificate inner ca ""
	make_certificate stranger stranger ""
	openssl x509 -in inner.pem -outform DER -out inner.der
	for name in alice bob carol carol2 svc; do
		for_mail "$name"
	done
	for_mail old -1
	for_mail mallory 30 boss@example.org
	for_mail trent
	issue tls 30 subjectAltName=email:tls@example.org \
	    extendedKeyUsage=clientAuth
	# To OpenLDAP, localhost is this machine by its own name.
	issue server 30 "subjectAltName=DNS:localhost,DNS:$(hostname)"
	issue elsewhere 30 subjectAltName=DNS:elsewhere.example
	for i in $(seq 16); do
		for_mail "many$i" 30 many@example.org
	done
	cat inner.pem ca.pem >chain.pem
	# What Outlook publishes: signed by its owner, with the chain.
	for name in alice carol; do
		echo capabilities | openssl cms -sign -nodetach -binary \
		    -signer "$name.pem" -inkey any.key -certfile chain.pem \
		    -outform DER -out "$name.p7m"
	done
	head -c 200 alice.p7m >cut.p7m
	# slapd looks at tags, not at times: none of these is a UTCTime.
	LC_ALL=C sed 's/\x17\x0d/\x04\x0d/g' bob.der >broken.der
}

value() # ATTRIBUTE FILE
{
	echo "$1:: $(base64 -w 0 <"$2")"
}

person() # NAME [LINE]...
{
	name=$1
	shift
	printf 'dn: cn=%s,%s\nobjectClass: inetOrgPerson\ncn: %s\nsn: x\n' \
	    "$name" "$people" "$name"
	[ $# -eq 0 ] || printf '%s\n' "$@"
	echo
}

make_entries()
{
	printf 'dn: dc=example\nobjectClass: dcObject\n'
	printf 'objectClass: organization\no: Example\ndc: example\n\n'
	printf 'dn: %s\nobjectClass: organizationalUnit\nou: people\n\n' \
	    "$people"
	person reader "userPassword: correct horse"
	person alice "mail: alice@example.org" \
	    "$(value userSMIMECertificate alice.p7m)"
	person bob "mail: bob@example.org" \
	    "$(value 'userCertificate;binary' bob.der)"
	person carol "mail: carol@example.org" "mail: carol2@example.org" \
	    "$(value userSMIMECertificate carol.p7m)" \
	    "$(value 'userCertificate;binary' carol2.der)"
	person svc "$(value 'userCertificate;binary' svc.der)"
	person old "mail: old@example.org" \
	    "$(value 'userCertificate;binary' old.der)"
	person twice "mail: bob@example.org" \
	    "$(value 'userCertificate;binary' bob.der)"
	person mallory "mail: mallory@example.org" \
	    "$(value 'userCertificate;binary' mallory.der)"
	person tls "$(value 'userCertificate;binary' tls.der)"
	person authority "$(value 'userCertificate;binary' inner.der)"
	person cut "$(value userSMIMECertificate cut.p7m)"
	person broken "$(value 'userCertificate;binary' broken.der)"
	person many "mail: many@example.org" "$(for i in $(seq 16); do
		value 'userCertificate;binary' "many$i.der"
	done)"
	printf 'dn: ou=refer,%s\nobjectClass: referral\n' "$people"
	printf 'objectClass: extensibleObject\nou: refer\n'
	printf 'ref: %s/dc=other\n\n' "$ldap"
}

make_other()
{
	printf 'dn: dc=other\nobjectClass: dcObject\n'
	printf 'objectClass: organization\no: Other\ndc: other\n\n'
	person trent "$(value 'userCertificate;binary' trent.der)" |
	    sed "s/$people/dc=other/"
	printf 'dn: ou=crowd,dc=other\nobjectClass: organizationalUnit\n'
	printf 'ou: crowd\n\n'
	crowd=$(value 'userCertificate;binary' bob.der)
	for i in $(seq "$many"); do
		printf 'dn: cn=%s,ou=crowd,dc=other\nobjectClass: person\n' "$i"
		printf 'objectClass: inetOrgPerson\nsn: x\n%s\n\n' "$crowd"
	done
}

write_slapd_conf() # SERVER-CERTIFICATE
{
	cat <<-END
		include /etc/ldap/schema/core.schema
		include /etc/ldap/schema/cosine.schema
		include /etc/ldap/schema/inetorgperson.schema
		modulepath /usr/lib/ldap
		moduleload back_mdb
		TLSCACertificateFile $work/chain.pem
		TLSCertificateFile $work/$1.pem
		TLSCertificateKeyFile $work/any.key
		TLSVerifyClient allow
		pidfile $work/slapd.pid
		argsfile $work/slapd.args
		database mdb
		suffix dc=example
		directory $work/db
		maxsize 268435456
		limits * size=4 size.prtotal=unlimited
		access to attrs=userPassword by anonymous auth by * none
		access to * by users read by anonymous auth
		database mdb
		suffix dc=other
		directory $work/other
		maxsize 268435456
		limits * size=unlimited
		access to * by * read
	END
}

slapd_start()
{
	slapd -d stats -f slapd.conf -h "$ldap/ ldaps://127.0.0.1:$port_tls/ $ldapi/" \
	    >>milter.log 2>&1 &
	slapd=$!
	wait_for 30 listens_tcp "$port" && wait_for 30 listens_tcp "$port_tls"
}

slapd_stop()
{
	kill -"${1:-TERM}" "$slapd"
	wait "$slapd" 2>/dev/null || true
	slapd=""
}

# Pages of the crowd that were asked for.
crowd_began()
{
	[ "$(grep -c 'SRCH base="ou=crowd' milter.log)" -ge 10 ]
}

# Libraries that keep what they have until the end.
printf 'leak:%s\n' libgnutls libtasn1 libdigestmd5 >lsan
LSAN_OPTIONS=suppressions=$work/lsan:print_suppressions=0
export LSAN_OPTIONS

# Run it; its status is in $status, what it said in out and err.
smimectl()
{
	status=0
	./smimectl collection "$@" >out 2>err || status=$?
}

import() # [OPTION]...
{
	smimectl import-ldap "$ldap" --base "$people" --bind-dn "$reader" \
	    --password-file password --ca ca.pem --force "$@"
}

expect_status() # STATUS
{
	[ "$status" -eq "$1" ] ||
	    note "status $status, not $1: $(cat err)"
}

expect_words() # WORDS...
{
	grep -qF -- "$*" err || note "no \"$*\" in: $(cat err)"
}

# refused WORDS...: nothing came of it, and that is why.
refused()
{
	expect_status 2
	expect_words "$*"
	[ ! -e refused.pem ] || note "something was written"
	rm -f refused.pem
}

# fingerprints FILE.pem: in the order of the file.
fingerprints()
{
	openssl crl2pkcs7 -nocrl -certfile "$1" |
	    openssl pkcs7 -print_certs | awk -v RS= '/BEGIN/' |
	    while IFS= read -r line; do
		case $line in
		*BEGIN\ CERT*)	: >one.pem ;;
		esac
		printf '%s\n' "$line" >>one.pem
		case $line in
		*END\ CERT*)
			openssl x509 -in one.pem -noout -fingerprint -sha256 ;;
		esac
	    done
}

# expect_certs FILE.pem NAME...: these and no others.
expect_certs()
{
	file=$1
	shift
	for name in "$@"; do
		openssl x509 -in "$name.pem" -noout -fingerprint -sha256
	done | sort >wanted
	fingerprints "$file" | sort >found
	cmp -s wanted found ||
	    note "$file has $(wc -l <found) certificates, expected $*"
}

reader=cn=reader,$people
signers="alice bob carol svc many1 many2 many3 many4 many5 many6 many7 many8
 many9 many10 many11 many12 many13 many14 many15 many16"
make_pki
make_entries >entries.ldif
make_other >other.ldif
echo "correct horse" >password
echo "wrong horse" >wrong
printf 'correct horse' >bare
chmod 600 password wrong
mkdir db other
write_slapd_conf server >slapd.conf
slapadd -q -f slapd.conf -b dc=example -l entries.ldif
slapadd -q -f slapd.conf -b dc=other -l other.ldif
slapd_start || {
	cat milter.log >&2
	echo "$0: slapd does not start" >&2
	exit 1
}

begin "a simple bind on loopback brings what may sign mail, and no more"
import -o all.pem
expect_status 0
# shellcheck disable=SC2086 # a list of names
expect_certs all.pem $signers
for words in "20 signers, 0 intermediates, 0 roots written to all.pem" \
    "left out: 1 expired" "left out: 1 found before" \
    "left out: 5 of an authority" "left out: 1 not for signing mail" \
    "left out: 1 for an address that is not the entry's" \
    "left out: 1 not needed beside a userSMIMECertificate" \
    "left out: 2 unreadable" "1 signers come from entries that list no"; do
	expect_words "$words"
done

begin "entries with something wrong are named"
expect_words "cn=cut,$people\": userSMIMECertificate: truncated"
expect_words "cn=broken,$people\": userCertificate: "
expect_words "cn=mallory,$people\": a certificate names an address"
expect_words "cn=many,$people\": userCertificate has 16 values"

begin "the answer comes in pages, which the limit of the server demands"
import -o paged.pem --page-size 2 --json
expect_status 0
[ "$(jq .pages out)" -ge 6 ] || note "pages: $(jq .pages out)"
[ "$(jq .signers out)" -eq 20 ] || note "signers: $(jq .signers out)"
[ "$(jq '.notices | length' out)" -eq 4 ] || note "$(jq -c .notices out)"
cmp -s all.pem paged.pem || note "other certificates than in one page"
import -o refused.pem --page-size 0
refused "Size limit exceeded"

begin "a referral is counted, and not followed"
[ "$(jq .referrals out)" = 1 ] || import -o paged.pem --json
[ "$(jq .referrals out)" -eq 1 ] || note "referrals: $(jq .referrals out)"
smimectl import-ldap "$ldap" --base "ou=refer,$people" -o refused.pem \
    --bind-dn "$reader" --password-file password
refused "the server refers to another one"
smimectl import-ldap "$ldap" --base dc=other -o other.pem --scope one
expect_status 0
expect_certs other.pem trent

begin "authorities come only when asked for"
import -o chain-inner.pem --intermediates --filter '(cn=alice)'
expect_certs chain-inner.pem alice inner
import -o chain-ca.pem --roots --filter '(cn=alice)'
expect_certs chain-ca.pem alice ca
expect_words "1 roots came from the directory"

begin "scope and filter choose the entries"
import -o bob.pem --filter '(cn=bob)' --scope one
expect_certs bob.pem bob
openssl x509 -in bob.pem -outform DER | cmp -s - bob.der ||
    note "the DER has changed"
import -o none.pem --scope base
expect_status 3
[ ! -e none.pem ] || note "a file without certificates was written"

begin "an SST comes out, which the collection commands read"
import -o all.sst
expect_status 0
[ "$(head -c 8 all.sst | od -An -tx1 | tr -d ' ')" = 0000000043455254 ] ||
    note "not an SST"
smimectl diff all.sst all.pem
expect_status 0

begin "a file that is there is not replaced unasked"
cp bob.pem kept.pem
smimectl import-ldap "$ldap" --base dc=other -o kept.pem
expect_status 2
cmp -s bob.pem kept.pem || note "it was replaced"

begin "StartTLS and ldaps, with the server's certificate checked"
smimectl import-ldap "ldap://localhost:$port" --starttls --ca ca.pem \
    --base "$people" --bind-dn "$reader" --password-file password -o start.pem
expect_status 0
cmp -s all.pem start.pem || note "StartTLS brings other certificates"
smimectl import-ldap "$ldaps" --ca chain.pem --base "$people" \
    --bind-dn "$reader" --password-file password -o ldaps.pem
expect_status 0
cmp -s all.pem ldaps.pem || note "ldaps brings other certificates"

begin "a server that another authority vouches for is refused"
for uri in "$ldaps" "ldap://localhost:$port --starttls"; do
	# shellcheck disable=SC2086 # the address, and an option
	LDAPTLS_REQCERT=never smimectl import-ldap $uri --ca stranger.pem \
	    --base "$people" -o refused.pem
	refused "nothing is written"
done
smimectl import-ldap "$ldaps" --base "$people" -o refused.pem
refused "nothing is written"

begin "a server with another name is refused"
smimectl import-ldap "ldaps://127.0.0.1:$port_tls" --ca ca.pem \
    --base "$people" -o refused.pem
refused "nothing is written"

begin "passwords are looked after"
smimectl import-ldap ldap://192.0.2.1 --base x --bind-dn x \
    --password-file password -o refused.pem
refused "the password would cross the network in clear text"
chmod 640 password
import -o refused.pem
refused "others can read the file"
chmod 600 password
import -o refused.pem --password-file wrong
refused "Invalid credentials"
smimectl import-ldap "$ldap" --base "$people" -o refused.pem
[ "$status" -ne 0 ] || note "anonymous got certificates"

begin "SASL EXTERNAL, by who we are and by certificate"
smimectl import-ldap "$ldapi" --base "$people" --sasl EXTERNAL -o ext.pem
expect_status 0
cmp -s all.pem ext.pem || note "ldapi brings other certificates"
smimectl import-ldap "$ldaps" --base "$people" --sasl EXTERNAL --ca ca.pem \
    --cert tls.pem --key any.key -o ext-tls.pem
expect_status 0
cmp -s all.pem ext-tls.pem || note "ldaps brings other certificates"
smimectl import-ldap "$ldapi" --base "$people" --sasl DIGEST-MD5 \
    -o refused.pem
expect_status 2

begin "a dump brings the same certificates as the server"
slapcat -f slapd.conf -b dc=example >slapcat.ldif
smimectl import-ldif slapcat.ldif -o slapcat.pem
expect_status 0
cmp -s all.pem slapcat.pem || note "slapcat's dump brings others"
ldapsearch -LLL -x -H "$ldap" -D "$reader" -y bare -b "$people" \
    -E pr=3/noprompt >search.ldif 2>ldapsearch.log || true
smimectl import-ldif - -o search.pem <search.ldif
expect_status 0
cmp -s all.pem search.pem || note "ldapsearch's output brings others"
sed 's/$/\r/' slapcat.ldif >crlf.ldif
smimectl import-ldif crlf.ldif -o crlf.pem
cmp -s all.pem crlf.pem || note "with CRLF, it brings others"

begin "a dump that is none is refused with its line"
{ cat slapcat.ldif && printf 'dn: cn=x\nchangetype: delete\n'; } >change.ldif
smimectl import-ldif change.ldif -o refused.pem
refused "change.ldif:$(wc -l <change.ldif): a change of an entry"
head -c 5000 slapcat.ldif >cut.ldif
smimectl import-ldif cut.ldif -o refused.pem
refused "cut.ldif:"

begin "a server that is killed in the middle is an error"
./smimectl collection import-ldap "$ldap" --base ou=crowd,dc=other \
    --bind-dn "$reader" --password-file password --page-size 1 \
    -o refused.pem >out 2>err &
client=$!
wait_for 30 crowd_began || note "the search does not begin"
slapd_stop KILL
status=0
wait "$client" || status=$?
refused "search, after "

begin "a server that is gone, or silent, is an error in time"
import -o refused.pem
refused "Can't contact LDAP server"
slapd_start
kill -STOP "$slapd"
began=$(date +%s)
import -o refused.pem --answer-timeout 2
refused "Timed out"
smimectl import-ldap "$ldaps" --ca ca.pem --base "$people" -o refused.pem \
    --answer-timeout 30 --timeout 1
refused "nothing is written"
[ $(($(date +%s) - began)) -le 10 ] || note "it took too long"
kill -CONT "$slapd"

begin "all of it may not take longer than told"
import -o refused.pem --base ou=crowd,dc=other --page-size 1 --timeout 1 ||
    true
refused "not done within 1 seconds"
slapd_stop

begin "a server whose certificate names another host is refused"
write_slapd_conf elsewhere >slapd.conf
slapd_start
smimectl import-ldap "$ldaps" --ca ca.pem --base dc=other -o refused.pem
refused "nothing is written"
slapd_stop

begin "the daemon has no part of it"
if ldd "/build/$(dirname "$SMIMECTL")/smime-milter" | grep -q libldap; then
	note "smime-milter needs libldap"
fi

summary
