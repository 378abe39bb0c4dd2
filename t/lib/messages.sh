# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# messages - the mail of the end-to-end tests
#
# Sourced, after mail.sh.  Signers: alice, by the CA that the collection lists;
# carol, by the one that only the local store lists; mallory, by nobody's.

make_signers()
{
	make_certificate listed listed ""
	make_certificate between listed ""
	make_certificate alice between alice@example.org
	make_certificate local local ""
	make_certificate carol local carol@example.org
	make_certificate nobodys nobodys ""
	make_certificate mallory nobodys mallory@example.org
	make_store listed.sst listed
	make_store both.sst listed local
	head -c 100 listed.sst >broken.sst
}

# Eight that claim to be ours, and one of somebody else, among them.
forged_fields()
{
	crlf <<-'END'
		Authentication-Results: mx.example.net; smime=pass
		authentication-results: MX.Example.NET; smime=pass
		AUTHENTICATION-RESULTS: "mx.example.net"; smime=pass
		Authentication-Results: other.example.com; dkim=pass
		Authentication-Results: (a (nested) comment) mx.example.net; smime=pass
		Authentication-Results: "mx\.example.net"; smime=pass
		Authentication-results:
		 mx.example.net 1; smime=pass
		Authentication-Results: mx.example.net(;); smime=pass
		authentication-Results: mx.example.net; none
	END
}

# 70 000 octets in lines of 70: more than one packet of the milter protocol.
long_field()
{
	echo "X-Long: begin"
	awk 'BEGIN { for (i = 0; i < 1000; i++) printf " %069d\n", i }'
}

make_messages()
{
	letter | sign alice -certfile between.pem >alice.part
	letter | sign carol >carol.part
	letter | sign mallory -certfile nobodys.pem >mallory.part

	for name in alice carol mallory; do
		{
			head_fields "$name@example.org" "signed"
			cat "$name.part"
		} >"$name.eml"
	done
	altered <alice.eml >altered.eml
	{
		head_fields alice@example.org "opaque"
		letter | sign alice -certfile between.pem -nodetach
	} >opaque.eml
	{
		head_fields alice@example.org "without its certificate"
		letter | sign alice -nocerts
	} >omitted.eml
	{
		head_fields bob@example.org "from somebody else"
		cat alice.part
	} >mismatch.eml
	{
		head_fields alice@example.org "encrypted"
		letter | openssl cms -encrypt -crlfeol alice.pem |
		    sed 's/\r*$/\r/'
	} >encrypted.eml
	{
		head_fields alice@example.org "unsigned"
		letter
	} >unsigned.eml
	head_fields alice@example.org "empty" >empty.eml
	echo | crlf >>empty.eml
	{
		forged_fields
		cat unsigned.eml
	} >forged.eml
	{
		forged_fields
		cat alice.eml
	} >forged-signed.eml
	{
		long_field | crlf
		cat alice.eml
	} >long.eml
}
