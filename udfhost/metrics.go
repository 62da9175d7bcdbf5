package udfhost

import (
	"encoding/binary"
	"strings"
	"time"

	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"

	"riffle/udfhost/operation"
)

// The metrics of a bundle are in its answer, as PyFlink's harness sends them: the changes of this bundle, with the names
// that Flink's own operators know (FlinkMetricContainer). The namespace is a JSON list of metric groups followed by their
// kinds, and of the seconds that a meter covers.

// The last part of the URNs and types of metrics.
const (
	sumInt64          = "sum_int64:v1"
	latestInt64       = "latest_int64:v1"
	distributionInt64 = "distribution_int64:v1"
)

// ownGroup is the metric group of what riffle counts, and usersGroup that of what functions count, which is the
// operator's, as in PyFlink.
const (
	ownGroup   = `["riffle","MetricGroupType.generic"]`
	usersGroup = `[]`
	// meterGroup is usersGroup for a meter. Its rate is that of the last minute, as in PyFlink.
	meterGroup = `["60"]`
)

// monitoring reports the bundle's rows as a counter of the operator. Flink's operators add the counters up and show
// them as riffle.rows among the metrics of the task. riffle's own operators count themselves.
func (b *bundle) monitoring() []*pipepb.MonitoringInfo {
	if b.plan.ofRiffle() {
		return nil
	}
	return []*pipepb.MonitoringInfo{metricInfo(b.plan.transform, sumInt64, ownGroup, "rows", binary.AppendUvarint(nil, uint64(b.rows)))}
}

// metrics reports what functions, by their names, have counted and measured, as metrics of a transform.
func (w *worker) metrics(transform string, functions []string) []*pipepb.MonitoringInfo {
	metered, ok := w.functions.(operation.Metered)
	if !ok {
		return nil
	}
	var infos []*pipepb.MonitoringInfo
	for _, m := range metered.Metrics(functions) {
		infos = append(infos, infoOf(transform, m, time.Now()))
	}
	return infos
}

// infoOf returns a change of a metric as Beam encodes it. Its numbers are those of Beam's VarInt.
func infoOf(transform string, m operation.Metric, now time.Time) *pipepb.MonitoringInfo {
	number := func(b []byte, n int64) []byte { return binary.AppendUvarint(b, uint64(n)) }
	switch m.Kind {
	case operation.Meter:
		return metricInfo(transform, sumInt64, meterGroup, m.Name, number(nil, m.Sum))
	case operation.Gauge: // Beam keeps the value with the latest time
		return metricInfo(transform, latestInt64, usersGroup, m.Name, number(number(nil, now.UnixMilli()), m.Sum))
	case operation.Distribution:
		payload := number(number(number(number(nil, m.Count), m.Sum), m.Min), m.Max)
		return metricInfo(transform, distributionInt64, usersGroup, m.Name, payload)
	}
	return metricInfo(transform, sumInt64, usersGroup, m.Name, number(nil, m.Sum))
}

func metricInfo(transform, form, group, name string, payload []byte) *pipepb.MonitoringInfo {
	return &pipepb.MonitoringInfo{
		Urn: "beam:metric:user:" + form, Type: "beam:metrics:" + form, Payload: payload,
		Labels: map[string]string{"PTRANSFORM": transform, "NAMESPACE": group, "NAME": name},
	}
}

// ofRiffle reports whether the operator in Flink is riffle's.
func (p *plan) ofRiffle() bool { return strings.HasPrefix(p.urn, ownURN) }
