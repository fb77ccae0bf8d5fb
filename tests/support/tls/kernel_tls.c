/* SPDX-License-Identifier: MIT */
#include "kernel_tls.h"

#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <criterion/criterion.h>

enum {
	MOST_SOCKETS = 1024,
	RECORD = 16384,
	HEADER = 5,
	EXPLICIT = 8, /* of a nonce, by TLS 1.2 */
	TAG = 16,
	DATA = 23,
	SEND_BUFFER = 1 << 16, /* so that much does not go at once */
};

/* A socket that was given keys. */
struct sender {
	uint16_t version;
	size_t key_length;
	unsigned char key[32], nonce[12];
	uint64_t number; /* of the next record */
	/* Of a record which the socket has not taken yet, and so was not told of
	   as sent. */
	unsigned char waits[HEADER + EXPLICIT + RECORD + 1 + TAG];
	size_t at, end, holds;
};

struct kernel_tls_counts kernel_tls_counts;

static struct evert_system_ops ops;
static const struct evert_system_ops *below;
static struct sender *senders[MOST_SOCKETS];
static bool with_tls[MOST_SOCKETS]; /* TCP_ULP was set */

static uint64_t number_in(const unsigned char *bytes)
{
	uint64_t number = 0;
	int i;

	for (i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void number_out(unsigned char *bytes, uint64_t number)
{
	int i;

	for (i = 7; i >= 0; i--, number >>= 8)
		bytes[i] = (unsigned char)number;
}

/* ---- The keys ---- */

static struct sender *sender_of(const struct tls_crypto_info *info)
{
	const struct tls12_crypto_info_aes_gcm_128 *small = (const void *)info;
	const struct tls12_crypto_info_aes_gcm_256 *large = (const void *)info;
	bool is_large = info->cipher_type == TLS_CIPHER_AES_GCM_256;
	struct sender *sender = calloc(1, sizeof(*sender));

	cr_assert(sender != NULL);
	sender->version = info->version;
	sender->key_length = is_large ? 32 : 16;
	memcpy(sender->key, is_large ? large->key : small->key,
	       sender->key_length);
	memcpy(sender->nonce, is_large ? large->salt : small->salt, 4);
	memcpy(sender->nonce + 4, is_large ? large->iv : small->iv, 8);
	sender->number =
		number_in(is_large ? large->rec_seq : small->rec_seq);
	return sender;
}

static int take_keys(int fd, const struct tls_crypto_info *info, size_t length)
{
	bool small = info->cipher_type == TLS_CIPHER_AES_GCM_128 &&
		     length == sizeof(struct tls12_crypto_info_aes_gcm_128);
	bool large = info->cipher_type == TLS_CIPHER_AES_GCM_256 &&
		     length == sizeof(struct tls12_crypto_info_aes_gcm_256);

	if (!with_tls[fd])
		return -ENOPROTOOPT;
	if (!small && !large)
		return -EINVAL;
	cr_assert(senders[fd] == NULL);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){ SEND_BUFFER },
		   sizeof(int));
	senders[fd] = sender_of(info);
	kernel_tls_counts.sockets++;
	return 0;
}

static int set_option(struct evert_system *system, int fd, int level,
		      int option, const void *value, socklen_t length)
{
	if (level == SOL_TLS && option == TLS_TX)
		return take_keys(fd, value, length);
	if (level != IPPROTO_TCP || option != TCP_ULP)
		return below->setsockopt(system, fd, level, option, value,
					 length);
	if (with_tls[fd])
		return -EEXIST;
	with_tls[fd] = true;
	return 0;
}

static int close_socket(struct evert_system *system, int fd)
{
	if (fd >= 0 && fd < MOST_SOCKETS) {
		free(senders[fd]);
		senders[fd] = NULL;
		with_tls[fd] = false;
	}
	return below->close(system, fd);
}

/* ---- A record: RFC 8446, 5.2; RFC 5246, 6.2.3.3, with RFC 5288, 3 ---- */

/* What is authenticated beside the text: how much. */
static size_t describe(const struct sender *s, unsigned char *beside,
		       unsigned char type, size_t length)
{
	if (s->version == TLS_1_3_VERSION) {
		memcpy(beside, s->waits, HEADER);
		return HEADER;
	}
	number_out(beside, s->number);
	memcpy(beside + 8, (unsigned char[]){ type, 3, 3 }, 3);
	beside[11] = (unsigned char)(length >> 8);
	beside[12] = (unsigned char)length;
	return 13;
}

static void nonce_of(const struct sender *s, unsigned char nonce[12])
{
	unsigned char number[8];
	int i;

	number_out(number, s->number);
	memcpy(nonce, s->nonce, 12);
	for (i = 0; i < 8; i++)
		nonce[4 + i] = s->version == TLS_1_3_VERSION ?
				       nonce[4 + i] ^ number[i] :
				       number[i];
}

static void seal(struct sender *s, unsigned char *text, size_t length,
		 const unsigned char *beside, size_t size)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	unsigned char nonce[12];
	int made;

	nonce_of(s, nonce);
	cr_assert(EVP_EncryptInit_ex(context,
				     s->key_length == 16 ? EVP_aes_128_gcm() :
							   EVP_aes_256_gcm(),
				     NULL, s->key, nonce));
	cr_assert(EVP_EncryptUpdate(context, NULL, &made, beside, (int)size));
	cr_assert(EVP_EncryptUpdate(context, text, &made, text, (int)length));
	cr_assert(EVP_EncryptFinal_ex(context, text + length, &made));
	cr_assert(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG,
				      text + length));
	EVP_CIPHER_CTX_free(context);
}

static void make_record(struct sender *s, unsigned char type, const char *data,
			size_t length)
{
	bool newer = s->version == TLS_1_3_VERSION;
	unsigned char *text = s->waits + HEADER + (newer ? 0 : EXPLICIT);
	size_t inner = length + (newer ? 1 : 0), all = inner + TAG +
		       (newer ? 0 : EXPLICIT);
	unsigned char beside[13];

	memcpy(s->waits, (unsigned char[]){ newer ? DATA : type, 3, 3 }, 3);
	s->waits[3] = (unsigned char)(all >> 8);
	s->waits[4] = (unsigned char)all;
	if (!newer)
		number_out(s->waits + HEADER, s->number);
	memcpy(text, data, length);
	text[length] = type; /* by 1.2 overwritten */
	seal(s, text, inner, beside, describe(s, beside, type, length));
	s->number++;
	s->at = 0;
	s->end = HEADER + all;
	s->holds = length;
	*(type == DATA ? &kernel_tls_counts.data :
			 &kernel_tls_counts.others) += 1;
}

/* ---- Sending ---- */

/* All of the record: how many bytes it holds, or -errno. */
static ssize_t send_record(struct evert_system *system, int fd,
			   struct sender *s)
{
	ssize_t sent;

	while (s->at < s->end) {
		sent = below->send(fd, s->waits + s->at, s->end - s->at,
				   system);
		if (sent < 0)
			return sent;
		s->at += (size_t)sent;
	}
	sent = (ssize_t)s->holds;
	s->holds = 0;
	return sent;
}

/* What waits was the first of these bytes, when they were not all sent. */
static ssize_t send_as(struct evert_system *system, int fd, unsigned char type,
		       const void *data, size_t length)
{
	struct sender *s = senders[fd];

	if (!s->holds)
		make_record(s, type, data, length < RECORD ? length : RECORD);
	return send_record(system, fd, s);
}

static ssize_t send_data(int fd, const void *data, size_t length,
			 struct evert_system *system)
{
	if (fd < 0 || fd >= MOST_SOCKETS || !senders[fd])
		return below->send(fd, data, length, system);
	return send_as(system, fd, DATA, data, length);
}

static ssize_t send_pieces(struct evert_system *system, int fd,
			   const struct iovec *parts, int count)
{
	ssize_t sent, all = 0;
	int i;

	if (fd < 0 || fd >= MOST_SOCKETS || !senders[fd])
		return below->sendv(system, fd, parts, count);
	for (i = 0; i < count; i++) {
		sent = send_as(system, fd, DATA, parts[i].iov_base,
			       parts[i].iov_len);
		if (sent < 0)
			return all ? all : sent;
		all += sent;
		if ((size_t)sent < parts[i].iov_len)
			break;
	}
	return all;
}

static ssize_t send_message(struct evert_system *system, int fd,
			    const struct msghdr *message, int flags)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (fd < 0 || fd >= MOST_SOCKETS || !senders[fd])
		return below->sendmsg(system, fd, message, flags);
	cr_assert(message->msg_iovlen == 1 && header);
	cr_assert(header->cmsg_level == SOL_TLS &&
		  header->cmsg_type == TLS_SET_RECORD_TYPE &&
		  header->cmsg_len == CMSG_LEN(1));
	return send_as(system, fd, *CMSG_DATA(header),
		       message->msg_iov->iov_base, message->msg_iov->iov_len);
}

void kernel_tls_install(struct test_system *system)
{
	memset(&kernel_tls_counts, 0, sizeof(kernel_tls_counts));
	below = system->base.ops;
	ops = *below;
	ops.setsockopt = set_option;
	ops.close = close_socket;
	ops.send = send_data;
	ops.sendv = send_pieces;
	ops.sendmsg = send_message;
	ops.sendfile = NULL;
	ops.splice = NULL;
	system->base.ops = &ops;
}
