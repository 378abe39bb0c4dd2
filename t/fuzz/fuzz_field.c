/* SPDX-License-Identifier: ISC */
/*
 * Any octets as a From value, as an address and as a header block.  What is
 * accepted must survive being written and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "smime/mime/entity.h"
#include "smime/mime/field.h"
#include "smime/mime/from.h"
#include "smime/mime/mailbox.h"
#include "smime/mime/opinion.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

/* Written, it must read as the same mailbox, bare and as an author. */
static void
check_mailbox(struct mailbox *mailbox)
{
	struct mailbox again;
	char *text = mailbox_write(mailbox);

	demand(mailbox_read(text, strlen(text), &again));
	demand(strcmp(mailbox->local, again.local) == 0);
	demand(strcmp(mailbox->domain, again.domain) == 0);
	demand(mailbox_equal(mailbox, &again));
	mailbox_done(&again);
	mailbox_done(mailbox);
	free(text);
}

static void
check_header(const char *block, size_t len)
{
	struct entity entity;
	struct field field;
	size_t at = 0;
	size_t before;
	bool odd = false;

	entity_init(&entity);
	for (before = 0; field_next(block, len, &at, &field, &odd);
	     before = at) {
		demand(at > before && at <= len && field.name_len > 0);
		demand(field.value + field.value_len <= block + at);
		demand(entity_push(&entity, &field));
	}
	demand(entity_end(&entity));
	demand(entity.guessed <= (entity.name != NULL));
	entity_done(&entity);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	opinion_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct mailbox mailbox;
	enum from_status status = from_read(text, size, &mailbox);

	demand(status != FROM_NOMEM);
	if (status == FROM_OK || status == FROM_DISPLAY_NAME)
		check_mailbox(&mailbox);
	if (mailbox_read(text, size, &mailbox))
		check_mailbox(&mailbox);
	check_header(text, size);
	return 0;
}
