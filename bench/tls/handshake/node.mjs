// SPDX-License-Identifier: MIT
// Node. Fair: it greets a turn after the handshake, since its version 20 else goes
// without close_notify.
import { createServer } from '../../common/secure.mjs';

const server = createServer({ noDelay: true }, socket => {
	socket.on('error', () => socket.destroy());
	setImmediate(() => socket.end('Hello, World!\r\n'));
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
	console.log(server.address().port);
});
