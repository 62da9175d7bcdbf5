package riffle.gateway;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.util.ExceptionUtils;

/** The jobs that this session submitted, by id, until somebody has waited for their end. */
final class Jobs {
    private final Map<String, JobClient> running = new ConcurrentHashMap<>();

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

    Collection<JobClient> all() {
        return running.values();
    }

    /** Waits for a job's end; {@code jars} is for {@link Fault}. */
    ObjectNode await(String id, ClassLoader jars) throws InterruptedException {
        JobClient job = get(id);
        ObjectNode out = Json.object();
        try {
            job.getJobExecutionResult().get();
            out.put("state", JobStatus.FINISHED.name());
        } catch (ExecutionException e) {
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

    private static String failedTask(JobClient job) {
        try {
            return EmbeddedExecutorFactory.cluster().failedTask(job.getJobID());
        } catch (Exception e) {
            return null; // the fault itself is what matters
        }
    }
}
