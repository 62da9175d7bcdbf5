package riffle.gateway.jobs;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.program.ProgramInvocationException;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationRequestGateway;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;

/** A job as Flink's clients see it. It remembers whether its cancellation was requested. */
public final class SubmittedJob implements JobClient, CoordinationRequestGateway {
    private final JobRunner runner;
    private final JobID id;
    private final ClassLoader loader;
    private volatile boolean cancelled;

    public SubmittedJob(JobRunner runner, JobID id, ClassLoader loader) {
        this.runner = runner;
        this.id = id;
        this.loader = loader;
    }

    public boolean cancelled() {
        return cancelled;
    }

    @Override
    public JobID getJobID() {
        return id;
    }

    @Override
    public CompletableFuture<JobStatus> getJobStatus() {
        return runner.status(id);
    }

    @Override
    public CompletableFuture<Void> cancel() {
        cancelled = true;
        return runner.cancel(id);
    }

    @Override
    public CompletableFuture<String> stopWithSavepoint(boolean drain, String folder, SavepointFormatType format) {
        return runner.stopWithSavepoint(id, drain, folder, format);
    }

    @Override
    public CompletableFuture<String> triggerSavepoint(String folder, SavepointFormatType format) {
        return runner.savepoint(id, folder, format);
    }

    @Override
    public CompletableFuture<Map<String, Object>> getAccumulators() {
        return runner.accumulators(id, loader);
    }

    @Override
    public CompletableFuture<JobExecutionResult> getJobExecutionResult() {
        return runner.result(id).thenApply(this::read);
    }

    private JobExecutionResult read(JobResult result) {
        try {
            return result.toJobExecutionResult(loader);
        } catch (Exception e) {
            throw new CompletionException(new ProgramInvocationException("Job failed", id, e));
        }
    }

    @Override
    public CompletableFuture<CoordinationResponse> sendCoordinationRequest(
            String operator, CoordinationRequest request) {
        return runner.ask(id, operator, request);
    }
}
