# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# mails - what is sent while we measure
#
# Sourced.  Each kind is a folder $work/NAME with N.eml and root.pem, made by
# make_mails.c; the roots are all in $work/collection.pem.

# Where there is nothing to show but that it works, less will do.
if [ "$CELLS" = short ]; then
	shrink=100 big=1000000 signers=20 only="-k P-256"
else
	shrink=1 big=25000000 signers=2000 only=""
fi

# few NUMBER: so many of them
few()
{
	echo $((($1 + shrink - 1) / shrink))
}

# mails NAME OPTION...
mails()
{
	folder=$work/$1
	shift
	mkdir "$folder"
	# shellcheck disable=SC2086 # an option, or none
	"$BUILDDIR/t/bench/make_mails" "$@" $only "$folder"
	cat "$folder/root.pem" >>"$work/collection.pem"
}

make_all_mails()
{
	mails 2k
	mails rsa4096 -k RSA-4096
	mails p256 -k P-256
	mails new -u "$signers"
	mails 20k -s 20000
	mails 200k -s 200000
	mails 2m -s 2000000
	mails 5m -s 5000000
	mails 25m -s "$big"
	mails 25m-der -s "$big" -o opaque
	mails 25m-ber -s "$big" -o streamed
	mkdir "$work/plain"
	{
		printf 'From: alice@example.org\r\nTo: bob@example.net\r\n'
		printf 'Subject: x\r\nContent-Type: text/plain\r\n\r\n'
		yes 'abcdefghijklmnopqrstuvwxyz' | head -n 80 | sed 's/$/\r/'
	} >"$work/plain/0.eml"
	have_opendkim || return 0
	make_dkim_key
	for name in 2k 20k 200k 2m; do
		mkdir "$work/$name-dkim"
		dkim_sign <"$work/$name/0.eml" >"$work/$name-dkim/0.eml"
	done
}

# files NAME [COUNT]: all of them, or the first so many
files()
{
	find "$work/$1" -name '*.eml' | sort | head -n "${2:-1000000}"
}

make_dkim_key()
{
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
	    -out "$work/dkim.key" 2>/dev/null
	echo "bench._domainkey.example.org v=DKIM1; k=rsa;" \
	    "p=$(openssl pkey -in "$work/dkim.key" -pubout -outform DER |
		base64 -w 0)" >"$work/dkim.keys"
}

# A message that begins with From and Subject, signed by rsa-sha256 with
# relaxed/simple (RFC 6376 3.4); its body ends in one CRLF.
dkim_sign()
{
	cat >"$work/unsigned"
	hash=$(sed '1,/^\r$/d' "$work/unsigned" |
	    openssl dgst -sha256 -binary | base64)
	tags="v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=bench;"
	tags="$tags h=From:Subject; bh=$hash; b="
	signature=$({
		sed -n '1s/^From: */from:/p; 2s/^Subject: */subject:/p' \
		    "$work/unsigned"
		printf 'dkim-signature:%s' "$tags"
	} | openssl dgst -sha256 -sign "$work/dkim.key" | base64 -w 0)
	printf 'DKIM-Signature: %s%s\r\n' "$tags" "$signature"
	cat "$work/unsigned"
}
