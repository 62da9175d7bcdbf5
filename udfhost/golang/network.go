package golang

import (
	"go/types"
	"slices"

	"riffle/udfhost/guest"
)

// Packages of guest.Sources through which functions in the jail use the network. They have effects only.
const (
	hooksPath = guest.ImportPrefix + "nethooks"
	rootsPath = guest.ImportPrefix + "roots"
)

// networkPackages returns those of these packages that a program needs on an operating system: what it imports,
// directly or not, decides.
func (c *checked) networkPackages(system string) []string {
	if system != "linux" {
		return nil // there is no jail
	}
	imported := map[string]bool{}
	for _, path := range c.effects {
		imported[path] = true
	}
	var visit func(*types.Package)
	visit = func(p *types.Package) {
		for _, i := range p.Imports() {
			if !imported[i.Path()] {
				imported[i.Path()] = true
				visit(i)
			}
		}
	}
	visit(c.pkg)
	var paths []string
	if imported["net"] {
		paths = append(paths, hooksPath)
	}
	if imported["crypto/x509"] {
		paths = append(paths, rootsPath)
	}
	return paths
}

// linkFlags returns the flags of the linker that p needs.
func (p program) linkFlags() []string {
	flags := []string{"-s", "-w"}
	if slices.Contains(p.library, hooksPath) {
		flags = append(flags, "-checklinkname=0") // see package nethooks
	}
	return flags
}
