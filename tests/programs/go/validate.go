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

// Calls of no bytes: through the one function, and in a loop of machine code past it, which nothing
// observes, by a function too: the first return after the kernel is part of what a call takes. Written down as `dndprof validate` asks: delays below zero, batches.
const emptyBatch, emptyRounds, emptyLeast = 64, 120, 40

func loop(number, fd uint32) func() {
	page, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANONYMOUS)
	if err != nil {
		panic(err)
	}
	code := []byte{
		0x41, 0xbc, emptyBatch, 0, 0, 0, // mov r12d, emptyBatch
		0xb8, byte(number), 0, 0, 0, // again: mov eax, number
		0xbf, byte(fd), byte(fd >> 8), 0, 0, // mov edi, fd
		0x31, 0xf6, // xor esi, esi
		0x31, 0xd2, // xor edx, edx
		0xe8, 6, 0, 0, 0, // call function
		0x41, 0xff, 0xcc, // dec r12d
		0x75, 0xe8, // jnz again
		0xc3,       // ret
		0x0f, 0x05, // function: syscall
		0xc3, // ret
	}
	copy(page, code)
	if err := syscall.Mprotect(page, syscall.PROT_READ|syscall.PROT_EXEC); err != nil {
		panic(err)
	}
	start := unsafe.Pointer(&page[0])
	value := unsafe.Pointer(&start)
	return *(*func())(unsafe.Pointer(&value))
}

func nothing(out *bufio.Writer, fd, part int) {
	kinds := []struct {
		delay  int
		number uintptr
		loop   func()
	}{{-1, syscall.SYS_READ, nil}, {-2, syscall.SYS_WRITE, nil}}
	for i := range kinds {
		kinds[i].loop = loop(uint32(kinds[i].number), uint32(fd))
	}
	rounds := emptyRounds / part
	if rounds < emptyLeast {
		rounds = emptyLeast
	}
	for round := 0; round < rounds; round++ {
		for _, kind := range kinds {
			start := now()
			kind.loop()
			fmt.Fprintln(out, kind.delay, start, now()-start)
			for i := 0; i < emptyBatch; i++ {
				syscall.RawSyscall(kind.number, uintptr(fd), 0, 0)
			}
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
