// http - what a request costs a Go program as programs make them: net/http over a unix socket, client
// and server in one process, one connection. Prints a JSON line: nanoseconds a request of each round.
package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

const batch = 40

func main() {
	rounds, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	name := "@dndprof-bench-http-" + strconv.Itoa(os.Getpid())
	passive, err := net.Listen("unix", name)
	if err != nil {
		panic(err)
	}
	go http.Serve(passive, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "[]")
	}))
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", name)
		}}}
	ask := func(n int) {
		for i := 0; i < n; i++ {
			answer, err := client.Get("http://engine/v1.41/containers/json")
			if err != nil {
				panic(err)
			}
			io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
		}
	}
	ask(batch) // warm
	var ns []float64
	for round := 0; round < rounds; round++ {
		start := time.Now()
		ask(batch)
		ns = append(ns, float64(time.Since(start).Nanoseconds())/batch)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
		"name": "net/http", "calls": 4, "ns": ns,
		"unit": "a GET and its answer by net/http over a unix socket"})
}
