// busy - cheap calls as fast as they come, and among them some that are slow and some that fail:
// argv[1] rounds of a byte written and read, each 2,000th followed by a read that gives up after
// 2 ms and by a write into a closed connection; by another goroutine, which waits for it, an echo.
// Then, with argv[2] of them, rounds so rare that they cost nothing. Prints how many there were.
//
// With "file PATH": reads the file in pieces, says a byte over a connection and fails to open another.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

func pair() (int, int) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(err)
	return fds[0], fds[1]
}

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(3)
	}
}

// A connection whose reads wait in Go's poller.
func polled(fd int) net.Conn {
	check(syscall.SetNonblock(fd, true))
	file := os.NewFile(uintptr(fd), "echo")
	conn, err := net.FileConn(file)
	check(err)
	check(file.Close())
	return conn
}

func echo(conn net.Conn) {
	byte := make([]byte, 1)
	for {
		if n, err := conn.Read(byte); n != 1 || err != nil {
			return
		}
		conn.Write(byte)
	}
}

func round(a, b int, byte []byte) {
	if n, err := syscall.Write(a, byte); n != 1 || err != nil {
		fmt.Println("write", n, err)
		os.Exit(3)
	}
	if n, err := syscall.Read(b, byte); n != 1 || err != nil {
		fmt.Println("read", n, err)
		os.Exit(3)
	}
}

func file(path string) {
	fd, err := syscall.Open(path, syscall.O_RDONLY, 0)
	check(err)
	piece := make([]byte, 100)
	for n := 1; n > 0; {
		n, err = syscall.Read(fd, piece)
		check(err)
	}
	check(syscall.Close(fd))
	a, b := pair()
	round(a, b, piece[:1])
	_, err = syscall.Open(path+"/not", syscall.O_RDONLY, 0)
	fmt.Println(err)
	_, err = syscall.Open("/nonexistent/"+path, syscall.O_RDONLY, 0)
	fmt.Println(err)
}

func main() {
	if os.Args[1] == "file" {
		file(os.Args[2])
		return
	}
	rounds, err := strconv.Atoi(os.Args[1])
	check(err)
	calm, err := strconv.Atoi(os.Args[2])
	check(err)
	a, b := pair()
	silent, _ := pair()
	check(syscall.SetsockoptTimeval(silent, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO,
		&syscall.Timeval{Usec: 2000}))
	closed, other := pair()
	check(syscall.Close(other))
	near, far := pair()
	talk := polled(near)
	go echo(polled(far))
	byte := []byte("x")
	slow, failed, echoed := 0, 0, 0
	for i := 1; i <= rounds; i++ {
		round(a, b, byte)
		if i%2000 != 0 {
			continue
		}
		if _, err := syscall.Read(silent, byte); err == syscall.EAGAIN {
			slow++
		}
		if _, err := syscall.Write(closed, byte); err == syscall.EPIPE {
			failed++
		}
		talk.Write(byte)
		if n, _ := talk.Read(byte); n == 1 {
			echoed++
		}
	}
	for i := 0; i < calm; i++ {
		time.Sleep(5 * time.Millisecond)
		round(a, b, byte)
	}
	fmt.Println(rounds, slow, failed, echoed)
}
