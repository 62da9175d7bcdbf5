// Package worker is the program that runs Go functions beside a TaskManager. Flink takes it for its Python
// worker.
//
// On the cluster that riffle starts it is only the shim, which asks riffle's process for a worker. On another
// cluster it is the harness itself, with the functions that have come with the job (package shipment):
//
//	TaskManager ─► worker ─► guest, in the jail
package worker

import (
	"fmt"

	"riffle/udfhost"
	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
	"riffle/udfhost/shipment"
)

// Main is the main function. args begin with the program's name. It returns the exit code.
func Main(args, environ []string) int {
	return udfhost.Work(args, environ, open)
}

// open returns an engine for the functions in a folder.
func open(folder string, jail bool, network string) (operation.Engine, func() error, error) {
	program, err := shipment.Open(folder)
	if err != nil {
		return nil, nil, err
	}
	hosts, err := guest.ParseNetwork(network)
	if err != nil {
		return nil, nil, fmt.Errorf("worker: %s: %w", guest.NetworkSetting, err)
	}
	e := engine.New(guest.Options{
		RowTimeout: guest.DefaultRowTimeout, Memory: guest.DefaultMemory, NoJail: !jail, Network: hosts,
		Permissions: "the TaskManager's permissions",
	})
	e.SetNewest(program, nil)
	e.EnableReports()
	return e, e.Close, nil
}
