/* SPDX-License-Identifier: MIT */
/* How a message's header lies in its bytes (RFC 1035, 4.1.1; RFC 2535). */
#ifndef EVERT_REACTOR_DNS_MESSAGE_INTERNAL_H
#define EVERT_REACTOR_DNS_MESSAGE_INTERNAL_H

#define DNS_HEADER_SIZE 12
#define DNS_MESSAGE_MAX 65535

#define DNS_QR 0x8000
#define DNS_AA 0x0400
#define DNS_TC 0x0200
#define DNS_RD 0x0100
#define DNS_RA 0x0080
#define DNS_AD 0x0020
#define DNS_CD 0x0010

/* In the TTL of OPT (RFC 6891, 6.1.3). */
#define DNS_DO 0x8000

#endif
