/* SPDX-License-Identifier: MIT */
/* Functions of the C library that Eva knows too little of: in full, so that all
   that they read is looked at. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

size_t strcspn(const char *text, const char *ends)
{
	size_t i = 0;

	while (text[i] && !strchr(ends, text[i]))
		i++;
	return i;
}

size_t strspn(const char *text, const char *those)
{
	size_t i = 0;

	while (text[i] && strchr(those, text[i]))
		i++;
	return i;
}

char *strcpy(char *to, const char *text)
{
	memcpy(to, text, strlen(text) + 1);
	return to;
}

/* By less and greater: so what is equal behind them is known to be. */
int strncmp(const char *a, const char *b, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if ((unsigned char)a[i] < (unsigned char)b[i])
			return -1;
		if ((unsigned char)a[i] > (unsigned char)b[i])
			return 1;
		if (!a[i])
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, (size_t)-1);
}

int tolower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

int isspace(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int strncasecmp(const char *a, const char *b, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (tolower((unsigned char)a[i]) !=
			    tolower((unsigned char)b[i]) ||
		    !a[i])
			return tolower((unsigned char)a[i]) -
			       tolower((unsigned char)b[i]);
	return 0;
}

int strcasecmp(const char *a, const char *b)
{
	return strncasecmp(a, b, (size_t)-1);
}
