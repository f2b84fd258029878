#!/bin/bash
# redis-server under load of redis-benchmark, by TCP and by unix socket; its data, by its own digest,
# after a background save, a rewritten log, a restart, and in a replica.
. "$(dirname "$0")/check.sh"

port=$(free_port)
cli() { redis-cli -p "$port" "$@"; }
server() {
	redis-server --port "$1" --bind 127.0.0.1 --dir "$2" --unixsocket "$2/s" --appendonly yes \
		--save "" --io-threads 2 --io-threads-do-reads yes --enable-debug-command local \
		--daemonize no >>"$2.log" 2>&1 &
}
digest() { redis-cli -p "${1:-$port}" debug digest; }
fill() {
	local i

	for ((i = 0; i < 3000; i++)); do
		echo "SET key:$i value-$((i * 7919))"
		echo "ZADD board $((i % 97)) member-$i"
		echo "EXPIRE key:$i 100000"
	done | cli --pipe | tail -n 1
}
benchmark() { redis-benchmark -q -c 20 -n 2000 -t ping,set,get,incr,lpush,rpop,sadd,hset,mset "$@"; }
saved() { [ "$(cli lastsave)" != "$1" ]; }
rewritten() { cli info persistence | grep -q 'aof_rewrite_in_progress:0'; }
replicated() { cli info replication | grep -q 'state=online' && [ "$(digest)" = "$(digest "$replica")" ]; }

mkdir one two
server "$port" "$PWD/one"
first=$!
check starts until_true cli ping
value fill fill
check benchmark_tcp benchmark -p "$port"
check benchmark_unix benchmark -s one/s
check benchmark_pipelined benchmark -p "$port" -P 16 --threads 2
value digest digest
value counter cli get counter:__rand_int__
value keys cli dbsize
value script cli eval 'local s=0 for i=0,2999 do s=s+#redis.call("get","key:"..i) end return s' 0
before=$(cli lastsave)
sleep 1
value save cli bgsave
check saved until_true saved "$before"
value rewrite cli bgrewriteaof
sleep 0.2
check rewritten until_true rewritten
replica=$(free_port)
server "$replica" "$PWD/two"
second=$!
check replica_starts until_true redis-cli -p "$replica" ping
value follow redis-cli -p "$replica" replicaof 127.0.0.1 "$port"
check replicated until_true replicated
(sleep 0.5; cli publish news hello >/dev/null; cli publish news bye >/dev/null) &
value subscribed timeout 2 redis-cli -p "$port" --csv subscribe news < <(sleep 3)
value blocked_pop bash -c "(sleep 0.3; redis-cli -p $port rpush waiting job >/dev/null) & redis-cli -p $port blpop waiting 20"
check shutdown_replica redis-cli -p "$replica" shutdown
check replica_ends gone "$second"
kill -9 "$first"
wait "$first"
echo "ok killed = $?"
server "$port" "$PWD/one"
third=$!
check restarts until_true cli ping
value digest_after_restart digest
kill -TERM "$third"
wait "$third"
echo "ok terminated = $?"
echo "ok end"
