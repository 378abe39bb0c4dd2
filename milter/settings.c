/* SPDX-License-Identifier: ISC */
#include "settings.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>
#include <jansson.h>

#include "conftext.h"
#include "log.h"
#include "opt.h"

enum { MAX_FILE = 1024 * 1024 };

static void
settings_free(struct settings *settings)
{
	for (size_t i = 0; i < opt_count(); i++)
		opt_clear(opt_at(i), settings);
	free(settings->internal);
	free(settings);
}

static struct settings *
settings_new(void)
{
	struct settings *settings = calloc(1, sizeof(*settings));

	if (settings == NULL)
		return NULL;
	atomic_init(&settings->owners, 1);
	for (size_t i = 0; i < opt_count(); i++) {
		const struct opt *opt = opt_at(i);

		if (opt->kind != OPT_LIST &&
		    opt_read(opt, opt->value, settings) != NULL) {
			settings_free(settings);
			return NULL;
		}
	}
	return settings;
}

/* One settings_load() under way. */
struct load {
	const char *source; /* borrowed: the path, or "-o" */
	const char *text;   /* borrowed: the file, cleaned */
	struct settings *settings;
	bool failed;
	char *error; /* owned: the first one */
};

/* libconfuse has globals, and its callbacks know nothing of their caller. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static struct load *current;

/*
 * Keep the first error.  line is 0 where there are no lines, and name NULL
 * where no option is meant.
 */
__attribute__((format(printf, 4, 5))) static void
refuse(struct load *load, size_t line, const char *name, const char *format,
    ...)
{
	FILE *out;
	char *text = NULL;
	size_t len;
	va_list args;

	if (load->failed)
		return;
	load->failed = true;
	out = open_memstream(&text, &len);
	if (out == NULL)
		return;
	fputs(load->source, out);
	if (line != 0)
		fprintf(out, ":%zu", line);
	if (name != NULL)
		fprintf(out, ": %s", name);
	fputs(": ", out);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	if (fclose(out) == 0)
		load->error = text;
	else
		free(text);
}

static void
refuse_value(struct load *load, size_t line, const struct opt *opt,
    const char *value, const char *why)
{
	char quoted[256];

	refuse(load, line, opt->name, "%s %s; expected %s",
	    log_quote(quoted, sizeof(quoted), value), why, opt->expects);
}

static void
refuse_name(struct load *load, size_t line, const char *name)
{
	static const char usual[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.";
	char quoted[64];
	const char *nearest = opt_nearest(name);

	if (name[0] == '\0' || name[strspn(name, usual)] != '\0')
		name = log_quote(quoted, sizeof(quoted), name);
	refuse(load, line, name, "no such option; expected %s",
	    nearest != NULL ? nearest : "a name from smime-milter.conf(5)");
}

/* The option whose "NAME =" begins that line of text, or NULL. */
static const struct opt *
find_on(const char *line)
{
	const char *name = line + strspn(line, " \t\r");
	size_t len = strcspn(name, " \t\r\n=+");
	const char *after = name + len + strspn(name + len, " \t\r");

	return *after == '=' || *after == '+' ? opt_find(name, len) : NULL;
}

/* The option that a line of the file belongs to, or NULL. */
static const struct opt *
find_at(const char *text, size_t line)
{
	const struct opt *opt = NULL;

	while (text != NULL && line-- > 0) {
		const struct opt *found = find_on(text);

		if (found != NULL)
			opt = found;
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return opt;
}

static void
refuse_flaw(struct load *load, const struct conftext_flaw *flaw)
{
	const struct opt *opt = find_at(load->text, flaw->line);

	refuse(load, flaw->line, opt != NULL ? opt->name : "syntax",
	    "%s; expected %s", flaw->what, flaw->expected);
}

static void
refuse_syntax(struct load *load, size_t line, const char *what)
{
	const struct opt *opt = find_at(load->text, line);

	if (opt == NULL)
		refuse(load, line, "syntax", "%s; expected NAME = VALUE", what);
	else if (opt->kind == OPT_LIST)
		refuse(load, line, opt->name,
		    "%s; expected { \"VALUE\", \"VALUE\" }", what);
	else
		refuse(load, line, opt->name, "%s; expected one value: %s",
		    what, opt->expects);
}

static const char no_such_option[] = "no such option '%s'";
static const char no_equal_sign[] = "missing equal sign after option '%s'";
static const char not_a_list[] = "attempt to append to non-list option '%s'";

/* What libconfuse says, in our words; its other messages pass as they are. */
__attribute__((format(printf, 2, 0))) static void
take_error(cfg_t *cfg, const char *format, va_list args)
{
	size_t line = (size_t)cfg->line;
	char *text = NULL;

	if (strcmp(format, no_such_option) == 0) {
		refuse_name(current, line, va_arg(args, const char *));
		return;
	}
	if (strcmp(format, no_equal_sign) == 0) {
		refuse(current, line, va_arg(args, const char *),
		    "nothing is set; expected NAME = VALUE");
		return;
	}
	if (strcmp(format, not_a_list) == 0) {
		refuse(current, line, va_arg(args, const char *),
		    "it takes one value, not a list; expected =");
		return;
	}
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	refuse_syntax(current, line, text != NULL ? text : "bad syntax");
	free(text);
}

/*
 * A value was read.  Those of a list are checked here, where the line is
 * known, and kept by fill_lists(), when it is known which of them stay.
 */
static int
take_value(cfg_t *cfg, cfg_opt_t *found)
{
	const struct opt *opt = opt_find(found->name, strlen(found->name));
	const char *text = cfg_opt_getnstr(found, cfg_opt_size(found) - 1);
	const char *why;

	if (opt->kind == OPT_LIST)
		why = opt_check_text(opt, text);
	else
		why = opt_read(opt, text, current->settings);
	if (why != NULL)
		refuse_value(current, (size_t)cfg->line, opt, text, why);
	return why == NULL ? 0 : -1;
}

static void
fill_list(struct load *load, const struct opt *opt, cfg_opt_t *found)
{
	for (unsigned int i = 0; i < cfg_opt_size(found); i++) {
		const char *text = cfg_opt_getnstr(found, i);
		const char *why = opt_read(opt, text, load->settings);

		if (why != NULL)
			refuse_value(load, 0, opt, text, why);
	}
}

static void
fill_lists(struct load *load, cfg_t *cfg)
{
	for (size_t i = 0; i < opt_count(); i++) {
		const struct opt *opt = opt_at(i);

		if (opt->kind == OPT_LIST)
			fill_list(load, opt, cfg_getopt(cfg, opt->name));
	}
}

/* All are text to libconfuse: opt.c knows better what it stands for. */
static cfg_t *
make_parser(void)
{
	const cfg_opt_t end = CFG_END();
	cfg_opt_t *table = calloc(opt_count() + 1, sizeof(*table));
	cfg_t *cfg;

	if (table == NULL)
		return NULL;
	for (size_t i = 0; i < opt_count(); i++) {
		const char *name = opt_at(i)->name;
		const cfg_opt_t one = CFG_STR(name, NULL, CFGF_NODEFAULT);
		const cfg_opt_t many = CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);

		table[i] = opt_at(i)->kind == OPT_LIST ? many : one;
		table[i].validcb = take_value;
	}
	table[opt_count()] = end;
	cfg = cfg_init(table, CFGF_NONE);
	if (cfg != NULL)
		cfg_set_error_function(cfg, take_error);
	free(table);
	return cfg;
}

static void
parse(struct load *load)
{
	cfg_t *cfg;

	pthread_mutex_lock(&one_at_a_time);
	current = load;
	cfg = make_parser();
	if (cfg != NULL && cfg_parse_buf(cfg, load->text) == CFG_SUCCESS)
		fill_lists(load, cfg);
	else
		refuse(load, 0, NULL, "%s", opt_no_memory);
	cfg_free(cfg);
	current = NULL;
	pthread_mutex_unlock(&one_at_a_time);
}

static void
read_file(struct load *load, FILE *file)
{
	struct conftext_flaw flaw;
	char *text = malloc(MAX_FILE + 1);
	size_t len;

	if (text == NULL) {
		refuse(load, 0, NULL, "%s", opt_no_memory);
		return;
	}
	len = fread(text, 1, MAX_FILE + 1, file);
	if (ferror(file) != 0) {
		refuse(load, 0, NULL, "%s; expected a file", strerror(errno));
	} else if (len > MAX_FILE) {
		refuse(load, 0, NULL, "larger than 1 MiB; expected text");
	} else {
		text[len] = '\0';
		load->text = text;
		if (conftext_clean(text, len, &flaw))
			parse(load);
		else
			refuse_flaw(load, &flaw);
		load->text = NULL;
	}
	free(text);
}

static void
load_file(struct load *load, const char *path)
{
	FILE *file = fopen(path, "re");

	load->source = path;
	if (file == NULL) {
		refuse(load, 0, NULL, "%s; expected a file that can be read",
		    strerror(errno));
		return;
	}
	read_file(load, file);
	fclose(file);
}

static void
set_value(struct load *load, const struct opt *opt, const char *value)
{
	const char *why = opt_read(opt, value, load->settings);

	if (why != NULL)
		refuse_value(load, 0, opt, value, why);
}

/* Values with commas between; nothing is the empty list. */
static void
set_list(struct load *load, const struct opt *opt, const char *values)
{
	char *copy = strdup(values);
	char *rest = values[0] != '\0' ? copy : NULL;
	char *value;

	if (copy == NULL)
		refuse_value(load, 0, opt, values, opt_no_memory);
	opt_clear(opt, load->settings);
	while ((value = strsep(&rest, ",")) != NULL)
		set_value(load, opt, value);
	free(copy);
}

static void
override(struct load *load, const char *text)
{
	size_t len = strcspn(text, "=");
	const struct opt *opt = opt_find(text, len);
	char *name = strndup(text, len);

	if (name == NULL)
		refuse(load, 0, NULL, "%s", opt_no_memory);
	else if (text[len] == '\0')
		refuse(load, 0, name, "nothing is set; expected NAME=VALUE");
	else if (opt == NULL)
		refuse_name(load, 0, name);
	else if (opt->kind == OPT_LIST)
		set_list(load, opt, text + len + 1);
	else
		set_value(load, opt, text + len + 1);
	free(name);
}

static void
make_networks(struct load *load)
{
	struct settings *settings = load->settings;
	const struct strings *hosts = &settings->internal_hosts;

	if (hosts->count == 0)
		return;
	settings->internal = calloc(hosts->count, sizeof(struct network));
	if (settings->internal == NULL) {
		refuse(load, 0, "internal-hosts", "%s", opt_no_memory);
		return;
	}
	for (size_t i = 0; i < hosts->count; i++)
		network_read(hosts->list[i], &settings->internal[i]);
}

/* What cannot be compared for lack of memory counts as changed. */
static bool
is_default(const struct settings *settings, const struct opt *opt)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool same;

	if (out == NULL)
		return false;
	opt_write(opt, settings, out);
	same = fclose(out) == 0 && strcmp(text, opt->written) == 0;
	free(text);
	return same;
}

static void
print_opt(const struct settings *settings, const struct opt *opt, FILE *out)
{
	fprintf(out, "%s = ", opt->name);
	opt_write(opt, settings, out);
	fputc('\n', out);
}

struct settings *
settings_load(const char *path, const struct overrides *overrides,
    char **error_r)
{
	struct load load = { .settings = settings_new() };

	if (load.settings == NULL) {
		*error_r = NULL;
		return NULL;
	}
	if (path != NULL)
		load_file(&load, path);
	load.source = "-o";
	for (size_t i = 0; overrides != NULL && i < overrides->count; i++)
		override(&load, overrides->list[i]);
	if (!load.failed)
		make_networks(&load);
	if (!load.failed)
		return load.settings;
	settings_free(load.settings);
	*error_r = load.error;
	return NULL;
}

const char *
settings_warning(const struct settings *settings)
{
	for (size_t i = 0; i < settings->internal_hosts.count; i++) {
		if (network_is_wide(&settings->internal[i]))
			return "internal-hosts covers a large part of the "
			       "Internet: forged Authentication-Results from "
			       "there are kept; list your own hosts only";
	}
	return NULL;
}

bool
settings_is_internal(const struct settings *settings,
    const struct sockaddr *peer)
{
	for (size_t i = 0; i < settings->internal_hosts.count; i++) {
		if (network_has(&settings->internal[i], peer))
			return true;
	}
	return false;
}

const char *
settings_default_path(void)
{
	return SYSCONFDIR "/smime-milter/smime-milter.conf";
}

void
settings_print(const struct settings *settings, bool changed_only, FILE *out)
{
	for (size_t i = 0; i < opt_count(); i++)
		if (!changed_only || !is_default(settings, opt_at(i)))
			print_opt(settings, opt_at(i), out);
}

bool
settings_print_one(const struct settings *settings, const char *name, FILE *out,
    const char **nearest_r)
{
	const struct opt *opt = opt_find(name, strlen(name));

	if (opt == NULL) {
		*nearest_r = opt_nearest(name);
		return false;
	}
	print_opt(settings, opt, out);
	return true;
}

json_t *
settings_json(const struct settings *settings, bool changed_only)
{
	json_t *object = json_object();

	for (size_t i = 0; i < opt_count(); i++) {
		const struct opt *opt = opt_at(i);

		if (!changed_only || !is_default(settings, opt))
			json_object_set_new(object, opt->name,
			    opt_json(opt, settings));
	}
	return object;
}

struct settings *
settings_ref(struct settings *settings)
{
	if (settings != NULL)
		atomic_fetch_add(&settings->owners, 1);
	return settings;
}

void
settings_unref(struct settings *settings)
{
	if (settings != NULL && atomic_fetch_sub(&settings->owners, 1) == 1)
		settings_free(settings);
}

size_t
settings_count(void)
{
	return opt_count();
}

struct setting_info
settings_info(size_t index)
{
	const struct opt *opt = opt_at(index);

	return (struct setting_info){
		.name = opt->name,
		.value = opt->written,
		.expects = opt->expects,
		.manual = opt->manual,
	};
}

const char *
action_word(enum action_kind kind)
{
	static const char name[] = "on-pass";

	return opt_word(opt_find(name, strlen(name)), (int)kind);
}
