/* SPDX-License-Identifier: MIT */
/* Terminals: their settings, as Linux has them.  Speeds are kept and mean nothing. */
#pragma once

#include <sys/types.h>

#define NCCS 32

typedef unsigned char cc_t;
typedef unsigned int speed_t, tcflag_t;

struct termios {
	tcflag_t c_iflag, c_oflag, c_cflag, c_lflag;
	cc_t c_line, c_cc[NCCS]; /* a key of 0 does nothing */
	speed_t c_ispeed, c_ospeed;
};

/* c_cc */
enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP, VSUSP, VEOL };
enum { VREPRINT = 12, VDISCARD, VWERASE, VLNEXT, VEOL2 };
/* c_iflag */
enum { IGNBRK = 01, BRKINT = 02, IGNPAR = 04, PARMRK = 010, INPCK = 020, ISTRIP = 040 };
enum { INLCR = 0100, IGNCR = 0200, ICRNL = 0400, IXON = 02000, IXANY = 04000, IXOFF = 010000 };
enum { IMAXBEL = 020000, IUTF8 = 040000 };
/* c_oflag */
enum { OPOST = 01, ONLCR = 04, OCRNL = 010, ONOCR = 020, ONLRET = 040 };
/* c_cflag */
enum { B9600 = 015, B38400 = 017, B115200 = 010002, CSIZE = 060, CS7 = 040, CS8 = 060 };
enum { CSTOPB = 0100, CREAD = 0200, PARENB = 0400, PARODD = 01000, HUPCL = 02000, CLOCAL = 04000 };
/* c_lflag */
enum { ISIG = 01, ICANON = 02, ECHO = 010, ECHOE = 020, ECHOK = 040, ECHONL = 0100 };
enum { NOFLSH = 0200, TOSTOP = 0400, ECHOCTL = 01000, ECHOKE = 04000, IEXTEN = 0100000 };
/* tcsetattr(); the last one forgets what was typed and not read */
enum { TCSANOW, TCSADRAIN, TCSAFLUSH };

int tcgetattr(int fd, struct termios *termios);
int tcsetattr(int fd, int when, const struct termios *termios);
void cfmakeraw(struct termios *termios);
