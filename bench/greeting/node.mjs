// SPDX-License-Identifier: MIT
// Node. Fair: split by hand, which takes less time than the readline module;
// answers to one packet are corked, so that they are sent together.
import { createServer } from 'node:net';

const lineLimit = 16384;

const server = createServer({ noDelay: true }, socket => {
	let rest = '';
	socket.setEncoding('latin1');
	socket.on('data', data => {
		const lines = (rest + data).split('\r\n');
		rest = lines.pop();
		if (rest.length > lineLimit)
			return socket.destroy();
		socket.cork();
		for (const line of lines)
			socket.write(`Hello, ${line}!\r\n`, 'latin1');
		socket.uncork();
		if (socket.writableNeedDrain)
			socket.pause();
	});
	socket.on('drain', () => socket.resume());
	socket.on('error', () => socket.destroy());
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
	console.log(server.address().port);
});
