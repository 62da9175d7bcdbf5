package flink

import (
	"regexp"

	"riffle/session/gateway"
)

// connectorRules match errors of connectors about the systems that they connect to.
var connectorRules = []rule{
	on(`No resolvable bootstrap urls given in`, gateway.Diagnosis{
		Message: "no host in 'properties.bootstrap.servers' of the table has an address", Hint: "correct the host's name, or use its IP address"}),
	by(`(?:Topic (\S+) not present in metadata after \d+ ms|Failed to (?:get metadata for topics|describe topics?) \[(.+?)\])`, noTopic),
	on(`This server does not host this topic-partition`, gateway.Diagnosis{
		Message: "the broker does not have the topic", Hint: topicHint}),
	on(`Timed out waiting for a node assignment`, gateway.Diagnosis{Message: "no broker answers", Hint: brokerHint}),
	on(`Communications link failure`, gateway.Diagnosis{
		Message: "no database answers at the url of the table", Hint: "check the url, and that the database is running"}),
}

// noTopic diagnoses a topic about which the broker returns nothing: the topic does not exist,
// or the broker does not answer, in which case a cause below says so.
func noTopic(f *exception, found []string) gateway.Diagnosis {
	topic := found[1] + found[2]
	for _, c := range f.Causes {
		if unknownTopic.MatchString(c.Class + ": " + c.Message) {
			return gateway.Diagnosis{Message: "the broker has no topic " + topic, Hint: topicHint}
		}
	}
	return gateway.Diagnosis{
		Message: "the broker of topic " + topic + " does not answer, or does not have the topic",
		Hint:    brokerHint + "; then create the topic, or correct 'topic'",
	}
}

var unknownTopic = regexp.MustCompile(`UnknownTopicOrPartition|does not host this topic-partition`)
