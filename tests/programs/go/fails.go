// A failed and a slow call, each made from a known place.
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
)

//go:noinline
func innermost() error {
	_, err := net.Dial("unix", "/nonexistent/engine.sock")
	return err
}

//go:noinline
func middle() error {
	err := innermost()
	if err == nil {
		fmt.Println("connected")
	}
	return err
}

//go:noinline
func slow() error {
	err := exec.Command("/bin/sleep", "0.05").Run()
	if err != nil {
		fmt.Println(err)
	}
	return err
}

func main() {
	if middle() == nil || slow() != nil {
		os.Exit(1)
	}
}
