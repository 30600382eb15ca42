/* SPDX-License-Identifier: MIT */
/*
 * getopt() and getopt_long(), as the GNU library has them: operands are moved behind the options,
 * unless options begin with '+' or POSIXLY_CORRECT is set; '-' makes each the argument of option 1.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *optarg;
int optind = 1, opterr = 1, optopt;

static int pos = 1;	  /* within argv[optind] */
static int first_operand; /* those from here to `last_operand` have been passed over */
static int last_operand;

enum order { PERMUTE, STOP, RETURN_ALL };

/* What is asked of one call. */
struct request {
	int argc;
	char **argv;
	const char *options;
	const struct option *longs;
	int *index;
	bool only; /* long names behind a single '-' too */
	bool quiet;
	enum order order;
};

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

static void reverse(char **words, int n)
{
	for (int i = 0; i < n / 2; i++) {
		char *word = words[i];

		words[i] = words[n - 1 - i];
		words[n - 1 - i] = word;
	}
}

/* The operands that were passed over go behind the options that came after them. */
static void move_operands(char **argv)
{
	int operands = last_operand - first_operand, options = optind - last_operand;

	reverse(argv + first_operand, operands + options);
	reverse(argv + first_operand, options);
	reverse(argv + first_operand + options, operands);
	first_operand += options;
	last_operand = optind;
}

/* Goes to the next option: true; else optind is that of the first operand. */
static bool find_option(const struct request *r)
{
	if (last_operand > first_operand && optind > last_operand)
		move_operands(r->argv);
	else if (last_operand == first_operand)
		first_operand = last_operand = optind;
	if (r->order == PERMUTE)
		while (optind < r->argc && !is_option(r->argv[optind]))
			last_operand = ++optind;
	if (optind < r->argc && strcmp(r->argv[optind], "--") && is_option(r->argv[optind]))
		return true;
	if (optind < r->argc && !strcmp(r->argv[optind], "--")) {
		optind++;
		if (last_operand > first_operand)
			move_operands(r->argv);
		return false;
	}
	if (last_operand > first_operand)
		optind = first_operand;
	return false;
}

static void complain(const struct request *r, const char *what, const char *name, int c)
{
	if (!opterr || r->quiet)
		return;
	if (name)
		fprintf(stderr, "%s: %s '--%s'\n", r->argv[0], what, name);
	else
		fprintf(stderr, "%s: %s -- '%c'\n", r->argv[0], what, c);
}

static int next_short(const struct request *r)
{
	char *word = r->argv[optind];
	int c = (unsigned char)word[pos++];
	const char *spec = c == ':' || c == ';' ? NULL : strchr(r->options, c);
	char *rest = word[pos] ? word + pos : NULL;

	optopt = c;
	if (!rest || (spec && spec[1] == ':')) {
		optind++;
		pos = 1;
	}
	if (!spec) {
		complain(r, "invalid option", NULL, c);
		return '?';
	}
	if (spec[1] != ':')
		return c;
	optarg = rest;
	if (rest || spec[2] == ':')
		return c;
	if (optind < r->argc) {
		optarg = r->argv[optind++];
		return c;
	}
	complain(r, "option requires an argument", NULL, c);
	return r->quiet ? ':' : '?';
}

/* The long option that the n characters name, whole or as the only one that begins so; or NULL. */
static const struct option *find_long(const struct request *r, const char *name, size_t n,
				      bool *several)
{
	const struct option *found = NULL;

	*several = false;
	for (const struct option *o = r->longs; o->name; o++) {
		if (strncmp(o->name, name, n))
			continue;
		if (strlen(o->name) == n) {
			*several = false;
			return o;
		}
		if (found && (found->has_arg != o->has_arg || found->flag != o->flag ||
			      found->val != o->val))
			*several = true;
		found = found ? found : o;
	}
	return found;
}

static int take_long(const struct request *r, const struct option *o, char *value)
{
	optopt = o->val;
	if (value && o->has_arg == no_argument) {
		complain(r, "option doesn't allow an argument", o->name, 0);
		return '?';
	}
	if (!value && o->has_arg == required_argument) {
		if (optind >= r->argc) {
			complain(r, "option requires an argument", o->name, 0);
			return r->quiet ? ':' : '?';
		}
		value = r->argv[optind++];
	}
	optarg = value;
	if (r->index)
		*r->index = (int)(o - r->longs);
	if (!o->flag)
		return o->val;
	*o->flag = o->val;
	return 0;
}

static int next_long(const struct request *r, char *name)
{
	size_t n = strcspn(name, "=");
	bool several;
	const struct option *o = find_long(r, name, n, &several);

	optind++;
	pos = 1;
	optopt = 0;
	if (o && !several)
		return take_long(r, o, name[n] ? name + n + 1 : NULL);
	complain(r, several ? "option is ambiguous:" : "unrecognized option", name, 0);
	return '?';
}

/* Whether argv[optind], which begins with one '-', is a long option of getopt_long_only(). */
static bool is_long_only(const struct request *r, const char *word)
{
	bool several;

	if (!r->only || pos != 1)
		return false;
	return (word[2] || !strchr(r->options, word[1])) &&
	       find_long(r, word + 1, strcspn(word + 1, "="), &several);
}

static int next_option(struct request *r)
{
	char *word;

	if (!optind) { /* begin anew */
		optind = pos = 1;
		first_operand = last_operand = 0;
	}
	r->order = getenv("POSIXLY_CORRECT") ? STOP : PERMUTE;
	if (*r->options == '+' || *r->options == '-')
		r->order = *r->options++ == '+' ? STOP : RETURN_ALL;
	r->quiet = *r->options == ':';
	optarg = NULL;
	if (pos > 1)
		return next_short(r);
	if (!find_option(r)) {
		if (r->order != RETURN_ALL || optind >= r->argc ||
		    !strcmp(r->argv[optind - 1], "--"))
			return -1;
		optarg = r->argv[optind++];
		return 1;
	}
	word = r->argv[optind];
	if (r->longs && word[1] == '-')
		return next_long(r, word + 2);
	if (is_long_only(r, word))
		return next_long(r, word + 1);
	return next_short(r);
}

int getopt(int argc, char *const argv[], const char *options)
{
	return next_option(&(struct request){ argc, (char **)argv, options, NULL, NULL, false,
					      false, PERMUTE });
}

int getopt_long(int argc, char *const argv[], const char *options, const struct option *longs,
		int *index)
{
	return next_option(&(struct request){ argc, (char **)argv, options, longs, index, false,
					      false, PERMUTE });
}

int getopt_long_only(int argc, char *const argv[], const char *options, const struct option *longs,
		     int *index)
{
	return next_option(&(struct request){ argc, (char **)argv, options, longs, index, true,
					      false, PERMUTE });
}
