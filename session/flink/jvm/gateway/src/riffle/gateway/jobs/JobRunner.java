package riffle.gateway.jobs;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
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

    CompletableFuture<JobID> submit(StreamGraph job);

    CompletableFuture<Collection<JobStatusMessage>> list();

    CompletableFuture<JobStatus> status(JobID job);

    /** How a job has ended, as soon as it has. A job that failed has a result too. */
    CompletableFuture<JobResult> result(JobID job);

    /** Asks for a job's cancellation, and is done when the cluster has taken the request. */
    CompletableFuture<Void> cancel(JobID job);

    /** Ends a job behind a savepoint; the path of it. {@code drain}: its windows are completed before. */
    CompletableFuture<String> stopWithSavepoint(JobID job, boolean drain, String folder, SavepointFormatType format);

    /** The path of a savepoint, behind which the job goes on. */
    CompletableFuture<String> savepoint(JobID job, String folder, SavepointFormatType format);

    CompletableFuture<Map<String, Object>> accumulators(JobID job, ClassLoader loader);

    /** Asks the coordinator of a job's operator, as Flink does for results that it collects. */
    CompletableFuture<CoordinationResponse> ask(JobID job, String operator, CoordinationRequest request);

    /** The task whose failure ended a job: its operators, joined by arrows; null if unknown. */
    CompletableFuture<String> failedTask(JobID job);
}
