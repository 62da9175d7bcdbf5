package riffle.gateway.jobs;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * Where the session's jobs run. No method blocks. A future fails if the request could not be carried out,
 * or if there was no reply.
 */
public interface JobRunner {
    /** The address of the REST endpoint, as soon as jobs can run. */
    CompletableFuture<String> restAddress();

    /**
     * Waits until jobs can be planned, and returns the cluster's options for jobs, which apply where neither the
     * session nor the statement sets them. Fails if this riffle cannot use the cluster; the message is for the
     * user.
     */
    CompletableFuture<Map<String, String>> jobDefaults();

    /**
     * Whether a job's tasks run on this machine, so that they can connect to riffle. Otherwise a query's rows
     * are fetched, see {@link RowRelay}.
     */
    boolean isLocal();

    /** Whether the cluster existed before the session, and remains when it ends. */
    boolean outlivesSession();

    /** The name of the job of a statement, which is the session's {@code query}. */
    String jobName(String sql, String query);

    /** The time that a request for rows may wait for them. */
    long patienceMillis();

    /**
     * Sends the archive of Go functions with the jobs that call them. A cluster whose tasks call functions in
     * riffle's process needs none.
     */
    default void ship(ShippedFunctions functions) {}

    /** Completes a job, which calls functions of some programs, before its operators are serialized. */
    default void prepare(StreamGraph job, ReadableConfig options, Set<String> programs) {}

    CompletableFuture<JobID> submit(StreamGraph job);

    CompletableFuture<Collection<JobStatusMessage>> list();

    CompletableFuture<JobStatus> status(JobID job);

    /** How a job has ended, as soon as it has. A failed job has a result too. */
    CompletableFuture<JobResult> result(JobID job);

    /** A query's job is about to end: all of its rows have been fetched, or no more can be. */
    default void expectEnd(JobID job) {}

    /** Requests a job's cancellation. The future is done when the cluster has accepted the request. */
    CompletableFuture<Void> cancel(JobID job);

    /**
     * Stops a job with a savepoint, and returns the savepoint's path. {@code drain}: its windows are
     * completed first.
     */
    CompletableFuture<String> stopWithSavepoint(JobID job, boolean drain, String folder, SavepointFormatType format);

    /** Takes a savepoint of a job that continues, and returns the savepoint's path. */
    CompletableFuture<String> savepoint(JobID job, String folder, SavepointFormatType format);

    CompletableFuture<Map<String, Object>> accumulators(JobID job, ClassLoader loader);

    /**
     * Sends a request to the coordinator of a job's operator, as Flink does for results that it
     * collects.
     */
    CompletableFuture<CoordinationResponse> ask(JobID job, String operator, CoordinationRequest request);

    /** The task whose failure ended a job: its operators, joined by arrows; null if unknown. */
    CompletableFuture<String> failedTask(JobID job);

    /** The session ends. Cancels its queries if the cluster outlives the session. Its other jobs go on. */
    CompletableFuture<Void> leave();
}
