package catalog

import (
	"os"
	"slices"

	"riffle/session/complete"
	"riffle/session/sqltext"
)

// Prefetch starts to read, in the background, what Complete may need for a text that is being typed: the
// columns of its tables, options, a folder. names has what the caller knows, commands and queries. Prefetch
// reports whether something is not available yet.
func (c *Catalog) Prefetch(text string, cursor int, names complete.Names) (pending bool) {
	pending = c.prefetchColumns(text)
	names.Home, _ = os.UserHomeDir()
	names.Go = c.goNames()
	needs := complete.NeedsOf(text, cursor, names)
	if needs.Names && c.prefetchNames() {
		pending = true
	}
	if c.members.request(needs.Packages) {
		pending = true
	}
	if needs.Folder != "" && c.folders.request(needs.Folder) {
		pending = true
	}
	if c.options.request(needs) {
		pending = true
	}
	return pending
}

// prefetchNames requests the names without waiting for a quiet period if they may have changed,
// and reports whether they are still to come. While Flink starts, nobody waits for them.
func (c *Catalog) prefetchNames() bool {
	if c.changes.Load() == c.changesRead.Load() || !c.reader.Up() {
		return false
	}
	signal(c.namesRequested)
	return true
}

// prefetchColumns requests the columns of the tables in a text whose columns are unknown, and
// reports whether there are any.
func (c *Catalog) prefetchColumns(text string) bool {
	names := c.names.Load()
	if names == nil {
		return false
	}
	var known columns
	if loaded := c.columns.Load(); loaded != nil {
		known = *loaded
	}
	var tables []string
	for word := range sqltext.NewLexed(text).Names() {
		_, had := known[word]
		if _, is := slices.BinarySearch(names.Tables, word); is && !had && !slices.Contains(tables, word) {
			tables = append(tables, word)
		}
	}
	if len(tables) == 0 {
		return false
	}
	select {
	case c.columnRequests <- tables:
	default: // some are being read; the next key requests these
	}
	return true
}

// Complete returns what can stand at the cursor, a byte offset into the text of a cell. names has what the
// caller knows: commands, queries and variables. A name that was created a moment ago may be missing, which
// Prefetch reports. Until Flink has started, all of its names are missing.
func (c *Catalog) Complete(text string, cursor int, names complete.Names) complete.Found {
	if known := c.names.Load(); known != nil {
		commands, queries, variables := names.Commands, names.Queries, names.Variables
		names = *known
		names.Commands, names.Queries, names.Variables = commands, queries, variables
	}
	if known := c.columns.Load(); known != nil {
		names.Columns = *known
	}
	names.Settings = complete.Settings(c.own)
	if known := c.options.settings.Load(); known != nil {
		names.Settings = *known
	}
	if known := c.options.factories.Load(); known != nil {
		names.Factories = *known
	}
	names.Go = c.goNames()
	names.Folders = c.folders.known()
	names.Home, _ = os.UserHomeDir() // without one, ~ is not completed
	return complete.Complete(text, cursor, names)
}
