/* SPDX-License-Identifier: ISC */
#include "milter/settings/override.h"

#include <stdlib.h>
#include <string.h>

#include "milter/settings/opt.h"
#include "milter/settings/optvalue.h"

static void
set_value(struct settings *settings, const struct opt *opt, const char *value,
    struct conferror *error)
{
	const char *why = optvalue_read(opt, value, settings);

	if (why != NULL)
		conferror_value(error, 0, opt, value, why);
}

/* Values with commas between; nothing is the empty list. */
static void
set_list(struct settings *settings, const struct opt *opt, const char *values,
    struct conferror *error)
{
	char *copy = strdup(values);
	char *rest = values[0] != '\0' ? copy : NULL;
	char *value;

	if (copy == NULL)
		conferror_value(error, 0, opt, values, optvalue_no_memory);
	optvalue_clear(opt, settings);
	while ((value = strsep(&rest, ",")) != NULL)
		set_value(settings, opt, value, error);
	free(copy);
}

void
override_apply(struct settings *settings, const char *text,
    struct conferror *error)
{
	size_t len = strcspn(text, "=");
	const struct opt *opt = opt_find(OPT_MAIN, text, len);
	char *name = strndup(text, len);

	if (name == NULL)
		conferror_set(error, 0, NULL, "%s", optvalue_no_memory);
	else if (text[len] == '\0')
		conferror_set(error, 0, name,
		    "nothing is set; expected NAME=VALUE");
	else if (opt == NULL)
		conferror_name(error, OPT_MAIN, 0, name);
	else if (opt->kind == OPT_LIST)
		set_list(settings, opt, text + len + 1, error);
	else
		set_value(settings, opt, text + len + 1, error);
	free(name);
}
