# check.sh - what the scripts of foreign programs share. Each prints one line a test, the same in
# every run: "ok NAME", "not ok NAME: WHY", or "ok NAME = VALUE" where what the program said or made
# is itself compared. The last is "ok end". They run in an empty directory of their own; nothing of theirs outlives them.
# shellcheck shell=bash
set -u
export LC_ALL=C.UTF-8 HOME="$PWD" TZ=UTC

# check NAME COMMAND...: its exit status is 0.
check() {
	local name=$1 output

	shift
	if output=$("$@" 2>&1); then
		echo "ok $name"
	else
		echo "not ok $name: status $?: $(tail -n 3 <<<"$output" | tr '\n' ' ')"
	fi
}

# value NAME COMMAND...: its standard output and exit status, long ones by their sum.
value() {
	local name=$1 output status

	shift
	output=$("$@" 2>>errors.log)
	status=$?
	[ ${#output} -lt 120 ] || output="$(md5sum <<<"$output" | cut -c1-32) (${#output} characters)"
	echo "ok $name = $status $(tr '\n' '|' <<<"$output")"
}

# A TCP port of the loopback address that nobody has.
free_port() {
	/usr/bin/perl -MIO::Socket::INET -e \
		'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport'
}

# until_true COMMAND...: within 30 s it succeeds.
until_true() {
	local i

	for ((i = 0; i < 300; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}

listens() {
	/usr/bin/perl -MIO::Socket::INET -e \
		'exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0])' "$1"
}

# gone PID...: within 30 s they have ended.
gone() {
	local pid

	for pid in "$@"; do
		until_true eval "! kill -0 $pid" || return 1
	done
}
