//go:build unix

package main

import "context"

// measureMemory measures the memory of each shell and its processes after SELECT 1,
// once they are idle.
func measureMemory(ctx context.Context, b *bench) error {
	all, err := b.shells(ctx)
	if err != nil {
		return err
	}
	own := series{Name: "riffle", Settings: all[0].settings}
	trees := emptySeries(all)
	err = b.inTurns(5, all, func(k int, s shell) error {
		root, tree, err := memoryAfterQuery(ctx, s)
		if err != nil {
			return err
		}
		trees[k].Values = append(trees[k].Values, float64(tree.proportional)/(1<<20))
		if k == 0 {
			own.Values = append(own.Values, float64(root.resident)/(1<<20))
		}
		return nil
	})
	b.report.add(
		row{"memory/own", "memory after SELECT 1: riffle's own process (RSS)", megabytes, own, nil},
		row{"memory/all", "memory after SELECT 1: all processes (PSS)", megabytes, trees[0], trees[1:]},
	)
	return err
}

// memoryAfterQuery returns the memory of a shell's first process and of its tree.
func memoryAfterQuery(ctx context.Context, s shell) (root, tree memory, err error) {
	o, _, err := s.open(ctx)
	if err != nil {
		return root, tree, err
	}
	defer func() {
		if leave := o.leave(ctx); err == nil {
			err = leave
		}
	}()
	if _, err = o.run(ctx, s.query, s.result); err != nil {
		return root, tree, err
	}
	pid := o.cmd.Process.Pid
	if err = settle(ctx, pid); err != nil {
		return root, tree, err
	}
	if root, err = memoryOf(pid); err != nil {
		return root, tree, err
	}
	for _, process := range processTree(pid) {
		m, err := memoryOf(process)
		if err != nil {
			continue // ended since
		}
		tree.resident += m.resident
		tree.proportional += m.proportional
	}
	return root, tree, nil
}
