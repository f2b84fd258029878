// calls - what one system call of a Go program costs: as percall.c does it, batches of each kind in
// turn, a JSON line a kind. `calls nothing` does nothing: what its start costs is measured;
// `calls memory N`: how much memory it has, at the start and after N calls, as memory.c does.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

var (
	pair     [2]int
	null     int
	bytes    = make([]byte, 64)
	request  = []byte("GET /v1.41/containers/json?all=1 HTTP/1.1\r\nHost: docker\r\nUser-Agent: x\r\n\r\n")
	response = []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n")
	room     = make([]byte, 256)
)

// Through the one function directly: no scheduler, no poller.
func call(number, fd uintptr, buffer []byte) {
	n, _, errno := syscall.RawSyscall(number, fd, uintptr(unsafe.Pointer(&buffer[0])),
		uintptr(len(buffer)))
	if errno != 0 || n == 0 {
		panic(errno)
	}
}

func getppid(n int) {
	for i := 0; i < n; i++ {
		syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0)
	}
}

func getsockopt(n int) {
	var value, size int32 = 0, 4
	for i := 0; i < n; i++ {
		_, _, errno := syscall.RawSyscall6(syscall.SYS_GETSOCKOPT, uintptr(pair[0]), syscall.SOL_SOCKET,
			syscall.SO_ERROR, uintptr(unsafe.Pointer(&value)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 {
			panic(errno)
		}
	}
}

func writeRead(n int) {
	for i := 0; i < n; i++ {
		call(syscall.SYS_WRITE, uintptr(pair[0]), bytes)
		call(syscall.SYS_READ, uintptr(pair[1]), bytes)
	}
}

func writeNull(n int) {
	for i := 0; i < n; i++ {
		call(syscall.SYS_WRITE, uintptr(null), bytes)
	}
}

func http(n int) {
	for i := 0; i < n; i++ {
		call(syscall.SYS_WRITE, uintptr(pair[0]), request)
		call(syscall.SYS_READ, uintptr(pair[1]), room)
		call(syscall.SYS_WRITE, uintptr(pair[1]), response)
		call(syscall.SYS_READ, uintptr(pair[0]), room)
	}
}

type bench struct {
	Name  string    `json:"name"`
	Unit  string    `json:"unit"`
	Calls int       `json:"calls"`
	Ns    []float64 `json:"ns"`
	batch int
	run   func(n int)
}

var benches = []bench{
	{"getsockopt", "getsockopt of SO_ERROR", 1, nil, 10000, getsockopt},
	{"write+read", "64 bytes written and read on a socketpair", 2, nil, 1500, writeRead},
	{"http", "a request and its answer, written and read on a socketpair", 4, nil, 750, http},
	{"write file", "64 bytes written to /dev/null, not recorded", 0, nil, 10000, writeNull},
	{"getppid", "getppid, not recorded", 0, nil, 10000, getppid},
}

func memory(when string) {
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		panic(err)
	}
	sums := map[string]int{}
	for _, line := range strings.Split(string(text), "\n") {
		var kib int
		name, rest, _ := strings.Cut(line, ":")
		if n, _ := fmt.Sscanf(rest, "%d kB", &kib); n == 1 {
			if strings.HasPrefix(name, "Private_") && name != "Private_Hugetlb" {
				name = "Private"
			}
			sums[name] += kib * 1024
		}
	}
	json.NewEncoder(os.Stdout).Encode(map[string]interface{}{"name": when, "rss": sums["Rss"],
		"pss": sums["Pss"], "private": sums["Private"]})
}

func main() {
	if os.Args[1] == "nothing" {
		return
	}
	rounds, err := strconv.Atoi(os.Args[len(os.Args)-1])
	if err != nil {
		panic(err)
	}
	debug.SetGCPercent(-1)
	runtime.LockOSThread()
	if os.Args[1] == "memory" {
		memory("start")
	}
	if pair, err = syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0); err != nil {
		panic(err)
	}
	if null, err = syscall.Open("/dev/null", syscall.O_WRONLY, 0); err != nil {
		panic(err)
	}
	if os.Args[1] == "memory" {
		getsockopt(rounds)
		memory("after")
		return
	}
	for _, b := range benches {
		b.run(b.batch / 10) // warm
	}
	for round := 0; round < rounds; round++ {
		for i := range benches {
			start := time.Now()
			benches[i].run(benches[i].batch)
			benches[i].Ns = append(benches[i].Ns,
				float64(time.Since(start).Nanoseconds())/float64(benches[i].batch))
		}
	}
	for _, b := range benches {
		json.NewEncoder(os.Stdout).Encode(b)
	}
}
