package flink

import (
	"bufio"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"riffle/session/gateway"
)

// LogEnd returns the current end of the JVM's log, for [Gateway.Complaints].
func (g *Gateway) LogEnd() int64 {
	info, err := os.Stat(g.Log())
	if err != nil {
		return 0
	}
	return info.Size()
}

// Complaints returns the complaints of connectors in the JVM's log since a position, the last first.
// The log does not say which job they are about, because clients of connectors have threads of their
// own.
func (g *Gateway) Complaints(from int64) ([]gateway.Complaint, error) {
	log, err := os.Open(g.Log())
	if err != nil {
		return nil, err
	}
	defer log.Close()
	info, err := log.Stat()
	if err != nil {
		return nil, err
	}
	if from > info.Size() { // another file has begun
		from = 0
	}
	const most = 8 << 20 // bytes, most of which are not complaints
	if _, err := log.Seek(max(from, info.Size()-most), io.SeekStart); err != nil {
		return nil, err
	}
	return readComplaints(log)
}

// logLine matches a line of the log in the pattern of options.go. Other lines, as those of a
// stack trace, belong to the line above.
var logLine = regexp.MustCompile(`^(\d\d:\d\d:\d\d,\d{3}) (\w+) +(\S+) - (.*)$`)

// minRepetition is how long a warning must be repeated to be a complaint. The messages that
// each reader and each client of a job logs at its start are repeated within a shorter time.
const minRepetition = time.Second

func readComplaints(log io.Reader) ([]gateway.Complaint, error) {
	type entry struct {
		gateway.Complaint
		last        int
		first, said time.Time // of some day
	}
	byText := map[string]*entry{}
	lines := bufio.NewReader(log)
	var open *entry // whose exception may follow
	for number := 0; ; number++ {
		line, err := lines.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		found := logLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		switch {
		case found == nil && open != nil:
			if cause := thrown.FindStringSubmatch(line); cause != nil {
				open.Message = strings.TrimSuffix(open.Message, ".") + ": " + strings.TrimSpace(cause[1])
			}
			open = nil
		case found != nil:
			open = nil
			at, _ := time.Parse("15:04:05,000", found[1]) // the pattern has its form
			level, logger, message := found[2], found[3], plainMessage(found[4])
			if level != "WARN" && level != "ERROR" || !ofConnector(logger) || !failureWords.MatchString(message) {
				break
			}
			key := logger + " " + digits.ReplaceAllString(message, "#")
			e := byText[key]
			if e == nil {
				e = &entry{Complaint: gateway.Complaint{Logger: unshaded(logger), Message: message}, first: at}
				byText[key], open = e, e
			}
			e.Times++
			e.Error = e.Error || level == "ERROR"
			e.last, e.said = number, at
		}
		if err == io.EOF {
			break
		}
	}
	var entries []*entry
	for _, e := range byText {
		// Warnings that a client logs only at its start are mostly about its settings.
		if e.Error || e.said.Sub(e.first) >= minRepetition || e.said.Before(e.first) { // midnight between
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b *entry) int { return b.last - a.last })
	var complaints []gateway.Complaint
	for _, e := range entries {
		complaints = append(complaints, explained(e.Complaint))
	}
	return complaints, nil
}

var (
	// failureWords matches the words for something that fails, not for something merely
	// unusual.
	failureWords = regexp.MustCompile(`(?i)\b(?:could not|cannot|can't|unable|fail(?:s|ed|ure|ing)?|refused|timed? ?out|timeout|unreachable|unknown host|not available|unavailable|disconnect(?:ed)?|denied|unauthori[sz]ed|invalid|not exist|no such|lost|broken|error|exception|retry(?:ing)?|reconnect\w*)\b`)
	thrown       = regexp.MustCompile(`^(?:[\w$]+\.)*\w*(?:Exception|Error)(?:: (.*))`)
	digits       = regexp.MustCompile(`\d+`)
	// clientMark is the prefix of messages of a client that has a name:
	// [AdminClient clientId=…].
	clientMark = regexp.MustCompile(`^\[[^\]]*\] `)
)

func plainMessage(message string) string {
	return shorten(strings.ReplaceAll(clientMark.ReplaceAllString(message, ""), " (/", " ("))
}

// unshaded returns the original name of a class that may have been shaded.
func unshaded(logger string) string {
	if at := strings.LastIndex(logger, ".shaded."); at >= 0 {
		return logger[at+len(".shaded."):]
	}
	return logger
}

// coreLoggers are the prefixes of loggers that belong to no connector.
var coreLoggers = []string{
	"riffle.", "py4j.", "org.apache.calcite.", "org.apache.pekko.", "org.apache.beam.", "org.codehaus.janino.",
	"org.apache.hadoop.util.NativeCodeLoader",
}

// ofConnector reports whether a logger's class belongs to a connector or to one of its
// libraries, not to Flink itself.
func ofConnector(logger string) bool {
	if rest, ok := strings.CutPrefix(logger, "org.apache.flink."); ok {
		return strings.Contains(rest, "connector") || strings.Contains(rest, ".shaded.") && !strings.HasPrefix(rest, "shaded.")
	}
	return !slices.ContainsFunc(coreLoggers, func(prefix string) bool { return strings.HasPrefix(logger, prefix) })
}
