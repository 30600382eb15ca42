/* SPDX-License-Identifier: MIT */
/*
 * memmap [-n FRAMES] [-w [SECONDS]]: a map of all frames, a character for each by state and owner.
 *
 *	kstat       #.KTFM?    what a frame is; ? is user memory, whoever has it
 *	vm_entries  ? -> 1, 2  anonymous memory that one process maps: that process's letter
 *	            ? -> S     more than one entry maps it: fork shares it
 *	            K -> Z     the zero page
 *
 * A machine has more frames than a window cells.  A cell of many frames shows what most of those
 * that are used are; but a single merged one makes it M, as that is what one looks for.
 */
#include <err.h>
#include <inttypes.h>
#include <merganser.h>
#include <stdint.h>
#include <string.h>

#include "live.h"

#define PAGE	  4096ul
#define CHUNK	  512ul /* entries of a page table */
#define PROCESSES 1024
#define ADDRESS	  12 /* columns before a row of cells */
#define ENTRY	  19 /* columns of an entry of the legend */
#define LETTERS	  "123456789abcdefghijklmnopqrstuvwxyz"
#define MANY	  '+' /* any process after the last that has a letter */

/* The letters of enum frame_state. */
static const char state_letter[] = "#.KT?MF";

static const struct kind {
	char letter;
	const char *colour, *name;
} kinds[] = {
	{ '.', "90", "free" },	    { '#', "90", "reserved" },	{ 'K', "31", "kernel" },
	{ 'T', "33", "tables" },    { 'Z', "37", "zero page" }, { 'M', "1;35", "merged" },
	{ 'S', "1;36", "by fork" }, { 'F', "34", "objects" },	{ '?', "37", "nobody's" },
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct kstat_proc process[PROCESSES];
static size_t nr_processes;

static char *map; /* the letter of each frame */
static size_t map_room, nr_frames;
static bool colours;

/* How a picture is laid out. */
static struct {
	size_t frames;	/* a cell is so many */
	size_t cells;	/* in a row */
	size_t rows;	/* of cells, if they shall fit a window */
	size_t entries; /* in a line of the legend */
	size_t letters; /* processes that have one */
} layout;

/* ---- what there is ---- */

static char process_letter(size_t n)
{
	return n < layout.letters ? LETTERS[n] : MANY;
}

/* Makes the map of what the kernel says; its end is the last frame that is RAM. */
static void read_states(void)
{
	ssize_t got;

	while ((got = mg_kstat(KSTAT_FRAMES, map, map_room)) == (ssize_t)map_room) {
		map_room *= 2;
		map = realloc(map, map_room);
		if (!map)
			err(1, "map");
	}
	nr_frames = 0;
	for (ssize_t i = 0; i < got; i++) {
		if (map[i] != FR_RESERVED)
			nr_frames = (size_t)i + 1;
		map[i] = state_letter[(int)map[i]];
	}
}

/* A page of a process; only what the kernel's own map left open is filled in. */
static void mark_page(const struct vm_page_info *page, char letter)
{
	char *cell = &map[page->pfn];

	if (!(page->flags & VMQ_PRESENT) || page->pfn >= nr_frames)
		return;
	if (*cell == 'K' && page->flags & VMQ_ZERO)
		*cell = 'Z';
	else if (*cell == '?')
		*cell = page->mapcount > 1 ? 'S' : letter;
}

/* The pages from addr on that stand in one page table and in the area; where they end. */
static uint64_t mark_table(pid_t pid, char letter, uint64_t addr, uint64_t end)
{
	static struct vm_page_info page[CHUNK];
	uint64_t n = CHUNK - addr / PAGE % CHUNK, left = (end - addr) / PAGE;
	int got;

	n = n < left ? n : left;
	got = mg_vm_entries(pid, (const void *)addr, page, n);
	for (int i = 0; i < got; i++)
		mark_page(&page[i], letter);
	return addr + n * PAGE;
}

/* A process that ends meanwhile has no further areas. */
static void mark_process(pid_t pid, char letter)
{
	struct vm_area_info area;
	uint64_t addr = 0;

	while (mg_vm_areas(pid, (const void *)addr, &area, 1) == 1)
		addr = area.next < area.end ? mark_table(pid, letter, area.next, area.end) :
					      area.end;
}

static void read_map(void)
{
	struct vm_page_info own;
	ssize_t got = mg_kstat(KSTAT_PROCS, process, sizeof(process));

	read_states();
	if (mg_vm_query(0, (const void *)((uintptr_t)&own & -PAGE), &own, 1) < 0)
		err(1, "no authority to ask the kernel about pages (KCAP_QUERY)");
	nr_processes = got < 0 ? 0 : (size_t)got / sizeof(process[0]);
	for (size_t i = 0; i < nr_processes; i++)
		mark_process(process[i].pid, process_letter(i));
}

/* ---- what is seen ---- */

static const char *colour_of(char letter)
{
	static const char *const of_process[] = { "32", "92", "93", "94", "95", "96", "91" };

	for (size_t i = 0; i < NR_KINDS; i++)
		if (kinds[i].letter == letter)
			return kinds[i].colour;
	return of_process[(size_t)letter % (sizeof(of_process) / sizeof(of_process[0]))];
}

/* Prints a letter; colours change only where letters do. */
static void print_letter(char letter, char before)
{
	if (colours && letter != before)
		printf("\033[%sm", colour_of(letter));
	putchar(letter);
}

static void plain(void)
{
	if (colours)
		printf("\033[0m");
}

/* The letter of a cell of n frames. */
static char cell_of(const char *frames, size_t n)
{
	size_t count[128] = { 0 };
	char best = '#';

	if (memchr(frames, 'M', n))
		return 'M';
	for (size_t i = 0; i < n; i++) {
		char c = frames[i];
		bool used = c != '#' && c != '.';

		count[(int)c]++;
		if (used && (best == '#' || best == '.' || count[(int)c] > count[(int)best]))
			best = c;
		else if (c == '.' && best == '#')
			best = c;
	}
	return best;
}

static void print_row(size_t frame)
{
	char before = 0;

	printf("%010zx  ", frame * PAGE);
	for (size_t i = 0; i < layout.cells && frame < nr_frames; i++, frame += layout.frames) {
		size_t left = nr_frames - frame;
		char c = cell_of(map + frame, left < layout.frames ? left : layout.frames);

		print_letter(c, before);
		before = c;
	}
	plain();
	live_newline();
}

/* The n-th entry of the legend: a letter, its number of frames, what it stands for. */
static void print_entry(size_t n, char letter, size_t frames, const char *name)
{
	if (n && n % layout.entries == 0)
		live_newline();
	print_letter(letter, 0);
	plain();
	printf(" %6zu %-9.9s ", frames, name);
}

/* Kinds, then processes; those without a letter together. */
static void print_legend(void)
{
	size_t count[128] = { 0 };
	size_t listed = nr_processes < layout.letters ? nr_processes : layout.letters;

	for (size_t i = 0; i < nr_frames; i++)
		count[(int)map[i]]++;
	for (size_t i = 0; i < NR_KINDS; i++)
		print_entry(i, kinds[i].letter, count[(int)kinds[i].letter], kinds[i].name);
	live_newline();
	for (size_t i = 0; i < listed; i++)
		print_entry(i, LETTERS[i], count[(int)LETTERS[i]], process[i].name);
	if (listed < nr_processes)
		print_entry(listed, MANY, count[MANY], "others");
	live_newline();
}

static void print_map(void)
{
	printf("%zu frames of 4 KiB: %zu a cell, %zu a line", nr_frames, layout.frames,
	       layout.frames * layout.cells);
	live_newline();
	for (size_t frame = 0; frame < nr_frames; frame += layout.frames * layout.cells)
		print_row(frame);
	print_legend();
}

/* Head, cells, kinds, three lines of processes, and the line that the cursor comes to. */
static void lay_out(size_t frames_a_cell)
{
	struct winsize window = live_window();
	size_t kind_lines;

	layout.entries = window.ws_col / ENTRY;
	kind_lines = (NR_KINDS + layout.entries - 1) / layout.entries;
	layout.rows = window.ws_row > kind_lines + 6 ? window.ws_row - kind_lines - 5 : 1;
	layout.letters = live.screen ? 3 * layout.entries - 1 : sizeof(LETTERS) - 1;
	for (layout.cells = 16; layout.cells * 2 + ADDRESS <= window.ws_col;)
		layout.cells *= 2;
	layout.frames = frames_a_cell ? frames_a_cell : 1;
	while ((live.screen || !frames_a_cell) &&
	       layout.frames * layout.cells * layout.rows < nr_frames)
		layout.frames *= 2;
}

/* Room for the state of each frame, and how many there are. */
static void make_map(void)
{
	struct kstat_mem mem;

	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0)
		err(1, "no authority to ask the kernel about frames (KCAP_STAT)");
	map_room = mem.total_frames / KSTAT_FRAMES_RECORD * 2 * KSTAT_FRAMES_RECORD;
	map = malloc(map_room);
	if (!map)
		err(1, "map");
}

static _Noreturn void usage(void)
{
	errx(2, "usage: memmap [-n FRAMES] [-w [SECONDS]]");
}

int main(int argc, char **argv)
{
	size_t frames_a_cell = 0;
	int option;

	while ((option = getopt(argc, argv, "n:w")) != -1) {
		if (option == 'n')
			frames_a_cell = strtoul(optarg, NULL, 10);
		if (option == '?' || (option == 'n' && !frames_a_cell) ||
		    (option == 'w' && !live_option(argc, argv)))
			usage();
	}
	if (optind < argc)
		usage();
	make_map();
	read_states();
	live_begin();
	colours = isatty(STDOUT_FILENO);
	do {
		lay_out(frames_a_cell);
		read_map();
		live_home();
		print_map();
	} while (live_next());
	live_end();
	return 0;
}
