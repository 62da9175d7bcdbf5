package golang

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"riffle/udfhost/guest"
	"riffle/udfhost/wholefile"
)

// gluePackage is a package with the glue for some signatures. Its import path is made from its source.
type gluePackage struct {
	hash, source string
	library      []string // the packages of guest.Sources that it imports
}

func (p *gluePackage) path() string { return guest.ImportPrefix + "glue/" + p.hash }

// gluePlace says where the glue of a signature is.
type gluePlace struct {
	key    string // of the signature
	in     *gluePackage
	number int // of the function in the package
}

// glues are the packages with glue for the signatures that a session's functions have had.
type glues map[string]gluePlace // by the key of the signature

// place returns where the glue of each function is. Signatures that are new form a package together: to compile them
// one by one would take longer, and most cells have one at most.
func (g glues) place(functions []*signature) []gluePlace {
	keys := make([]string, len(functions))
	missing := map[string]*signature{}
	for i, f := range functions {
		keys[i] = f.glueKey()
		if _, known := g[keys[i]]; !known {
			missing[keys[i]] = f
		}
	}
	g.add(missing)
	places := make([]gluePlace, len(functions))
	for i, key := range keys {
		places[i] = g[key]
	}
	return places
}

// add adds a package for signatures. Their order is that of their keys, so that a package depends on nothing else.
func (g glues) add(signatures map[string]*signature) {
	if len(signatures) == 0 {
		return
	}
	keys := make([]string, 0, len(signatures))
	for key := range signatures {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	ordered := make([]*signature, len(keys))
	for i, key := range keys {
		ordered[i] = signatures[key]
	}
	source := glueSource(ordered)
	id := sha256.Sum256([]byte(source))
	p := &gluePackage{hash: hex.EncodeToString(id[:8]), source: source, library: libraryOf(ordered)}
	for i, key := range keys {
		g[key] = gluePlace{key, p, i}
	}
}

// packagesOf returns the packages of places, each once.
func packagesOf(places []gluePlace) []*gluePackage {
	var all []*gluePackage
	for _, place := range places {
		if !slices.Contains(all, place.in) {
			all = append(all, place.in)
		}
	}
	return all
}

// compileGlue compiles a package with glue, unless the cache has its archive, and returns the archive's file. The
// packages that it imports are compiled.
func (b *builder) compileGlue(ctx context.Context, p *gluePackage) (string, error) {
	id := sha256.New()
	fmt.Fprintln(id, p.hash)
	for _, path := range p.library {
		fmt.Fprintln(id, b.packages.archive(path))
	}
	archive := filepath.Join(b.cache, "glue", hex.EncodeToString(id.Sum(nil)[:16])+".a")
	if _, err := os.Stat(archive); err == nil {
		now := time.Now()
		_ = os.Chtimes(archive, now, now) // one in use is not evicted; it is compiled again if it is
		return archive, nil
	}
	folder, err := os.MkdirTemp(b.scratch, "glue-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	file, config, made := filepath.Join(folder, "glue.go"), filepath.Join(folder, "importcfg"), filepath.Join(folder, "package.a")
	if err := os.WriteFile(file, []byte(p.source), 0o600); err != nil {
		return "", err
	}
	if err := os.WriteFile(config, b.packages.importConfig(), 0o600); err != nil {
		return "", err
	}
	if err := b.tools.compile(ctx, folder, compilation{
		path: p.path(), archive: made, config: config, language: languageVersion(b.tools.version),
		trim: folder + "=>", flags: []string{"-complete"}, files: []string{file},
	}); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(archive), 0o700); err != nil {
		return "", err
	}
	return archive, wholefile.Move(made, archive)
}
