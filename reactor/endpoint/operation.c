/* SPDX-License-Identifier: MIT */
/* Connecting, listening: streams, datagrams, seqpacket. What a scheme can, and
   how it is told that it can not. */
#include "scheme_internal.h"

bool evert_scheme_can(const struct evert_endpoint_scheme *scheme,
		      enum evert_operation operation)
{
	switch (operation) {
	case EVERT_OPERATION_CONNECT:
		return scheme->connect;
	case EVERT_OPERATION_LISTEN:
		return scheme->listen;
	case EVERT_OPERATION_CONNECT_DATAGRAM:
		return scheme->connect_datagram;
	case EVERT_OPERATION_LISTEN_DATAGRAM:
		return scheme->listen_datagram;
	case EVERT_OPERATION_LISTEN_SEQPACKET:
		return scheme->listen_seqpacket;
	}
	return false;
}

enum evert_purpose evert_operation_purpose(enum evert_operation operation)
{
	return operation == EVERT_OPERATION_CONNECT ||
			       operation == EVERT_OPERATION_CONNECT_DATAGRAM ?
		       EVERT_TO_CONNECT :
		       EVERT_TO_LISTEN;
}

/* What is to be said of a scheme that has not got the operation. */
static const char *why_not(const struct evert_endpoint_scheme *scheme,
			   enum evert_operation operation)
{
	switch (operation) {
	case EVERT_OPERATION_CONNECT:
		return scheme->connect_datagram ?
			       "is for datagrams" :
			       "is not to be connected to";
	case EVERT_OPERATION_LISTEN:
		if (scheme->listen_seqpacket)
			return "is for seqpacket";
		return scheme->listen_datagram ? "is for datagrams" :
						 "is not to be listened on";
	case EVERT_OPERATION_CONNECT_DATAGRAM:
	case EVERT_OPERATION_LISTEN_DATAGRAM:
		return "is not for datagrams";
	case EVERT_OPERATION_LISTEN_SEQPACKET:
		break;
	}
	return "is not for seqpacket";
}

struct evert_failure *evert_endpoint_check(const struct evert_endpoint *e,
					   enum evert_operation operation,
					   const char *place)
{
	if (evert_scheme_can(e->scheme, operation))
		return NULL;
	return evert_bad_endpoint(evert_endpoint_string(e), 0, place,
				  "\"%s\" %s", e->scheme->name,
				  why_not(e->scheme, operation));
}
