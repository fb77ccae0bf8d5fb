/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "peer.h"

static int make(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	cr_assert(fd >= 0);
	return fd;
}

int make_file(size_t length)
{
	static char data[65536];
	size_t done, size;
	int fd = make();

	for (done = 0; done < length; done += size) {
		size = length - done < sizeof(data) ? length - done :
						      sizeof(data);
		pattern(data, size, done);
		cr_assert(write(fd, data, size) == (ssize_t)size);
	}
	return fd;
}

int make_text(const char *text)
{
	int fd = make();

	cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

int make_hole(size_t length)
{
	int fd = make();

	cr_assert(ftruncate(fd, (off_t)length) == 0);
	return fd;
}
