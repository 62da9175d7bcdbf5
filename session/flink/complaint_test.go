package flink

import (
	"slices"
	"strings"
	"testing"

	"riffle/session/gateway"
)

// The complaints in a log are errors of connectors, and warnings that they repeat for a while.
func TestComplaints(t *testing.T) {
	const log = `08:23:52,820 WARN  org.apache.flink.connector.kafka.source.KafkaSourceBuilder - Offset commit on checkpoint is disabled because group.id is not specified
08:23:55,568 WARN  org.apache.flink.kafka.shaded.org.apache.kafka.common.utils.AppInfoParser - Error while loading kafka-version.properties: inStream parameter is null
08:23:55,600 WARN  org.apache.hadoop.util.NativeCodeLoader - Unable to load native-hadoop library for your platform
08:23:55,601 WARN  org.apache.hadoop.util.NativeCodeLoader - Unable to load native-hadoop library for your platform
08:23:55,665 WARN  org.apache.flink.kafka.shaded.org.apache.kafka.clients.NetworkClient - [AdminClient clientId=KafkaSource-1-enumerator-admin-client] Connection to node -1 (/127.0.0.1:9) could not be established. Node may not be available.
08:23:55,670 INFO  org.apache.flink.kafka.shaded.org.apache.kafka.clients.NetworkClient - [AdminClient clientId=KafkaSource-1-enumerator-admin-client] Node -1 disconnected.
08:23:55,724 WARN  org.apache.flink.kafka.shaded.org.apache.kafka.clients.NetworkClient - [AdminClient clientId=KafkaSource-1-enumerator-admin-client] Connection to node -1 (/127.0.0.1:9) could not be established. Node may not be available.
08:23:55,800 WARN  org.apache.flink.kafka.shaded.org.apache.kafka.common.utils.AppInfoParser - Error registering AppInfo mbean for reader 0
08:23:56,300 WARN  org.apache.flink.kafka.shaded.org.apache.kafka.common.utils.AppInfoParser - Error registering AppInfo mbean for reader 1
08:23:56,724 WARN  org.apache.flink.kafka.shaded.org.apache.kafka.clients.NetworkClient - [AdminClient clientId=KafkaSource-1-enumerator-admin-client] Connection to node -1 (/127.0.0.1:9) could not be established. Node may not be available.
08:24:05,009 ERROR org.apache.flink.runtime.blob.BlobServerConnection - Error while executing BLOB connection from /127.0.0.1:47098.
java.net.SocketException: Broken pipe
08:24:05,010 WARN  org.apache.flink.streaming.connectors.once.Client - Could not reach the server, retrying
08:24:06,000 ERROR com.example.Client - Poll of 127.0.0.1:1234 failed.
com.example.ClientException: connection refused
	at com.example.Client.poll(Client.java:1)
`
	complaints, err := readComplaints(strings.NewReader(log))
	want := []gateway.Complaint{
		{Logger: "com.example.Client", Message: "Poll of 127.0.0.1:1234 failed: connection refused", Times: 1, Error: true},
		{Message: "no broker answers at 127.0.0.1:9", Hint: brokerHint, Times: 3},
	}
	if err != nil || !slices.Equal(complaints, want) {
		t.Errorf("%v\n%+v\nwant\n%+v", err, complaints, want)
	}
}

// What Kafka's clients log is explained in riffle's words, with the name or address in it.
func TestOutages(t *testing.T) {
	for logged, want := range map[string]string{
		"[Consumer clientId=c] Connection to node -1 (broker.example/10.0.0.7:9092) could not be established. Node may not be available.":                       "no broker answers at broker.example:9092",
		"[Producer clientId=p] Connection to node 2 (/[0:0:0:0:0:0:0:1]:9092) could not be established. Node may not be available.":                             "no broker answers at [0:0:0:0:0:0:0:1]:9092",
		"[Consumer clientId=c] Bootstrap broker 127.0.0.1:9092 (id: -1 rack: null) disconnected":                                                                "the broker at 127.0.0.1:9092 closes the connection",
		"[Producer clientId=p] Error while fetching metadata with correlation id 7 : {orders.v1=UNKNOWN_TOPIC_OR_PARTITION}":                                    "the broker has no topic orders.v1",
		"[Producer clientId=p] The metadata response from the cluster reported a recoverable issue with correlation id 3 : {orders=UNKNOWN_TOPIC_OR_PARTITION}": "the broker has no topic orders",
		"[Consumer clientId=c] Connection to node -1 (/127.0.0.1:9092) failed authentication due to: Authentication failed":                                     "the broker at 127.0.0.1:9092 rejects the login",
	} {
		got := explained(gateway.Complaint{Logger: "kafka.NetworkClient", Message: plainMessage(logged)})
		if got.String() != want || got.Hint == "" {
			t.Errorf("%s\nis %q, hint %q, want %q", logged, got, got.Hint, want)
		}
	}
	other := gateway.Complaint{Logger: "c.Client", Message: "Poll failed"}
	if got := explained(other); got != other || got.String() != "c.Client: Poll failed" {
		t.Errorf("%q", got)
	}
}
