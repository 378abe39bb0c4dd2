/* SPDX-License-Identifier: ISC */
#include "smime/mime/lexer.h"

/* Keep what a reader may see of a comment. */
static void
show(struct lexer *lx, char c)
{
	text_push(lx->comments, c);
	text_push(lx->shown, c);
}

/* How much white space, at most one fold, stands at the reading point. */
static size_t
blank_len(const struct lexer *lx)
{
	size_t left = (size_t)(lx->end - lx->at);
	size_t n = 0;

	if (left > 0 && lexer_is_space(lx->at[0]))
		return 1;
	if (left > n && lx->at[n] == '\r')
		n++;
	if (left <= n || lx->at[n++] != '\n')
		return 0;
	return left > n && lexer_is_space(lx->at[n]) ? n + 1 : 0;
}

/* Comments nest.  False when this one does not end, or never seems to. */
static bool
skip_comment(struct lexer *lx)
{
	size_t depth = 0;
	size_t blank;
	char c;

	lx->commented = true;
	do {
		c = lx->at < lx->end ? *lx->at : '\0';
		if (c == '(')
			depth++;
		if (c == ')')
			depth--;
		blank = c == '(' || c == ')' ? 1 : blank_len(lx);
		if (blank > 0) {
			show(lx, ' ');
			lx->at += blank;
			continue;
		}
		if (c == '\\')
			lx->at++;
		if (lx->at == lx->end || lexer_is_control(*lx->at))
			return false;
		show(lx, *lx->at++);
	} while (depth > 0);
	return !text_is_too_long(lx->comments);
}

bool
lexer_skip_cfws(struct lexer *lx)
{
	size_t blank;

	for (;;) {
		blank = blank_len(lx);
		if (blank > 0)
			lx->at += blank;
		else if (lx->at == lx->end || *lx->at != '(')
			return true;
		else if (!skip_comment(lx))
			return false;
	}
}

bool
lexer_read_quoted(struct lexer *lx, struct text *text)
{
	size_t blank;

	lx->at++;
	while (lx->at < lx->end && *lx->at != '"') {
		blank = blank_len(lx);
		if (blank > 0) {
			lx->folded = lx->folded || blank > 1;
			text_push(text, lx->at[blank - 1]);
			lx->at += blank;
			continue;
		}
		if (*lx->at == '\\') {
			lx->escaped = true;
			lx->at++;
		}
		if (lx->at == lx->end || lexer_is_control(*lx->at))
			return false;
		text_push(text, *lx->at++);
	}
	return lx->at < lx->end && *lx->at++ == '"';
}

size_t
lexer_skip_token(struct lexer *lx)
{
	const char *start = lx->at;

	while (lx->at < lx->end && lexer_is_token(*lx->at))
		lx->at++;
	return (size_t)(lx->at - start);
}
