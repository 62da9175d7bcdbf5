package golang

import (
	"context"
	"os/exec"
	"slices"
	"strings"
)

// warmBatch is the number of packages that one background run of the go command compiles: few,
// so that little is lost if it ends early.
const warmBatch = 8

// Warm compiles the standard library where that is still to do, so that later cells do not wait for it:
// first what every program needs, then what functions often use, then the rest. It is meant to run in the
// background, at a lower priority than all other work of the machine, and returns when it is done or ctx
// ends. Draft does not wait for it.
func (s *Store) Warm(ctx context.Context) error {
	m, err := s.machine(ctx)
	if err != nil {
		return err
	}
	if err := m.packages.need(ctx, nil); err != nil {
		return err
	}
	for _, group := range []string{commonPackages, otherPackages} {
		for batch := range slices.Chunk(strings.Fields(group), warmBatch) {
			if err := m.packages.list(ctx, batch, runInBackground); err != nil {
				return err
			}
		}
	}
	return nil
}

// runInBackground runs a command that yields the processor to others.
func runInBackground(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	return output(ctx, cmd, lowerPriority)
}
