/* SPDX-License-Identifier: ISC */
/*
 * ctl_compare - smimectl verify --compare: what another configuration changes
 *
 * Exit     CTL_OK: nothing differs; CTL_BAD: something does; CTL_USAGE: a file
 *          cannot be read, or a configuration is wrong
 */
#ifndef MILTER_CTL_COMPARE_H
#define MILTER_CTL_COMPARE_H

#include <stdbool.h>
#include <time.h>

#include "milter/settings/settings.h"

/* All borrowed. */
struct ctl_compare {
	const char *before; /* the configurations */
	const char *after;
	const struct overrides *overrides; /* of both */
	bool json;
	time_t now;
};

/*
 * Judge the messages of each file under both, and print those of which the
 * result, a reason or who vouches differs.  Standard input cannot be read
 * twice, so "-" is refused.
 */
int ctl_compare(const struct ctl_compare *compare, char *const *files,
    size_t count);

#endif
