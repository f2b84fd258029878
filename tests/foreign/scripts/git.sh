#!/bin/bash
# git: a history with merges and a rebase, packs, hooks, worktrees, and clones by file, git daemon
# and smart http; commits have fixed dates, so that their names can be compared.
# shellcheck disable=SC2016
. "$(dirname "$0")/check.sh"

export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=c \
	GIT_COMMITTER_EMAIL=c@example.org GIT_AUTHOR_DATE='1700000000 +0000' \
	GIT_COMMITTER_DATE='1700000000 +0000' GIT_TERMINAL_PROMPT=0 GIT_PAGER=cat
git config --global init.defaultBranch main
git config --global safe.directory '*'
git config --global protocol.file.allow always
work() { git -C work "$@"; }
commit() {
	seq "$1" "$2" >"work/$3"
	work add "$3" && work commit -q -m "$3 $1 $2"
}
head_of() { git -C "$1" rev-parse HEAD; }
history() {
	local i

	for ((i = 1; i <= 20; i++)); do
		commit "$i" $((i * 50)) "file$((i % 4))" || return 1
	done
}
branches() {
	work checkout -q -b side && commit 5 900 other && commit 7 800 another && work checkout -q main &&
		commit 3 30 third && work merge -q --no-edit side && work checkout -q -b topic HEAD~1 &&
		commit 1 9 fourth && work rebase -q main && work checkout -q main && work merge -q topic
}
conflict() {
	work checkout -q -b left && commit 1 3 same && work checkout -q -b right main && commit 2 4 same &&
		! work merge -q left && work merge --abort && work checkout -q main
}
daemon() {
	git daemon --reuseaddr --listen=127.0.0.1 --port="$daemon_port" --base-path="$PWD" --export-all \
		--enable=receive-pack >daemon.log 2>&1 &
}
push_by_daemon() {
	git -C by-daemon commit -q --allow-empty -m pushed && git -C by-daemon push -q origin HEAD:refs/heads/pushed
}

check init git init -q work
check history history
value head head_of work
check branches branches
value head_of_branches head_of work
check conflict conflict
value log work log --format=%H%s --graph
value blame work blame -s file1
value diff work diff HEAD~3 --stat
value grep_with_threads work grep --threads=4 -c 7
value status work status --porcelain
check stash bash -c 'cd work && echo x >>file1 && git stash -q && git stash pop -q && git checkout -q file1'
printf '#!/bin/sh\necho hook ran\nread -r line || echo no input\n' >work/.git/hooks/pre-commit
chmod +x work/.git/hooks/pre-commit
value hook work commit --allow-empty -m 'with a hook'
rm work/.git/hooks/pre-commit
value failing_alias bash -c "cd work && git -c alias.f='!exit 7' f"
check gc work gc -q --aggressive
check fsck work fsck --full
check bundle work bundle create ../bundle --all
value archive bash -c 'git -C work archive --format=tar HEAD | md5sum'
value filter work -c filter.up.clean='tr a-z A-Z' hash-object --path=x file1
check clone_by_path git clone -q work by-path
check clone_by_file git clone -q --depth 3 "file://$PWD/work" by-file
check clone_of_bundle git clone -q bundle by-bundle
check bare git clone -q --bare work bare.git
value all_heads bash -c 'for d in by-path by-file by-bundle bare.git; do git -C $d rev-parse HEAD; done | sort | uniq -c'
check worktree work worktree add -q ../tree side
check submodule bash -c 'cd work && git submodule --quiet add "$PWD/../bare.git" sub && git commit -q -m sub'

daemon_port=$(free_port)
daemon
daemon=$!
check daemon_listens until_true listens "$daemon_port"
check clone_by_daemon git clone -q "git://127.0.0.1:$daemon_port/bare.git" by-daemon
value head_by_daemon head_of by-daemon
check push_by_daemon push_by_daemon
value pushed git -C bare.git rev-parse pushed
value refused git clone -q "git://127.0.0.1:$daemon_port/nothing.git" nothing
kill "$daemon"
wait "$daemon"
echo "ok daemon_ended = $?"

http_port=$(free_port)
GIT_PROJECT_ROOT=$PWD GIT_HTTP_EXPORT_ALL=1 /usr/bin/ruby "$(dirname "$0")/git_http.rb" "$http_port" \
	>http.log 2>&1 &
http=$!
check http_listens until_true listens "$http_port"
check clone_by_http git clone -q "http://127.0.0.1:$http_port/git/bare.git" by-http
value head_by_http head_of by-http
value refs_by_http bash -c "git ls-remote http://127.0.0.1:$http_port/git/bare.git | cut -f2"
value missing_by_http git ls-remote "http://127.0.0.1:$http_port/git/nothing.git"
kill -INT "$http"
wait "$http"
echo "ok http_ended = $?"
echo "ok end"
