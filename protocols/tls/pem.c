/* SPDX-License-Identifier: MIT */
#include "pem_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"
#include "error_internal.h"

/* A store of all roots there are takes a fifth of a megabyte. */
enum { LARGEST = 16 * 1024 * 1024 };

static const char begin[] = "-----BEGIN ";

static struct evert_failure *cannot_read(const struct evert_tls_pem *pem,
					 int error)
{
	return evert_failure_create(EVERT_TLS_BAD_CONTEXT, error, "%s %s",
				    pem->what, pem->file);
}

/* 0 or -errno. */
static int read_all(struct evert_tls_pem *pem, int fd, size_t size)
{
	ssize_t count;

	pem->bytes = evert_allocate(size + 1);
	if (!pem->bytes)
		return -ENOMEM;
	while (pem->length < size) {
		count = read(fd, pem->bytes + pem->length,
			     size - pem->length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		pem->length += (size_t)count;
	}
	return 0;
}

/* What is no regular file might never end, or wait. */
static struct evert_failure *read_descriptor(struct evert_tls_pem *pem, int fd)
{
	struct stat is;
	int error;

	if (fstat(fd, &is) < 0)
		return cannot_read(pem, errno);
	if (S_ISDIR(is.st_mode))
		return cannot_read(pem, EISDIR);
	if (!S_ISREG(is.st_mode))
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
					    "%s %s: it is no regular file",
					    pem->what, pem->file);
	if (is.st_size > LARGEST)
		return cannot_read(pem, EFBIG);
	error = read_all(pem, fd, (size_t)is.st_size);
	return error ? cannot_read(pem, error) : NULL;
}

static struct evert_failure *read_file(struct evert_tls_pem *pem)
{
	int fd = open(pem->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct evert_failure *failure;

	if (fd < 0)
		return cannot_read(pem, errno);
	failure = read_descriptor(pem, fd);
	close(fd);
	return failure;
}

static struct evert_failure *copy_text(struct evert_tls_pem *pem,
				       const char *text)
{
	pem->length = strlen(text);
	pem->bytes = evert_allocate(pem->length + 1);
	if (!pem->bytes)
		return evert_failure_bare(EVERT_NO_MEMORY);
	memcpy(pem->bytes, text, pem->length);
	return NULL;
}

struct evert_failure *evert_tls_pem_open(struct evert_tls_pem *pem,
					 const char *what, const char *file,
					 const char *text)
{
	struct evert_failure *failure;

	*pem = (struct evert_tls_pem){ .what = what, .file = file };
	failure = file ? read_file(pem) : copy_text(pem, text);
	if (!failure) {
		pem->bio = BIO_new_mem_buf(pem->bytes, (int)pem->length);
		if (!pem->bio)
			failure = evert_failure_bare(EVERT_NO_MEMORY);
	}
	if (failure)
		evert_tls_pem_close(pem);
	return failure;
}

void evert_tls_pem_close(struct evert_tls_pem *pem)
{
	BIO_free(pem->bio);
	if (pem->bytes)
		OPENSSL_cleanse(pem->bytes, pem->length);
	evert_free(pem->bytes);
}

/* The next line that begins a block of that kind. */
static const char *next_block(const struct evert_tls_pem *pem,
			      const char *kind)
{
	const char *end = pem->bytes + pem->length;
	const char *at = end - BIO_ctrl_pending(pem->bio), *line_end;

	for (;;) {
		at = memmem(at, (size_t)(end - at), begin, sizeof(begin) - 1);
		if (!at)
			return NULL;
		line_end = memchr(at, '\n', (size_t)(end - at));
		if (!line_end)
			line_end = end;
		if (memmem(at, (size_t)(line_end - at), kind, strlen(kind)))
			return at;
		at = line_end;
	}
}

static void note_line(struct evert_tls_pem *pem, const char *kind)
{
	const char *at, *block = next_block(pem, kind);

	pem->line = 1;
	for (at = pem->bytes; block && at < block; at++)
		pem->line += *at == '\n';
}

static bool is_over(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM &&
	       ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

X509 *evert_tls_pem_next(struct evert_tls_pem *pem,
			 struct evert_failure **failure)
{
	X509 *certificate;

	note_line(pem, "CERTIFICATE");
	ERR_clear_error();
	certificate = PEM_read_bio_X509_AUX(pem->bio, NULL, NULL, NULL);
	if (!certificate && !is_over())
		*failure = evert_tls_pem_refuse(
			pem, "the certificate can't be read");
	ERR_clear_error();
	return certificate;
}

EVP_PKEY *evert_tls_pem_key(struct evert_tls_pem *pem,
			    pem_password_cb *password, void *arg,
			    struct evert_failure **failure)
{
	static const char kind[] = "PRIVATE KEY";
	EVP_PKEY *key;

	note_line(pem, kind);
	if (!next_block(pem, kind)) {
		*failure = evert_tls_pem_refuse(pem,
						"there is no key in PEM");
		return NULL;
	}
	key = PEM_read_bio_PrivateKey(pem->bio, NULL, password, arg);
	if (!key)
		*failure = evert_tls_pem_refuse(
			pem, "the key can't be read, or its password is wrong");
	ERR_clear_error();
	return key;
}

struct evert_failure *evert_tls_pem_refuse(const struct evert_tls_pem *pem,
					   const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return evert_tls_bad_context(EVERT_HERE, "%s %s, line %zu: %s",
				     pem->what, pem->file ? pem->file : "text",
				     pem->line, text);
}
