package dist

import (
	"archive/zip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// plannerJar is the entry of flink-table-planner-loader's jar that the loader
// would unpack at every start, and the name it has when unpacked.
const plannerJar = "flink-table-planner.jar"

// planner returns the entry for the planner in the jar of its loader. The
// caller closes the reader.
func planner(loader string) (*zip.ReadCloser, *zip.File, error) {
	z, err := zip.OpenReader(loader)
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", loader, err)
	}
	for _, f := range z.File {
		if f.Name == plannerJar {
			return z, f, nil
		}
	}
	z.Close()
	return nil, nil, fmt.Errorf("%s holds no %s", loader, plannerJar)
}

// unpackPlanner writes the planner of a loader's jar to path, unless the file
// there has the right size and checksum already. The file appears whole or not
// at all, so it may run in several processes at once.
func unpackPlanner(loader, path string, report func(bytes, total int64)) error {
	z, entry, err := planner(loader)
	if err != nil {
		return err
	}
	defer z.Close()
	total := int64(entry.UncompressedSize64)
	if crc, err := crcOf(path, total); err == nil && crc == entry.CRC32 {
		report(total, total)
		return nil
	}
	// Reading to the end compares the checksum.
	in, err := entry.Open()
	if err != nil {
		return fmt.Errorf("unpack the planner of %s: %w", loader, err)
	}
	defer in.Close()
	if err := writeWhole(path, in, func(n int64) { report(n, total) }); err != nil {
		return fmt.Errorf("unpack the planner of %s: %w", loader, err)
	}
	return nil
}

// plannerHasSize is the cheap check.
func plannerHasSize(loader, path string) bool {
	z, entry, err := planner(loader)
	if err != nil {
		return false
	}
	defer z.Close()
	info, err := os.Stat(path)
	return err == nil && info.Size() == int64(entry.UncompressedSize64)
}

func crcOf(path string, size int64) (uint32, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() != size {
		return 0, errors.Join(err, io.ErrUnexpectedEOF)
	}
	h := crc32.NewIEEE()
	_, err = io.Copy(h, f)
	return h.Sum32(), err
}

// writeWhole copies in to a new file at path, which a reader sees whole or not
// at all. It reports the bytes written so far.
func writeWhole(path string, in io.Reader, report func(bytes int64)) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	const step = 4 << 20
	for n := int64(0); ; report(n) {
		copied, err := io.CopyN(f, in, step)
		n += copied
		if err == io.EOF {
			report(n)
			break
		}
		if err != nil {
			return err
		}
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
