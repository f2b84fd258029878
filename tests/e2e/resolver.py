"""A command in namespaces of its own, where port 53 is free, /etc/resolv.conf ours, and the name
server of clients/name_server.py answers; with a bridge docker0 that nobody uses."""

import os

import harness
from harness import environment, execute

SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients", "name_server.py")
SCRIPT = """
ip link set lo up
ip address add 10.0.0.7/32 dev lo
ip link add docker0 type bridge
mount --bind "$1/resolv.conf" /etc/resolv.conf
mkfifo "$1/ready"
"$2" "$3" "$1/asked" "$1/ready" </dev/null >/dev/null 2>&1 &
server=$!
read -r _ <"$1/ready"
rm "$1/ready"
shift 3
"$@"
status=$?
kill $server
exit $status
"""


def resolving(case, command, env=None):
    """The command's outcome; the names asked for are in the case's file `asked`. Nobody listens at
    the address they have."""
    harness.require_root()
    harness.require("unshare", "ip", "bash")
    case.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
    return execute(["unshare", "-n", "-m", "bash", "-c", SCRIPT, "dns", case.directory,
                    harness.PYTHON, SERVER, *command],
                   env or environment(GODEBUG="netdns=go", HOME=case.directory))
