// show - prints what a process knows of itself: whoever looks on must not have changed it. With
// arguments "exec PROGRAM ARG..." it becomes another program instead, "thread PROGRAM ARG..." too, but
// from a thread that is not its main one; "run PROGRAM ARG..." starts one and tells how that ended, "chroot DIRECTORY PROGRAM ARG..." in another root.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"strings"
	"syscall"
)

func status(names ...string) {
	text, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(text), "\n") {
		for _, name := range names {
			if strings.HasPrefix(line, name+":") {
				fmt.Println(line)
			}
		}
	}
}

func descriptors() {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, entry := range entries {
		link, err := os.Readlink("/proc/self/fd/" + entry.Name())
		if err == nil && !strings.HasSuffix(link, "/fd") {
			fmt.Println("fd", entry.Name(), strings.SplitN(link, "[", 2)[0])
		}
	}
}

func show() {
	exe, _ := os.Readlink("/proc/self/exe")
	line, _ := os.ReadFile("/proc/self/cmdline")
	comm, _ := os.ReadFile("/proc/self/comm")
	parent, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getppid()))
	directory, _ := os.Getwd()
	fmt.Printf("exe %s\ncmdline %q\ncomm %sparent %sdirectory %s\nargs %q\n", exe, line, comm,
		parent, directory, os.Args)
	group, _ := syscall.Getpgid(0)
	fmt.Println("leads its group", group == os.Getpid())
	status("TracerPid", "SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "NoNewPrivs", "Seccomp")
	descriptors()
	environment := os.Environ()
	sort.Strings(environment)
	for _, entry := range environment {
		if !strings.HasPrefix(entry, "DNDPROF_") && !strings.HasPrefix(entry, "LD_PRELOAD=") {
			fmt.Println("env", entry)
		}
	}
}

func become(path string) {
	err := syscall.Exec(path, os.Args[2:], os.Environ())
	var number syscall.Errno
	errors.As(err, &number)
	fmt.Println("exec:", int(number), err)
	os.Exit(1)
}

func init() {
	runtime.LockOSThread()
}

func main() {
	if len(os.Args) < 3 {
		show()
		return
	}
	attributes := &syscall.SysProcAttr{}
	if os.Args[1] == "chroot" {
		attributes.Chroot = os.Args[2]
		os.Args = append([]string{os.Args[0], "run"}, os.Args[3:]...)
	}
	path, err := exec.LookPath(os.Args[2])
	if err != nil {
		path = os.Args[2]
	}
	if os.Args[1] == "exec" {
		become(path)
	}
	if os.Args[1] == "thread" {
		go become(path) // init has tied main to the main thread
		select {}
	}
	command := exec.Cmd{Path: path, Args: os.Args[2:], Stdin: os.Stdin, Stdout: os.Stdout,
		Stderr: os.Stderr, SysProcAttr: attributes}
	err = command.Run()
	var number syscall.Errno
	errors.As(err, &number)
	fmt.Println("run:", int(number), err)
}
