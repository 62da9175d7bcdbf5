package flink

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"riffle/session/flink/dist"
	"riffle/session/flink/jvm"
)

// Embedded is the default Flink: the distribution that this machine has or downloads, with a cluster
// inside the gateway's JVM. With Remote, jobs run on an existing cluster.
type Embedded struct {
	// Dir is this session's own folder, for the log and temporary files.
	Dir string
	// CacheDir keeps files that outlive sessions: jars and the class-data archive. The default is
	// DefaultCacheDir, folder riffle in os.UserCacheDir.
	CacheDir string
	// Flink and Cluster are settings that override riffle's own.
	Flink, Cluster map[string]string
	// Remote is the REST address of an existing cluster, see [ClusterAddress], or "".
	Remote string
	// RowsAddress is described at Launch.
	RowsAddress string
	// Pack packs functions for such a cluster.
	Pack Pack
	// Costs, if not nil, is called at each declaration of functions with what they cost on that cluster.
	Costs func(string)
	// Progress is called while Flink is being downloaded.
	Progress func(dist.Progress)
	// Warn is called with warnings about the machine for the user.
	Warn func(string)
	Log  *slog.Logger
}

// Start finds Java and Flink, downloading Flink if necessary, and starts the gateway.
func (e Embedded) Start(ctx context.Context) (*Gateway, error) {
	l, err := e.launch(ctx)
	if err != nil {
		return nil, err
	}
	return Start(ctx, l, e.Log)
}

func (e Embedded) launch(ctx context.Context) (Launch, error) {
	cache, err := e.cacheDir()
	if err != nil {
		return Launch{}, err
	}
	java, err := dist.FindJava(ctx)
	if err != nil {
		return Launch{}, err
	}
	if java.Warning != "" && e.Warn != nil {
		e.Warn(java.Warning)
	}
	found, err := dist.Find(ctx, dist.Options{CacheDir: cache, Progress: e.Progress})
	if err != nil {
		return Launch{}, err
	}
	jars, err := jvm.Install(cache)
	if err != nil {
		return Launch{}, err
	}
	l := Launch{
		Java:        java.Path,
		ClassPath:   append(found.ClassPath, jars.Cluster, jars.Gateway),
		Hadoop:      hadoopPath(os.Getenv),
		Dir:         e.Dir,
		Flink:       e.Flink,
		Cluster:     e.Cluster,
		Remote:      e.Remote,
		RowsAddress: e.RowsAddress,
		Pack:        e.Pack,
		Costs:       e.Costs,
	}
	l.Archive, err = archivePath(cache, java, l.ClassPath)
	return l, err
}

func (e Embedded) cacheDir() (string, error) {
	if e.CacheDir != "" {
		return e.CacheDir, nil
	}
	return DefaultCacheDir()
}

// DefaultCacheDir returns the folder that keeps Flink and the files derived from it.
func DefaultCacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep Flink in: %w: set HOME or XDG_CACHE_HOME", err)
	}
	return filepath.Join(dir, "riffle"), nil
}
