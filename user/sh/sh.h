/* SPDX-License-Identifier: MIT */
/*
 * The shell: the language of POSIX without functions, here-documents and traps.
 *
 *	source ──lines──► lexer ──tokens──► parser ──tree──► run ──► jobs
 *	(line.c,          (lexer.c)        (parse.c)        (run.c,  (job.c)
 *	 source.c)                                        command.c)
 *	                                                     │ each word
 *	                                       expand.c, param.c, arith.c, glob.c
 *
 * One complete command is read, parsed and run before the next is looked at.  A word
 * stays as it was typed, quotes and all, until the command that holds it is run: what
 * `$x` is may change with every turn of a loop.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Exit statuses of the shell's own. */
#define STATUS_ERROR	 2 /* syntax, redirection, wrong use of a builtin */
#define STATUS_NOT_RUN	 126
#define STATUS_NOT_FOUND 127
#define STATUS_SIGNAL	 128 /* + the signal */

/* What the whole shell knows. */
extern struct shell {
	bool interactive; /* prompts, job control */
	bool option_e;	  /* leave when a command fails that nobody tests */
	bool option_x;	  /* say what is run */
	int status;	  /* $? */
	pid_t pid;	  /* $$, in subshells too */
	pid_t background; /* $!, 0: none yet */
	char *name;	  /* $0 */
	char **params;	  /* $1 …, NULL after the last */
	int nr_params;	  /* $# */
	int substituted;  /* status of the last $(…), for an assignment alone */
	int testing;	  /* depth of conditions, where a failure is no end for -e */
	int loops;	  /* depth of loops */
	int leaving;	  /* how many loops are being left by break or continue */
	bool again;	  /* … and the outermost of them goes on */
	volatile sig_atomic_t interrupted; /* a Ctrl-C: give up what is being run */
} sh;

/* One sentence on standard error, "sh: …". */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- memory.c: a stack of allocations ---- */

/* size bytes of zeros; the shell ends when there are none. */
void *mem_alloc(size_t size);
char *mem_copy(const char *s, size_t n);
/* All that is allocated after a mark is freed by its release. */
struct block *mem_mark(void);
void mem_release(struct block *mark);
/* malloc() and strdup() for what outlives that; the shell ends when there is none. */
void *keep_alloc(size_t size);
char *keep_copy(const char *s);

/* A string that grows; a zeroed one is empty.  Its bytes are malloc's. */
struct text {
	char *bytes;
	size_t len, room;
};

void text_put(struct text *t, char c);
void text_add(struct text *t, const char *s);
/* The text as a string on the stack of allocations; t is empty then. */
char *text_take(struct text *t);

/* ---- source.c, line.c: where commands come from ---- */

struct source {
	int fd;		  /* of a script; -1: text */
	bool console;	  /* fd is one that is typed at */
	const char *text; /* the rest of it, or of what was read from fd */
	char *buffer;	  /* fd's */
	ssize_t have;
};

/*
 * Appends the next line with its newline (the last may have none) to t: 1; 0 at the end, -1
 * if Ctrl-C dropped it.  `first`: the line begins a command, which chooses the prompt.
 */
int source_line(struct source *s, struct text *t, bool first);
/* Parses and runs all there is; the status of the last command. */
int run_source(struct source *s);
int run_string(const char *text);
/* Runs the script in a file: its status, or -1 with errno if it cannot be opened. */
int run_file(const char *path);
/* A line typed at the console, with editing and history: as source_line(). */
int edit_line(const char *prompt, struct text *t);

/* ---- lexer.c: from text to tokens ---- */

enum token {
	TOK_END, /* of the source */
	TOK_ERROR,
	TOK_NEWLINE,
	TOK_WORD,
	TOK_NUMBER, /* digits just before < or > */
	TOK_AND,    /* && */
	TOK_OR,
	TOK_SEMI2, /* ;; */
	TOK_SEMI,
	TOK_AMP,
	TOK_PIPE,
	TOK_OPEN,
	TOK_CLOSE,
	TOK_DUP_IN, /* <& */
	TOK_DUP_OUT,
	TOK_APPEND,
	TOK_READ_WRITE, /* <> */
	TOK_IN,
	TOK_OUT,
};

struct lexer {
	struct source *source;
	struct text text; /* of the command so far, all its lines */
	size_t pos;	  /* in text, past the token */
	size_t start;	  /* of the token */
	enum token token;
	char *word;	  /* of TOK_WORD and TOK_NUMBER, as typed */
	bool interrupted; /* TOK_ERROR is a Ctrl-C */
};

/* Reads the next token into lx->token. */
void lexer_next(struct lexer *lx);
/* The token in words, for messages. */
const char *lexer_describe(const struct lexer *lx);
/* Past the character, quotation or $-construct at p; NULL if its end is missing. */
const char *skip_part(const char *p);
/* Past the `)` or '}' that closes what p is in; NULL if it is missing. */
const char *skip_to(const char *p, char close);
/* Past the name at p; p itself if there is none. */
const char *skip_name(const char *p);

/* ---- parse.c: from tokens to a tree ---- */

struct word {
	struct word *next;
	char *text;
};

struct redirect {
	struct redirect *next;
	enum token kind;
	int fd;
	char *target; /* as typed */
};

enum node_kind {
	NODE_COMMAND,	 /* assigns, words, redirects */
	NODE_PIPE,	 /* left is the first, the others follow by next */
	NODE_NOT,	 /* left */
	NODE_AND,	 /* left, right */
	NODE_OR,	 /* left, right */
	NODE_LIST,	 /* left, right */
	NODE_BACKGROUND, /* left */
	NODE_GROUP,	 /* left; a compound command with redirects */
	NODE_SUBSHELL,	 /* left */
	NODE_IF,	 /* left: condition, right: then, other: else or NULL */
	NODE_WHILE,	 /* left: condition, right: body */
	NODE_UNTIL,	 /* the same */
	NODE_FOR,	 /* words: the variable, then its values; right: body */
	NODE_CASE,	 /* words: the subject; the arms follow by right */
	NODE_ARM,	 /* words: patterns; left: body or NULL; right: the next arm */
};

struct node {
	enum node_kind kind;
	bool all_params; /* NODE_FOR without `in` */
	struct node *left, *right, *other, *next;
	struct word *assigns, *words;
	struct redirect *redirects;
	char *text; /* of a pipeline or background list, for `jobs` */
};

/* Parses one complete command: 1 and *out (NULL: an empty line); 0 at the end; -1 error, told. */
int parse_command(struct lexer *lx, struct node **out);

/* ---- expand.c, param.c, arith.c, glob.c: from a word to what it stands for ---- */

/*
 * In an expansion quoted characters that could mean something to glob_match() stand after a
 * backslash, so that a finished field is a pattern; unquote() makes it the plain string.
 */
struct expansion {
	struct text field;
	bool begun;	    /* the field exists, be it empty */
	bool split;	    /* unquoted blanks from `$` end a field */
	bool failed;	    /* told */
	struct word **tail; /* finished fields */
};

/* All fields of the words, with splitting and file names; NULL words give none.  False: told. */
bool expand_words(const struct word *words, struct word **out);
/* One string, without splitting and file names; NULL if it failed, which was told. */
char *expand_string(const char *word);
/* The same as a pattern. */
char *expand_pattern(const char *word);
/* Adds the expansion of text up to end; `quoted`: it stands between double quotes. */
void expand_text(struct expansion *e, const char *text, const char *end, bool quoted);
/* Adds the $-construct or backquotes at p; returns what is past it. */
const char *expand_dollar(struct expansion *e, const char *p, bool quoted);
/* Adds the value of a parameter or a command, which is split unless quoted. */
void expand_value(struct expansion *e, const char *value, bool quoted);
/* Ends the field, if there is one. */
void expand_end_field(struct expansion *e);
/* Adds what `$(command)` prints, without the newlines at its end. */
void substitute(struct expansion *e, const char *command, bool quoted);

/* Evaluates integer arithmetic; false if it is none, which was told. */
bool arith(const char *text, long *value);

/* Whether the whole of s matches the pattern of * ? [...] and backslashes. */
bool glob_match(const char *pattern, const char *s);
/*
 * Appends the sorted names that match to *tail; false if there is none, or nothing special in it.
 */
bool glob_files(const char *pattern, struct word ***tail);
/* Removes the backslashes, in place. */
char *unquote(char *pattern);

/* ---- var.c: variables ---- */

const char *var_get(const char *name);
void var_set(const char *name, const char *value);
/* "name=value" */
void var_assign(const char *assignment);
void var_unset(const char *name);
void var_export(const char *name);
/* Takes over the environment. */
void var_import(void);
/* The environment of a program to be run, malloc'ed. */
char **var_environment(void);
/* Prints all, or those that are exported, with a word before each. */
void var_print(bool exported, const char *before);

/* ---- run.c, command.c: from a tree to its effects ---- */

/* Runs a tree (NULL: nothing); its status. */
int run_node(struct node *n);
/* The same in a process made for it, which ends with it. */
_Noreturn void run_and_exit(struct node *n);
/* A simple command; `here`: in a process of its own, which a program may replace. */
int run_simple(const struct node *n, bool here);
/* Replaces this process by a program or script; a script's name is looked for in PATH. */
_Noreturn void exec_program(char **argv);

/* The descriptors that a redirection replaced, to be put back. */
struct saved {
	struct saved *next;
	int fd, copy; /* -1: was closed */
};

/* Carries out redirections; saved NULL: for good.  False: told, and the rest not done. */
bool redirect(const struct redirect *list, struct saved **saved);
void redirect_undo(struct saved *saved);

/* ---- job.c: processes that belong together ---- */

struct job;

/* A job without processes; text is copied. */
struct job *job_new(const char *text);
/*
 * Forks a process of the job, which in the child returns 0: no signal is ignored or handled
 * there, and no job known.  -1: told.
 */
pid_t job_fork(struct job *j, bool background);
/* Waits until the job has ended or stopped; its status. */
int job_foreground(struct job *j);
/* Leaves it running. */
void job_background(struct job *j);
/* The job of "%n", "%%" or a pid; NULL: there is none. */
struct job *job_find(const char *word);
/* Lets a stopped job go on. */
int job_continue(struct job *j, bool foreground);
/* Waits for a background job: its status. */
int job_wait(struct job *j);
/* Waits for all of them. */
void job_wait_all(void);
/* What kill() takes for the whole job. */
pid_t job_target(const struct job *j);
/* Looks what has become of the jobs; prints all, or what has changed. */
void job_report(bool all);
/* Prepares signals and the process group for job control. */
void job_control(void);

/* ---- builtin.c, kill.c, test.c: commands of the shell's own ---- */

struct builtin {
	const char *name;
	int (*run)(char **argv);
	bool special; /* assignments before it stay, and its errors end a script */
};

/* NULL: there is none of that name. */
const struct builtin *builtin_find(const char *name);
int builtin_kill(char **argv);
int builtin_test(char **argv);
/* The number a word is: false if it is none. */
bool parse_number(const char *word, long *n);
