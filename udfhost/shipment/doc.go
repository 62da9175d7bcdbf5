// Package shipment brings a program of Go functions to a cluster that riffle has not started.
//
// Everything that a TaskManager needs to call the functions travels with the job in one zip archive, whose
// name is the hash of its contents:
//
//	riffle-python           the worker: riffle, or a link to a worker that the cluster's image has
//	pyflink-udf-runner.sh   the same, under the name by which Flink starts it
//	program                 the compiled functions
//	manifest.json           how the functions are called
//
// A [Packer] writes archives. On the cluster, [Open] reads the folder into which Flink has unpacked one.
package shipment
