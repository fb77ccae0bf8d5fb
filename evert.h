/* SPDX-License-Identifier: MIT */
/* Every public header of evert. */
#ifndef EVERT_H
#define EVERT_H

#include <deferred/clock.h>
#include <deferred/combine.h>
#include <deferred/coroutine.h>
#include <deferred/deferred.h>
#include <deferred/failure.h>
#include <deferred/lock.h>
#include <deferred/memory.h>
#include <deferred/queue.h>
#include <deferred/result.h>
#include <deferred/scope.h>
#include <deferred/shield.h>
#include <deferred/sleep.h>
#include <protocols/length_prefixed.h>
#include <protocols/line_receiver.h>
#include <protocols/netstring.h>
#include <protocols/server.h>
#include <protocols/stream.h>
#include <reactor/address.h>
#include <reactor/endpoint.h>
#include <reactor/memory_transport.h>
#include <reactor/protocol.h>
#include <reactor/reactor.h>
#include <reactor/run.h>
#include <reactor/system.h>
#include <reactor/transport.h>

#endif
