// Command riffle-worker runs Go functions beside the TaskManagers of a cluster. Install it in
// the image of a cluster. Without it, riffle sends its own executable with each job. Flink starts the worker.
package main

import (
	"os"

	"riffle/udfhost/worker"
)

func main() { os.Exit(worker.Main(os.Args, os.Environ())) }
