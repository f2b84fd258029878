// sleep - says so and sleeps for a number of seconds.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	seconds, _ := strconv.ParseFloat(os.Args[1], 64)
	fmt.Println("sleeping")
	time.Sleep(time.Duration(seconds * float64(time.Second)))
}
