// Package cluster tests sessions on an existing cluster: a JobManager and two TaskManagers, each a process of its
// own.
package cluster
