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

// nestedIn returns what is nested in the jar at path.
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

// nestedAmong yields what is nested in jars, with the path of the outer one.
func nestedAmong(jars []string) iter.Seq2[string, nestedJar] {
	return func(yield func(string, nestedJar) bool) {
		for _, outer := range jars {
			if n, ok := nestedIn(outer); ok && !yield(outer, n) {
				return
			}
		}
	}
}

// classPath puts each nested jar where its loader is among the jars, of which
// the planner's loader, or the planner, is the first. One whose outer jar stays
// comes right behind the planner. unpacked has its path by that of the outer.
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
	return packed{}, fmt.Errorf("%s holds no %s", outer, n.entry)
}

func (p packed) size() int64 { return int64(p.entry.UncompressedSize64) }

// unpack writes the nested jar to path, unless the file there has the right
// size and checksum already. The file appears whole or not at all, so it may
// run in several processes at once. It reports the bytes written so far.
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

// sizeRecord is the file that says how large an unpacked jar is: looking that
// up in flink-dist, among its 36,000 entries, would cost each start 50 ms.
func sizeRecord(path string) string { return path + ".size" }

// hasRecordedSize is the cheap check of an unpacked jar.
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
