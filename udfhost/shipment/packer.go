package shipment

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"riffle/udfhost"
	"riffle/udfhost/engine"
	"riffle/udfhost/wholefile"
)

// keptArchives is the number of archives that a Packer keeps. Only the newest program's is needed, and that of
// the program before while a statement that was planned with it is still being submitted.
const keptArchives = 3

// Packer writes archives into a folder.
type Packer struct {
	folder string
	worker func() (*packed, error)

	mu   sync.Mutex
	kept []archive // the oldest first
}

type archive struct{ program, worker, path string }

// packed is a compressed file.
type packed struct {
	bytes []byte
	size  int
	crc   uint32
}

// NewPacker returns a Packer that ships an executable as the worker: a static one for the cluster's platform.
func NewPacker(folder, executable string) *Packer {
	return &Packer{folder: folder, worker: sync.OnceValues(func() (*packed, error) {
		text, err := os.ReadFile(executable)
		if err != nil {
			return nil, fmt.Errorf("read the worker to ship: %w", err)
		}
		return pack(withoutDebugInfo(text))
	})}
}

func pack(content []byte) (*packed, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	err = w.Close()
	return &packed{bytes: b.Bytes(), size: len(content), crc: crc32.ChecksumIEEE(content)}, err
}

// Pack returns the path of the program's archive, and writes it if necessary. installed is the path of the
// worker on the cluster's machines; if it is "", the archive contains the Packer's worker.
func (p *Packer) Pack(program *engine.Program, installed string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.kept {
		if _, err := os.Stat(a.path); a.program == program.Hash && a.worker == installed && err == nil {
			return a.path, nil
		}
	}
	path, err := p.write(program, installed)
	if err != nil {
		return "", fmt.Errorf("pack the functions for the cluster: %w", err)
	}
	p.kept = append(p.kept, archive{program.Hash, installed, path})
	if len(p.kept) > keptArchives {
		err = p.remove(p.kept[0].path)
		p.kept = p.kept[1:]
	}
	return path, err
}

// remove removes an archive that is no longer kept. The same program may have been packed twice.
func (p *Packer) remove(path string) error {
	for _, a := range p.kept[1:] {
		if a.path == path {
			return nil
		}
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (p *Packer) write(program *engine.Program, installed string) (string, error) {
	var content bytes.Buffer
	if err := p.fill(&content, program, installed); err != nil {
		return "", err
	}
	hash := sha256.Sum256(content.Bytes())
	path := filepath.Join(p.folder, hex.EncodeToString(hash[:])+".zip")
	return path, wholefile.Write(path, 0o600, &content)
}

// fill writes an archive. The same contents have the same bytes.
func (p *Packer) fill(to io.Writer, program *engine.Program, installed string) error {
	executable, err := os.ReadFile(program.Executable)
	if err != nil {
		return err
	}
	functions, err := pack(executable)
	if err != nil {
		return err
	}
	described, err := manifestOf(program)
	if err != nil {
		return err
	}
	description, err := pack(described)
	if err != nil {
		return err
	}
	z := zip.NewWriter(to)
	err = p.addWorker(z, installed)
	err = errors.Join(err, add(z, programFile, 0o755, functions), add(z, manifestFile, 0o644, description))
	return errors.Join(err, z.Close())
}

// addWorker adds the worker under both names that Flink uses. The link to an installed one is a script, because
// Flink unpacks symbolic links as relative to the archive.
func (p *Packer) addWorker(z *zip.Writer, installed string) error {
	worker, err := p.worker, error(nil)
	if installed != "" {
		script := "#!/bin/sh\nexec '" + strings.ReplaceAll(installed, "'", `'\''`) + "' \"$@\"\n"
		worker = func() (*packed, error) { return pack([]byte(script)) }
	}
	content, err := worker()
	if err != nil {
		return err
	}
	link, err := pack([]byte(udfhost.ShimProbe))
	if err != nil {
		return err
	}
	return errors.Join(
		add(z, udfhost.ShimProbe, 0o755, content),
		add(z, udfhost.ShimBoot, 0o777|fs.ModeSymlink, link))
}

func add(z *zip.Writer, name string, mode fs.FileMode, content *packed) error {
	header := &zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: content.crc,
		CompressedSize64: uint64(len(content.bytes)), UncompressedSize64: uint64(content.size),
	}
	header.SetMode(mode)
	w, err := z.CreateRaw(header)
	if err != nil {
		return err
	}
	_, err = w.Write(content.bytes)
	return err
}
