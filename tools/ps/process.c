/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "stop.h"

enum {
	RUNNING_READINGS = 3, /* before it is stopped */
	MOST_READINGS = 10,
	MOST_STOPPED = 7000000, /* nanoseconds */
};

/* ---- Memory ---- */

static const unsigned char *block(struct process *process, uint64_t number)
{
	const unsigned char *found;
	bool known;

	found = blocks_find(&process->blocks, number, &known);
	if (known)
		return found;
	process->missed += process->fixed;
	blocks_add(&process->blocks, number, !process->fixed);
	return blocks_find(&process->blocks, number, &known);
}

static bool read_process(struct memory *memory, uint64_t at, void *to,
			 size_t length)
{
	struct process *process = (struct process *)memory;
	const unsigned char *bytes;
	size_t piece, before;

	for (; length; length -= piece, at += piece, to = (char *)to + piece) {
		bytes = block(process, at / BLOCK_SIZE);
		if (!bytes)
			return false;
		before = (size_t)(at % BLOCK_SIZE);
		piece = BLOCK_SIZE - before;
		if (piece > length)
			piece = length;
		memcpy(to, bytes + before, piece);
	}
	return true;
}

/* ---- One moment ---- */

/* What is not hot is the same before and after: so it was in between, when what
   is hot was read. 0; -EAGAIN: it was not; or what stop_process says. */
static int read_stopped(struct process *process)
{
	struct blocks *blocks = &process->blocks;
	struct stopped stopped;
	uint64_t stood;
	size_t hot;
	int error;

	blocks_read(blocks);
	hot = blocks_choose_hot(blocks);
	error = stop_process(&stopped, blocks->pid);
	if (!error && !blocks_read_chosen(blocks, hot,
					  stopped.since + MOST_STOPPED))
		error = -ETIMEDOUT;
	stood = stop_end(&stopped);
	process->stops++;
	if (stood > process->stopped)
		process->stopped = stood;
	if (!error && blocks_check(blocks) == BLOCKS_CHANGED)
		error = -EAGAIN;
	return error;
}

static void fix(struct process *process)
{
	int error;

	do
		error = read_stopped(process);
	while ((error == -EAGAIN || error == -ETIMEDOUT) &&
	       ++process->readings < MOST_READINGS);
	process->fixed = !error;
	process->missed = 0;
	if (!error)
		return;
	process->readings = MOST_READINGS;
	if (error != -EAGAIN && error != -ETIMEDOUT)
		warn("process %d can't be stopped: %s",
		     (int)process->blocks.pid, strerror(-error));
}

bool process_is_consistent(struct process *process)
{
	if (process->fixed && !process->missed)
		return true;
	if (process->readings++ >= MOST_READINGS) {
		warn("process %d changes faster than it can be read: this may "
		     "be of different moments",
		     (int)process->blocks.pid);
		return true;
	}
	blocks_sort(&process->blocks);
	if (process->readings <= RUNNING_READINGS)
		return blocks_read(&process->blocks) == BLOCKS_SAME;
	fix(process);
	return false;
}

void process_look_again(struct process *process)
{
	blocks_sort(&process->blocks);
	blocks_read(&process->blocks);
	process->fixed = false;
	process->readings = 0;
}

/* ---- Opening ---- */

__attribute__((__noreturn__)) static void refuse(pid_t pid, int error)
{
	if (error == ENOENT || error == ESRCH)
		give_up("there is no process %d", (int)pid);
	if (error == EPERM || error == EACCES)
		give_up("not permitted to read the memory of process %d: it is "
			"another user's, or only a parent may "
			"(/proc/sys/kernel/yama/ptrace_scope)",
			(int)pid);
	give_up("can't read process %d: %s", (int)pid, strerror(error));
}

static FILE *open_of(pid_t pid, const char *name)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "re");
	if (!file)
		refuse(pid, errno);
	return file;
}

static uint64_t headers_of_program(pid_t pid)
{
	FILE *file = open_of(pid, "auxv");
	uint64_t pair[2], found = 0;

	while (!found && fread(pair, sizeof(pair), 1, file) == 1)
		if (pair[0] == AT_PHDR)
			found = pair[1];
	if (!found && ferror(file))
		refuse(pid, errno);
	fclose(file);
	return found;
}

/* Where the file is that is mapped under that name: in the process's own file
   system, or nowhere any more. */
static void add_file(struct images *images, pid_t pid, uint64_t start,
		     uint64_t end, uint64_t offset, const char *name)
{
	static const char gone[] = " (deleted)";
	size_t length = strlen(name);
	char path[4200];

	if (length >= sizeof(gone) &&
	    !strcmp(name + length - sizeof(gone) + 1, gone))
		snprintf(path, sizeof(path),
			 "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)pid,
			 start, end);
	else
		snprintf(path, sizeof(path), "/proc/%d/root%s", (int)pid, name);
	images_add(images, start, end, offset, name, path);
}

static void add_files(struct images *images, pid_t pid)
{
	FILE *file = open_of(pid, "maps");
	uint64_t start, end, offset;
	char *line = NULL;
	size_t room = 0;
	int name;

	while (getline(&line, &room, file) > 0) {
		name = 0;
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line,
			   "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n",
			   &start, &end, &offset, &name) == 3 &&
		    name && line[name] == '/')
			add_file(images, pid, start, end, offset, line + name);
	}
	free(line);
	fclose(file);
}

void process_open(struct process *process, struct images *images, pid_t pid)
{
	uint64_t headers = headers_of_program(pid);
	char path[64], byte;
	int error;

	*process = (struct process){
		.base.read = read_process,
		.blocks.pid = pid,
	};
	if (!headers)
		give_up("process %d has no memory of its own: it has ended, or "
			"is a part of the kernel",
			(int)pid);
	add_files(images, pid);
	errno = 0;
	if (!memory_read(&process->base, headers, &byte, 1))
		refuse(pid, errno ? errno : ESRCH);
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	error = images_find_program(images, headers, path);
	if (error)
		give_up("can't read the program of process %d: %s", (int)pid,
			error == -ENOEXEC ?
				"it is no ELF file of this kind of processor" :
				strerror(-error));
}

void process_close(struct process *process)
{
	blocks_free(&process->blocks);
}
