// plugin - a docker CLI plugin and a credential helper, by the name it is called by, that takes its
// time: 300 ms.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "docker-cli-plugin-metadata" {
		fmt.Println(`{"SchemaVersion":"0.1.0","Vendor":"tests","Version":"v1","ShortDescription":"sleeps"}`)
		return
	}
	time.Sleep(300 * time.Millisecond)
	if strings.Contains(os.Args[0], "docker-credential-") {
		io.Copy(io.Discard, os.Stdin)
		if os.Args[1] == "list" || os.Args[1] == "get" {
			fmt.Println("{}")
		}
		return
	}
	fmt.Println("hello from", strings.Join(os.Args[1:], " "))
}
