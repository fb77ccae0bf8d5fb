/* SPDX-License-Identifier: MIT */
/*
 * Every public header of evert.
 *
 * In C++ no exception may leave a callback, an operation or a coroutine's
 * body: it would skip what evert still has to do after the call, on its way to
 * who made evert call; out of a body it ends the program. Nor may a coroutine
 * wait inside a catch block: of the exceptions that are being handled, C++
 * keeps account by thread.
 */
#ifndef EVERT_H
#define EVERT_H

#include "deferred/clock/backoff.h"
#include "deferred/clock/clock.h"
#include "deferred/combine.h"
#include "deferred/coroutine/coroutine.h"
#include "deferred/deferred.h"
#include "deferred/failure.h"
#include "deferred/firing_queue.h"
#include "deferred/lock.h"
#include "deferred/base/memory.h"
#include "deferred/base/version.h"
#include "deferred/periodic.h"
#include "deferred/queue.h"
#include "deferred/result.h"
#include "deferred/coroutine/scope.h"
#include "deferred/coroutine/shield.h"
#include "deferred/coroutine/sleep.h"
#include "protocols/dns/server.h"
#include "protocols/dns/table.h"
#include "protocols/framing/length_prefixed.h"
#include "protocols/framing/line_receiver.h"
#include "protocols/framing/netstring.h"
#include "protocols/stream/server.h"
#include "protocols/stream/stream.h"
#include "reactor/address.h"
#include "reactor/dns/message.h"
#include "reactor/dns/message_writer.h"
#include "reactor/dns/name.h"
#include "reactor/dns/record.h"
#include "reactor/dns/type.h"
#include "reactor/dns/zone.h"
#include "reactor/endpoint/connect.h"
#include "reactor/endpoint/datagram_endpoint.h"
#include "reactor/endpoint/endpoint.h"
#include "reactor/endpoint/listen.h"
#include "reactor/endpoint/scheme.h"
#include "reactor/endpoint/systemd.h"
#include "reactor/name/lookup_failure.h"
#include "reactor/name/resolve.h"
#include "reactor/name/resolver.h"
#include "reactor/thread/call_and_wait.h"
#include "reactor/thread/thread_pool.h"
#include "reactor/flow/file.h"
#include "reactor/flow/producer.h"
#include "reactor/flow/relay.h"
#include "reactor/flow/send_file.h"
#include "reactor/transport/adopt.h"
#include "reactor/transport/datagram.h"
#include "reactor/transport/datagram_open.h"
#include "reactor/transport/datagram_socket.h"
#include "reactor/transport/hand_over.h"
#include "reactor/transport/memory_datagrams.h"
#include "reactor/transport/memory_transport.h"
#include "reactor/transport/multicast.h"
#include "reactor/transport/port.h"
#include "reactor/transport/protocol.h"
#include "reactor/transport/seqpacket.h"
#include "reactor/transport/socket_options.h"
#include "reactor/reactor.h"
#include "reactor/reason.h"
#include "reactor/run.h"
#include "reactor/watch.h"
#include "reactor/system/system.h"
#include "reactor/transport/transport.h"
#include "reactor/transport/unix.h"

#endif
