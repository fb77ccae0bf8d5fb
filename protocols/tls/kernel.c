/* SPDX-License-Identifier: MIT */
/*
 * Where what the engine sends goes, and how the kernel comes to encrypt it: when
 * OpenSSL has the keys, the one below is asked to take them. From then on OpenSSL
 * hands its records over as they are, and by their types.
 */
#include "transport_internal.h"

#include <errno.h>

#include "../../reactor/transport/kernel_tls.h"
#include "tls.h"

/* Of what OpenSSL gives; 0: of no cipher that is known. */
static size_t size_of(const struct tls_crypto_info *keys)
{
	switch (keys->cipher_type) {
	case TLS_CIPHER_AES_GCM_128:
		return sizeof(struct tls12_crypto_info_aes_gcm_128);
	case TLS_CIPHER_AES_GCM_256:
		return sizeof(struct tls12_crypto_info_aes_gcm_256);
	case TLS_CIPHER_CHACHA20_POLY1305:
		return sizeof(struct tls12_crypto_info_chacha20_poly1305);
	default:
		return 0;
	}
}

static int give_keys(struct evert_tls *tls, const struct tls_crypto_info *keys)
{
	size_t size = size_of(keys);
	int error = -EOPNOTSUPP;

	if (size)
		error = evert_transport_encrypt(evert_tls_lower(tls), keys,
						size);
	/* The cipher, or its module, is not there. */
	return error == -EINVAL || error == -ENOPROTOOPT ? -EOPNOTSUPP : error;
}

static bool encrypt(struct evert_tls_engine *engine,
		    const struct tls_crypto_info *keys)
{
	struct evert_tls *tls =
		evert_container_of(engine, struct evert_tls, engine);

	tls->ktls = (int16_t)-give_keys(tls, keys);
	return !tls->ktls;
}

enum {
	HANDSHAKE = 22, /* RFC 8446, 5.1, 4 */
	KEY_UPDATE = 24,
};

/* OpenSSL would send by new keys from now on, which the kernel does not get. */
static void refuse_update(struct evert_tls *tls)
{
	evert_tls_fail(tls, evert_failure_create(
				    EVERT_TLS_FAILED, EOPNOTSUPP,
				    "the other side has the keys changed, "
				    "which the kernel, that encrypts by them "
				    "(ktls), does not do"));
}

void evert_tls_send(struct evert_tls_engine *engine, unsigned char type,
		    const char *data, size_t length)
{
	struct evert_tls *tls =
		evert_container_of(engine, struct evert_tls, engine);
	struct evert_transport *lower = evert_tls_lower(tls);
	int error;

	if (type == HANDSHAKE && length && data[0] == KEY_UPDATE) {
		refuse_update(tls);
		return;
	}
	tls->sends = true;
	error = type ? evert_transport_write_record(lower, type, data, length) :
		       evert_transport_write(lower, data, length);
	tls->sends = false;
	if (error) /* the one below tells it, too */
		tls->error = (int16_t)-error;
}

const struct evert_tls_way evert_tls_way = {
	.send = evert_tls_send,
	.encrypt = encrypt,
};

int evert_tls_ktls(const struct evert_transport *transport)
{
	const struct evert_tls *tls;

	if (!evert_tls_ssl(transport))
		return -EOPNOTSUPP;
	tls = evert_tls_from(transport);
	return tls->handshake ? -EOPNOTSUPP : -tls->ktls;
}
