package riffle.gateway;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.util.ExceptionUtils;
import riffle.gateway.jobs.JobRunner;

/**
 * The jobs that this session submitted, by id. A job is removed when a caller has waited for its end.
 */
final class Jobs {
    private final JobRunner runner;
    private final Map<String, JobClient> running = new ConcurrentHashMap<>();

    Jobs(JobRunner runner) {
        this.runner = runner;
    }

    String add(JobClient job) {
        String id = job.getJobID().toHexString();
        running.put(id, job);
        return id;
    }

    JobClient get(String id) {
        JobClient job = running.get(id);
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
            job.getJobExecutionResult().get();
            out.put("state", JobStatus.FINISHED.name());
        } catch (ExecutionException e) {
            if (ExceptionUtils.findThrowable(e, JobExecutionException.class).isEmpty()) {
                throw e;
            }
            boolean cancelled =
                    ExceptionUtils.findThrowable(e, JobCancellationException.class).isPresent();
            out.put("state", (cancelled ? JobStatus.CANCELED : JobStatus.FAILED).name());
            if (!cancelled) {
                out.set("fault", Fault.describe(e, jars).put("task", failedTask(job)));
            }
        }
        running.remove(id);
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
