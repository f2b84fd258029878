// stress - a Go program that makes life hard for whoever patched its system calls: garbage
// collection without pause, signals from all sides, deep stacks, children, bad pointers. It prints
// what it found, the same with and without a profiler. Sockets are its own, in pairs.
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// Signals that nobody waits for, as fast as they go.
func storm(stop chan bool, signals ...syscall.Signal) {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, syscall.SIGUSR1)
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
			syscall.Kill(syscall.Getpid(), signals[i%len(signals)])
			time.Sleep(50 * time.Microsecond)
		}
	}
}

func garbage(stop chan bool) {
	var keep [][]byte
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
			keep = append(keep, make([]byte, 4096))
			if len(keep) > 200 {
				keep = nil
				runtime.GC()
			}
		}
	}
}

// The stack grows while a system call's result is on its way.
func deep(n int, fd int, buffer []byte) int {
	var room [200]byte
	room[n%200] = byte(n)
	if n == 0 {
		return 0
	}
	if n%50 == 0 {
		got, _ := syscall.Write(fd, buffer)
		return got + deep(n-1, fd, buffer) + int(room[(n+1)%200])
	}
	return deep(n-1, fd, buffer) + int(room[(n+1)%200])
}

func talk(rounds int) int {
	a, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(err)
	defer syscall.Close(a[0])
	defer syscall.Close(a[1])
	buffer := []byte("GET /stress/of/a/pair HTTP/1.1\r\nHost: x\r\n\r\n")
	into := make([]byte, 4096)
	sum := 0
	for i := 0; i < rounds; i++ {
		n, err := syscall.Write(a[0], buffer)
		check(err)
		m, err := syscall.Read(a[1], into)
		check(err)
		if n != m || string(into[:m]) != string(buffer) {
			fmt.Println("wrong bytes", n, m)
			os.Exit(1)
		}
		sum += m
	}
	sum += deep(2000, a[0], []byte("x"))
	return sum
}

func stress() {
	stop := make(chan bool)
	profile, err := os.CreateTemp("", "stress")
	check(err)
	check(os.Remove(profile.Name())) // at once: it may be killed
	check(pprof.StartCPUProfile(profile)) // SIGPROF
	debug.SetGCPercent(1)
	go storm(stop, syscall.SIGURG, syscall.SIGUSR1)
	go garbage(stop)
	var all sync.WaitGroup
	sums := make([]int, 8)
	for i := range sums {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			sums[i] = talk(2000)
		}(i)
	}
	all.Wait()
	close(stop)
	pprof.StopCPUProfile()
	fmt.Println("sums", sums)
}

// n children at the same time.
func crowd(n int, program ...string) {
	var all sync.WaitGroup
	failed := make([]error, n)
	for i := 0; i < n; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			_, failed[i] = exec.Command(program[0], program[1:]...).Output()
		}(i)
	}
	all.Wait()
	for i, err := range failed {
		if err != nil {
			fmt.Println("child", i, err)
			os.Exit(1)
		}
	}
	fmt.Println("crowd", n)
}

//go:noinline
func spin(until time.Time) int {
	n := 0
	for time.Now().Before(until) {
		for i := 0; i < 1000000; i++ {
			n += i ^ n
		}
	}
	return n
}

func profileOfSpin(path string) {
	file, err := os.Create(path)
	check(err)
	check(pprof.StartCPUProfile(file))
	spin(time.Now().Add(500 * time.Millisecond))
	pprof.StopCPUProfile()
	check(file.Close())
}

// n children one after the other, that say nothing.
func children(n int, program ...string) {
	for i := 0; i < n; i++ {
		out, err := exec.Command(program[0], program[1:]...).CombinedOutput()
		if err != nil || len(out) != 0 {
			fmt.Println("child", i, err, string(out))
			os.Exit(1)
		}
	}
	_, err := exec.Command("/nonexistent").Output()
	fmt.Println("children", n, err)
	err = exec.Command("/bin/sh", "-c", "exit 7").Run()
	fmt.Println(err)
}

func pointers() {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(err)
	_, _, e := syscall.Syscall(syscall.SYS_WRITE, uintptr(fds[0]), 8, 100)
	fmt.Println("write", e)
	_, _, e = syscall.Syscall(syscall.SYS_WRITE, uintptr(fds[0]), 0, 100)
	fmt.Println("write nil", e)
	_, err = syscall.Write(fds[0], make([]byte, 100))
	check(err)
	_, _, e = syscall.Syscall(syscall.SYS_READ, uintptr(fds[1]), 8, 100)
	fmt.Println("read", e)
	_, _, e = syscall.Syscall(syscall.SYS_CONNECT, uintptr(fds[0]), 8, 16)
	fmt.Println("connect", e)
	_, _, e = syscall.Syscall(syscall.SYS_ACCEPT4, uintptr(fds[0]), 8, 16)
	fmt.Println("accept4", e)
	_, _, e = syscall.Syscall6(syscall.SYS_GETSOCKOPT, uintptr(fds[0]), 1, 4, 8, 8, 0)
	fmt.Println("getsockopt", e)
	var memory [1]byte
	_, _, e = syscall.Syscall(99999, uintptr(unsafe.Pointer(&memory)), 0, 0)
	fmt.Println("none", e)
}

// An exchange over TCP with the standard library on both ends, n requests on one connection.
func exchange(n int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write(make([]byte, 5000))
	}))
	for i := 0; i < n; i++ {
		answer, err := http.Get("http://" + listener.Addr().String() + "/item/" +
			strconv.Itoa(i%3) + "?secret=1")
		check(err)
		got, _ := bufio.NewReader(answer.Body).Discard(100000)
		answer.Body.Close()
		if got != 5000 {
			fmt.Println("short", got)
			os.Exit(1)
		}
	}
	_, err = net.DialTimeout("tcp", "127.0.0.1:1", time.Second)
	fmt.Println("exchanged", n, err)
}

// The cheapest calls that are recorded, in n batches, of which the least says what one takes.
func calls(n int) {
	const batch = 200
	least := time.Hour
	debug.SetGCPercent(-1)
	runtime.LockOSThread()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(err)
	for ; n > 0; n-- {
		start := time.Now()
		for i := 0; i < batch; i++ {
			syscall.RawSyscall(syscall.SYS_READ, uintptr(fds[0]), 0, 0)
		}
		if took := time.Since(start); took < least {
			least = took
		}
	}
	fmt.Println(float64(least.Nanoseconds()) / batch)
}

// Goroutines in all states, for the dump that SIGQUIT makes.
func park() {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(err)
	for i := 0; i < 4; i++ {
		go syscall.Read(fds[0], make([]byte, 10))
	}
	go talk(1 << 30)
	time.Sleep(100 * time.Millisecond)
	fmt.Println("parked")
	select {}
}

func main() {
	n := 0
	if len(os.Args) > 2 {
		n, _ = strconv.Atoi(os.Args[2])
	}
	switch os.Args[1] {
	case "stress":
		stress()
	case "children":
		if len(os.Args) > 3 {
			children(n, os.Args[3:]...)
		} else {
			children(n, "/bin/true")
		}
	case "crowd":
		crowd(n, os.Args[3:]...)
	case "spin":
		profileOfSpin(os.Args[2])
	case "pointers":
		pointers()
	case "exchange":
		exchange(n)
	case "calls":
		calls(n)
	case "park":
		park()
	}
}
