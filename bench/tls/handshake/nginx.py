# SPDX-License-Identifier: MIT
"""nginx, a module of which answers (ngx_stream_return_module). Fair: one
process, no cache of sessions, since there are tickets, and no log. It can't
look for a free port itself."""

import os
import socket
import time

CONFIGURATION = """\
{load}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{
    worker_connections 8192;
    multi_accept on;
}}
stream {{
    server {{
        listen 127.0.0.1:{port} ssl reuseport backlog=4096;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache off;
        tcp_nodelay on;
        return "Hello, World!\\r\\n";
    }}
}}
"""
MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"


def reserve_port():
    """A socket that has a port, and does not listen: nginx may, beside it."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", 0))
    bound.set_inheritable(True)
    return bound


def announce(port):
    """When it serves."""
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            print(port, flush=True)
            return
        except OSError:
            time.sleep(0.01)


certificate = os.environ["BENCH_TLS"]
folder = os.path.dirname(certificate)
bound = reserve_port()
port = bound.getsockname()[1]
file = os.memfd_create("configuration", 0)
os.write(file, CONFIGURATION.format(
    load=f"load_module {MODULE};" if os.path.exists(MODULE) else "",
    folder=folder, port=port, certificate=certificate).encode())
if os.fork() == 0:
    if os.fork() == 0:
        announce(port)
    os._exit(0)
os.wait()
os.execvp("nginx", ["nginx", "-e", f"{folder}/nginx.log", "-p", folder,
                    "-c", f"/proc/self/fd/{file}"])
