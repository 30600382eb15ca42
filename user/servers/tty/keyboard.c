/* SPDX-License-Identifier: MIT */
/*
 * The keyboard of a PC, at the ports of the controller 8042.  It tells of each key that goes down
 * or up by a number, in the first of three sets, into which the controller translates; what
 * a key means is ours to say: a keyboard of the United States.
 *
 * A key becomes what a serial terminal would send: a byte, or a sequence that begins with ESC.
 *
 * The kernel lets a thread use one range of ports at a time; ours is that of the 16550 but for the
 * moment in which the controller is read.
 */
#include <errno.h>
#include <stdbool.h>

#include "user/lib/authority.h"
#include "user/servers/tty/ports.h"
#include "user/servers/tty/tty.h"

#define BASE	 0x60
#define NR_PORTS 5
#define IRQ_LINE 1

#define DATA	0x60
#define STATUS	0x64 /* read */
#define COMMAND 0x64 /* written */

#define STATUS_FULL	0x01 /* a byte can be read */
#define STATUS_BUSY	0x02 /* none can be written yet */
#define STATUS_POINTER	0x20 /* the byte is the mouse's */
#define READ_SETTINGS	0x20
#define WRITE_SETTINGS	0x60
#define ENABLE		0xae
#define SET_INTERRUPT	0x01
#define SET_TRANSLATION 0x40
#define SET_KEYS_OFF	0x10

#define GOES_UP	    0x80
#define PREFIX	    0xe0 /* the next number is of the keys that came with the larger keyboards */
#define LEFT_SHIFT  0x2a
#define RIGHT_SHIFT 0x36
#define CONTROL	    0x1d
#define CAPS_LOCK   0x3a

#define PATIENCE 100000 /* looks at a controller that is busy */

static const char plain[] =
	"\0\0331234567890-=\x7f\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
	"\0\033!@#$%^&*()_+\x7f\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

/* What follows ESC [ for a key with the prefix. */
static const struct {
	uint8_t key;
	const char *keys;
} sequences[] = {
	{ 0x48, "A" }, { 0x50, "B" }, { 0x4d, "C" },  { 0x4b, "D" },
	{ 0x47, "H" }, { 0x4f, "F" }, { 0x53, "3~" },
};

#define NR_SEQUENCES (sizeof(sequences) / sizeof(sequences[0]))

static int irq = -1;
static bool shift, control, caps, prefix;

/* Waits until the bit of the status is as wanted; false: it does not become so. */
static bool wait_status(uint8_t bit, bool wanted)
{
	for (int i = 0; i < PATIENCE; i++)
		if (!!(inb(STATUS) & bit) == wanted)
			return true;
	return false;
}

static bool command(uint8_t c)
{
	if (!wait_status(STATUS_BUSY, false))
		return false;
	outb(c, COMMAND);
	return true;
}

/* The controller is to translate, and to interrupt for keys.  False: there is none. */
static bool set_up(void)
{
	uint8_t settings;

	while (inb(STATUS) != 0xff && inb(STATUS) & STATUS_FULL)
		inb(DATA); /* what was typed before us */
	if (inb(STATUS) == 0xff || !command(ENABLE) || !command(READ_SETTINGS) ||
	    !wait_status(STATUS_FULL, true))
		return false;
	settings = (inb(DATA) | SET_INTERRUPT | SET_TRANSLATION) & (uint8_t)~SET_KEYS_OFF;
	if (!command(WRITE_SETTINGS) || !wait_status(STATUS_BUSY, false))
		return false;
	outb(settings, DATA);
	return true;
}

int keyboard_open(int endpoint, uint64_t bits)
{
	bool there;

	if (ioport_allow(BASE, NR_PORTS))
		return -1;
	irq = irq_bind(IRQ_LINE, endpoint, bits);
	there = irq >= 0 && set_up();
	uart_allow();
	if (!there)
		errno = ENODEV;
	return there ? 0 : -1;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void type(void (*key)(unsigned char), const char *bytes)
{
	for (; *bytes; bytes++)
		key((unsigned char)*bytes);
}

static void type_prefixed(void (*key)(unsigned char), uint8_t code)
{
	for (size_t i = 0; i < NR_SEQUENCES; i++)
		if (sequences[i].key == code) {
			type(key, "\033[");
			type(key, sequences[i].keys);
		}
	if (code == 0x1c || code == 0x35) /* of the keys with numbers: Enter, / */
		key(code == 0x1c ? '\r' : '/');
}

static void type_plain(void (*key)(unsigned char), uint8_t code)
{
	char c = code < sizeof(plain) ? plain[code] : 0;

	if (!c)
		return;
	if (shift != (caps && is_letter(c)))
		c = shifted[code];
	key((unsigned char)(control && c >= '@' && c < 0x7f ? c & 0x1f : c));
}

/* A number that the keyboard has sent. */
static void take(void (*key)(unsigned char), uint8_t code)
{
	bool down = !(code & GOES_UP), prefixed = prefix;

	prefix = code == PREFIX;
	if (prefix)
		return;
	code &= (uint8_t)~GOES_UP;
	if (code == CONTROL)
		control = down;
	else if (!prefixed && (code == LEFT_SHIFT || code == RIGHT_SHIFT))
		shift = down;
	else if (!prefixed && code == CAPS_LOCK)
		caps ^= down;
	else if (down && prefixed)
		type_prefixed(key, code);
	else if (down)
		type_plain(key, code);
}

void keyboard_read(void (*key)(unsigned char))
{
	uint8_t codes[64];
	size_t n = 0;

	irq_ack(irq);
	if (ioport_allow(BASE, NR_PORTS))
		return;
	while (n < sizeof(codes)) {
		uint8_t status = inb(STATUS);

		if (!(status & STATUS_FULL))
			break;
		codes[n] = inb(DATA);
		if (!(status & STATUS_POINTER)) /* else it is the mouse's */
			n++;
	}
	uart_allow();
	for (size_t i = 0; i < n; i++)
		take(key, codes[i]);
}
