// sdk - a client of the engine as people write one with docker's Go SDK: every kind of request, short
// ones, streams and an error, one after the other and side by side. It prints what it was told, the
// same at every run. usage: sdk CONTAINER, with the engine at DOCKER_HOST and the image bb:1 there.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
)

const (
	goroutines = 8
	requests   = 5
)

var background = context.Background()

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// ask is the short requests before there is a container.
func ask(engine *client.Client, name string) {
	ping, err := engine.Ping(background)
	check(err)
	fmt.Println("ping", ping.OSType, ping.APIVersion != "")
	version, err := engine.ServerVersion(background)
	check(err)
	fmt.Println("version", version.Os, version.Version != "")
	list, err := engine.ContainerList(background, types.ContainerListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("name", name))})
	check(err)
	fmt.Println("list", len(list))
}

// execute runs a command in the container and prints what it says.
func execute(engine *client.Client, name string) {
	made, err := engine.ContainerExecCreate(background, name, types.ExecConfig{
		Cmd: []string{"echo", "from inside"}, AttachStdout: true, AttachStderr: true})
	check(err)
	stream, err := engine.ContainerExecAttach(background, made.ID, types.ExecStartCheck{})
	check(err)
	defer stream.Close()
	var out, errors bytes.Buffer
	_, err = stdcopy.StdCopy(&out, &errors, stream.Reader)
	check(err)
	found, err := engine.ContainerExecInspect(background, made.ID)
	check(err)
	fmt.Printf("exec %q %q %v\n", out.String(), errors.String(), found.ExecID == made.ID)
}

// sideBySide asks for the same container in many goroutines.
func sideBySide(engine *client.Client, name string) {
	var all sync.WaitGroup
	var running [goroutines]int
	for i := range running {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			for n := 0; n < requests; n++ {
				found, err := engine.ContainerInspect(background, name)
				check(err)
				if found.State.Running {
					running[i]++
				}
			}
		}(i)
	}
	all.Wait()
	fmt.Println("running", running)
}

// watch begins to listen to what befalls the container; the function returned waits for its end and
// tells it. When watch is back, the engine has taken the request.
func watch(engine *client.Client, id string) func() string {
	ctx, stop := context.WithCancel(background)
	messages, failed := engine.Events(ctx, types.EventsOptions{
		Filters: filters.NewArgs(filters.Arg("container", id))})
	return func() string {
		defer stop()
		var seen []string
		for {
			select {
			case message := <-messages:
				switch message.Action {
				case "start", "die":
					seen = append(seen, message.Action)
				case "destroy":
					return strings.Join(append(seen, message.Action), " ")
				}
			case err := <-failed:
				check(err)
			}
		}
	}
}

func main() {
	name := os.Args[1]
	engine, err := client.NewClientWithOpts(client.FromEnv)
	check(err)
	ask(engine, name)

	made, err := engine.ContainerCreate(background, &container.Config{
		Image: "bb:1", Cmd: []string{"cat"}, OpenStdin: true, StdinOnce: true, AttachStdin: true,
		AttachStdout: true}, &container.HostConfig{NetworkMode: "none"}, nil, nil, name)
	check(err)
	fmt.Println("created", len(made.ID))
	befell := watch(engine, made.ID)
	attached, err := engine.ContainerAttach(background, name, types.ContainerAttachOptions{
		Stream: true, Stdin: true, Stdout: true, Stderr: true})
	check(err)
	ended, failed := engine.ContainerWait(background, name, container.WaitConditionNextExit)
	check(engine.ContainerStart(background, name, types.ContainerStartOptions{}))
	execute(engine, name)
	sideBySide(engine, name)

	logs, err := engine.ContainerLogs(background, name, types.ContainerLogsOptions{
		ShowStdout: true, Follow: true})
	check(err)
	fmt.Fprintln(attached.Conn, "GET /said/in/a/stream HTTP/1.1")
	said, err := bufio.NewReader(attached.Reader).ReadString('\n')
	check(err)
	fmt.Printf("attach %q\n", said[8:]) // after the frame's head
	check(attached.CloseWrite())
	select {
	case end := <-ended:
		fmt.Println("ended", end.StatusCode)
	case err := <-failed:
		check(err)
	}
	attached.Close()
	var kept bytes.Buffer
	_, err = stdcopy.StdCopy(&kept, &kept, logs)
	check(err)
	logs.Close()
	fmt.Printf("logs %q\n", kept.String())

	check(engine.ContainerRemove(background, name, types.ContainerRemoveOptions{}))
	fmt.Println("events", befell())
	_, err = engine.ContainerInspect(background, name)
	fmt.Println("gone", client.IsErrNotFound(err), err)
}
