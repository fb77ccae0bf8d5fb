// SPDX-License-Identifier: MIT
// common/secure.py, for Node.
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import * as tls from 'node:tls';

const certificate = process.env.BENCH_TLS;

export function createServer(options, serve) {
	if (!certificate)
		return net.createServer(options, serve);
	const pem = readFileSync(certificate);
	return tls.createServer({ cert: pem, key: pem, ...options }, serve);
}
