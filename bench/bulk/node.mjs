// SPDX-License-Identifier: MIT
// Node. Fair: blocks are written until the stream says that it is full, and
// again when it is drained.
import { createServer } from '../common/secure.mjs';

const block = Buffer.alloc(65536);

const server = createServer({}, socket => {
	const send = () => {
		while (socket.writable && socket.write(block))
			;
	};
	socket.once('data', data => {
		socket.on('data', () => {});
		if (data[0] === 's'.charCodeAt(0)) {
			socket.on('drain', send);
			send();
		}
	});
	socket.on('error', () => socket.destroy());
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
	console.log(server.address().port);
});
