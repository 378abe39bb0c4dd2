/* SPDX-License-Identifier: ISC */
#include "t/lib/authors.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

enum from_status
authors_read(const char *value, size_t len, char **mailbox_r)
{
	struct mailbox mailbox = { .local = NULL };
	char *copy = malloc(len > 0 ? len : 1);
	enum from_status status;

	memcpy(copy, value, len);
	status = from_read(copy, len, &mailbox);
	*mailbox_r = mailbox.local != NULL ? mailbox_write(&mailbox) : NULL;
	mailbox_done(&mailbox);
	free(copy);
	return status;
}

void
authors_check(const struct author *author)
{
	char *mailbox;
	enum from_status got;

	got = authors_read(author->value, author->len, &mailbox);
	ck_assert_msg(got == author->want, "%s: %d", author->name, got);
	ck_assert_pstr_eq(mailbox, author->mailbox);
	free(mailbox);
}

void
authors_check_truncated(const struct author *author)
{
	enum from_status got;
	char *mailbox;

	for (size_t len = 0; len < author->len; len++) {
		got = authors_read(author->value, len, &mailbox);
		ck_assert_msg((mailbox != NULL) ==
			(got == FROM_OK || got == FROM_DISPLAY_NAME),
		    "%s: %zu", author->name, len);
		free(mailbox);
	}
}
