// SPDX-License-Identifier: MIT
// What all of Boost.Asio's servers have in common. As who knows it writes for
// one thread: no locks (BOOST_ASIO_DISABLE_THREADS), and sockets that know the
// type of their executor, so that no call of it is virtual. What operations
// and coroutines need, Asio allocates out of what the thread's former ones have
// left. What is to be sent is given to the socket at once, and only what it does
// not take is waited for (async_write): for each that would take more.
//
// A Protocol has a `buffer` to read into, as each read has to be given one of
// its own (what it never used takes no memory); and received(got, answer),
// which says what is to be sent then, false for the end. There is no reading
// while it writes.
#ifndef BENCH_COMMON_ASIO_SERVE_H
#define BENCH_COMMON_ASIO_SERVE_H

#define BOOST_ASIO_DISABLE_THREADS
#include <utility> // Boost 1.74 forgets it

#include <boost/asio.hpp>

#include <memory>
#include <signal.h>
#include <stdio.h>

#include "common/announce.h"

namespace asio = boost::asio;
using boost::system::error_code;
using executor = asio::io_context::executor_type;
using tcp = asio::ip::tcp;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;

// What the socket takes at once. False: it has failed.
inline bool write_at_once(socket_type &socket, asio::const_buffer &rest)
{
	error_code error;

	rest += socket.write_some(rest, error);
	return !error || error == asio::error::would_block;
}

// ---- A connection by callbacks ----

// It belongs to the operation that is under way.
template <typename Protocol> class Connection {
public:
	using Own = std::unique_ptr<Connection>;

	explicit Connection(socket_type &&s): socket(std::move(s)) {}

	static void read(Own own)
	{
		Connection &c = *own;

		c.socket.async_read_some(
			asio::buffer(c.protocol.buffer),
			[own = std::move(own)](error_code error,
					       size_t got) mutable {
				if (!error)
					received(std::move(own), got);
			});
	}

private:
	static void received(Own own, size_t got)
	{
		asio::const_buffer rest;

		if (!own->protocol.received(got, rest) ||
		    !write_at_once(own->socket, rest))
			return;
		if (rest.size())
			write(std::move(own), rest);
		else
			read(std::move(own));
	}

	static void write(Own own, asio::const_buffer rest)
	{
		Connection &c = *own;

		asio::async_write(c.socket, rest,
				  [own = std::move(own)](error_code error,
							 size_t) mutable {
					  if (!error)
						  read(std::move(own));
				  });
	}

	socket_type socket;
	Protocol protocol;
};

template <typename Protocol> void begin_by_callbacks(socket_type &&socket)
{
	Connection<Protocol>::read(
		std::make_unique<Connection<Protocol>>(std::move(socket)));
}

// ---- A connection by a C++20 coroutine ----

// Errors are values: an exception for each connection's end takes longer than
// all else of it.
inline auto or_error(error_code &error)
{
	return asio::redirect_error(asio::use_awaitable_t<executor>(), error);
}

template <typename Protocol>
asio::awaitable<void, executor> converse(socket_type socket)
{
	Protocol protocol;
	error_code error;

	for (;;) {
		asio::const_buffer rest;
		size_t got = co_await socket.async_read_some(
			asio::buffer(protocol.buffer), or_error(error));

		if (error || !protocol.received(got, rest) ||
		    !write_at_once(socket, rest))
			co_return;
		if (rest.size())
			co_await asio::async_write(socket, rest,
						   or_error(error));
		if (error)
			co_return;
	}
}

template <typename Protocol> void begin_coroutine(socket_type &&socket)
{
	executor on = socket.get_executor();

	asio::co_spawn(on, converse<Protocol>(std::move(socket)),
		       asio::detached);
}

// ---- The server ----

inline void accept_all(acceptor_type &acceptor, void (*begin)(socket_type &&))
{
	acceptor.async_accept([&acceptor, begin](error_code error,
						 socket_type socket) {
		if (!error) {
			socket.set_option(tcp::no_delay(true), error);
			// So write_some tells when it would block.
			socket.non_blocking(true, error);
			begin(std::move(socket));
		}
		accept_all(acceptor, begin);
	});
}

inline int serve(void (*begin)(socket_type &&))
{
	asio::io_context context(1);
	acceptor_type acceptor(context);

	acceptor.open(tcp::v4());
	acceptor.bind({asio::ip::address_v4::loopback(), 0});
	acceptor.listen(BACKLOG);
	announce(acceptor.native_handle());
	accept_all(acceptor, begin);
	context.run();
	return 1;
}

#endif
