/* SPDX-License-Identifier: MIT */
/*
 * Locales: "C", also called "POSIX", and for characters all whose name ends in UTF-8, such as
 * "C.UTF-8" and "en_US.UTF-8".  Words, numbers and dates are those of "C" in all of them.
 */
#include "locale/locale.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_LEN 32

static const char *const categories[LC_ALL] = { "LC_CTYPE",   "LC_NUMERIC",  "LC_TIME",
						"LC_COLLATE", "LC_MONETARY", "LC_MESSAGES" };
static char names[LC_ALL][NAME_LEN] = { "C", "C", "C", "C", "C", "C" };
static bool utf8;

bool __locale_is_utf8(void)
{
	return utf8;
}

size_t __mb_cur_max(void)
{
	return utf8 ? 4 : 1;
}

static bool names_utf8(const char *name)
{
	const char *set = strchr(name, '.');

	return set && (!strcasecmp(set + 1, "UTF-8") || !strcasecmp(set + 1, "UTF8"));
}

/* The name that "" stands for in a category; POSIX says where to look, in this order. */
static const char *from_environment(int category)
{
	const char *const order[] = { "LC_ALL", categories[category], "LANG" };

	for (int i = 0; i < 3; i++) {
		const char *value = getenv(order[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

/* The name of a locale that there is, or NULL. */
static const char *known(int category, const char *name)
{
	if (!*name)
		name = from_environment(category);
	if (!strcmp(name, "POSIX"))
		return "C";
	return !strcmp(name, "C") || (names_utf8(name) && strlen(name) < NAME_LEN) ? name : NULL;
}

/* As known(); of what name_of_all() made of several names, the category's, which part gets. */
static const char *known_part(int category, const char *name, char *part)
{
	size_t len = strlen(categories[category]);

	if (!strchr(name, '='))
		return known(category, name);
	while (strncmp(name, categories[category], len) || name[len] != '=') {
		name = strchr(name, ';');
		if (!name)
			return NULL;
		name++;
	}
	name += len + 1;
	len = strcspn(name, ";");
	if (len >= NAME_LEN)
		return NULL;
	memcpy(part, name, len);
	part[len] = '\0';
	return known(category, part);
}

/* All categories have one name, or it is made of theirs, separated by ';'. */
static char *name_of_all(void)
{
	static char all[LC_ALL * (NAME_LEN + 12)];
	bool same = true;

	for (int i = 1; i < LC_ALL; i++)
		same = same && !strcmp(names[i], names[0]);
	if (same)
		return names[0];
	*all = '\0';
	for (int i = 0; i < LC_ALL; i++) {
		strcat(strcat(all, i ? ";" : ""), categories[i]);
		strcat(strcat(all, "="), names[i]);
	}
	return all;
}

char *setlocale(int category, const char *name)
{
	int first = category == LC_ALL ? 0 : category,
	    last = category == LC_ALL ? LC_ALL - 1 : category;
	char part[NAME_LEN];

	if (category < LC_CTYPE || category > LC_ALL)
		return NULL;
	for (int i = first; name && i <= last; i++)
		if (!known_part(i, name, part))
			return NULL;
	for (int i = first; name && i <= last; i++) {
		const char *is = known_part(i, name, part);

		if (is != names[i])
			strcpy(names[i], is);
	}
	utf8 = names_utf8(names[LC_CTYPE]);
	return category == LC_ALL ? name_of_all() : names[category];
}

struct lconv *localeconv(void)
{
	static char none[] = "", point[] = ".";
	static struct lconv conv = {
		point,	  none,	    none,     none,	none,	  none,	    none,     none,
		none,	  none,	    CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX,
		CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX,
	};

	return &conv;
}

char *nl_langinfo(nl_item item)
{
	static const char *const texts[NR_NL_ITEMS] = {
		[D_T_FMT] = "%a %b %e %H:%M:%S %Y",
		[D_FMT] = "%m/%d/%y",
		[T_FMT] = "%H:%M:%S",
		[T_FMT_AMPM] = "%I:%M:%S %p",
		[AM_STR] = "AM",
		[PM_STR] = "PM",
		[DAY_1] = "Sunday",
		"Monday",
		"Tuesday",
		"Wednesday",
		"Thursday",
		"Friday",
		"Saturday",
		[ABDAY_1] = "Sun",
		"Mon",
		"Tue",
		"Wed",
		"Thu",
		"Fri",
		"Sat",
		[MON_1] = "January",
		"February",
		"March",
		"April",
		"May",
		"June",
		"July",
		"August",
		"September",
		"October",
		"November",
		"December",
		[ABMON_1] = "Jan",
		"Feb",
		"Mar",
		"Apr",
		"May",
		"Jun",
		"Jul",
		"Aug",
		"Sep",
		"Oct",
		"Nov",
		"Dec",
		[RADIXCHAR] = ".",
		[YESEXPR] = "^[yY]",
		[NOEXPR] = "^[nN]",
		[CRNCYSTR] = "-",
	};

	if (item == CODESET)
		return utf8 ? "UTF-8" : "ANSI_X3.4-1968";
	return (char *)(item > 0 && item < NR_NL_ITEMS && texts[item] ? texts[item] : "");
}
