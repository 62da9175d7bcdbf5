package dist

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// marker is the file that is written after every jar of a folder was compared with its pin, and
// removed before any of them is replaced.
const marker = "complete"

var errNoFetcher = errors.New("jars are missing and nothing may fetch them")

// folder is the place of one edition in the cache. Next to it are its lock file and, after a
// fetch that failed, the log of that fetch.
type folder struct {
	dir     string
	edition edition
}

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f folder) isComplete() bool {
	_, err := os.Stat(f.path(marker))
	return err == nil
}

// intact compares the sizes of all files with the pins. It runs at every start.
func (f folder) intact() bool {
	for _, j := range f.edition.jars {
		info, err := os.Stat(f.path(j.name))
		if err != nil || info.Size() != j.size {
			return false
		}
	}
	for _, n := range nestedAmong(f.paths()) {
		if !hasRecordedSize(f.path(n.entry)) {
			return false
		}
	}
	return true
}

// paths returns the paths of the edition's jars.
func (f folder) paths() []string {
	paths := make([]string, len(f.edition.jars))
	for i, j := range f.edition.jars {
		paths[i] = f.path(j.name)
	}
	return paths
}

func (f folder) distribution(origin Origin) *Distribution {
	unpacked := map[string]string{}
	for outer, n := range nestedAmong(f.paths()) {
		unpacked[outer] = f.path(n.entry)
	}
	return &Distribution{Version: Version, Origin: origin, Dir: f.dir, ClassPath: classPath(f.paths(), unpacked)}
}

// fill completes the folder. Jars that are right stay. fetch may be nil; the error is
// errNoFetcher then if any jar is missing or wrong.
func (f folder) fill(ctx context.Context, fetch fetcher, o Options) (Origin, error) {
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return "", f.unwritable(err)
	}
	unlock, err := f.lock(ctx, o.Progress)
	if err != nil {
		return "", err
	}
	defer unlock()
	// Another process may have filled the folder while this one waited.
	if !o.Verify && f.isComplete() && f.intact() {
		return Cache, nil
	}
	missing, err := f.missing(ctx, o.Progress)
	if err != nil {
		return "", err
	}
	origin := Cache
	if len(missing) > 0 {
		if fetch == nil {
			return "", errNoFetcher
		}
		if err := f.fetch(ctx, fetch, missing, o.Progress); err != nil {
			return "", err
		}
		origin = Fetched
	}
	if err := f.finish(o.Progress); err != nil {
		return "", err
	}
	return origin, nil
}

// lock waits until no other process fills the folder. The lock of a process ends with it.
func (f folder) lock(ctx context.Context, report func(Progress)) (unlock func(), err error) {
	lock := flock.New(f.dir + ".lock")
	locked, err := lock.TryLock()
	if err == nil && !locked {
		report(Progress{Phase: Waiting})
		_, err = lock.TryLockContext(ctx, 100*time.Millisecond)
	}
	if ctx.Err() != nil {
		lock.Close()
		return nil, fmt.Errorf("wait for another riffle that fetches Flink: %w", ctx.Err())
	}
	if err != nil {
		return nil, f.unwritable(err)
	}
	return func() { lock.Close() }, nil
}

// missing hashes the files in the folder and returns the jars that are missing or wrong.
func (f folder) missing(ctx context.Context, report func(Progress)) ([]jar, error) {
	p := Progress{Phase: Checking, FilesTotal: len(f.edition.jars)}
	for _, j := range f.edition.jars {
		p.Total += j.size
	}
	var missing []jar
	for _, j := range f.edition.jars {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("check Flink in %s: %w", f.dir, ctx.Err())
		}
		if err := j.matches(f.path(j.name)); err != nil {
			missing = append(missing, j)
		}
		p.Done += j.size
		p.FilesDone++
		if p.FilesDone > len(missing) { // an empty folder is not worth a word
			report(p)
		}
	}
	return missing, nil
}

// fetch downloads jars into the folder by way of a stage next to it, a new folder that no
// earlier fetch uses, and none of its children that may still run.
func (f folder) fetch(ctx context.Context, fetch fetcher, jars []jar, report func(Progress)) error {
	if err := os.Remove(f.path(marker)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f.unwritable(err)
	}
	abandoned, _ := filepath.Glob(f.path("stage-*"))
	for _, dir := range abandoned {
		if err := os.RemoveAll(dir); err != nil {
			return f.unwritable(err)
		}
	}
	if err := f.room(jars); err != nil {
		return f.unwritable(err)
	}
	stage, err := os.MkdirTemp(f.dir, "stage-*")
	if err != nil {
		return f.unwritable(err)
	}
	defer os.RemoveAll(stage)
	log, err := os.Create(f.path("fetch.log"))
	if err != nil {
		return f.unwritable(err)
	}
	defer log.Close()
	progress, arrived := f.fetching(jars, report)
	if err := fetch.fetch(ctx, jars, stage, log, progress); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("download Flink: %w: the next start resumes the download", ctx.Err())
		}
		return f.unwritable(err)
	}
	for _, j := range jars {
		staged := filepath.Join(stage, j.name)
		if err := j.matches(staged); err != nil {
			return fmt.Errorf("fetch Flink: not the pinned file: %w: %s", err, fetch.source(j))
		}
		if err := os.Rename(staged, f.path(j.name)); err != nil {
			return f.unwritable(err)
		}
	}
	arrived()
	return f.unwritable(os.Remove(log.Name()))
}

// fetching turns a fetcher's reports about some jars into the progress of the whole edition. A
// download is watched from outside, and a partial file may disappear when the download is
// retried. So Done never decreases, and does not reach the end before arrived has reported that
// the last jar was compared.
func (f folder) fetching(jars []jar, report func(Progress)) (progress func(bytes int64, count int), arrived func()) {
	e := f.edition
	p := Progress{Phase: Fetching, Total: e.download, FilesTotal: len(e.jars)}
	p.FilesDone = len(e.jars) - len(jars)
	before := p
	if !e.wholesale {
		before.Done = e.download
		for _, j := range jars {
			before.Done -= j.size
		}
	}
	progress = func(bytes int64, count int) {
		p.Done = min(max(p.Done, before.Done+bytes), p.Total-1)
		p.FilesDone = min(max(p.FilesDone, before.FilesDone+count), p.FilesTotal-1)
		report(p)
	}
	progress(0, 0)
	return progress, func() {
		p.Done, p.FilesDone = p.Total, p.FilesTotal
		report(p)
	}
}

// finish unpacks the nested jars and writes the marker.
func (f folder) finish(report func(Progress)) error {
	if err := f.unpack(report); err != nil {
		return f.unwritable(err)
	}
	if f.isComplete() {
		return nil
	}
	return f.unwritable(os.WriteFile(f.path(marker), []byte("Every jar here was compared with the hashes that riffle pins.\n"), 0o644))
}

// unpack unpacks the nested jars. All are opened first, for the total.
func (f folder) unpack(report func(Progress)) error {
	p := Progress{Phase: Unpacking}
	var nested []packed
	for outer, n := range nestedAmong(f.paths()) {
		jar, err := n.open(outer)
		if err != nil {
			return err
		}
		defer jar.reader.Close()
		nested = append(nested, jar)
		p.Total += jar.size()
		p.FilesTotal++
	}
	for _, jar := range nested {
		before := p.Done
		err := jar.unpack(f.path(jar.entry.Name), func(bytes int64) {
			p.Done = before + bytes
			report(p)
		})
		if err != nil {
			return err
		}
		p.FilesDone++
		report(p)
	}
	return nil
}

// room fails with syscall.ENOSPC if the disk has no room for the jars, the jars nested in them
// and, until it is unpacked, a wheel. A file system that does not report its free space is
// assumed to have room.
func (f folder) room(jars []jar) error {
	need := int64(75 << 20) // the planner has 46 MB, the RPC system 24
	for _, j := range jars {
		need += j.size
	}
	if f.edition.wholesale {
		need += f.edition.download
	}
	if have, known := FreeDisk(f.dir); known && have < need {
		return fmt.Errorf("%w: it takes %d MB, %d MB are free", syscall.ENOSPC, need>>20, have>>20)
	}
	return nil
}

// unwritable adds the path and the next step to an error of the file system.
func (f folder) unwritable(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("keep Flink in %s: %w: make room there and start again", f.dir, err)
	case slices.ContainsFunc([]error{fs.ErrPermission, syscall.EROFS, syscall.ENOTDIR, fs.ErrExist}, func(e error) bool { return errors.Is(err, e) }):
		return fmt.Errorf("keep Flink in %s: %w: make that folder writable, or set FLINK_HOME to a Flink 2.3", f.dir, err)
	}
	return fmt.Errorf("fetch Flink into %s: %w", f.dir, err)
}
