package flink

import (
	"fmt"
	"regexp"

	"riffle/session/gateway"
)

// outages are the complaints of connectors that can be explained. The message contains the
// first group.
var outages = []struct {
	pattern       *regexp.Regexp
	message, hint string
}{
	{regexp.MustCompile(`^Connection to node \S+ \((.+?)\) could not be established`),
		"no broker answers at %s", brokerHint},
	{regexp.MustCompile(`^Bootstrap broker (\S+:\d+) .*disconnected`),
		"the broker at %s closes the connection", "check 'properties.security.protocol' of the table, and that the port is Kafka's"},
	{regexp.MustCompile(`^Connection to node \S+ \((.+?)\) (?:terminated during authentication|failed authentication)`),
		"the broker at %s rejects the login", "check 'properties.security.protocol' and the 'properties.sasl.…' of the table"},
	{regexp.MustCompile(`^(?:The metadata response from the cluster reported a recoverable issue|Error while fetching metadata) with correlation id \d+ ?: \{(.+?)=UNKNOWN_TOPIC_OR_PARTITION`),
		"the broker has no topic %s", topicHint},
}

const (
	brokerHint = "check 'properties.bootstrap.servers' of the table, and that the broker is running"
	topicHint  = "create the topic, or correct 'topic' of the table"
)

// hostAddress matches Java's text of an address that was looked up: host/127.0.0.1:9092.
var hostAddress = regexp.MustCompile(`^([^/]+)/.*(:\d+)$`)

// explained returns a complaint in our words, if it is a known one.
func explained(c gateway.Complaint) gateway.Complaint {
	for _, o := range outages {
		if found := o.pattern.FindStringSubmatch(c.Message); found != nil {
			c.Logger, c.Hint = "", o.hint
			c.Message = fmt.Sprintf(o.message, hostAddress.ReplaceAllString(found[1], "$1$2"))
			break
		}
	}
	return c
}
