/* SPDX-License-Identifier: ISC */
#include "t/lib/usual.h"

#include "t/lib/people.h"

const struct mail_form usual_form;

struct octets
usual_detached_with(const struct mail_form *form)
{
	return mail_detached(form, mail_print("%s", USUAL_PART),
	    people_sign(ALICE, MAIL_DETACHED, USUAL_PART));
}

struct octets
usual_detached(void)
{
	return usual_detached_with(&usual_form);
}

struct octets
usual_opaque_with(const struct mail_form *form)
{
	return mail_opaque(form, people_sign(ALICE, MAIL_OPAQUE, USUAL_PART));
}

struct octets
usual_opaque(void)
{
	return usual_opaque_with(&usual_form);
}

const char *
usual_inner(void)
{
	return usual_detached_with(
	    &(struct mail_form){ .fields = "", .boundary = "inner" })
	    .at;
}

struct octets
usual_detached_in(enum mail_shape shape)
{
	const char *within = usual_inner();
	struct octets part = mail_print("%s", within);
	struct octets cms = people_sign(BOB, shape, within);
	const struct mail_form form = { .fields = "From: bob@example.org\r\n" };

	return shape == MAIL_DETACHED ? mail_detached(&form, part, cms) :
					mail_opaque(&form, cms);
}
