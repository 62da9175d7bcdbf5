package complete

import (
	"strings"

	"riffle/session/sqltext"
)

// settings are the options of Flink that people set in a shell. Any other can be
// set as well.
var settings = []Entry{
	{"execution.checkpointing.interval", "time between checkpoints, as '10 s'"},
	{"execution.runtime-mode", "'streaming' or 'batch'"},
	{"parallelism.default", "subtasks per operator"},
	{"pipeline.name", "name of the jobs to come"},
	{"restart-strategy.type", "'none', 'fixed-delay', 'exponential-delay' or 'failure-rate'"},
	{"state.backend.type", "'hashmap' or 'rocksdb'"},
	{"table.dml-sync", "INSERT waits for its job: 'true' or 'false'"},
	{"table.exec.mini-batch.allow-latency", "how long rows may be gathered, as '1 s'"},
	{"table.exec.mini-batch.enabled", "gather rows before they update state: 'true' or 'false'"},
	{"table.exec.mini-batch.size", "rows to gather at most"},
	{"table.exec.resource.default-parallelism", "subtasks per operator, of tables only"},
	{"table.exec.sink.not-null-enforcer", "on NULL for NOT NULL: 'ERROR' or 'DROP'"},
	{"table.exec.source.idle-timeout", "a source without rows for so long holds no watermark back"},
	{"table.exec.state.ttl", "how long unused state is kept, as '1 h'"},
	{"table.local-time-zone", "of TIMESTAMP_LTZ, as 'UTC' or 'Europe/Berlin'"},
	{"table.optimizer.agg-phase-strategy", "'AUTO', 'ONE_PHASE' or 'TWO_PHASE'"},
	{"table.optimizer.join-reorder-enabled", "'true' or 'false'"},
}

// completeSetting completes the key of SET and RESET, which Flink reads by a
// pattern and not by tokens. Candidates have quotes, as SET wants a key.
func completeSetting(text string, st sqltext.Statement) (sqltext.Span, []Candidate) {
	span := sqltext.Span{Start: len(text), End: len(text)}
	typed := strings.TrimLeft(text[st.Word.End:], " \t\r\n\f")
	if strings.ContainsAny(strings.TrimPrefix(typed, "'"), "=' \t\r\n\f") {
		return span, nil
	}
	span.Start -= len(typed)
	c := collector{prefix: strings.TrimPrefix(typed, "'")}
	for _, s := range settings {
		c.match(s.Name, Candidate{Text: "'" + s.Name + "'", Kind: Setting, Detail: s.Detail})
	}
	return span, c.candidates
}
