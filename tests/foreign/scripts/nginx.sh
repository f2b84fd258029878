#!/bin/bash
# nginx with two workers, thread pool, sendfile and a proxy, under wrk; reloaded while it works.
. "$(dirname "$0")/check.sh"

port=$(free_port)
mkdir -p www logs
chmod 755 . www
seq 1 100000 >www/large
echo small >www/small
cat >nginx.conf <<END
worker_processes 2;
pid $PWD/nginx.pid;
error_log $PWD/logs/error.log;
daemon on;
events { worker_connections 256; }
http {
	access_log $PWD/logs/access.log;
	client_body_temp_path $PWD/logs/body;
	proxy_temp_path $PWD/logs/proxy;
	fastcgi_temp_path $PWD/logs/f;
	uwsgi_temp_path $PWD/logs/u;
	scgi_temp_path $PWD/logs/s;
	upstream back { server unix:$PWD/back.sock; keepalive 8; }
	server {
		listen 127.0.0.1:$port;
		root $PWD/www;
		sendfile on;
		location /threads/ { alias $PWD/www/; aio threads; sendfile off; directio 4k; }
		location /proxy/ { proxy_pass http://back/; proxy_http_version 1.1; proxy_set_header Connection ""; }
		location /gone { return 410; }
	}
	server { listen unix:$PWD/back.sock; root $PWD/www; }
}
END
nginx_() { nginx -c "$PWD/nginx.conf" -p "$PWD" -e "$PWD/logs/error.log" "$@"; }
get() { curl -sS -w ' %{http_code}' "http://127.0.0.1:$port$1"; }
load() {
	wrk -t 2 -c 20 -d "$1" "http://127.0.0.1:$port$2" >wrk.txt || return 1
	! grep -qE "Non-2xx${3-|Socket errors}" wrk.txt && grep -qE '^ +[0-9]+ requests in' wrk.txt
}
workers() { pgrep -P "$(cat nginx.pid)" | wc -l; }
replaced() { for old in $before; do ! kill -0 "$old" 2>/dev/null || return 1; done; [ "$(workers)" = 2 ]; }

check configuration nginx_ -t
check starts nginx_
check listens until_true listens "$port"
value small get /small
value large get /large
value threads get /threads/large
value proxied get /proxy/large
value missing get /nothing
value gone get /gone
check load_small load 2s /small
check load_large load 1s /large
check load_proxy load 2s /proxy/small
check load_threads load 1s /threads/large
before=$(pgrep -P "$(cat nginx.pid)")
(sleep 0.5; nginx_ -s reload) &
check load_while_reloaded load 2s /small ''
wait
check workers_replaced until_true replaced
value two_workers workers
value served_again get /small
check reopened nginx_ -s reopen
master=$(cat nginx.pid)
check quit nginx_ -s quit
check ended gone "$master"
value errors_logged bash -c "grep -cE '\[(emerg|alert|crit)\]' logs/error.log"
check access_log_has_all test "$(wc -l <logs/access.log)" -gt 1000
echo "ok end"
