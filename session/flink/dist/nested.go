package dist

import (
	"archive/zip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"

	"riffle/udfhost/wholefile"
)

const (
	plannerJar = "flink-table-planner.jar"
	rpcJar     = "flink-rpc-akka.jar"
)

// nestedJar is a jar that Flink ships as an entry of another jar.
type nestedJar struct {
	outer string // artifact of the jar that holds it
	entry string // its name there, and when unpacked
	stays bool   // the outer jar is more than its loader
}

// nestedIn returns the jar that is nested in the jar at path.
func nestedIn(path string) (nestedJar, bool) {
	nested := [...]nestedJar{
		{outer: "flink-table-planner-loader", entry: plannerJar},
		{outer: "flink-rpc-akka-loader", entry: rpcJar},
		{outer: "flink-dist", entry: rpcJar, stays: true},
	}
	i := slices.IndexFunc(nested[:], func(n nestedJar) bool { return isJarOf(path, n.outer) })
	if i < 0 {
		return nestedJar{}, false
	}
	return nested[i], true
}

// nestedAmong yields the jars that are nested in jars, each with the path of the outer one.
func nestedAmong(jars []string) iter.Seq2[string, nestedJar] {
	return func(yield func(string, nestedJar) bool) {
		for _, outer := range jars {
			if n, ok := nestedIn(outer); ok && !yield(outer, n) {
				return
			}
		}
	}
}

// classPath puts each nested jar at the place of its loader among the jars. The planner's
// loader, or the planner, comes first. A nested jar whose outer jar stays comes right after the
// planner. unpacked maps the path of an outer jar to that of its nested jar.
func classPath(jars []string, unpacked map[string]string) (path []string) {
	for _, jar := range jars {
		n, ok := nestedIn(jar)
		switch {
		case !ok:
			path = append(path, jar)
		case n.stays:
			path = append(slices.Insert(path, 1, unpacked[jar]), jar)
		default:
			path = append(path, unpacked[jar])
		}
	}
	return path
}

// packed is a nested jar in its opened outer jar.
type packed struct {
	outer  string // path
	reader *zip.ReadCloser
	entry  *zip.File
}

// open finds the nested jar in the outer one at that path. The caller closes
// the reader.
func (n nestedJar) open(outer string) (packed, error) {
	z, err := zip.OpenReader(outer)
	if err != nil {
		return packed{}, fmt.Errorf("open %s: %w", outer, err)
	}
	for _, f := range z.File {
		if f.Name == n.entry {
			return packed{outer, z, f}, nil
		}
	}
	z.Close()
	return packed{}, fmt.Errorf("%s has no %s", outer, n.entry)
}

func (p packed) size() int64 { return int64(p.entry.UncompressedSize64) }

// unpack writes the nested jar to path, unless the file there already has the right size and
// checksum. The file appears completely or not at all, so several processes may unpack it.
// report receives the bytes written so far.
func (p packed) unpack(path string, report func(bytes int64)) error {
	err := p.write(path, report)
	if err == nil && !hasRecordedSize(path) {
		err = os.WriteFile(sizeRecord(path), strconv.AppendInt(nil, p.size(), 10), 0o644)
	}
	if err != nil {
		return fmt.Errorf("unpack %s of %s: %w", p.entry.Name, p.outer, err)
	}
	return nil
}

func (p packed) write(path string, report func(bytes int64)) error {
	if crc, err := crcOf(path, p.size()); err == nil && crc == p.entry.CRC32 {
		report(p.size())
		return nil
	}
	in, err := p.entry.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	return wholefile.Write(path, 0o644, &progressReader{from: in, report: report}) // reading to the end compares the checksum
}

// sizeRecord returns the file that contains the size of an unpacked jar. Looking it up among the
// 36,000 entries of flink-dist would cost 50 ms at each start.
func sizeRecord(path string) string { return path + ".size" }

// hasRecordedSize returns the cheap check of an unpacked jar.
func hasRecordedSize(path string) bool {
	record, err := os.ReadFile(sizeRecord(path))
	if err != nil {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && string(record) == strconv.FormatInt(info.Size(), 10)
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

// progressReader reports how much was read: after each step, and at the end.
type progressReader struct {
	from   io.Reader
	report func(bytes int64)
	read   int64
}

func (t *progressReader) Read(b []byte) (int, error) {
	const step = 4 << 20
	n, err := t.from.Read(b)
	before := t.read
	t.read += int64(n)
	if t.read/step != before/step || err == io.EOF {
		t.report(t.read)
	}
	return n, err
}
