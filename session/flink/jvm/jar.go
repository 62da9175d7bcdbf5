// Package jvm holds the part of riffle that runs inside Flink's JVMs: the Java sources, and
// the two jars that are built from them, committed, and embedded in the riffle binary. Each jar
// has a folder with its sources under src and its other files under resources:
//
//   - cluster, for riffle-cluster.jar: everything that travels with a job. It runs in
//     TaskManagers, on Java 11, next to the jars of a Flink's lib folder. It cannot
//     refer to what only a gateway has: the planner, Calcite, Py4J, the other jar.
//   - gateway, for riffle-gateway.jar: everything else. It requires the first jar.
//
// Only Build turns sources into jars. javac compiles them against a Flink class path.
// Pack writes classes and resources to a zip file whose bytes depend only on its contents.
// The manifest records the hash of the sources (SourcesHash). A test compares that hash with
// the tree, so the tests fail if a jar was not rebuilt. At run time Install writes the
// embedded jars to disk, and the launcher puts them on the JVM's class path.
//
// After a change to one of the folders:
//
//	go generate ./session/flink/jvm
package jvm

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"riffle/udfhost/wholefile"
)

//go:generate go run ./build

//go:embed riffle-cluster.jar
var embeddedCluster []byte

//go:embed riffle-gateway.jar
var embeddedGateway []byte

// The jars' names in this folder, and the folders of their sources.
const (
	clusterFolder, clusterName = "cluster", "riffle-cluster.jar"
	gatewayFolder, gatewayName = "gateway", "riffle-gateway.jar"
)

// foreign are the packages that a TaskManager does not have, or hides from jobs.
var foreign = []string{
	"riffle.gateway", "org.apache.calcite", "org.apache.flink.table.planner", "org.apache.flink.api.python.shaded.py4j",
}

// Build compiles root's folders and returns the jars by name. flink are the jars of a Flink, with its
// unpacked planner before all others.
func Build(ctx context.Context, javac string, flink []string, root string) (map[string][]byte, error) {
	withoutPlanner := slices.DeleteFunc(slices.Clone(flink), func(jar string) bool {
		return strings.HasPrefix(filepath.Base(jar), "flink-table-planner")
	})
	cluster, err := Compiler{Javac: javac, Release: 11, ClassPath: withoutPlanner, Foreign: foreign}.
		Build(ctx, filepath.Join(root, clusterFolder))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", clusterName, err)
	}
	scratch, err := os.MkdirTemp("", "riffle-jars-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	first := filepath.Join(scratch, clusterName)
	if err := os.WriteFile(first, cluster, 0o600); err != nil {
		return nil, err
	}
	gateway, err := Compiler{Javac: javac, Release: OldestJDK, ClassPath: append(slices.Clone(flink), first)}.
		Build(ctx, filepath.Join(root, gatewayFolder))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", gatewayName, err)
	}
	return map[string][]byte{clusterName: cluster, gatewayName: gateway}, nil
}

// Jars are the paths of the two jars on disk.
type Jars struct {
	Cluster, Gateway string
}

// Install ensures that dir contains the embedded jars. Their names contain the hash of their contents, so
// different versions of riffle can share a folder. A jar that already has the same bytes is not replaced,
// because the JVM ties its class-data archive to the jar's modification time. Concurrent calls are safe, also
// from other processes.
func Install(dir string) (jars Jars, err error) {
	if jars.Cluster, err = install(dir, clusterName, embeddedCluster); err == nil {
		jars.Gateway, err = install(dir, gatewayName, embeddedGateway)
	}
	return jars, err
}

func install(dir, name string, jar []byte) (string, error) {
	sum := sha256.Sum256(jar)
	path := filepath.Join(dir, strings.TrimSuffix(name, ".jar")+"-"+hex.EncodeToString(sum[:8])+".jar")
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, jar) {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	if err := wholefile.Write(path, 0o644, bytes.NewReader(jar)); err != nil {
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	return path, nil
}
