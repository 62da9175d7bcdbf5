package operation

import "riffle/udfhost/flinkfn"

// Task is what functions can know about the task that their operator belongs to.
type Task struct {
	Subtask, Subtasks int               // the first subtask is 0
	Parameters        map[string]string // of the job
}

// OfTask is a Function or a TableFunction that depends on its task.
type OfTask interface {
	// SetTask is called once, before the first call.
	SetTask(Task)
}

// Metered is an Instance whose functions count and measure.
type Metered interface {
	Instance

	// Metrics returns what functions, by their names, have counted and measured since the last time that it was
	// asked about them. So each event is returned once.
	Metrics(functions []string) []Metric
}

// Metric is a change of something that a function counts or measures. Flink adds changes up.
type Metric struct {
	Name string
	Kind MetricKind
	// Sum is how much a counter or a meter has counted, the value of a gauge, or the sum of new values of a distribution.
	Sum int64
	// Count is the number of the new values of a distribution. Min and Max are those of all of its values.
	Count, Min, Max int64
}

// MetricKind is a kind of metric.
type MetricKind string

// The kinds of metrics, with their names in riffle.Context.
const (
	Counter      MetricKind = "counter"
	Meter        MetricKind = "meter"
	Gauge        MetricKind = "gauge"
	Distribution MetricKind = "distribution"
)

// readTask keeps what the payload of an operator says about its task.
func (s *Site) readTask(message *flinkfn.UserDefinedFunctions) {
	task := message.GetRuntimeContext()
	s.task = Task{Subtask: int(task.GetIndexOfThisSubtask()), Subtasks: max(1, int(task.GetNumberOfParallelSubtasks()))}
	for _, p := range message.GetJobParameters() {
		if s.task.Parameters == nil {
			s.task.Parameters = map[string]string{}
		}
		s.task.Parameters[p.GetKey()] = p.GetValue()
	}
}

// calls notes that the operator calls a function, which has a name in its payload.
func (s *Site) calls(f any, name string) {
	s.called = append(s.called, name)
	if f, ok := f.(OfTask); ok {
		f.SetTask(s.task)
	}
}

// Called returns the names of the functions that the operator calls, once it is open. A name can occur several times.
func (s *Site) Called() []string { return s.called }
