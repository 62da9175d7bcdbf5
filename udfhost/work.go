package udfhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"riffle/udfhost/operation"
)

// OpenEngine returns the engine that runs the functions in a folder, and how to close it. network is the session's
// setting of the hosts that functions in the jail can connect to.
type OpenEngine func(folder string, jail bool, network string) (operation.Engine, func() error, error)

// JailVariable is the environment variable in which a job passes the session's setting of the jail to workers
// of other clusters: "off" runs functions outside of it.
const JailVariable = "RIFFLE_JAIL"

// NetworkVariable is the environment variable in which a job passes the session's setting of the network to workers
// of other clusters.
const NetworkVariable = "RIFFLE_NETWORK"

// ArchiveFolder is the folder, below the one that Flink unpacks archives into, that contains the worker's
// functions.
const ArchiveFolder = "riffle"

// BundleLimitVariable is the environment variable in which a job passes how long the functions of a worker may take
// for one bundle, as time.Duration has it; "0s" for no limit. A bundle that is in progress keeps its task from being
// cancelled. After task.cancellation.timeout, three minutes by default, Flink ends the whole TaskManager, with all
// its other jobs.
const BundleLimitVariable = "RIFFLE_BUNDLE_LIMIT"

// Work is the main function of a worker that Flink starts as its Python: the shim if the job belongs to a
// session on this machine, otherwise the harness itself. args begin with the program's name. It returns the exit
// code.
func Work(args, environ []string, open OpenEngine) int {
	env := environment(environ)
	if isProbe(args) {
		fmt.Println(archiveFolder(args, env))
		return 0
	}
	if env[loopbackVariable] != "" {
		return Shim(args, environ)
	}
	if err := work(args, env, open); err != nil {
		report(err, env["BOOT_LOG_DIR"])
		return 1
	}
	return 0
}

// archiveFolder returns the absolute path of the folder with the functions. Flink may start the worker by a path
// that is relative to the folder of all archives, or by that of a worker in the image.
func archiveFolder(args []string, env map[string]string) string {
	if archives := env["_PYTHON_WORKING_DIR"]; archives != "" {
		return filepath.Join(archives, ArchiveFolder)
	}
	return filepath.Dir(args[0])
}

// work runs a worker until Flink ends it: by a signal, or by closing its streams, as happens when the TaskManager
// is killed.
func work(args []string, env map[string]string, open OpenEngine) error {
	id, provision := flagValue(args, "id"), flagValue(args, "provision_endpoint")
	if id == "" || provision == "" {
		return fmt.Errorf("worker: started with %q: it is Flink that starts it, for a job with Go functions", args)
	}
	engine, closeEngine, err := open(archiveFolder(args, env), env[JailVariable] != "off", env[NetworkVariable])
	if err != nil {
		return err
	}
	limit, err := time.ParseDuration(env[BundleLimitVariable])
	if err != nil {
		return errors.Join(fmt.Errorf("worker: the limit for bundles in %s: %w", BundleLimitVariable, err), closeEngine())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	log := slog.New(slog.DiscardHandler) // until it has the one of Flink
	h := &harness{engine: engine, registry: operation.Standard(), maxCachedState: maxCachedState, bundleLimit: limit}
	err = runWorker(ctx, ctx, h, id, provision, operation.Caller{
		Worker: fmt.Sprintf("%s/%d", id, os.Getpid()), Query: env[queryVariable], Zone: env[zoneVariable], Log: log,
	})
	if ctx.Err() != nil {
		err = nil // its streams have ended with it
	}
	return errors.Join(err, closeEngine())
}
