/* SPDX-License-Identifier: ISC */
#include "milter/settings/settings_print.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "milter/settings/opt.h"
#include "milter/settings/optvalue.h"
#include "milter/settings/rule.h"
#include "milter/settings/tenant.h"

/* What cannot be compared for lack of memory counts as changed. */
static bool
is_default(const void *from, const struct opt *opt)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool same;

	if (out == NULL)
		return false;
	optvalue_write(opt, from, out);
	same = fclose(out) == 0 && strcmp(text, opt->written) == 0;
	free(text);
	return same;
}

static void
print_opt(const void *from, const struct opt *opt, const char *indent,
    FILE *out)
{
	fprintf(out, "%s%s = ", indent, opt->name);
	optvalue_write(opt, from, out);
	fputc('\n', out);
}

/* One option a line, each after that much white space. */
static void
print_section(enum opt_section section, const void *from, bool changed_only,
    const char *indent, FILE *out)
{
	for (size_t i = 0; i < opt_count(section); i++) {
		const struct opt *opt = opt_at(section, i);

		if (!changed_only || !is_default(from, opt))
			print_opt(from, opt, indent, out);
	}
}

static void
print_named(enum opt_section section, const char *name, const void *from,
    bool changed_only, FILE *out)
{
	fprintf(out, "%s \"%s\" {\n", opt_section_name(section), name);
	print_section(section, from, changed_only, "    ", out);
	fputs("}\n", out);
}

/* name is NULL for what has none. */
static json_t *
section_json(enum opt_section section, const char *name, const void *from,
    bool changed_only)
{
	json_t *object = json_object();

	if (name != NULL)
		json_object_set_new(object, "name", json_string(name));
	for (size_t i = 0; i < opt_count(section); i++) {
		const struct opt *opt = opt_at(section, i);

		if (!changed_only || !is_default(from, opt))
			json_object_set_new(object, opt->name,
			    optvalue_json(opt, from));
	}
	return object;
}

/* In a list, because their order counts. */
static void
add_policies(json_t *object, const struct settings *settings, bool changed_only)
{
	json_t *list = json_array();

	for (size_t i = 0; i < settings->policy_count; i++) {
		const struct rule *rule = &settings->policies[i];

		json_array_append_new(list,
		    section_json(OPT_POLICY, rule->name, rule, changed_only));
	}
	json_object_set_new(object, opt_section_name(OPT_POLICY), list);
}

static void
add_tenants(json_t *object, const struct settings *settings, bool changed_only)
{
	json_t *list = json_array();

	for (size_t i = 0; i < settings->tenant_count; i++) {
		const struct tenant *tenant = &settings->tenants[i];

		json_array_append_new(list,
		    section_json(OPT_TENANT, tenant->name, tenant,
			changed_only));
	}
	json_object_set_new(object, opt_section_name(OPT_TENANT), list);
}

void
settings_print(const struct settings *settings, bool changed_only, FILE *out)
{
	print_section(OPT_MAIN, settings, changed_only, "", out);
	for (size_t i = 0; i < settings->policy_count; i++) {
		const struct rule *rule = &settings->policies[i];

		print_named(OPT_POLICY, rule->name, rule, changed_only, out);
	}
	for (size_t i = 0; i < settings->tenant_count; i++) {
		const struct tenant *tenant = &settings->tenants[i];

		print_named(OPT_TENANT, tenant->name, tenant, changed_only,
		    out);
	}
}

bool
settings_print_one(const struct settings *settings, const char *name, FILE *out,
    const char **nearest_r)
{
	const struct opt *opt = opt_find(OPT_MAIN, name, strlen(name));

	if (opt == NULL) {
		*nearest_r = opt_nearest(OPT_MAIN, name);
		return false;
	}
	print_opt(settings, opt, "", out);
	return true;
}

json_t *
settings_json(const struct settings *settings, bool changed_only)
{
	json_t *object = section_json(OPT_MAIN, NULL, settings, changed_only);

	if (settings->policy_count > 0)
		add_policies(object, settings, changed_only);
	if (settings->tenant_count > 0)
		add_tenants(object, settings, changed_only);
	return object;
}
