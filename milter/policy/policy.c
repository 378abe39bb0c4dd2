/* SPDX-License-Identifier: ISC */
#include "milter/policy/policy.h"

#include <stdio.h>
#include <string.h>

#include "milter/policy/policykey.h"
#include "milter/settings/condition.h"

/* Drawn when a rule first asks; it is the same for each recipient. */
struct lot {
	bool drawn;
	bool known; /* false: it cannot be drawn */
	unsigned int number;
};

/* One author and one recipient of a message. */
struct subject {
	const struct mailbox *author; /* NULL: it may be anybody */
	const struct mailbox *rcpt;   /* NULL: there is none */
	struct lot *lot;	      /* borrowed: of the author */
};

/* What is decided for one subject. */
struct decision {
	enum action_kind kind;
	enum action_kind would;
	const struct rulebook_entry *entry; /* NULL: no rule */
	const char *unmet;
	const struct verdict *here;    /* of the tenant or the site */
	const struct verdict *verdict; /* what the wish is for */
	const struct verdict *shown;   /* what the header is to say */
	bool enforced; /* it is the rule that says what is done */
};

static const char unmet_signature[] = "signature";
static const char unmet_trust[] = "trust";
static const char unmet_validation[] = "validation";
static const char unmet_strength[] = "strength";

static const char *
headline(enum result result)
{
	static const char *const lines[] = {
		[RESULT_ABSENT] = "encrypted mail is not taken here",
		[RESULT_NONE] = "S/MIME signature required",
		[RESULT_PASS] = "S/MIME signed mail is not taken here",
		[RESULT_POLICY] = "S/MIME signature not accepted",
		[RESULT_NEUTRAL] = "S/MIME signature not accepted",
		[RESULT_TEMPERROR] = "S/MIME signature not verified",
		[RESULT_PERMERROR] = "S/MIME signature not verified",
		[RESULT_FAIL] = "S/MIME signature refused",
	};
	_Static_assert(sizeof(lines) / sizeof(lines[0]) == RESULT_FAIL + 1,
	    "lines");

	return lines[result];
}

static int
strictness(enum action_kind kind)
{
	static const int order[] = {
		[ACTION_ACCEPT] = 0,
		[ACTION_TAG] = 1,
		[ACTION_QUARANTINE] = 2,
		[ACTION_DISCARD] = 3,
		[ACTION_TEMPFAIL] = 4,
		[ACTION_REJECT] = 5,
	};

	return order[kind];
}

static enum action_kind
stricter(enum action_kind a, enum action_kind b)
{
	return strictness(a) >= strictness(b) ? a : b;
}

static enum action_kind
milder(enum action_kind a, enum action_kind b)
{
	return strictness(a) <= strictness(b) ? a : b;
}

/* A set that is not given is no condition. */
static bool
suits(const struct domains *domains, const struct mailbox *mailbox)
{
	static const struct mailbox nobody = { .local = NULL };

	return domains == NULL ||
	    domains_have(domains, mailbox != NULL ? mailbox : &nobody);
}

static bool
suits_text(const struct strings *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (text != NULL &&
		    (strcmp(list->list[i], "*") == 0 ||
			strcmp(list->list[i], text) == 0))
			return true;
	}
	return list->count == 0;
}

static bool
suits_client(const struct rulebook_entry *entry,
    const struct envelope *envelope)
{
	const struct sockaddr *client =
	    (const struct sockaddr *)&envelope->client;

	for (size_t i = 0; i < entry->rule->client.count; i++) {
		if (network_has(&entry->client[i], client))
			return true;
	}
	return entry->rule->client.count == 0;
}

static bool
suits_set(unsigned int wanted, unsigned int given)
{
	return wanted == 0 || (wanted & given) != 0;
}

/* Has the message a signature, and is this one of those that count? */
static bool
counts(const struct verdict *verdict, const struct signature *signature)
{
	return signature->outermost || !verdict->signatures[0].outermost;
}

/* Of the weakest signature; 0 where there is none. */
static size_t
strength_of(const struct verdict *verdict)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < verdict->signature_count; i++) {
		const struct signature *signature = &verdict->signatures[i];

		if (counts(verdict, signature) && signature->strength < least)
			least = signature->strength;
	}
	return least != SIZE_MAX ? least : 0;
}

/* Does every signer have one?  A claim that nobody vouches for is none. */
static bool
is_validated(const struct verdict *verdict, unsigned int wanted)
{
	for (size_t i = 0; i < verdict->signature_count; i++) {
		const struct signature *signature = &verdict->signatures[i];

		if (counts(verdict, signature) &&
		    (signature->trust == TRUST_NONE ||
			(signature->validation & wanted) == 0))
			return false;
	}
	return verdict->signature_count > 0;
}

static bool
suits_envelope(const struct rulebook_entry *entry,
    const struct envelope *envelope)
{
	const struct rule *rule = entry->rule;

	return suits(entry->mail_from_domain, &envelope->sender) &&
	    suits(entry->mail_from, &envelope->sender) &&
	    suits_client(entry, envelope) &&
	    suits_text(&rule->user, envelope->user) &&
	    suits_text(&rule->tls_subject, envelope->tls_subject) &&
	    suits_text(&rule->tls_issuer, envelope->tls_issuer) &&
	    suits_set(entry->classes, envelope_classes(envelope));
}

static bool
suits_verdict(const struct rulebook_entry *entry, const struct verdict *verdict)
{
	const struct rule *rule = entry->rule;

	return suits_set(entry->results, 1U << verdict->result) &&
	    (rule->reason.count == 0 ||
		condition_has_reason(&rule->reason, verdict->reason)) &&
	    suits_set(entry->vouched_by, 1U << verdict->trust) &&
	    (entry->validations == 0 ||
		is_validated(verdict, entry->validations)) &&
	    strength_of(verdict) >= rule->strength;
}

/* Whose an address without a domain is, only the MTA knows. */
static bool
is_anybodys(const struct mailbox *rcpt)
{
	return rcpt != NULL && envelope_is_anybodys(rcpt);
}

/* Anybody is also whoever the rule is about. */
static bool
suits_subject(const struct rulebook_entry *entry, const struct subject *subject)
{
	return (subject->author == NULL ||
		   (suits(entry->from_domain, subject->author) &&
		       suits(entry->from, subject->author))) &&
	    (is_anybodys(subject->rcpt) ||
		(suits(entry->rcpt_domain, subject->rcpt) &&
		    suits(entry->rcpt, subject->rcpt)));
}

static bool
matches(const struct policy_case *what, const struct rulebook_entry *entry,
    const struct subject *subject)
{
	return suits_subject(entry, subject) &&
	    suits_envelope(entry, what->envelope) &&
	    suits_verdict(entry, what->verdict);
}

/* What the collection says against any signer's root, no rule may overrule. */
static bool
is_final(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->signature_count; i++) {
		const struct signature *signature = &verdict->signatures[i];

		if (counts(verdict, signature) &&
		    (signature->reason == REASON_ROOT_DISALLOWED ||
			signature->reason == REASON_REVOKED))
			return true;
	}
	return false;
}

/* The verdict that a rule is about. */
static const struct verdict *
judge(const struct policy_case *what, const struct rulebook_entry *entry)
{
	if (entry->trust == NULL || is_final(what->verdict))
		return what->verdict;
	return what->judge(what->arg, entry->trust);
}

static bool
has_signature(const struct rule *rule, const struct verdict *verdict)
{
	if (rule->require == REQUIRE_PASS)
		return verdict->result == RESULT_PASS;
	return verdict->scope == COVERAGE_WHOLE &&
	    (verdict->result == RESULT_PASS ||
		verdict->result == RESULT_POLICY);
}

static bool
is_vouched_for(const struct rule *rule, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->signature_count; i++) {
		const struct signature *signature = &verdict->signatures[i];

		if (counts(verdict, signature) &&
		    (int)signature->trust != (int)rule->trust)
			return false;
	}
	return true;
}

/* NULL, or what is required and is not there. */
static const char *
find_unmet(const struct rulebook_entry *entry, const struct verdict *verdict)
{
	const struct rule *rule = entry->rule;

	if (rule->require == REQUIRE_NOTHING)
		return NULL;
	if (!has_signature(rule, verdict))
		return unmet_signature;
	if (rule->trust != VOUCHED_BY_ANY && !is_vouched_for(rule, verdict))
		return unmet_trust;
	if (entry->required_validations != 0 &&
	    !is_validated(verdict, entry->required_validations))
		return unmet_validation;
	if (strength_of(verdict) < rule->require_strength)
		return unmet_strength;
	return NULL;
}

static enum action_kind
or_else(int action, enum action_kind other)
{
	return action != ACTION_DEFAULT ? (enum action_kind)action : other;
}

/*
 * What a rule asks for.  We not being able to judge is no fault of whoever
 * sent the mail; and what is encrypted may be signed inside, so it is neither
 * taken for signed nor refused.
 */
static enum action_kind
wish(const struct policy_case *what, const struct rule *rule,
    const struct verdict *verdict, const char *unmet)
{
	enum action_kind site = what->settings->on[verdict->result];
	bool requires = rule->require != REQUIRE_NOTHING;
	int own = rule->on[verdict->result];

	if (verdict->result == RESULT_TEMPERROR)
		return or_else(own, requires ? ACTION_TEMPFAIL : site);
	if (verdict->result == RESULT_ABSENT)
		return or_else(own, requires ? ACTION_QUARANTINE : site);
	if (unmet == NULL)
		return or_else(own, requires ? ACTION_ACCEPT : site);
	if (unmet == unmet_signature && own != ACTION_DEFAULT)
		return (enum action_kind)own;
	return or_else(rule->unmet, ACTION_REJECT);
}

/* Where nothing tells one try from another, there is no lot. */
static struct lot
draw(const struct policy_case *what, const struct mailbox *author)
{
	const struct envelope *envelope = what->envelope;
	const char *id = envelope_message_id(envelope);
	struct lot lot = { .drawn = true };

	lot.known = id != NULL &&
	    policykey_draw(&what->book->key, what->book->libctx,
		author != NULL ? author->domain : NULL, id, envelope->from.text,
		&lot.number);
	return lot;
}

/* Is this message among the percentage?  Where there is no lot, it is. */
static bool
is_drawn(const struct policy_case *what, const struct rule *rule,
    const struct subject *subject)
{
	struct lot *lot = subject->lot;

	if (rule->percent >= 100)
		return true;
	if (rule->percent == 0)
		return false;
	if (!lot->drawn)
		*lot = draw(what, subject->author);
	return !lot->known || lot->number < rule->percent;
}

/*
 * How much of a wish the stage allows.  A stage that is reached in part goes
 * never beyond the wish, and never behind what is done without the rule.
 */
static enum action_kind
allow(enum rule_stage stage, enum action_kind wish, enum action_kind site)
{
	enum action_kind most = ACTION_REJECT;

	if (stage == STAGE_MONITOR)
		return site;
	if (stage == STAGE_TAG)
		most = ACTION_TAG;
	else if (stage == STAGE_QUARANTINE)
		most = ACTION_QUARANTINE;
	if (strictness(wish) <= strictness(most))
		return wish;
	return stricter(most, milder(site, wish));
}

static struct decision
decide_by_rule(const struct policy_case *what,
    const struct rulebook_entry *entry, const struct subject *subject)
{
	const struct rule *rule = entry->rule;
	enum rule_stage stage =
	    is_drawn(what, rule, subject) ? rule->stage : STAGE_MONITOR;
	struct decision decision = { .entry = entry, .here = what->verdict };

	decision.verdict = judge(what, entry);
	decision.unmet = find_unmet(entry, decision.verdict);
	decision.would = wish(what, rule, decision.verdict, decision.unmet);
	decision.kind = allow(stage, decision.would,
	    what->settings->on[what->verdict->result]);
	decision.enforced = stage != STAGE_MONITOR;
	decision.shown = decision.enforced ? decision.verdict : what->verdict;
	return decision;
}

static struct decision
decide_by_result(const struct policy_case *what)
{
	enum action_kind kind = what->settings->on[what->verdict->result];

	return (struct decision){
		.kind = kind,
		.would = kind,
		.here = what->verdict,
		.verdict = what->verdict,
		.shown = what->verdict,
	};
}

/* The more telling of two that do the same. */
static bool
tells_more(const struct decision *a, const struct decision *b)
{
	if (a->would != b->would)
		return strictness(a->would) > strictness(b->would);
	return a->entry != NULL && b->entry == NULL;
}

/* Nobody loses mail in silence because another wants that. */
static void
merge(struct decision *all, const struct decision *next)
{
	const struct verdict *worse =
	    next->shown->result > all->shown->result ? next->shown : all->shown;
	bool differ =
	    (all->kind == ACTION_DISCARD) != (next->kind == ACTION_DISCARD);

	if (next->kind == all->kind ?
		tells_more(next, all) :
		strictness(next->kind) > strictness(all->kind))
		*all = *next;
	if (differ && all->kind == ACTION_DISCARD)
		all->kind = ACTION_REJECT;
	all->shown = worse;
}

/* Does it match whoever a subject that may be anybody turns out to be? */
static bool
is_certain(const struct rulebook_entry *entry, const struct subject *subject)
{
	return (subject->author != NULL ||
		   (entry->from_domain == NULL && entry->from == NULL)) &&
	    (!is_anybodys(subject->rcpt) ||
		(entry->rcpt_domain == NULL && entry->rcpt == NULL));
}

/*
 * The first rule that matches; and where anybody may be the author or the
 * recipient, each that would be the first for somebody.
 */
static struct decision
decide_subject(const struct policy_case *what, const struct subject *subject)
{
	struct decision all = { .entry = NULL };
	struct decision next;
	bool any = false;

	for (size_t i = 0; i < what->book->count; i++) {
		const struct rulebook_entry *entry = &what->book->list[i];

		if (!matches(what, entry, subject))
			continue;
		next = decide_by_rule(what, entry, subject);
		if (any)
			merge(&all, &next);
		else
			all = next;
		any = true;
		if (is_certain(entry, subject))
			return all;
	}
	next = decide_by_result(what);
	if (!any)
		return next;
	merge(&all, &next);
	return all;
}

/* All decisions so far. */
struct sum {
	struct decision decision;
	bool any;
	const struct verdict *site; /* what its header is to say; or NULL */
};

static const struct verdict *
worse_of(const struct verdict *a, const struct verdict *b)
{
	return a == NULL || b->result > a->result ? b : a;
}

/* For one author and one recipient, by the trust of whose recipient it is. */
static void
add_subject(const struct policy_case *what, const struct subject *subject,
    struct sum *sum)
{
	const struct rulebook *book = what->book;
	size_t tenant = rulebook_tenant_of(book, subject->rcpt);
	bool own = tenant < book->tenant_count;
	const struct verdict **shown_r =
	    own ? &what->tenants_r[tenant] : &sum->site;
	struct policy_case here = *what;
	struct decision next;

	if (own)
		here.verdict =
		    what->judge(what->arg, book->tenants[tenant].trust);
	next = decide_subject(&here, subject);
	*shown_r = worse_of(*shown_r, next.shown);
	if (sum->any)
		merge(&sum->decision, &next);
	else
		sum->decision = next;
	sum->any = true;
}

/* For one author, by all recipients. */
static void
add_author(const struct policy_case *what, const struct mailbox *author,
    struct sum *sum)
{
	const struct mailbox_list *rcpts = &what->envelope->rcpts;
	struct lot lot = { .drawn = false };

	for (size_t i = 0; i == 0 || i < rcpts->count; i++) {
		const struct subject subject = { author,
			i < rcpts->count ? &rcpts->list[i] : NULL, &lot };

		add_subject(what, &subject, sum);
	}
}

static struct sum
decide_all(const struct policy_case *what)
{
	static const struct mailbox nobody = { .local = NULL };
	const struct envelope *envelope = what->envelope;
	struct sum sum = { .any = false };

	if (what->book->count == 0 && what->book->tenant_count == 0) {
		sum.decision = decide_by_result(what);
		sum.site = what->verdict;
		return sum;
	}
	for (size_t i = 0; i < envelope->authors.count; i++)
		add_author(what, &envelope->authors.list[i], &sum);
	if (envelope->anybody)
		add_author(what, NULL, &sum);
	else if (!sum.any)
		add_author(what, &nobody, &sum);
	return sum;
}

/* The token that says what is wrong. */
static const char *
reason_of(const struct decision *decision)
{
	static const struct {
		const char *unmet;
		const char *token;
	} tokens[] = {
		{ unmet_trust, "trust-required" },
		{ unmet_validation, "validation-required" },
		{ unmet_strength, "strength-required" },
	};

	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		if (tokens[i].unmet == decision->unmet)
			return tokens[i].token;
	}
	if (decision->verdict->reason == REASON_OK)
		return NULL;
	return reason_token(decision->verdict->reason);
}

static const char *
words_of(const struct decision *decision)
{
	if (decision->unmet == unmet_trust)
		return "another store has to vouch for the signer";
	if (decision->unmet == unmet_validation)
		return "the signer has to be validated in another way";
	if (decision->unmet == unmet_strength)
		return "the key or the digest is too weak";
	return reason_words(decision->verdict->reason);
}

static const char *
signer_of(const struct verdict *verdict)
{
	const struct signature *first = verdict->signatures;

	if (verdict->signature_count == 0)
		return NULL;
	return first->identifier != NULL ? first->identifier : first->subject;
}

static void
write_text(const struct policy_case *what, const struct decision *decision,
    const char *template, struct action *action)
{
	const struct verdict *verdict = decision->verdict;
	const struct reply_values values = {
		.result = condition_result_word(verdict->result),
		.reason = reason_of(decision),
		.from = verdict->from,
		.signer = signer_of(verdict),
		.queue_id = what->envelope->queue_id,
	};
	enum result result = verdict->result;

	if (template[0] != '\0') {
		reply_write(template, &values, action->text);
		return;
	}
	if (decision->unmet != NULL && result == RESULT_PASS)
		result = RESULT_POLICY;
	if (values.reason == NULL)
		snprintf(action->text, sizeof(action->text), "%s",
		    headline(result));
	else
		snprintf(action->text, sizeof(action->text), "%s: %s: %s",
		    headline(result), values.reason, words_of(decision));
}

static void
write_code(const char *template, struct action *action)
{
	action->code = NULL;
	action->enhanced[0] = '\0';
	if (action->kind == ACTION_REJECT) {
		action->code = "550";
		reply_code(template, '5', action->enhanced);
	} else if (action->kind == ACTION_TEMPFAIL) {
		action->code = "451";
		reply_code(template, '4', action->enhanced);
	}
}

/* Names and tokens only: nothing of it comes from the message. */
static void
write_tag(const struct decision *decision, struct action *action)
{
	const char *reason = reason_of(decision);

	action->tag = NULL;
	action->tag_text[0] = '\0';
	if (!decision->enforced ||
	    (action->kind != ACTION_TAG && action->kind != ACTION_QUARANTINE))
		return;
	action->tag = decision->entry->rule->tag;
	snprintf(action->tag_text, sizeof(action->tag_text),
	    "%s; action=%s; result=%s; reason=%s", decision->entry->rule->name,
	    action_word(decision->would),
	    condition_result_word(decision->verdict->result),
	    reason != NULL ? reason : "none");
}

void
policy_decide(const struct policy_case *what, struct action *action_r)
{
	const struct sum sum = decide_all(what);
	struct decision decision = sum.decision;
	const struct rule *rule =
	    decision.entry != NULL ? decision.entry->rule : NULL;
	const char *template = decision.enforced ? rule->reply : "";

	action_r->kind = decision.kind;
	action_r->would = decision.would;
	action_r->policy = rule != NULL ? rule->name : NULL;
	action_r->stage = rule != NULL ? stage_word(rule->stage) : NULL;
	action_r->unmet = decision.unmet;
	action_r->verdict = decision.shown;
	action_r->site = sum.site;
	if (!decision.enforced) { /* the client hears of no rule */
		decision.verdict = decision.here;
		decision.unmet = NULL;
	}
	write_text(what, &decision, template, action_r);
	write_code(template, action_r);
	write_tag(&decision, action_r);
}
