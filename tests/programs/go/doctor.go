// doctor - what a network doctor of Go's own library asks the machine, one thing for each argument:
// "forward" reads the kernel's setting, "links" lists the interfaces, "tcp ADDRESS" connects and
// closes, "http ADDRESS" connects and asks, "firewall" runs iptables.
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
)

func connect(address, text string) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	if text != "" {
		fmt.Fprint(connection, text)
		_, err = connection.Read(make([]byte, 100))
	}
	return err
}

func do(words []string) (int, error) {
	switch words[0] {
	case "forward":
		_, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward")
		return 1, err
	case "write":
		file, err := os.OpenFile("/proc/sys/net/ipv4/ip_forward", os.O_WRONLY, 0)
		if err == nil {
			file.Close()
		}
		return 1, err
	case "links":
		_, err := net.Interfaces()
		return 1, err
	case "tcp":
		return 2, connect(words[1], "")
	case "http":
		return 2, connect(words[1], "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	case "firewall":
		return 1, exec.Command("iptables", "--version").Run()
	}
	return 1, fmt.Errorf("unknown")
}

func main() {
	for words := os.Args[1:]; len(words) > 0; {
		taken, err := do(words)
		fmt.Println(words[0], err == nil)
		words = words[taken:]
	}
}
