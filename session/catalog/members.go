package catalog

import (
	"context"
	"maps"
	"sync/atomic"

	"riffle/session/complete"
	"riffle/udfhost/golang"
)

// members holds the names in packages that Go in cells can use. They are read when they may be
// typed next.
type members struct {
	known    atomic.Pointer[map[string][]complete.GoName] // by path; nil for none
	requests chan []string                                // paths
}

// request requests the members of packages that are unknown, and reports whether there are any.
// It does not wait.
func (m *members) request(paths []string) bool {
	known := m.known.Load()
	var missing []string
	for _, path := range paths {
		if known != nil {
			if _, is := (*known)[path]; is {
				continue
			}
		}
		missing = append(missing, path)
	}
	if len(missing) == 0 {
		return false
	}
	select {
	case m.requests <- missing:
	default: // some are being read; the next key requests these
	}
	return true
}

// refreshMembers reads the members of packages that may be typed next, until ctx ends. A
// package that was never compiled takes a second.
func (c *Catalog) refreshMembers(ctx context.Context) {
	for {
		select {
		case paths := <-c.members.requests:
			c.readMembers(ctx, paths)
		case <-ctx.Done():
			return
		}
	}
}

func (c *Catalog) readMembers(ctx context.Context, paths []string) {
	known := map[string][]complete.GoName{}
	if before := c.members.known.Load(); before != nil {
		known = maps.Clone(*before)
	}
	for _, path := range paths {
		found, err := c.reader.Members(ctx, path)
		if err != nil {
			c.log.Debug("the names of a package were not read", "package", path, "error", err)
		}
		known[path] = goNames(found) // not requested again, even after an error
	}
	c.members.known.Store(&known)
}

// kindsOfMembers are the words of package golang.
var kindsOfMembers = map[string]complete.Kind{
	"func": complete.GoFunc, "type": complete.GoType, "var": complete.GoVar, "const": complete.GoConst,
}

func goNames(found []golang.Member) []complete.GoName {
	var names []complete.GoName
	for _, m := range found {
		names = append(names, complete.GoName{Entry: complete.Entry{Name: m.Name, Detail: m.Detail}, Kind: kindsOfMembers[m.Kind]})
	}
	return names
}

// goNames returns what Go in a cell can refer to.
func (c *Catalog) goNames() complete.GoNames {
	names := complete.GoNames{Packages: c.reader.Packages()}
	if program := c.reader.Program(); program != nil {
		names.Declared, names.Imports = goNames(program.Declared), program.Imports
	}
	if known := c.members.known.Load(); known != nil {
		names.Members = *known
	}
	return names
}
