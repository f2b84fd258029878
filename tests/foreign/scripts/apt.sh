#!/bin/bash
# apt-get with a root of its own and a repository of one package made here: update by file: and by
# http, simulation, download, source of truth by dpkg-deb. As root, its methods run as _apt.
. "$(dirname "$0")/check.sh"

mkdir -p tree/DEBIAN tree/usr/share/shimless repo root/{etc/apt/{apt.conf.d,preferences.d,trusted.gpg.d},var/lib/{apt/lists/partial,dpkg},var/cache/apt/archives/partial,var/log/apt}
chmod -R a+rX .
echo 'contents' >tree/usr/share/shimless/file
printf '%s\n' 'Package: shimless' 'Version: 1.0' 'Architecture: all' 'Maintainer: t <t@example.org>' \
	'Description: nothing' >tree/DEBIAN/control
: >root/var/lib/dpkg/status
here=$PWD
apt_() {
	apt-get -q -o Dir="$here/root" -o Dir::State::status="$here/root/var/lib/dpkg/status" \
		-o Dir::Bin::methods=/usr/lib/apt/methods -o APT::Architecture=amd64 \
		-o Acquire::Languages=none -o Debug::NoLocking=0 "$@"
}
from() { echo "deb [trusted=yes] $1 ./" >root/etc/apt/sources.list; }
clean_lists() { find root/var/lib/apt/lists -type f -delete; }
packages() { (cd repo && dpkg-deb -f shimless.deb && printf '%s\n' 'Filename: ./shimless.deb' \
	"Size: $(stat -c %s shimless.deb)" "SHA256: $(sha256sum shimless.deb | cut -d' ' -f1)") >repo/Packages; }
download() { (mkdir -p "$1" && chmod 777 "$1" && cd "$1" && apt_ download shimless && md5sum ./*.deb); }

SOURCE_DATE_EPOCH=1700000000 check build dpkg-deb --root-owner-group -b tree repo/shimless.deb
value contents bash -c 'dpkg-deb -c repo/shimless.deb | tr -s " " | cut -d" " -f1,2,6'
check packages packages
gzip -nk repo/Packages
from "file:$here/repo"
check update_by_file apt_ update
value simulate bash -c "$(declare -f apt_); here=$here; apt_ -s install shimless | grep -E '^(Inst|Conf)'"
value unknown apt_ -s install no-such-package
value policy apt-cache -o Dir="$here/root" -o Dir::State::status="$here/root/var/lib/dpkg/status" pkgnames
check download_by_file download by-file
port=$(free_port)
/usr/bin/python3 -m http.server --bind 127.0.0.1 --directory repo "$port" >http.log 2>&1 &
server=$!
check http_listens until_true listens "$port"
from "http://127.0.0.1:$port"
check update_by_http apt_ -o Acquire::http::Proxy=false update
check download_by_http download by-http
check same_package cmp by-http/shimless_1.0_all.deb repo/shimless.deb
from "http://127.0.0.1:1"
value refused apt_ -o Acquire::http::Proxy=false -o Acquire::Retries=0 -o APT::Update::Error-Mode=any update
value installed dpkg-query --admindir="$here/root/var/lib/dpkg" -l
check install_to_root dpkg --force-not-root --force-script-chrootless --root="$here/root" --log=/dev/null -i repo/shimless.deb
value installed_then dpkg-query --root="$here/root" -W
check purge dpkg --force-not-root --force-script-chrootless --root="$here/root" --log=/dev/null -P shimless
kill "$server"
wait "$server"
echo "ok http_ended = $?"
echo "ok end"
