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

// Embedded is the default Flink: the distribution that this machine has or
// fetches, with a cluster inside the gateway's JVM.
type Embedded struct {
	// Dir is a folder of this session's own, for the log and temporary files.
	Dir string
	// CacheDir keeps what outlives sessions: jars and the class-data archive.
	// By default it is DefaultCacheDir, folder riffle in os.UserCacheDir.
	CacheDir string
	// Flink and Cluster are settings on top of riffle's own.
	Flink, Cluster map[string]string
	// Progress is called while Flink is being fetched.
	Progress func(dist.Progress)
	// Warn is called with what the user should know about the machine.
	Warn func(string)
	Log  *slog.Logger
}

// Start finds Java and Flink, fetching Flink if there is none, and launches the
// gateway.
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
		Java:      java.Path,
		ClassPath: append(found.ClassPath, jars.Cluster, jars.Gateway),
		Hadoop:    hadoopPath(os.Getenv),
		Dir:       e.Dir,
		Flink:     e.Flink,
		Cluster:   e.Cluster,
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

// DefaultCacheDir is the folder that keeps Flink and what is made of it.
func DefaultCacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep Flink in: %w: set HOME or XDG_CACHE_HOME", err)
	}
	return filepath.Join(dir, "riffle"), nil
}
