/* SPDX-License-Identifier: ISC */
#include "t/lib/mta.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define V2_STEPS 0x7fUL
#define ALL_QUIET                                                              \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |       \
	    SMFIP_NR_DATA | SMFIP_NR_UNKN | SMFIP_NR_HDR | SMFIP_NR_EOH |      \
	    SMFIP_NR_BODY)

static const struct {
	const char *name;
	unsigned long actions;
	unsigned long steps;
	bool renumbers;
} mtas[] = {
	{ "Postfix", MTA_ACTIONS, MTA_STEPS, true },
	{ "Sendmail", MTA_ACTIONS, MTA_STEPS, false },
	{ "no leading space", MTA_ACTIONS, MTA_STEPS ^ SMFIP_HDR_LEADSPC,
	    true },
	{ "answers only", MTA_ACTIONS, MTA_STEPS ^ ALL_QUIET, true },
	{ "answers, no skip", MTA_ACTIONS, MTA_STEPS ^ (ALL_QUIET | SMFIP_SKIP),
	    true },
	{ "protocol 2", V2_ACTIONS, V2_STEPS, false },
	{ "protocol 2 through libmilter", V2_ACTIONS, V2_STEPS | ALL_QUIET,
	    false },
	{ "nothing to choose", SMFIF_ADDHDRS | SMFIF_CHGHDRS, 0, false },
};

_Static_assert(sizeof(mtas) / sizeof(mtas[0]) == MTA_KINDS, "one row each");

struct smfi_str
mta_postfix(void)
{
	return (struct smfi_str){
		.actions = MTA_ACTIONS,
		.steps = MTA_STEPS,
		.renumbers = true,
		.queue_id = "4XyZ12",
		.name = "mta.example.net",
	};
}

const char *
mta_kind_name(int kind)
{
	return mtas[kind].name;
}

struct smfi_str
mta_of_kind(int kind)
{
	struct smfi_str mta = mta_postfix();

	mta.actions = mtas[kind].actions;
	mta.steps = mtas[kind].steps;
	mta.renumbers = mtas[kind].renumbers;
	return mta;
}

void
mta_greet(SMFICTX *mta)
{
	ck_assert_int_eq(mta_negotiate(mta), SMFIS_CONTINUE);
	mta_connect(mta, "198.51.100.7");
}

void
mta_envelope(SMFICTX *mta)
{
	mta_mail(mta, "<alice@example.org>", NULL);
	mta_rcpt(mta, "<bob@example.net>");
	ck_assert_int_eq(mta_data(mta), SMFIS_CONTINUE);
}

sfsistat
mta_deliver(SMFICTX *mta, enum kind kind, size_t chunk)
{
	mta_envelope(mta);
	mta_message(mta, letters_text(kind), chunk);
	return mta_end(mta, NULL, 0);
}

void
mta_push_line(SMFICTX *mta, const char *line)
{
	bool verbatim = (mta->agreed_steps & SMFIP_HDR_LEADSPC) != 0;
	size_t len = strcspn(line, ":");
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)len, line);
	line += len + 1;
	mta_field(mta, name, *line == ' ' && !verbatim ? line + 1 : line);
}

bool
mta_same_header(const char *got, const char *want)
{
	while (*got != '\0' || *want != '\0') {
		if (*got == ' ' && *want == '\n')
			got++;
		if (*got++ != *want++)
			return false;
	}
	return true;
}
