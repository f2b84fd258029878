/*
 * screen.c - see top.h: looks on a terminal, by ncurses. It is loaded here and nowhere else, so
 * that all other commands start without it.
 */
#include "base/duration.h"
#include "top/top.h"

#include <curses.h>
#include <dlfcn.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
#define FUNCTIONS(X) \
	X(initscr) X(endwin) X(cbreak) X(noecho) X(curs_set) X(wtimeout) X(wgetch) X(werase) \
	X(wmove) X(waddnstr) X(wattr_on) X(wattr_off) X(wrefresh) X(getmaxx) X(getmaxy) \
	X(has_colors) X(start_color) X(use_default_colors) X(init_pair) X(keypad)
/* clang-format on */

#define POINTER(name) __typeof__(&name) name##_;
static struct {
	FUNCTIONS(POINTER)
} curses;
#undef POINTER

static bool load(void)
{
#define SYMBOL(name) {#name, &curses.name##_},
	static const struct {
		const char *name;
		void *to;
	} symbols[] = {FUNCTIONS(SYMBOL)};
#undef SYMBOL
	void *library = dlopen("libncursesw.so.6", RTLD_NOW | RTLD_GLOBAL);

	for (size_t i = 0; library && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol)
			return false;
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	return library;
}

static attr_t attributes(enum mark mark, bool colors)
{
	switch (mark) {
	case MARK_TITLE:
		return A_BOLD;
	case MARK_HEAD:
		return A_REVERSE;
	case MARK_BAD:
		return colors ? COLOR_PAIR(1) : A_BOLD;
	default:
		return A_NORMAL;
	}
}

/* Bytes of `text` that fill at most so many columns. */
static int fitting(const char *text, int columns)
{
	const char *at = text;

	for (int used = 0; *at && used < columns; used++) {
		at++;
		while (((unsigned char)*at & 0xc0) == 0x80)
			at++;
	}
	return (int)(at - text);
}

static void put(WINDOW *window, int row, const char *text, attr_t attribute)
{
	curses.wmove_(window, row, 0);
	curses.wattr_on_(window, attribute, NULL);
	curses.waddnstr_(window, text, fitting(text, curses.getmaxx_(window)));
	curses.wattr_off_(window, attribute, NULL);
}

static void show(WINDOW *window, const struct frame *frame, enum order order, bool paused)
{
#define NAME(id, name) name,
	static const char *const orders[] = {ORDERS(NAME)};
#undef NAME
	bool colors = curses.has_colors_();
	int rows = curses.getmaxy_(window);
	char help[128];

	curses.werase_(window);
	for (size_t i = 0; i < frame->lines.count && (int)i < rows - 1; i++)
		put(window, (int)i, frame_line(frame, i),
		    attributes(frame->lines.items[i].mark, colors));
	snprintf(help, sizeof(help), "q quit  s endpoints by %s  space %s", orders[order],
		 paused ? "go on" : "hold");
	put(window, rows - 1, help, A_BOLD);
	curses.wrefresh_(window);
}

static WINDOW *begin(void)
{
	WINDOW *window;

	setlocale(LC_CTYPE, "");
	window = curses.initscr_();
	if (!window)
		return NULL;
	curses.cbreak_();
	curses.noecho_();
	curses.keypad_(window, TRUE);
	curses.curs_set_(0);
	if (curses.has_colors_()) {
		curses.start_color_();
		curses.use_default_colors_();
		curses.init_pair_(1, COLOR_RED, -1);
	}
	return window;
}

/* Until q, or until a look fails; then its status. */
static int watch(WINDOW *window, const struct place *place, int64_t interval_ns,
		 struct choice_of_frame *choice)
{
	struct look looks[2] = {{0}}, *now = &looks[0], *before = &looks[1], *swap;
	struct frame frame = {0};
	bool paused = false;
	int key = ERR, status = look_take(now, place);

	while (!status && key != 'q') {
		list_free(&now->counts);
		frame_make(&frame, now, before->model ? before : NULL, choice);
		show(window, &frame, choice->order, paused);
		curses.wtimeout_(window, paused ? -1 : (int)(interval_ns / 1000000));
		key = curses.wgetch_(window);
		if (key == 's')
			choice->order = (choice->order + 1) % ORDERS_END;
		if (key == ' ')
			paused = !paused;
		if (key == ERR) {
			look_free(before);
			swap = before;
			before = now;
			now = swap;
			status = look_take(now, place);
		}
	}
	look_free(now);
	look_free(before);
	frame_free(&frame);
	return status;
}

int screen_show(const struct place *place, int64_t interval_ns, struct choice_of_frame *choice)
{
	const char *terminal = getenv("TERM");
	WINDOW *window;
	int status;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_text(EXIT_USAGE,
				  "there is no terminal here; `dndprof top --once` prints "
				  "one look");
	if (!terminal || !*terminal || strcmp(terminal, "dumb") == 0)
		return error_text(EXIT_USAGE,
				  "this terminal cannot show it (TERM=%s); `dndprof top "
				  "--once` prints one look",
				  terminal ? terminal : "");
	if (!load())
		return error_text(EXIT_INPUT,
				  "ncurses cannot be loaded: install libncursesw6, or use "
				  "`dndprof top --once`");
	window = begin();
	if (!window)
		return error_text(EXIT_INPUT, "ncurses does not know this terminal (TERM=%s)",
				  terminal);
	status = watch(window, place, interval_ns, choice);
	curses.endwin_();
	return status;
}
