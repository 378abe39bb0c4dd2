# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# mail - keys, certificates, stores and messages, made with openssl(1)
#
# Sourced.  Every name is a file in the current folder: make_key alice writes
# alice.pem and alice.key.  Nothing made here is worth protecting.

# make_certificate NAME ISSUER ADDRESS: a certificate for e-mail; with ISSUER
# equal to NAME, a root; with "" for ADDRESS, a CA.
make_certificate()
{
	if [ -n "$3" ]; then
		set -- "$1" "$2" -newkey rsa:2048 \
		    -addext basicConstraints=critical,CA:false \
		    -addext keyUsage=critical,digitalSignature,keyEncipherment \
		    -addext extendedKeyUsage=emailProtection \
		    -addext "subjectAltName=email:$3"
	else
		set -- "$1" "$2" -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		    -addext basicConstraints=critical,CA:true \
		    -addext keyUsage=critical,keyCertSign,cRLSign
	fi
	name=$1 issuer=$2
	shift 2
	if [ "$issuer" != "$name" ]; then
		set -- "$@" -CA "$issuer.pem" -CAkey "$issuer.key"
	fi
	printf '[req]\ndistinguished_name=dn\n[dn]\n' |
	    openssl req -config /dev/stdin -x509 -nodes -days 30 \
		-subj "/O=Throw-away test/CN=$name" \
		-addext subjectKeyIdentifier=hash \
		-keyout "$name.key" -out "$name.pem" "$@" 2>"$name.log" || {
		cat "$name.log" >&2
		return 1
	}
}

# le32 NUMBER: four octets, the least first.
le32()
{
	# shellcheck disable=SC2059 # the format is the octets
	printf "$(printf '\\%03o\\%03o\\%03o\\%03o' \
	    $(($1 & 255)) $(($1 >> 8 & 255)) \
	    $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"
}

# make_store FILE.sst NAME...: certificates as a serialized store.
make_store()
{
	store=$1
	shift
	{
		le32 0
		printf CERT
		for name in "$@"; do
			openssl x509 -in "$name.pem" -outform DER -out "$name.der"
			le32 32
			le32 1
			le32 "$(wc -c <"$name.der")"
			cat "$name.der"
		done
		le32 0
		le32 0
		le32 0
	} >"$store.new"
	mv "$store.new" "$store"
}

crlf()
{
	sed 's/$/\r/'
}

# head_fields FROM SUBJECT: the first fields of a message.
head_fields()
{
	crlf <<-END
		From: <$1>
		To: <box@example.com>
		Subject: $2
		Date: $(LC_ALL=C date '+%a, %d %b %Y %H:%M:%S %z')
		Message-ID: <$(openssl rand -hex 8)@example.org>
	END
}

# sign NAME [OPTION]...: standard input as an S/MIME message without its
# first fields.
sign()
{
	signer=$1
	shift
	openssl cms -sign -crlfeol -md sha256 \
	    -signer "$signer.pem" -inkey "$signer.key" "$@" -out "$signer.cms"
	# openssl ends lines of base64 with LF alone.
	sed 's/\r*$/\r/' "$signer.cms"
}

# A body part to sign, and the same after somebody changed it.
letter()
{
	crlf <<-END
		Content-Type: text/plain; charset=us-ascii

		The contract is worth 1000 euro.
		.
		From here on it is final.
	END
}

altered()
{
	sed 's/worth 1000 euro/worth 9000 euro/'
}
