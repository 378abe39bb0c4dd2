/* SPDX-License-Identifier: ISC */
/*
 * usual - the message that Alice of t/lib/people.h signs, in each shape
 *
 * What is returned lives until mail_end().
 *
 * Threads  one thread
 */
#ifndef T_LIB_USUAL_H
#define T_LIB_USUAL_H

#include "t/lib/mail.h"

/* What she signs: a part of MIME. */
#define USUAL_PART "Content-Type: text/plain\r\n\r\nHello\r\n"

/* A message from her; nothing is unusual. */
extern const struct mail_form usual_form;

struct octets usual_detached(void);
struct octets usual_detached_with(const struct mail_form *form);
struct octets usual_opaque(void);
struct octets usual_opaque_with(const struct mail_form *form);

/* A detached one without a header of its own, to put into something. */
const char *usual_inner(void);

/* That one in a layer of Bob's, in a message from him. */
struct octets usual_detached_in(enum mail_shape shape);

#endif
