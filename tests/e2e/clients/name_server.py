"""A name server on 127.0.0.1:53 that knows fast.test, slow.test (after 200 ms) and nothing else; it
writes each question's name to the file of its first argument, and a line to its second when it
listens."""

import socket
import sys
import time


def answer(message):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    name, kind = ".".join(labels), int.from_bytes(message[at + 1:at + 3], "big")
    question = message[12:at + 5]
    known = name in ("fast.test", "slow.test")
    found = known and kind == 1
    if name == "slow.test":
        time.sleep(0.2)
    header = message[:2] + bytes([0x81, 0x80 if known else 0x83, 0, 1, 0, found, 0, 0, 0, 0])
    record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x07" if found else b""
    return name, header + question + record


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
with open(sys.argv[2], "w") as ready:
    print("ready", file=ready)
while True:
    message, peer = server.recvfrom(4096)
    asked, reply = answer(message)
    with open(sys.argv[1], "a") as log:
        print(asked, file=log)
    server.sendto(reply, peer)
