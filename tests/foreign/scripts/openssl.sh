#!/bin/bash
# openssl s_server and s_client: handshakes of both versions, resumption, client certificates, a
# thousand lines echoed, failures.
. "$(dirname "$0")/check.sh"

made() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" \
		-addext 'subjectAltName=DNS:localhost' -keyout "$1.key" -out "$1.crt"
}
serve() { # PORT OPTION...
	local port=$1

	shift
	openssl s_server -accept "127.0.0.1:$port" -cert server.crt -key server.key -quiet "$@" \
		>>server.log 2>&1 </dev/null &
}
client() { openssl s_client -connect "127.0.0.1:$port" -CAfile server.crt -verify_return_error "$@"; }
# Time for session tickets, which tell the protocol a second time.
facts() { (sleep 0.3) | client -no_ign_eof "$@" 2>&1 | grep -E '^(    Protocol|New,|Reused,|.*Verification|Verify return|    Cipher)' | sort -u; }
page() { printf 'GET / HTTP/1.0\r\n\r\n' | client -quiet -ign_eof "$@" | grep -cE 'HTTP/1.0 200|Ciphers supported'; }
lines() { (seq 1000; sleep 2) | client -quiet -no_ign_eof 2>/dev/null | md5sum; }

check certificate made server
check second_certificate made client
port=$(free_port)
serve "$port" -www
server=$!
check listens until_true listens "$port"
for version in tls1_2 tls1_3; do
	value "handshake_$version" facts "-$version"
	value "page_$version" page "-$version"
	value "session_$version" bash -c "printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -connect 127.0.0.1:$port -$version -sess_out sess -ign_eof >/dev/null 2>&1; openssl s_client -connect 127.0.0.1:$port -$version -sess_in sess </dev/null 2>/dev/null | grep -cE '^Reused'"
done
value wrong_name facts -verify_hostname other.example.org
value right_name facts -verify_hostname localhost
value unknown_authority bash -c "openssl s_client -connect 127.0.0.1:$port -CAfile client.crt -verify_return_error </dev/null 2>&1 | grep -E 'Verification error'"
value many_connections bash -c "for i in \$(seq 30); do openssl s_client -connect 127.0.0.1:$port </dev/null 2>/dev/null | grep -c BEGIN; done | sort | uniq -c"
kill "$server"
wait "$server"
echo "ok ended = $?"

port=$(free_port)
serve "$port" -rev
server=$!
check rev_listens until_true listens "$port"
value reversed lines
kill "$server"
wait "$server" 2>/dev/null
port=$(free_port)
serve "$port" -www -Verify 1 -CAfile client.crt -verify_return_error
server=$!
check strict_listens until_true listens "$port"
value with_certificate page -cert client.crt -key client.key -tls1_2
value without_certificate page -tls1_2
kill "$server"
wait "$server" 2>/dev/null
value refused bash -c 'openssl s_client -connect 127.0.0.1:1 </dev/null 2>&1 | grep -c "Connection refused"'
check multi_speed openssl speed -multi 2 -seconds 1 -bytes 64 sha256
value digest bash -c 'seq 1000 | openssl dgst -sha256'
echo "ok end"
