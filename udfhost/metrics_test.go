package udfhost

import (
	"testing"
	"time"

	"riffle/udfhost/operation"
)

// Metrics have the names and the bytes that Flink's own operators read.
func TestMetricsAsBeamEncodesThem(t *testing.T) {
	for _, test := range []struct {
		metric               operation.Metric
		form, group, payload string
	}{
		{operation.Metric{Kind: operation.Counter, Name: "a", Sum: 300}, "sum_int64:v1", "[]", "\xac\x02"},
		{operation.Metric{Kind: operation.Counter, Name: "a", Sum: -1}, "sum_int64:v1", "[]", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
		{operation.Metric{Kind: operation.Meter, Name: "a", Sum: 7}, "sum_int64:v1", `["60"]`, "\x07"},
		{operation.Metric{Kind: operation.Gauge, Name: "a", Sum: 5}, "latest_int64:v1", "[]", "\xe8\x07\x05"},
		{operation.Metric{Kind: operation.Distribution, Name: "a", Sum: 9, Count: 3, Min: 1, Max: 4}, "distribution_int64:v1", "[]", "\x03\x09\x01\x04"},
	} {
		info := infoOf("step", test.metric, time.UnixMilli(1000))
		if info.Urn != "beam:metric:user:"+test.form || info.Type != "beam:metrics:"+test.form || string(info.Payload) != test.payload ||
			info.Labels["NAME"] != "a" || info.Labels["NAMESPACE"] != test.group || info.Labels["PTRANSFORM"] != "step" {
			t.Errorf("%+v: %v", test.metric, info)
		}
	}
}
