# SPDX-License-Identifier: MIT
#
# with_socket.py listens|hears|PORT PROGRAM [ARGUMENT]...: becomes the program,
# which has as descriptor 3 a socket that listens, one that hears datagrams, or
# one that is connected to a port.
import os
import socket
import sys

hears = sys.argv[1] == "hears"
s = socket.socket(type=socket.SOCK_DGRAM if hears else socket.SOCK_STREAM)
if hears:
    s.bind(("127.0.0.1", 0))
elif sys.argv[1] == "listens":
    s.bind(("127.0.0.1", 0))
    s.listen()
else:
    s.connect(("127.0.0.1", int(sys.argv[1])))
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[2], sys.argv[2:])
