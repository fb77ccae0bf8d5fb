// SPDX-License-Identifier: MIT
// Node. Fair: no pipe(), which takes longer for small packets; reading halts
// while too much waits to be sent.
import { createServer } from '../common/secure.mjs';

const server = createServer({ noDelay: true }, socket => {
	socket.on('data', data => {
		if (!socket.write(data))
			socket.pause();
	});
	socket.on('drain', () => socket.resume());
	socket.on('error', () => socket.destroy());
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
	console.log(server.address().port);
});
