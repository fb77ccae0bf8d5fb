/* SPDX-License-Identifier: MIT */
#include "unix.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

static char folder[] = "/tmp/evert-unix-XXXXXX";

void unix_folder_make(void)
{
	strcpy(folder, "/tmp/evert-unix-XXXXXX");
	cr_assert(mkdtemp(folder) != NULL);
}

void unix_folder_remove(void)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;

	cr_assert(entries != NULL);
	while ((entry = readdir(entries)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(entries), entry->d_name, 0);
	closedir(entries);
	cr_assert(!rmdir(folder));
}

char *unix_path(const char *name)
{
	static char paths[4][128];
	static size_t number;
	char *path = paths[number++ % 4];

	snprintf(path, sizeof(*paths), "%s/%s", folder, name);
	return path;
}

struct evert_address unix_address(const char *name)
{
	const char *path = unix_path(name);
	struct evert_address address;

	cr_assert(!evert_address_unix(&address, path, strlen(path)));
	return address;
}

struct evert_address unix_abstract_address(const char *name)
{
	struct evert_address address;
	char path[108] = "";

	snprintf(path + 1, sizeof(path) - 1, "evert-test-%ld-%s",
		 (long)getpid(), name);
	cr_assert(!evert_address_unix(&address, path, 1 + strlen(path + 1)));
	return address;
}

unsigned unix_mode(const char *name)
{
	struct stat status;

	return lstat(unix_path(name), &status) ? 0 : status.st_mode;
}

static int open_socket(int type, const struct evert_address *address,
		       int (*how)(int fd, const struct sockaddr *address,
				  socklen_t length))
{
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	cr_assert(fd >= 0);
	if (!how(fd, &address->as.any, address->length))
		return fd;
	error = errno;
	close(fd);
	return -error;
}

int unix_bound(int type, const struct evert_address *address)
{
	return open_socket(type, address, bind);
}

int unix_connected(int type, const struct evert_address *address)
{
	return open_socket(type, address, connect);
}
