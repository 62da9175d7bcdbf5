package flink

import "riffle/session/gateway"

// clusterRules match errors of an existing cluster, and of the connection to it.
var clusterRules = []rule{
	on(`^no Flink cluster answers at (\S+)$`, gateway.Diagnosis{
		Message: "no Flink cluster answers at $1", Hint: "check the address, and that the JobManager's REST port can be reached from here"}),
	on(`^(\S+) does not answer as a Flink cluster does: (.*)`, gateway.Diagnosis{
		Message: "$1 does not answer as a Flink cluster does: $2", Hint: "the address must be that of the JobManager's REST endpoint"}),
	on(`^the cluster at (\S+) runs Flink (\S+), and riffle needs Flink (\S+)$`, gateway.Diagnosis{
		Message: "the cluster at $1 runs Flink $2, which riffle does not support", Hint: "riffle supports Flink $3"}),
	on(`^(the Go functions were declared again while the statement was planned): (run it again)$`, gateway.Diagnosis{Message: "$1", Hint: "$2"}),
	on(`^(the JobManager was replaced, and the query's rows are lost)$`, gateway.Diagnosis{Message: "$1", Hint: runAgain}),
	on(`^(the JobManager was restarted, and no longer has the query's job)$`, gateway.Diagnosis{Message: "$1", Hint: runAgain}),
	on(`^(the cluster does not answer any more, and the query's rows are lost)$`, gateway.Diagnosis{
		Message: "$1", Hint: "check that the JobManager's REST port can be reached from here, then run the query again"}),
	on(`Could not find Flink job \((\w+)\)`, gateway.Diagnosis{
		Message: "the cluster no longer has the job $1", Hint: "if its JobManager was restarted, run the statement again"}),
	on(`(the JobManager cannot connect to port \d+ of the TaskManager \S+ to fetch rows) \(.*?\): (set taskmanager.collect-sink.port, and open this port for the JobManager)`,
		gateway.Diagnosis{Message: "$1", Hint: "$2"}),
	on(`(the TaskManager cannot connect to riffle at \S+) \((.*?)\)`, gateway.Diagnosis{
		Message: "$1: $2", Hint: "rows-address must be an address of this machine that TaskManagers can reach, with a port that no firewall closes"}),
}

const runAgain = "run the query again"
