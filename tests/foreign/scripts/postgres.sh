#!/bin/bash
# PostgreSQL: initdb, a server under pgbench, its sums; parallel queries, notifications, a dump and a
# crash with recovery.
. "$(dirname "$0")/check.sh"

export PATH="/usr/lib/postgresql/15/bin:$PATH" PGDATA="$PWD/data" PGHOST="$PWD" PGDATABASE=postgres
PGPORT=$(free_port)
export PGPORT PGUSER=tester
query() { psql -X -A -t -v ON_ERROR_STOP=1 -c "$1"; }
start() { pg_ctl -w -t 60 -l server.log -o "-k $PWD -p $PGPORT -c listen_addresses=127.0.0.1" start; }
sums() {
	query "select (select sum(abalance) from pgbench_accounts) = (select sum(bbalance) from pgbench_branches)
	and (select sum(abalance) from pgbench_accounts) = (select sum(tbalance) from pgbench_tellers)
	and (select sum(delta) from pgbench_history) = (select sum(bbalance) from pgbench_branches)
	and (select count(*) from pgbench_history) = $1"
}
parallel() {
	query "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
	set max_parallel_workers_per_gather = 2; select count(*), sum(aid), sum(bid) from pgbench_accounts"
}
dump() { pg_dump -t pgbench_branches -t pgbench_tellers | grep -vE '^(--|.(un)?restrict )'; }

check initdb initdb -U tester -A trust --no-sync
check starts start
value version_is query "select current_setting('server_version_num')::int / 10000"
check fills pgbench -q -i -s 1
value dump dump
value parallel parallel
check bench pgbench -n -c 4 -j 2 -t 200
check bench_prepared pgbench -n -M prepared -c 4 -j 2 -t 200
check bench_tcp pgbench -n -h 127.0.0.1 -C -c 2 -j 2 -t 50
check bench_select pgbench -n -S -c 4 -j 2 -t 500
value sums sums 1700
value notified bash -c "psql -X -A -t -c 'listen ch' -c \"notify ch, 'word'\" -c 'select 1' | sed 's,PID .*,PID,'"
value cancelled psql -X -A -t -c "set statement_timeout = '200ms'" -c 'select pg_sleep(20)'
value deadlock_free query "begin; lock pgbench_branches; select count(*) from pgbench_branches; commit"
check vacuum vacuumdb -q -z -j 2
value program query "copy (select 'from the server') to program 'cat >&2; exit 0'"
check immediate pg_ctl -w -m immediate stop
check recovers start
value sums_after_crash sums 1700
check reload pg_ctl reload
check fast pg_ctl -w -m fast stop
value controldata bash -c "pg_controldata | grep 'cluster state'"
value crashed_backends bash -c "grep -cE 'terminated by signal|PANIC|could not fork' server.log"
echo "ok end"
