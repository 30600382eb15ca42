/* SPDX-License-Identifier: MIT */
/*
 * Buffered streams and formatted text.  In a program with threads each function has its stream to
 * itself until it returns, so that what one call of printf() or fwrite() writes stays in one piece.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#define EOF	     (-1)
#define BUFSIZ	     4096
#define _IOFBF	     0
#define _IOLBF	     1
#define _IONBF	     2
#define SEEK_SET     0
#define SEEK_CUR     1
#define SEEK_END     2
#define FILENAME_MAX 4096
#define FOPEN_MAX    32
#define L_tmpnam     20
#define TMP_MAX	     10000

typedef struct __file FILE;
typedef off_t fpos_t;

extern FILE *const stdin;
extern FILE *const stdout;
extern FILE *const stderr;
#define stdin  stdin
#define stdout stdout
#define stderr stderr

FILE *fopen(const char *path, const char *mode);
FILE *fdopen(int fd, const char *mode);
/* A stream to ("w") or from ("r") a command of the shell; with "e" too it is closed by exec. */
FILE *popen(const char *command, const char *mode);
int pclose(FILE *f);
FILE *freopen(const char *path, const char *mode, FILE *f);
FILE *tmpfile(void);
char *tmpnam(char *s);
/* Nobody else may use f by now; the caller may have it by flockfile(). */
int fclose(FILE *f);
/* f null: all streams that hold output, waiting for those of other threads; so does exit(). */
int fflush(FILE *f);
int setvbuf(FILE *f, char *buf, int mode, size_t size);
void setbuf(FILE *f, char *buf);
int fileno(FILE *f);
int feof(FILE *f);
int ferror(FILE *f);
void clearerr(FILE *f);

/*
 * Gives the thread the stream for several calls, until it has called funlockfile() as often;
 * ftrylockfile() does not wait: EBUSY if another thread has it.  After fork() the child has none.
 */
void flockfile(FILE *f);
int ftrylockfile(FILE *f);
void funlockfile(FILE *f);

size_t fread(void *buf, size_t size, size_t n, FILE *f);
size_t fwrite(const void *buf, size_t size, size_t n, FILE *f);
int fgetc(FILE *f);
int getc(FILE *f);
int getchar(void);
int ungetc(int c, FILE *f);
char *fgets(char *s, int size, FILE *f);
ssize_t getdelim(char **line, size_t *cap, int delim, FILE *f);
ssize_t getline(char **line, size_t *cap, FILE *f);
int fputc(int c, FILE *f);
int putc(int c, FILE *f);
int putchar(int c);
/* For who has the stream by flockfile(), or is the only thread that uses it. */
int getc_unlocked(FILE *f);
int getchar_unlocked(void);
int putc_unlocked(int c, FILE *f);
int putchar_unlocked(int c);
int fputs(const char *s, FILE *f);
int puts(const char *s);
int fseek(FILE *f, long offset, int whence);
long ftell(FILE *f);
int fseeko(FILE *f, off_t offset, int whence);
off_t ftello(FILE *f);
int fgetpos(FILE *restrict f, fpos_t *restrict pos);
int fsetpos(FILE *f, const fpos_t *pos);
void rewind(FILE *f);
int remove(const char *path);
int rename(const char *from, const char *to);
int renameat(int from_dir, const char *from, int dir, const char *to);
void perror(const char *s);

#define __printf_like(f, a) __attribute__((format(printf, f, a)))
#define __scanf_like(f, a)  __attribute__((format(scanf, f, a)))

int printf(const char *fmt, ...) __printf_like(1, 2);
int fprintf(FILE *f, const char *fmt, ...) __printf_like(2, 3);
int dprintf(int fd, const char *fmt, ...) __printf_like(2, 3);
int sprintf(char *s, const char *fmt, ...) __printf_like(2, 3);
int snprintf(char *s, size_t size, const char *fmt, ...) __printf_like(3, 4);
int asprintf(char **out, const char *fmt, ...) __printf_like(2, 3);
int vprintf(const char *fmt, va_list ap) __printf_like(1, 0);
int vfprintf(FILE *f, const char *fmt, va_list ap) __printf_like(2, 0);
int vdprintf(int fd, const char *fmt, va_list ap) __printf_like(2, 0);
int vsprintf(char *s, const char *fmt, va_list ap) __printf_like(2, 0);
int vsnprintf(char *s, size_t size, const char *fmt, va_list ap) __printf_like(3, 0);
int vasprintf(char **out, const char *fmt, va_list ap) __printf_like(2, 0);

int scanf(const char *fmt, ...) __scanf_like(1, 2);
int fscanf(FILE *f, const char *fmt, ...) __scanf_like(2, 3);
int sscanf(const char *s, const char *fmt, ...) __scanf_like(2, 3);
int vscanf(const char *fmt, va_list ap) __scanf_like(1, 0);
int vfscanf(FILE *f, const char *fmt, va_list ap) __scanf_like(2, 0);
int vsscanf(const char *s, const char *fmt, va_list ap) __scanf_like(2, 0);
