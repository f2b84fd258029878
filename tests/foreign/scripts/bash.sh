#!/bin/bash
# bash: job control on a terminal of its own, traps, pipelines, coprocesses, redirections, exits.
# shellcheck disable=SC2016
. "$(dirname "$0")/check.sh"

on_terminal() { timeout 60 script -qec "bash --norc -i $1" /dev/null </dev/null | tr -d '\r'; }
cat >jobs.sh <<'END'
set -m
sleep 100 & sleep 100 &
kill -STOP %1
while [ "$(jobs -s | wc -l)" != 1 ]; do sleep 0.05; done
jobs -s | sed 's/ .*sleep/ sleep/'
kill -CONT %1
while [ "$(jobs -r | wc -l)" != 2 ]; do sleep 0.05; done
kill %1 %2
wait %1; echo first $?
wait %2; echo second $?
sh -c 'kill -STOP $$; exit 6' &
while [ "$(jobs -s | wc -l)" != 1 ]; do sleep 0.05; done
fg %% >/dev/null; echo fg $?
sh -c 'kill -TSTP $$; exit 8'; echo stopped $?
bg %% >/dev/null; wait %%; echo bg $?
sleep 100 &
[ "$(ps -o pgid= $!)" != "$(ps -o pgid= $$)" ] && echo own group
kill %%
wait %%; echo last $?
sh -c 'ps -o tpgid=,pgid= $$' | { read -r a b; [ "$a" = "$b" ] && echo in front; }
exit 11
END
value job_control on_terminal jobs.sh
cat >traps.sh <<'END'
trap 'echo usr1' USR1; trap 'echo leaves' EXIT; trap 'echo child' CHLD
kill -USR1 $$; (exit 3); echo "status $?"
sleep 0.2 & wait $!; echo "waited $?"
trap 'echo interrupted; exit 21' INT; kill -INT $$
END
value traps bash traps.sh
value pipe_status bash -c 'exit 3 | exit 4 | true; echo "${PIPESTATUS[@]}"; set -o pipefail; false | true; echo $?'
value long_pipeline bash -c 'seq 200000 | sort -rn | tee >(tail -n 1 >&2) | head -n 3; echo "${PIPESTATUS[@]:0:1}"'
value broken_pipe bash -c 'yes | head -n 1; echo "${PIPESTATUS[0]}"'
value coprocess bash -c 'coproc bc { while read -r x; do echo $((x * 2)); done; }; echo 21 >&"${bc[1]}"; read -r y <&"${bc[0]}"; echo "$y"'
value substitution bash -c 'diff <(seq 5) <(seq 6); echo $?'
value here bash -c 'cat <<<"one"; cat <<X
two $((1 + 1))
X'
value descriptors bash -c 'exec 7>out 8<&0 9>&1; echo seven >&7; echo nine >&9; exec 7>&- 9>&-; cat out; echo x 2>/dev/null >&7; echo $?'
value many_descriptors bash -c 'for i in $(seq 10 250); do eval "exec $i</dev/null"; done; ls /proc/$$/fd >list; wc -l <list'
value open_here bash -c 'ls /proc/self/fd >ours; ls /proc/$$/fd >shell; wc -l <ours; wc -l <shell'
value closed_streams bash -c 'sh -c "ls /proc/self/fd" <&- >open; wc -l <open; sh -c "exit 5" >&- 2>&-; echo $?'
value not_found bash -c 'nothing-like-that; echo $?; /; echo $?; ./jobs.sh; echo $?' 2>&1
value killed bash -c 'sh -c "kill -9 \$\$"; echo $?; sh -c "kill -SEGV \$\$"; echo $?'
value exec_replaces bash -c 'p=$$; exec sh -c "[ \$\$ = $p ] && echo same"'
value read_timeout bash -c 'read -r -t 0.2 x < <(sleep 1); echo $?'
value tcp bash -c 'exec 3<>/dev/tcp/127.0.0.1/1; echo $?' 2>&1
value ulimit bash -c 'ulimit -n 20; ls /dev/null; ulimit -f 1; head -c 100000 /dev/zero >big; echo $?; stat -c %s big'
value environment bash -c 'env -i A=1 /bin/bash -c "declare -x" | grep -v DNDPROF_ | grep -vE "LD_PRELOAD|PWD"'
value subshells bash -c 'for i in $(seq 200); do (exit $((i % 3))); s=$((s + $?)); done; echo $s'
value any bash -c '(exit 9) & wait -n; echo $?'
value background bash -c 'for i in $(seq 50); do (exit $i) & p[i]=$!; done; for i in $(seq 50); do wait ${p[i]}; [ $? = $i ] || echo wrong $i; done'
value login bash -lc 'echo $0; shopt login_shell'
echo "ok end"
