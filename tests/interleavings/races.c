/* SPDX-License-Identifier: MIT */
/*
 * Data races (C11, 5.1.2.4): two accesses to a byte, one of them a store and
 * one of them not atomic, of which neither happens before the other. Of each
 * word, who touched which of its bytes, and when last. Stacks are not looked
 * at; nor is what happens before a second thread begins.
 */
#include "engine.h"
#include "meet.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { WORD = 8, LINE = 512, TOUCHES = 31, MOST = 0x7ffffff };

struct touch {
	uint16_t when; /* by its thread's clock */
	uint8_t bytes; /* a bit for each */
	uint8_t thread : 6, writes : 1, atomic : 1;
};

struct word {
	uint32_t of : 27, touches : 5; /* of which interleaving */
	struct touch touch[TOUCHES];
};

/* The program's variables. */
extern char __data_start[], _end[];
extern char __start_meet_own[], __stop_meet_own[];

static struct {
	struct word *memory, *data;
	uint32_t line[MEMORY_SIZE / LINE]; /* was any of it touched? */
	uint32_t number;
} self;

static struct word *map(size_t size)
{
	void *memory = mmap(NULL, (size / WORD + 1) * sizeof(struct word),
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			    0);

	if (memory == MAP_FAILED)
		abort();
	return memory;
}

void races_init(void)
{
	self.memory = map(MEMORY_SIZE);
	self.data = map((size_t)(_end - __data_start) + WORD);
}

void races_reset(void)
{
	self.number = (self.number + 1) & MOST;
}

/* NULL: it is nobody else's. */
static struct word *word_at(uintptr_t address)
{
	uintptr_t data = (uintptr_t)__data_start / WORD;
	size_t offset;

	if (memory_place((const void *)address, &offset)) {
		self.line[offset / LINE] = self.number;
		return &self.memory[offset / WORD];
	}
	if (address >= (uintptr_t)__start_meet_own &&
	    address < (uintptr_t)__stop_meet_own)
		return NULL;
	if (address >= (uintptr_t)__data_start && address < (uintptr_t)_end)
		return &self.data[address / WORD - data];
	return NULL;
}

static bool is_race(const struct touch *before, const struct touch *now)
{
	return (before->bytes & now->bytes) &&
	       (before->writes || now->writes) &&
	       (!before->atomic || !now->atomic) &&
	       before->when >
		       thread_clock(now->thread)->of[before->thread];
}

static void note(struct word *word, struct touch now)
{
	struct touch *touch = word->touch, *end = touch + word->touches;

	for (; touch < end; touch++)
		if (touch->bytes == now.bytes && touch->thread == now.thread &&
		    touch->writes == now.writes && touch->atomic == now.atomic)
			break;
	if (touch == end && word->touches++ == TOUCHES)
		meet_fail("the explorer's own: too many touch a word");
	*touch = now;
}

static void fail(const struct touch *with, const void *address, const void *at)
{
	explore_blame(at);
	meet_fail("data race with thread %u at %p", with->thread, address);
}

static void check(uintptr_t address, const struct word *word, struct touch now,
		  const void *at)
{
	for (unsigned i = 0; i < word->touches; i++)
		if (is_race(&word->touch[i], &now))
			fail(&word->touch[i], (void *)address, at);
}

static void look(uintptr_t address, struct word *word, struct touch now,
		 const void *at)
{
	if (word->of != self.number) {
		word->of = self.number & MOST;
		word->touches = 0;
	}
	check(address, word, now, at);
	note(word, now);
}

void races_look(const void *memory, size_t size, bool writes, bool atomic,
		const void *at)
{
	uintptr_t address = (uintptr_t)memory, end = address + size, first;
	unsigned thread = thread_current();
	struct word *word;
	struct touch now = {
		.when = (uint16_t)thread_clock(thread)->of[thread],
		.thread = (uint8_t)(thread & 63),
		.writes = writes,
		.atomic = atomic,
	};

	memory_check(memory, size, at);
	/* Whoever begins later comes after it. */
	word = threads_count() < 2 ? NULL : word_at(address);
	for (; word && address < end; word++) {
		first = address & ~(uintptr_t)(WORD - 1);
		now.bytes = (uint8_t)(0xff << (address - first));
		if (end - first < WORD)
			now.bytes &= (uint8_t)(0xff >> (WORD - (end - first)));
		look(address, word, now, at);
		address = first + WORD;
		if (address % LINE == 0 && address < end)
			word_at(address); /* of the next line */
	}
}

/* As a store to what was touched of it. */
void races_give_back(const void *memory, size_t size, const void *at)
{
	const char *address = memory, *end = address + size;
	const struct touch now = {
		.bytes = 0xff,
		.thread = (uint8_t)(thread_current() & 63),
		.writes = 1,
	};
	size_t offset, first;

	memory_place(memory, &first);
	for (offset = first; address < end; offset += WORD, address += WORD) {
		if (self.line[offset / LINE] != self.number)
			offset |= LINE - WORD;
		else if (self.memory[offset / WORD].of == self.number)
			check((uintptr_t)address, &self.memory[offset / WORD],
			      now, at);
		address = (const char *)memory + (offset - first);
	}
}
