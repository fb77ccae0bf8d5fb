/* SPDX-License-Identifier: MIT */
/* Is passed open files over a UNIX socket, a byte with each, and answers how
   large they are: it need not be able to open them itself. */
#include <evert.h>

#include <sys/stat.h>

#include "common/example.h"

/* What it does not keep is closed when this returns. */
static void sizer_descriptors_received(struct evert_protocol *sizer, int *fds,
				       size_t count, bool lost)
{
	struct stat status;
	size_t i;

	for (i = 0; i < count; i++) {
		if (fstat(fds[i], &status))
			status.st_size = 0;
		evert_transport_writef(sizer->transport, "%lld bytes\r\n",
				       (long long)status.st_size);
	}
	if (lost) /* this process has too many files open */
		evert_transport_lose_connection(sizer->transport);
}

/* The bytes are there because descriptors need some to go with. */
static void sizer_data_received(struct evert_protocol *sizer, const char *data,
				size_t length)
{
	(void)sizer;
	(void)data;
	(void)length;
}

struct sizer {
	struct evert_protocol base;
};

static const struct evert_protocol_ops sizer_ops = {
	.data_received = sizer_data_received,
	.descriptors_received = sizer_descriptors_received,
	.pause_writing = evert_protocol_pause_reading,
	.resume_writing = evert_protocol_resume_reading,
};

static struct evert_factory sizer_factory =
	EVERT_FACTORY(struct sizer, base, &sizer_ops);

int main(int argc, char **argv)
{
	struct example_listen wanted;

	example_server(&wanted, argc, argv,
		       "Says how large the files are that it is passed.",
		       "9999");
	return example_serve(&wanted, &sizer_factory);
}
