/* SPDX-License-Identifier: ISC */
#include "milter/settings/conffile.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "milter/log/log.h"
#include "milter/settings/confsyntax.h"
#include "milter/settings/conftext.h"
#include "milter/settings/crosscheck.h"
#include "milter/settings/opt.h"
#include "milter/settings/optvalue.h"
#include "milter/settings/rule.h"
#include "milter/settings/tenant.h"

enum { MAX_FILE = 1024 * 1024, MAX_NAME = 64 };

/* One conffile_read() under way. */
struct load {
	struct settings *settings; /* borrowed */
	struct conferror *error;   /* borrowed */
	char *text;		   /* borrowed: the file, cleaned */
	/* What values of a section are tried on. */
	struct rule scratch_rule;
	struct tenant scratch_tenant;
};

/* libconfuse has globals, and its callbacks know nothing of their caller. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static struct load *current;

__attribute__((format(printf, 2, 0))) static void
take_error(cfg_t *cfg, const char *format, va_list args)
{
	confsyntax_error(current->error, current->text, cfg, format, args);
}

/* Where a value that is not of a list goes as it is read. */
static void *
place_for(struct load *load, enum opt_section section)
{
	switch (section) {
	case OPT_POLICY:
		return &load->scratch_rule;
	case OPT_TENANT:
		return &load->scratch_tenant;
	case OPT_MAIN:
		break;
	}
	return load->settings;
}

/*
 * A value was read.  Those of a list are checked here, where the line is
 * known, and kept by fill_lists(), when it is known which of them stay.  Those
 * of a section are kept when it has ended.
 */
static int
take_value(cfg_t *cfg, cfg_opt_t *found)
{
	enum opt_section section =
	    opt_section_named(cfg->name, strlen(cfg->name));
	const struct opt *opt =
	    opt_find(section, found->name, strlen(found->name));
	const char *text = cfg_opt_getnstr(found, cfg_opt_size(found) - 1);
	const char *why;

	if (opt->kind == OPT_LIST)
		why = optvalue_check(opt, text);
	else
		why = optvalue_read(opt, text, place_for(current, section));
	if (why != NULL)
		conferror_value(current->error, (size_t)cfg->line, opt, text,
		    why);
	return why == NULL ? 0 : -1;
}

/* All values of one option; their checks were passed before. */
static bool
fill(struct load *load, const struct opt *opt, cfg_opt_t *found, void *into)
{
	for (unsigned int i = 0; i < cfg_opt_size(found); i++) {
		const char *text = cfg_opt_getnstr(found, i);
		const char *why = optvalue_read(opt, text, into);

		if (why != NULL) {
			conferror_value(load->error, 0, opt, text, why);
			return false;
		}
	}
	return true;
}

static void
fill_lists(struct load *load, cfg_t *cfg)
{
	for (size_t i = 0; i < opt_count(OPT_MAIN); i++) {
		const struct opt *opt = opt_at(OPT_MAIN, i);

		if (opt->kind == OPT_LIST)
			fill(load, opt, cfg_getopt(cfg, opt->name),
			    load->settings);
	}
}

/* It stands in headers and in logs. */
static bool
is_section_name(const char *name)
{
	static const char usual[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len <= MAX_NAME && strspn(name, usual) == len;
}

/* All of a section that has ended; *name_r is its name. */
static bool
fill_section(struct load *load, enum opt_section section, cfg_t *cfg,
    void *into, char **name_r)
{
	*name_r = strdup(cfg_title(cfg));
	if (*name_r == NULL || optvalue_set_defaults(section, into) != NULL) {
		conferror_set(load->error, 0, NULL, "%s", optvalue_no_memory);
		return false;
	}
	for (size_t i = 0; i < opt_count(section); i++) {
		const struct opt *opt = opt_at(section, i);

		if (!fill(load, opt, cfg_getopt(cfg, opt->name), into))
			return false;
	}
	return true;
}

static struct rule *
add_rule(struct settings *settings)
{
	struct rule *rules = reallocarray(settings->policies,
	    settings->policy_count + 1, sizeof(*rules));

	if (rules == NULL)
		return NULL;
	settings->policies = rules;
	rules[settings->policy_count] = (struct rule){ .name = NULL };
	return &rules[settings->policy_count++];
}

static struct tenant *
add_tenant(struct settings *settings)
{
	struct tenant *tenants = reallocarray(settings->tenants,
	    settings->tenant_count + 1, sizeof(*tenants));

	if (tenants == NULL)
		return NULL;
	settings->tenants = tenants;
	tenants[settings->tenant_count] = (struct tenant){ .name = NULL };
	return &tenants[settings->tenant_count++];
}

static bool
check_name(size_t line, const char *section, const char *name)
{
	char quoted[80];

	if (is_section_name(name))
		return true;
	conferror_set(current->error, line, section,
	    "%s is not a name; expected at most %d letters, digits, \"-\", "
	    "\"_\" and \".\"",
	    log_quote(quoted, sizeof(quoted), name), MAX_NAME);
	return false;
}

/* A rule has ended. */
static int
take_rule(cfg_t *cfg, cfg_opt_t *found)
{
	cfg_t *section = cfg_opt_getnsec(found, cfg_opt_size(found) - 1);
	size_t line = (size_t)cfg->line;
	const char *why, *option;
	struct rule *rule;

	if (!check_name(line, "policy", cfg_title(section)))
		return -1;
	rule = add_rule(current->settings);
	if (rule == NULL ||
	    !fill_section(current, OPT_POLICY, section, rule, &rule->name)) {
		conferror_set(current->error, 0, NULL, "%s",
		    optvalue_no_memory);
		return -1;
	}
	why = crosscheck_rule(rule, &option);
	if (why != NULL)
		conferror_set(current->error, line, option, "%s", why);
	return why == NULL ? 0 : -1;
}

/* A tenant has ended. */
static int
take_tenant(cfg_t *cfg, cfg_opt_t *found)
{
	cfg_t *section = cfg_opt_getnsec(found, cfg_opt_size(found) - 1);
	size_t line = (size_t)cfg->line;
	struct tenant *tenant;

	if (!check_name(line, "tenant", cfg_title(section)))
		return -1;
	tenant = add_tenant(current->settings);
	if (tenant == NULL ||
	    !fill_section(current, OPT_TENANT, section, tenant,
		&tenant->name)) {
		conferror_set(current->error, 0, NULL, "%s",
		    optvalue_no_memory);
		return -1;
	}
	return 0;
}

/*
 * All are text to libconfuse: opt.h knows better what it stands for.  NULL
 * when out of memory; freed with free().
 */
static cfg_opt_t *
make_table(enum opt_section section, size_t more)
{
	const cfg_opt_t end = CFG_END();
	size_t count = opt_count(section);
	cfg_opt_t *table = calloc(count + more + 1, sizeof(*table));

	if (table == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *name = opt_at(section, i)->name;
		const cfg_opt_t one = CFG_STR(name, NULL, CFGF_NODEFAULT);
		const cfg_opt_t many = CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);

		table[i] = opt_at(section, i)->kind == OPT_LIST ? many : one;
		table[i].validcb = take_value;
	}
	table[count] = end;
	return table;
}

/* A section, of which there may be many, each under a name of its own. */
static cfg_opt_t
section_entry(enum opt_section section, cfg_opt_t *options,
    cfg_validate_callback_t taken)
{
	cfg_opt_t entry = CFG_SEC(NULL, options,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);

	entry.name = opt_section_name(section);
	entry.validcb = taken;
	return entry;
}

/* cfg_init() copies what it is given. */
static cfg_t *
make_parser(void)
{
	const cfg_opt_t end = CFG_END();
	size_t count = opt_count(OPT_MAIN);
	cfg_opt_t *rules = make_table(OPT_POLICY, 0);
	cfg_opt_t *tenants = make_table(OPT_TENANT, 0);
	cfg_opt_t *table = make_table(OPT_MAIN, 2);
	cfg_t *cfg = NULL;

	if (rules != NULL && tenants != NULL && table != NULL) {
		table[count] = section_entry(OPT_POLICY, rules, take_rule);
		table[count + 1] =
		    section_entry(OPT_TENANT, tenants, take_tenant);
		table[count + 2] = end;
		cfg = cfg_init(table, CFGF_NONE);
	}
	if (cfg != NULL)
		cfg_set_error_function(cfg, take_error);
	free(table);
	free(tenants);
	free(rules);
	return cfg;
}

static void
parse(struct load *load)
{
	cfg_t *cfg;

	pthread_mutex_lock(&one_at_a_time);
	current = load;
	cfg = make_parser();
	if (cfg != NULL && cfg_parse_buf(cfg, load->text) == CFG_SUCCESS) {
		fill_lists(load, cfg);
		confsyntax_end(load->error, load->text);
	} else {
		conferror_set(load->error, 0, NULL, "%s", optvalue_no_memory);
	}
	cfg_free(cfg);
	optvalue_clear_all(OPT_POLICY, &load->scratch_rule);
	optvalue_clear_all(OPT_TENANT, &load->scratch_tenant);
	current = NULL;
	pthread_mutex_unlock(&one_at_a_time);
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static void
read_file(struct load *load, FILE *file)
{
	struct conftext_flaw flaw;
	char *text = malloc(MAX_FILE + 1);
	size_t len;

	if (text == NULL) {
		conferror_set(load->error, 0, NULL, "%s", optvalue_no_memory);
		return;
	}
	len = fread(text, 1, MAX_FILE + 1, file);
	if (ferror(file) != 0) {
		conferror_set(load->error, 0, NULL, "%s; expected a file",
		    strerror(errno));
	} else if (len > MAX_FILE) {
		conferror_set(load->error, 0, NULL,
		    "larger than 1 MiB; expected text");
	} else {
		text[len] = '\0';
		load->text = text;
		if (conftext_clean(text, len, &flaw)) {
			load->settings->file_is_blank = is_blank(text);
			parse(load);
		} else {
			confsyntax_flaw(load->error, text, &flaw);
		}
		load->text = NULL;
	}
	free(text);
}

void
conffile_read(struct settings *settings, const char *path,
    struct conferror *error)
{
	struct load load = { .settings = settings, .error = error };
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		conferror_set(error, 0, NULL,
		    "%s; expected a file that can be read", strerror(errno));
		return;
	}
	read_file(&load, file);
	fclose(file);
}
