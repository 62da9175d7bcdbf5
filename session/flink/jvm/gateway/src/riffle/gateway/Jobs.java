package riffle.gateway;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.messages.FlinkJobNotFoundException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.OptionalFailure;
import org.apache.flink.util.SerializedValue;
import riffle.gateway.jobs.JobRunner;
import riffle.gateway.jobs.QueryLost;
import riffle.gateway.jobs.SubmittedJob;
import riffle.job.function.FunctionReports;

/**
 * The jobs that this session submitted, by id. A job is removed when a caller has waited for its end. On a cluster
 * that outlives the session, all other jobs can be used too.
 */
final class Jobs {
    private final JobRunner runner;
    private final Supplier<ClassLoader> loader;
    private final Map<String, JobClient> running = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> losses = new ConcurrentHashMap<>();

    /** {@code loader} provides the loader of the session's jars. */
    Jobs(JobRunner runner, Supplier<ClassLoader> loader) {
        this.runner = runner;
        this.loader = loader;
    }

    String add(JobClient job) {
        String id = job.getJobID().toHexString();
        running.put(id, job);
        return id;
    }

    /** Adds a query's job. {@code loss} fails with a {@link QueryLost} if rows are lost. */
    String add(JobClient job, CompletableFuture<Void> loss) {
        losses.put(job.getJobID().toHexString(), loss);
        return add(job);
    }

    JobClient get(String id) {
        JobClient job = running.get(id);
        if (job == null && runner.outlivesSession()) {
            return new SubmittedJob(runner, JobID.fromHexString(id), loader.get());
        }
        if (job == null) {
            throw new IllegalArgumentException("no job " + id + " in this session");
        }
        return job;
    }

    /**
     * Waits for a job's end; {@code jars} is for {@link Fault}. Throws if the end is unknown, for
     * example because there is no answer: the job may still run, and can be waited for again.
     */
    ObjectNode await(String id, ClassLoader jars) throws Exception {
        JobClient job = get(id);
        ObjectNode out = Json.object();
        try {
            CompletableFuture.anyOf(job.getJobExecutionResult(), losses.getOrDefault(id, new CompletableFuture<>()))
                    .get();
            out.put("state", JobStatus.FINISHED.name());
        } catch (ExecutionException e) {
            JobStatus state = stateAfter(e);
            if (e.getCause() instanceof QueryLost) {
                job.cancel(); // it would wait for a reader of its rows
            }
            out.put("state", state.name());
            if (state == JobStatus.FAILED) {
                out.set("fault", Fault.describe(e, jars).put("task", failedTask(job)));
            }
        }
        running.remove(id);
        losses.remove(id);
        return out;
    }

    /** Throws if the end of the job is unknown. */
    private static JobStatus stateAfter(ExecutionException e) throws ExecutionException {
        if (ExceptionUtils.findThrowable(e, JobCancellationException.class).isPresent()) {
            return JobStatus.CANCELED;
        }
        if (e.getCause() instanceof QueryLost
                || ExceptionUtils.findThrowable(e, FlinkJobNotFoundException.class).isPresent()
                || ExceptionUtils.findThrowable(e, JobExecutionException.class).isPresent()) {
            return JobStatus.FAILED;
        }
        throw e;
    }

    /** What functions report: complete when the job has ended, and some seconds old until then. */
    ObjectNode functionReports(String id) throws Exception {
        JobID job = JobID.fromHexString(id);
        ClassLoader loader = FunctionReports.class.getClassLoader();
        Object last;
        if (runner.status(job).get().isGloballyTerminalState()) {
            SerializedValue<OptionalFailure<Object>> value =
                    runner.result(job).get().getAccumulatorResults().get(FunctionReports.NAME);
            last = value == null ? null : value.deserializeValue(loader).get();
        } else { // from a copy of the job that the JobManager keeps for a while
            last = runner.accumulators(job, loader).get().get(FunctionReports.NAME);
        }
        ObjectNode out = Json.object();
        ArrayNode reports = out.putArray("reports");
        if (last != null) {
            ((Map<?, ?>) last).values().forEach(report -> reports.add((String) report));
        }
        return out;
    }

    private String failedTask(JobClient job) {
        try {
            return runner.failedTask(job.getJobID()).get();
        } catch (Exception e) {
            return null; // only the fault itself matters
        }
    }
}
