/* SPDX-License-Identifier: ISC */
#include "milter/history/chart.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

/* Of the pictures with two axes, in units of the picture. */
enum {
	HEIGHT = 280,
	LEFT = 64,
	RIGHT = CHART_WIDTH - 16,
	TOP = 40,
	BOTTOM = HEIGHT - 44,
	GRID_LINES = 4,
	/* Of the bars that lie. */
	LYING = 48,
	LABEL_CHARS = 44,
};

struct frame {
	size_t max; /* of the y axis */
	size_t count;
};

/* U+FFFD for what is not to be shown. */
static void
put_char(FILE *out, gunichar c)
{
	char text[8];

	switch (c) {
	case '&':
		fputs("&amp;", out);
		return;
	case '<':
		fputs("&lt;", out);
		return;
	case '>':
		fputs("&gt;", out);
		return;
	case '"':
		fputs("&quot;", out);
		return;
	case '\'':
		fputs("&#39;", out);
		return;
	default:
		break;
	}
	/* Controls, and marks that turn the direction of what follows. */
	if (!g_unichar_isprint(c) || g_unichar_type(c) == G_UNICODE_FORMAT)
		c = 0xfffd;
	text[g_unichar_to_utf8(c, text)] = '\0';
	fputs(text, out);
}

static size_t
next_char(const char *text, gunichar *c_r)
{
	gunichar c = g_utf8_get_char_validated(text, -1);

	if (!g_unichar_validate(c)) {
		*c_r = 0xfffd;
		return 1;
	}
	*c_r = c;
	return (size_t)g_unichar_to_utf8(c, NULL);
}

static void
escape(FILE *out, const char *text, size_t max)
{
	gunichar c;

	for (size_t i = 0; *text != '\0'; i++) {
		if (i == max) {
			fputs("\xe2\x80\xa6", out);
			return;
		}
		text += next_char(text, &c);
		put_char(out, c);
	}
}

void
chart_escape(FILE *out, const char *text)
{
	escape(out, text, strlen(text));
}

/* Not below max, a round number, and so is each of the grid's lines. */
static size_t
round_up(size_t max)
{
	static const size_t steps[] = { 1, 2, 4, 5, 8, 10 };
	size_t power = 1;

	if (max < GRID_LINES)
		return GRID_LINES;
	while (power * 10 < max)
		power *= 10;
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
		if (steps[i] * power >= max &&
		    steps[i] * power % GRID_LINES == 0)
			return steps[i] * power;
	return max;
}

static size_t
greatest(const struct chart_point *points, size_t count)
{
	size_t max = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < 2; k++)
			if (points[i].values[k] > max)
				max = points[i].values[k];
	return max;
}

static double
y_of(const struct frame *frame, size_t value)
{
	return BOTTOM -
	    (double)(BOTTOM - TOP) * (double)value / (double)frame->max;
}

static double
slot(const struct frame *frame)
{
	return (double)(RIGHT - LEFT) / (double)frame->count;
}

static void
begin(FILE *out, const struct chart_text *text, int height)
{
	fprintf(out,
	    "<svg viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-labelledby=\"%s-title %s-desc\">\n"
	    "<title id=\"%s-title\">",
	    CHART_WIDTH, height, text->id, text->id, text->id);
	chart_escape(out, text->title);
	fprintf(out, "</title>\n<desc id=\"%s-desc\">", text->id);
	chart_escape(out, text->desc);
	fputs("</desc>\n", out);
}

static void
end(FILE *out)
{
	fputs("</svg>\n", out);
}

/* 1234567 as "1.2 M": there is little room. */
static void
put_short(FILE *out, size_t n)
{
	if (n >= 999500) /* would be "1e+03 k" */
		fprintf(out, "%.3g M", (double)n / 1e6);
	else if (n >= 10000)
		fprintf(out, "%.3g k", (double)n / 1e3);
	else
		fprintf(out, "%zu", n);
}

static void
put_grid(FILE *out, const struct frame *frame)
{
	for (size_t i = 0; i <= GRID_LINES; i++) {
		size_t value = frame->max / GRID_LINES * i;
		double y = y_of(frame, value);

		fprintf(out,
		    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
		    "y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
		    "text-anchor=\"end\">",
		    LEFT, RIGHT, y, y, LEFT - 8, y + 5);
		put_short(out, value);
		fputs("</text>\n", out);
	}
}

/* As many labels as there is room for, the first one always. */
static void
put_labels(FILE *out, const struct frame *frame,
    const struct chart_point *points, size_t room)
{
	size_t every = (frame->count + room - 1) / room;

	for (size_t i = 0; i < frame->count; i += every) {
		if (points[i].label == NULL)
			continue;
		fprintf(out,
		    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
		    LEFT + slot(frame) * ((double)i + 0.5), BOTTOM + 22);
		chart_escape(out, points[i].label);
		fputs("</text>\n", out);
	}
}

static void
put_legend(FILE *out, const char *const names[2], bool are_bars)
{
	for (int i = 0; i < 2; i++) {
		int x = LEFT + i * (RIGHT - LEFT) / 2;

		if (are_bars)
			fprintf(out,
			    "<rect class=\"bar%d\" x=\"%d\" y=\"8\" "
			    "width=\"30\" height=\"14\"/>",
			    i, x);
		else
			fprintf(out,
			    "<line class=\"line%d\" x1=\"%d\" x2=\"%d\" "
			    "y1=\"15\" y2=\"15\"/>",
			    i, x, x + 30);
		fprintf(out, "<text x=\"%d\" y=\"20\">", x + 38);
		chart_escape(out, names[i]);
		fputs("</text>\n", out);
	}
}

static double
x_of(const struct frame *frame, size_t i)
{
	return LEFT + slot(frame) * ((double)i + 0.5);
}

/* There and back again. */
static void
put_between(FILE *out, const struct frame *frame,
    const struct chart_point *points)
{
	fputs("<polygon class=\"gap\" points=\"", out);
	for (size_t i = 0; i < frame->count; i++)
		fprintf(out, "%.1f,%.1f ", x_of(frame, i),
		    y_of(frame, points[i].values[0]));
	for (size_t i = frame->count; i > 0; i--)
		fprintf(out, "%.1f,%.1f ", x_of(frame, i - 1),
		    y_of(frame, points[i - 1].values[1]));
	fputs("\"/>\n", out);
}

/* One point alone would be a line without length: a dot is not. */
static void
put_line(FILE *out, const struct frame *frame, const struct chart_point *points,
    int which)
{
	fprintf(out, "<polyline class=\"line%d\" points=\"", which);
	for (size_t i = 0; i < frame->count; i++)
		fprintf(out, "%.1f,%.1f ", x_of(frame, i),
		    y_of(frame, points[i].values[which]));
	fputs("\"/>\n", out);
	for (size_t i = 0; frame->count <= 40 && i < frame->count; i++)
		fprintf(out,
		    "<circle class=\"dot%d\" cx=\"%.1f\" cy=\"%.1f\" "
		    "r=\"3.5\"/>\n",
		    which, x_of(frame, i),
		    y_of(frame, points[i].values[which]));
}

void
chart_lines(FILE *out, const struct chart_text *text,
    const char *const names[2], const struct chart_point *points, size_t count)
{
	struct frame frame = { .max = round_up(greatest(points, count)),
		.count = count };

	begin(out, text, HEIGHT);
	put_legend(out, names, false);
	put_grid(out, &frame);
	put_labels(out, &frame, points, 4);
	put_between(out, &frame, points);
	put_line(out, &frame, points, 0);
	put_line(out, &frame, points, 1);
	end(out);
}

static void
put_bar(FILE *out, const char *class, double x, double width, double y)
{
	fprintf(out,
	    "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
	    "height=\"%.1f\"/>\n",
	    class, x, y, width, BOTTOM - y);
}

void
chart_steps(FILE *out, const struct chart_text *text,
    const struct chart_point *points, size_t count)
{
	struct frame frame = { .max = round_up(greatest(points, count)),
		.count = count };
	double wide = slot(&frame);
	size_t room = 8;

	begin(out, text, HEIGHT);
	put_grid(out, &frame);
	put_labels(out, &frame, points, room);
	for (size_t i = 0; i < count; i++) {
		double x = LEFT + wide * ((double)i + 0.1);
		double y = y_of(&frame, points[i].values[0]);

		put_bar(out, "bar0", x, wide * 0.8, y);
		if (count > room)
			continue;
		fprintf(out,
		    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
		    x + wide * 0.4, y - 6);
		put_short(out, points[i].values[0]);
		fputs("</text>\n", out);
	}
	end(out);
}

void
chart_bars(FILE *out, const struct chart_text *text,
    const struct chart_point *points, size_t count)
{
	size_t max = greatest(points, count);
	double full = CHART_WIDTH - 96;

	begin(out, text, (int)count * LYING + 8);
	for (size_t i = 0; i < count; i++) {
		double width = max == 0 ?
		    0 :
		    full * (double)points[i].values[0] / (double)max;
		int y = (int)i * LYING;

		fprintf(out, "<text x=\"0\" y=\"%d\">", y + 17);
		escape(out, points[i].label != NULL ? points[i].label : "",
		    LABEL_CHARS);
		fprintf(out,
		    "</text><rect class=\"bar0\" x=\"0\" y=\"%d\" "
		    "width=\"%.1f\" height=\"16\"/><text x=\"%.1f\" "
		    "y=\"%d\">",
		    y + 24, width, width + 8, y + 38);
		put_short(out, points[i].values[0]);
		fputs("</text>\n", out);
	}
	end(out);
}

void
chart_pairs(FILE *out, const struct chart_text *text,
    const char *const names[2], const struct chart_point *points, size_t count)
{
	struct frame frame = { .max = round_up(greatest(points, count)),
		.count = count };
	double wide = slot(&frame);

	begin(out, text, HEIGHT);
	put_legend(out, names, true);
	put_grid(out, &frame);
	put_labels(out, &frame, points, 5);
	for (size_t i = 0; i < count; i++) {
		double x = LEFT + wide * ((double)i + 0.1);

		put_bar(out, "bar0", x, wide * 0.38,
		    y_of(&frame, points[i].values[0]));
		put_bar(out, "bar1", x + wide * 0.42, wide * 0.38,
		    y_of(&frame, points[i].values[1]));
	}
	end(out);
}
