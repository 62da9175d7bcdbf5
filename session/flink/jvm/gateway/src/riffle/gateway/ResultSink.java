package riffle.gateway;

import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.api.TableDescriptor;
import riffle.gateway.jobs.JobRunner;
import riffle.gateway.jobs.RowRelay;
import riffle.job.rows.ResultTarget;

/**
 * Where the rows of a query go: riffle's receiver, as {@code {host, port, token, query, reachable}}. Tasks of another
 * cluster connect to it if it is reachable. Otherwise the rows are fetched. In both cases the job contains neither
 * the address nor the token.
 */
final class ResultSink {
    private final JobRunner runner;
    private final JsonNode receiver;

    ResultSink(JobRunner runner, JsonNode receiver) {
        this.runner = runner;
        this.receiver = receiver;
    }

    String query() {
        return receiver.path("query").asText();
    }

    TableDescriptor descriptor() {
        TableDescriptor.Builder descriptor = TableDescriptor.forConnector(ArrowSinkFactory.IDENTIFIER);
        if (runner.isLocal()) {
            descriptor.option(ArrowSinkFactory.HOST, receiver.get("host").asText())
                    .option(ArrowSinkFactory.PORT, receiver.get("port").asInt())
                    .option(ArrowSinkFactory.TOKEN, receiver.get("token").asText());
        } else {
            descriptor.option(ArrowSinkFactory.DIRECT, reachable());
        }
        return descriptor.option(ArrowSinkFactory.QUERY, query()).build();
    }

    private boolean reachable() {
        return receiver.path("reachable").asBoolean();
    }

    /** Starts to fetch the rows of a job if they have to be fetched; see {@link Jobs#add}. */
    CompletableFuture<Void> fetch(JobID job) {
        if (runner.isLocal()) {
            return new CompletableFuture<>();
        }
        ResultTarget target =
                new ResultTarget(
                        receiver.get("host").asText(),
                        receiver.get("port").asInt(),
                        receiver.get("token").asText(),
                        query());
        return RowRelay.start(runner, job, ArrowTableSink.UID, target, reachable());
    }
}
