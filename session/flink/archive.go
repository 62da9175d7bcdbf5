package flink

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"riffle/session/flink/dist"
	"riffle/session/gateway"
	"riffle/udfhost/payload"
	"riffle/udfhost/wholefile"
)

// A class-data archive contains Flink's classes in the form that they have in the JVM's memory.
// A start with an archive takes about half the time. The archive fits only the exact JVM and
// class path.

// archivePath names the archive for a JVM and a class path. The name contains everything that
// the JVM itself compares (paths, sizes, times), so the JVM is never given an archive that does
// not fit.
func archivePath(cache string, java dist.Java, classPath []string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, java.Path, java.Release)
	for _, jar := range classPath {
		info, err := os.Stat(jar)
		if err != nil {
			return "", fmt.Errorf("class path: %w", err)
		}
		fmt.Fprintln(h, jar, info.Size(), info.ModTime().UnixNano())
	}
	return filepath.Join(cache, fmt.Sprintf("classes-%x.jsa", h.Sum(nil)[:8])), nil
}

// training lists statements whose classes most sessions need. The archive holds the classes
// that are loaded while they run.
var training = []string{
	"CREATE TEMPORARY TABLE t (id BIGINT, amount DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) " +
		"WITH ('connector' = 'datagen', 'number-of-rows' = '100')",
	"SELECT 1",
	"SELECT id, UPPER(CAST(amount AS STRING)) FROM t WHERE id > 0",
	"SELECT MOD(id, 10) AS k, COUNT(*), SUM(amount) FROM t GROUP BY MOD(id, 10)",
	"SELECT window_start, COUNT(*) FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end",
	"SHOW TABLES",
	"EXPLAIN SELECT * FROM t",
}

// In training, trainedNames are judged, a new name and one that replaces a function of Flink's,
// and trainedFunction is registered and planned.
var (
	trainedNames = []gateway.Named{
		{Name: "Trained", Kind: string(payload.Scalar), Arguments: []string{"BIGINT"}},
		{Name: "Sinh", Kind: string(payload.Scalar), Arguments: []string{"DOUBLE"}},
	}
	trainedFunction = gateway.Function{Name: "Trained", Payload: payload.Payload{Kind: payload.Scalar, Function: "Trained"}.Bytes(), Parameters: []gateway.Parameter{{Name: "id", Type: "BIGINT"}}, Result: "BIGINT"}
)

const trainedCall = "EXPLAIN SELECT Trained(id) FROM t"

// trainingMistake loads the classes that report an error.
const trainingMistake = "SELECT nope FROM t"

// ArchiveTried reports whether the class-data archive exists, or an attempt to create it was begun
// before.
func (e Embedded) ArchiveTried(ctx context.Context) bool {
	l, err := e.launch(ctx)
	if err != nil {
		return true
	}
	for _, path := range []string{l.Archive, lockOf(l.Archive)} {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}

func lockOf(archive string) string { return archive + ".lock" }

// RecordArchive creates the class-data archive for the next start, in a JVM of its own at the lowest
// priority, unless it exists or another process is creating it. It takes about 15 seconds of CPU. If
// ctx ends, so does the attempt.
func (e Embedded) RecordArchive(ctx context.Context) error {
	e.Remote = "" // its jobs do not run on a cluster that others use
	l, err := e.launch(ctx)
	if err != nil {
		return err
	}
	return e.record(ctx, l)
}

func (e Embedded) record(ctx context.Context, l Launch) error {
	if _, err := os.Stat(l.Archive); err == nil {
		return nil
	}
	final := l.Archive
	if err := removeUnfinished(filepath.Dir(final)); err != nil {
		return err
	}
	lock := flock.New(lockOf(final))
	if locked, err := lock.TryLock(); err != nil || !locked {
		return err
	}
	defer lock.Unlock()
	var err error
	l.Dir, err = os.MkdirTemp(e.Dir, "record-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(l.Dir)
	l.Archive, l.Record = filepath.Join(l.Dir, "classes.jsa"), true
	if err := e.train(ctx, l); err != nil {
		return fmt.Errorf("record the class-data archive: %w", err)
	}
	if err := wholefile.Move(l.Archive, final); err != nil {
		return err
	}
	return pruneArchives(filepath.Dir(final))
}

// removeUnfinished removes the files that riffles left which were killed while they moved an archive to
// the cache from another file system. Each is as large as an archive. A move holds its archive's lock.
func removeUnfinished(cache string) error {
	files, err := wholefile.Unfinished(filepath.Join(cache, "classes-*.jsa"))
	if err != nil {
		return err
	}
	for path, archive := range files {
		lock := flock.New(lockOf(archive))
		locked, err := lock.TryLock()
		if err != nil {
			return err
		}
		if locked {
			if err := errors.Join(os.Remove(path), lock.Unlock()); err != nil {
				return err
			}
		}
	}
	return nil
}

// markUsed records, as the file's modification time, that a JVM starts from an archive, and
// reports whether the archive exists. The JVM does not check that time. If the cache is not
// writable, the archive is used without being marked.
func markUsed(archive string) bool {
	now := time.Now()
	return !errors.Is(os.Chtimes(archive, now, now), fs.ErrNotExist)
}

// archivesKept is the number of archives that are kept: several versions of riffle, Java or
// Flink may be in use, and each archive is about 130 MB.
const archivesKept = 3

// pruneArchives removes all archives except those used last. The time of use counts, not that
// of creation: an archive that every start uses may be the oldest.
func pruneArchives(cache string) error {
	archives, err := filepath.Glob(filepath.Join(cache, "classes-*.jsa"))
	if err != nil {
		return err
	}
	used := map[string]time.Time{}
	for _, path := range archives {
		if info, err := os.Stat(path); err == nil {
			used[path] = info.ModTime()
		}
	}
	slices.SortFunc(archives, func(a, b string) int { return used[b].Compare(used[a]) })
	for _, path := range archives[min(archivesKept, len(archives)):] {
		// A JVM that has mapped the archive can still use it.
		for _, file := range []string{path, lockOf(path)} {
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) { // another riffle has removed it
				return err
			}
		}
	}
	return nil
}

func (e Embedded) train(ctx context.Context, l Launch) error {
	g, err := Start(ctx, l, e.Log)
	if err != nil {
		return err
	}
	defer g.Close()
	run := func(sql, name string) error {
		answer, err := g.Execute(ctx, sql, name)
		if err == nil {
			err = discard(ctx, answer)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
		return nil
	}
	for i, sql := range training {
		if err := run(sql, fmt.Sprintf("training%d", i)); err != nil {
			return err
		}
	}
	if _, err := g.Judge(ctx, trainedNames); err != nil {
		return fmt.Errorf("judge names: %w", err)
	}
	if err := g.Register(ctx, []gateway.Function{trainedFunction}); err != nil {
		return fmt.Errorf("register a function: %w", err)
	}
	if err := run(trainedCall, "call"); err != nil {
		return err
	}
	if _, err := g.Names(ctx); err != nil {
		return fmt.Errorf("read names: %w", err)
	}
	var fault *gateway.Fault
	if _, err := g.Execute(ctx, trainingMistake, "mistake"); !errors.As(err, &fault) {
		return fmt.Errorf("%s: not a fault: %w", trainingMistake, err)
	}
	return g.exit(ctx)
}

func discard(ctx context.Context, answer gateway.Answer) error {
	for _, record := range answer.Records {
		record.Release()
	}
	q := answer.Query
	if q == nil {
		return nil
	}
	for {
		d, err := q.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errors.Join(err, q.Cancel(context.WithoutCancel(ctx)))
		}
		d.Record.Release()
	}
}
