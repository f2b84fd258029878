// spin - prints its process id; one goroutine computes, others sleep again and again, until it is
// killed.
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	sum := 0
	for i := 0; i < 3; i++ {
		go func() {
			for {
				time.Sleep(3 * time.Millisecond)
			}
		}()
	}
	fmt.Println(os.Getpid())
	for {
		sum++
	}
}
