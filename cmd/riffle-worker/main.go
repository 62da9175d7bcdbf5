// Command riffle-worker runs Go functions beside the TaskManagers of a cluster. It is for the images of
// clusters: where an image has none, riffle sends itself along with each job. Flink starts it.
package main

import (
	"os"

	"riffle/udfhost/worker"
)

func main() { os.Exit(worker.Main(os.Args, os.Environ())) }
