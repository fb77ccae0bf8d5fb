/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

/* ---- Reading ---- */

/* A table of texts ends with a zero. */
static bool is_text_table(const struct elf_file *file, const Elf64_Shdr *table)
{
	return table->sh_size && table->sh_offset <= file->size &&
	       table->sh_size <= file->size - table->sh_offset &&
	       !file->bytes[table->sh_offset + table->sh_size - 1];
}

static bool section(const struct elf_file *file, size_t index,
		    Elf64_Shdr *found)
{
	return index < file->header.e_shnum &&
	       file->header.e_shentsize == sizeof(*found) &&
	       elf_file_part(file,
			     file->header.e_shoff + index * sizeof(*found),
			     found, sizeof(*found));
}

static bool find_section(const struct elf_file *file, uint32_t type,
			 Elf64_Shdr *found, Elf64_Shdr *texts)
{
	size_t i;

	for (i = 0; section(file, i, found); i++)
		if (found->sh_type == type)
			return section(file, found->sh_link, texts) &&
			       is_text_table(file, texts);
	return false;
}

static const char *text_of(const struct elf_file *file,
			   const Elf64_Shdr *texts, uint32_t at)
{
	return at < texts->sh_size ? (const char *)file->bytes +
					     texts->sh_offset + at :
				     "";
}

static bool is_kept(const Elf64_Sym *symbol)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info);

	return symbol->st_shndx != SHN_UNDEF &&
	       (type == STT_FUNC || type == STT_OBJECT || type == STT_TLS);
}

/* Static ones stand behind the name of their file. */
static void read_table(struct symbols *symbols, const struct elf_file *file,
		       const Elf64_Shdr *table, const Elf64_Shdr *texts)
{
	size_t most = file->size / sizeof(Elf64_Sym), i;
	size_t count = table->sh_size / sizeof(Elf64_Sym);
	const char *source = "", *name;
	Elf64_Sym symbol;

	if (count > most)
		count = most;
	symbols->all = resize(NULL, count, sizeof(*symbols->all));
	for (i = 0; i < count; i++) {
		if (!elf_file_part(file,
				   table->sh_offset + i * sizeof(symbol),
				   &symbol, sizeof(symbol)))
			return;
		name = text_of(file, texts, symbol.st_name);
		if (ELF64_ST_TYPE(symbol.st_info) == STT_FILE)
			source = name;
		if (ELF64_ST_BIND(symbol.st_info) != STB_LOCAL)
			source = "";
		if (is_kept(&symbol))
			symbols->all[symbols->count++] = (struct symbol){
				name, source, symbol.st_value, symbol.st_size,
				ELF64_ST_TYPE(symbol.st_info),
			};
	}
}

static int by_value(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	return a->value != b->value ? (a->value < b->value ? -1 : 1) :
				      strcmp(a->name, b->name);
}

bool symbols_read(struct symbols *symbols, const struct elf_file *file)
{
	Elf64_Shdr table, texts;
	bool all = find_section(file, SHT_SYMTAB, &table, &texts);

	*symbols = (struct symbols){ 0 };
	if (all || find_section(file, SHT_DYNSYM, &table, &texts))
		read_table(symbols, file, &table, &texts);
	if (symbols->count)
		qsort(symbols->all, symbols->count, sizeof(*symbols->all),
		      by_value);
	return all;
}

void symbols_free(struct symbols *symbols)
{
	free(symbols->all);
	*symbols = (struct symbols){ 0 };
}

/* ---- Asking ---- */

const struct symbol *symbols_named(const struct symbols *symbols,
				   const char *name)
{
	size_t i;

	for (i = 0; i < symbols->count; i++)
		if (!strcmp(symbols->all[i].name, name))
			return &symbols->all[i];
	return NULL;
}

/* How many are not beyond it. */
static size_t count_up_to(const struct symbols *symbols, uint64_t value)
{
	size_t low = 0, high = symbols->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (symbols->all[middle].value <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct symbol *symbols_at(const struct symbols *symbols,
				uint64_t value)
{
	size_t i = count_up_to(symbols, value);

	for (; i && symbols->all[i - 1].value == value; i--)
		if (symbols->all[i - 1].type != STT_TLS)
			return &symbols->all[i - 1];
	return NULL;
}

const struct symbol *symbols_around(const struct symbols *symbols,
				    uint64_t value)
{
	size_t i = count_up_to(symbols, value);
	const struct symbol *symbol;

	for (; i; i--) {
		symbol = &symbols->all[i - 1];
		if (symbol->type == STT_FUNC)
			return value - symbol->value < symbol->size ? symbol :
								      NULL;
	}
	return NULL;
}
