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

// Calls that do nothing: through the one function, and in a loop of machine code past it, which
// nothing observes. By a function there too, for the first return after the kernel is part of what a
// call takes; less what the loop takes around a function that does nothing. Written down as `dndprof
// validate` asks: delays below zero, batches; what goes through the gate 100 lower.
const emptyBatch, emptyRounds, emptyLeast, emptyThrough = 64, 120, 40, -100

func loop(number uint32, fd byte, function ...byte) func() {
	page, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANONYMOUS)
	if err != nil {
		panic(err)
	}
	code := append([]byte{
		0x41, 0xbc, emptyBatch, 0, 0, 0, // mov r12d, emptyBatch
		0xb8, byte(number), 0, 0, 0, // again: mov eax, number
		0xbf, fd, 0, 0, 0, // mov edi, fd
		0x31, 0xf6, // xor esi, esi
		0x31, 0xd2, // xor edx, edx
		0x45, 0x31, 0xd2, // xor r10d, r10d
		0x45, 0x31, 0xc0, // xor r8d, r8d
		0x45, 0x31, 0xc9, // xor r9d, r9d
		0xe8, 6, 0, 0, 0, // call function
		0x41, 0xff, 0xcc, // dec r12d
		0x75, 0xdf, // jnz again
		0xc3, // ret
	}, function...)
	copy(page, code)
	if err := syscall.Mprotect(page, syscall.PROT_READ|syscall.PROT_EXEC); err != nil {
		panic(err)
	}
	start := unsafe.Pointer(&page[0])
	value := unsafe.Pointer(&start)
	return *(*func())(unsafe.Pointer(&value))
}

func took(call func()) int64 {
	start := now()
	call()
	return now() - start
}

func nothing(out *bufio.Writer, fd, part int) {
	kinds := []struct {
		delay                  int
		number                 uintptr
		past, without, through func()
	}{{delay: -1, number: syscall.SYS_READ}, {delay: -2, number: syscall.SYS_WRITE},
		{delay: -6, number: syscall.SYS_SENDTO}, {delay: -7, number: syscall.SYS_READV},
		{delay: -8, number: syscall.SYS_WRITEV}}
	for i := range kinds {
		kind := &kinds[i]
		kind.past = loop(uint32(kind.number), byte(fd), 0x0f, 0x05, 0xc3) // syscall; ret
		kind.without = loop(uint32(kind.number), byte(fd), 0xc3)          // ret
		kind.through = func() {
			for j := 0; j < emptyBatch; j++ {
				syscall.RawSyscall6(kind.number, uintptr(fd), 0, 0, 0, 0, 0)
			}
		}
	}
	rounds := emptyRounds / part
	if rounds < emptyLeast {
		rounds = emptyLeast
	}
	for round := 0; round < rounds; round++ {
		for _, kind := range kinds {
			past, without, through := took(kind.past), took(kind.without), took(kind.through)
			fmt.Fprintln(out, kind.delay, now(), past-without)
			fmt.Fprintln(out, kind.delay+emptyThrough, now(), through-without)
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
	nothing(out, pair[0], part)
	out.Flush()
	file.Close()
}
