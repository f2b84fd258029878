// validate FILE PART - receives from a peer that spins before it answers, and writes down how long
// that took by its own clock, as `dndprof validate` asks of a program (analyzer/validate/validate.h).
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"unsafe"
)

const clockMonotonic = 1

var repeats = []struct {
	delay int64
	count int
}{{100, 2000}, {1000, 2000}, {10000, 1000}, {100000, 400}, {1000000, 100}, {10000000, 30},
	{100000000, 6}, {1000000000, 2}}

func now() int64 {
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

// Through the one function directly: the scheduler is not part of what is measured.
func call(number uintptr, fd int, buffer []byte) bool {
	n, _, errno := syscall.RawSyscall(number, uintptr(fd), uintptr(unsafe.Pointer(&buffer[0])),
		uintptr(len(buffer)))
	return errno == 0 && int(n) == len(buffer)
}

func answer(fd int) {
	runtime.LockOSThread()
	delay, one := make([]byte, 8), make([]byte, 1)
	for call(syscall.SYS_READ, fd, delay) {
		deadline := now() + int64(binary.LittleEndian.Uint64(delay))
		for now() < deadline {
		}
		if !call(syscall.SYS_WRITE, fd, one) {
			return
		}
	}
}

func main() {
	part, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		panic(err)
	}
	runtime.GOMAXPROCS(4) // both ends hold theirs while they wait
	debug.SetGCPercent(-1)
	runtime.LockOSThread()
	go answer(pair[1])
	out := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintf(out, "fd %d\n", pair[0])
	delay, one := make([]byte, 8), make([]byte, 1)
	for _, repeat := range repeats {
		count := repeat.count / part
		if count < 2 {
			count = 2
		}
		binary.LittleEndian.PutUint64(delay, uint64(repeat.delay))
		for i := 0; i < count; i++ {
			if !call(syscall.SYS_WRITE, pair[0], delay) {
				panic("write")
			}
			start := now()
			if !call(syscall.SYS_READ, pair[0], one) {
				panic("read")
			}
			fmt.Fprintln(out, repeat.delay, start, now()-start)
		}
	}
	out.Flush()
	file.Close()
}
