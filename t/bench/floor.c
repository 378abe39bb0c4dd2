/* SPDX-License-Identifier: ISC */
/*
 * floor - the least that a milter which adds a header can do
 *
 * usage: floor [-d] SOCKET            such as unix:/tmp/floor.sock
 *
 * Negotiates away each step and reply that is not needed, and adds one field
 * of the length of ours.  -d hashes the body with SHA-256 as well, which is what
 * a signature costs at the very least.  Runs until SIGTERM.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <openssl/evp.h>

enum { SOCKETS = 64 };

static bool digest, over_tcp;
static EVP_MD *sha256;

static char name[] = "Authentication-Results";
static char value[] = "mx.example.net; smime=pass\n"
		      " body.smime-identifier=alice@example.org"
		      " body.smime-part=2\n policy.smime-trust=collection";

static sfsistat
negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
    unsigned long f3, unsigned long *pf0, unsigned long *pf1,
    unsigned long *pf2, unsigned long *pf3)
{
	unsigned long want = SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NORCPT |
	    SMFIP_NOEOH | SMFIP_NR_MAIL | SMFIP_NR_HDR | SMFIP_NR_BODY;

	(void)ctx;
	(void)f2;
	(void)f3;
	*pf0 = f0 & SMFIF_ADDHDRS;
	if (!over_tcp) /* where Postfix would wait 40 ms */
		want |= SMFIP_NODATA;
	*pf1 = f1 & want;
	*pf2 = 0;
	*pf3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
envfrom(SMFICTX *ctx, char **arguments)
{
	(void)ctx;
	(void)arguments;
	return SMFIS_NOREPLY;
}

static sfsistat
data(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static sfsistat
header(SMFICTX *ctx, char *field, char *text)
{
	(void)ctx;
	(void)field;
	(void)text;
	return SMFIS_NOREPLY;
}

static EVP_MD_CTX *
begin_digest(SMFICTX *ctx)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (md != NULL)
		EVP_DigestInit_ex2(md, sha256, NULL);
	smfi_setpriv(ctx, md);
	return md;
}

static sfsistat
body(SMFICTX *ctx, unsigned char *octets, size_t len)
{
	EVP_MD_CTX *md = smfi_getpriv(ctx);

	if (digest && md == NULL)
		md = begin_digest(ctx);
	if (md != NULL)
		EVP_DigestUpdate(md, octets, len);
	return SMFIS_NOREPLY;
}

static void
forget(SMFICTX *ctx)
{
	EVP_MD_CTX_free(smfi_getpriv(ctx));
	smfi_setpriv(ctx, NULL);
}

static sfsistat
eom(SMFICTX *ctx)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *md = smfi_getpriv(ctx);

	if (md != NULL)
		EVP_DigestFinal_ex(md, out, NULL);
	smfi_insheader(ctx, 0, name, value);
	forget(ctx);
	return SMFIS_CONTINUE;
}

static sfsistat
end(SMFICTX *ctx)
{
	forget(ctx);
	return SMFIS_CONTINUE;
}

/* As our daemon does it: else each reply on TCP waits for an ACK. */
static void
set_no_delay(void)
{
	int on = 1, listening;
	socklen_t len;

	for (int fd = 0; fd < SOCKETS; fd++) {
		len = sizeof(listening);
		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening,
			&len) == 0 &&
		    listening != 0)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
			    sizeof(on));
	}
}

int
main(int argc, char **argv)
{
	static char own_name[] = "floor";
	struct smfiDesc description = { .xxfi_name = own_name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS,
		.xxfi_envfrom = envfrom,
		.xxfi_header = header,
		.xxfi_body = body,
		.xxfi_eom = eom,
		.xxfi_abort = end,
		.xxfi_close = end,
		.xxfi_data = data,
		.xxfi_negotiate = negotiate };

	digest = argc > 1 && strcmp(argv[1], "-d") == 0;
	over_tcp = argc > 1 && strncmp(argv[argc - 1], "inet", 4) == 0;
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (argc != (digest ? 3 : 2) || sha256 == NULL) {
		fputs("usage: floor [-d] SOCKET\n", stderr);
		return 2;
	}
	if (smfi_setconn(argv[argc - 1]) != MI_SUCCESS ||
	    smfi_register(description) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS)
		return EXIT_FAILURE;
	set_no_delay();
	return smfi_main() == MI_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
