#!/bin/bash
# GNU make: its job server, recursion, failures, interruption, and what it does with children.
# shellcheck disable=SC2016
. "$(dirname "$0")/check.sh"

cat >Makefile <<'END'
all: $(foreach i,$(shell seq 60),out/$i)
out/%: ; @mkdir -p out; sleep 0.01; echo $* >$@
fails: ; @exit 3
killed: ; @kill -9 $$$$
many: one bad two
one two: ; @touch $@
bad: ; @false
deep: ; @+$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) level N=$(or $(N),0)
level: ; @[ $(N) -ge 6 ] && echo bottom || $(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) level N=$$(( $(N) + 1 ))
lines: SHELL = /bin/bash
.ONESHELL: lines
lines:
	@x=1
	x=$$((x + 1))
	echo $$x
flags: ; @echo "$(MAKEFLAGS)" | sed 's/--jobserver-auth=[^ ]*/AUTH/'
half: ; @echo begun >half; sleep 30
quiet: ; @$(error stops here)
END
value serial make -s
value made bash -c 'cat out/* | sort -n | md5sum'
rm -r out
value parallel make -s -j 8
value made_in_parallel bash -c 'cat out/* | sort -n | md5sum'
rm -r out
value loaded make -s -j 8 -l 1000 -O
value nothing_to_do make -q
value fails bash -c 'make fails 2>&1'
value killed bash -c 'make killed 2>&1'
value goes_on bash -c 'make -k -j 3 many 2>&1; ls one two'
value deep make -j 4 deep
value one_shell make lines
value flags make -j 4 flags
value error bash -c 'make quiet 2>&1'
value traced bash -c 'make -n --trace -B out/1 2>&1'
value missing bash -c 'make nothing 2>&1'
interrupted() {
	setsid make half >/dev/null 2>&1 &
	until_true test -s half
	kill -TERM -- -$!
	wait $! || echo stopped # by 143 or 2: which of both got the signal first
	test ! -e half && echo nothing left
}
value interrupted interrupted
check touch_and_rebuild bash -c 'touch out/1 && make -s -j 4 -B'
mkdir c
for i in $(seq 6); do
	printf 'int f%d(void) { return %d; }\n' "$i" "$i" >"c/f$i.c"
done
printf 'int main(void) { return 0; }\n' >c/main.c
printf 'CFLAGS = -O1 -pipe\nprogram: $(patsubst %%.c,%%.o,$(wildcard *.c)) ; gcc -o $@ $^\n' >c/Makefile
check compiles make -s -C c -j 3
check compiled_runs c/program
echo "ok end"
