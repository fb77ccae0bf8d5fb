/* SPDX-License-Identifier: MIT */
#include "staples.h"

#include <criterion/criterion.h>
#include <openssl/pem.h>

#include "certificates.h"

static FILE *open_file(const char *name)
{
	FILE *file = fopen(certificate_path(name), "re");

	cr_assert(file != NULL, "%s", name);
	return file;
}

static X509 *read_certificate(const char *name)
{
	FILE *file = open_file(name);
	X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);

	fclose(file);
	cr_assert(certificate != NULL, "%s", name);
	return certificate;
}

static EVP_PKEY *read_key(const char *name)
{
	FILE *file = open_file(name);
	EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);

	fclose(file);
	cr_assert(key != NULL, "%s", name);
	return key;
}

static void add_status(OCSP_BASICRESP *response, const struct staple *staple,
		       X509 *certificate, X509 *issuer)
{
	bool around = !staple->begins && !staple->ends;
	ASN1_TIME *begins =
		X509_gmtime_adj(NULL, around ? -43200 : staple->begins);
	ASN1_TIME *ends = X509_gmtime_adj(NULL, around ? 43200 : staple->ends);
	ASN1_TIME *when = ASN1_TIME_new();
	OCSP_CERTID *id = OCSP_cert_to_id(NULL, certificate, issuer);

	ASN1_TIME_set_string(when, "20240102030405Z");
	cr_assert(OCSP_basic_add1_status(response, id, staple->status,
					 OCSP_REVOKED_STATUS_KEYCOMPROMISE,
					 when, begins, ends) != NULL);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(when);
	ASN1_TIME_free(begins);
	ASN1_TIME_free(ends);
}

unsigned char *staple_make(const struct staple *staple, size_t *length)
{
	X509 *certificate = read_certificate(staple->certificate);
	X509 *issuer = read_certificate(staple->issuer);
	X509 *signer = read_certificate(staple->signer ? staple->signer
						       : staple->issuer);
	EVP_PKEY *key = read_key(staple->key ? staple->key : "between.key");
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	unsigned char *bytes = NULL;
	OCSP_RESPONSE *response;

	add_status(basic, staple, certificate, issuer);
	cr_assert(OCSP_basic_sign(basic, signer, key, EVP_sha256(), NULL, 0));
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	*length = (size_t)i2d_OCSP_RESPONSE(response, &bytes);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	EVP_PKEY_free(key);
	X509_free(signer);
	X509_free(issuer);
	X509_free(certificate);
	return bytes;
}
