package jvm

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const manifestName = "META-INF/MANIFEST.MF"

// Manifest records how the jar was built.
type Manifest struct {
	JDK     int    // major version of the javac that compiled the classes
	Sources string // SourcesHash of the tree they were compiled from
}

// Pack writes a jar of all regular files of the trees to w. Its bytes depend only on names and contents: the
// manifest first, as java.util.jar requires, then the files by name, each with the oldest time that a zip
// supports. Files are stored, not deflated, because the output of compress/flate may change with Go, and
// because classes load faster without. A file that is in two trees is an error.
func Pack(w io.Writer, m Manifest, trees ...fs.FS) error {
	files := map[string][]byte{manifestName: m.marshal()}
	for _, tree := range trees {
		names, err := regularFiles(tree)
		if err != nil {
			return fmt.Errorf("pack jar: %w", err)
		}
		for _, name := range names {
			if _, twice := files[name]; twice {
				return fmt.Errorf("pack jar: %s is there twice", name)
			}
			if files[name], err = fs.ReadFile(tree, name); err != nil {
				return fmt.Errorf("pack jar: %w", err)
			}
		}
	}
	z := zip.NewWriter(w)
	if err := store(z, manifestName, files[manifestName]); err != nil {
		return err
	}
	delete(files, manifestName)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := store(z, name, files[name]); err != nil {
			return err
		}
	}
	return z.Close()
}

// store adds an entry whose sizes are in its own header. zip.Writer.Create would put them into
// a data descriptor, which java.util.zip.ZipInputStream rejects for stored entries.
func store(z *zip.Writer, name string, data []byte) error {
	const january1980 = 1<<5 | 1 // as MS-DOS writes a day
	entry, err := z.CreateRaw(&zip.FileHeader{
		Name:           name,
		Method:         zip.Store,
		CreatorVersion: 20,
		ReaderVersion:  20,
		//lint:ignore SA1019 CreateRaw writes this field and takes no notice of Modified.
		ModifiedDate:       january1980,
		CRC32:              crc32.ChecksumIEEE(data),
		CompressedSize64:   uint64(len(data)),
		UncompressedSize64: uint64(len(data)),
	})
	if err != nil {
		return err
	}
	_, err = entry.Write(data)
	return err
}

// regularFiles lists the files of tree by sorted path, without files that editors leave behind:
// those whose names begin with a dot or end in a tilde.
func regularFiles(tree fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir() || strings.HasSuffix(name, "~"):
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is not a regular file", name)
		default:
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

func (m Manifest) marshal() []byte {
	var b bytes.Buffer
	for _, attribute := range [][2]string{
		{"Manifest-Version", "1.0"},
		{"Build-Jdk-Spec", strconv.Itoa(m.JDK)},
		{"Riffle-Sources", m.Sources},
	} {
		// No line of a manifest is longer than 72 bytes with its line end; a
		// space continues it (JAR File Specification, "Line length").
		line := attribute[0] + ": " + attribute[1]
		for len(line) > 70 {
			b.WriteString(line[:70] + "\r\n")
			line = " " + line[70:]
		}
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}
