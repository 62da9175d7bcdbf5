package riffle.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.operators.SourceOperatorFactory;
import riffle.gateway.jobs.JobRunner;
import riffle.gateway.jobs.JobSubmission;
import riffle.gateway.jobs.SubmittedJob;

/**
 * The jobs that a procedure submits while it is called. The execution environment that Flink passes to
 * procedures starts a cluster of its own in this JVM, unless another environment is provided. The one
 * provided here submits to the session's cluster.
 */
final class ProcedureJobs {
    private final JobRunner runner;
    private final ClassLoader loader;
    private final String query;
    private final List<Submitted> submitted = new ArrayList<>();
    private boolean givenUp;

    /** The jobs of the call that the session knows by {@code query}. */
    ProcedureJobs(JobRunner runner, ClassLoader loader, String query) {
        this.runner = runner;
        this.loader = loader;
        this.query = query;
    }

    private static final class Submitted {
        final JobClient client;
        final boolean bounded;

        Submitted(JobClient client, boolean bounded) {
            this.client = client;
            this.bounded = bounded;
        }
    }

    /** Does work, which is a call, with this as the execution environment that Flink provides. */
    <T> T during(Callable<T> work) throws Exception {
        Execution.begin(this);
        try {
            return work.call();
        } finally {
            Execution.end();
        }
    }

    /**
     * The call's caller gave up: the jobs that it has submitted, and those that it still submits, are
     * cancelled.
     */
    synchronized void giveUp(String which) {
        if (which.equals(query)) {
            givenUp = true;
            submitted.forEach(job -> job.client.cancel());
        }
    }

    private synchronized void add(JobClient client, boolean bounded) {
        submitted.add(new Submitted(client, bounded));
        if (givenUp) {
            client.cancel();
        }
    }

    /**
     * Adds the jobs that continue, or have failed since, to an answer: {@code jobs}, each
     * {@code {id, bounded}}.
     */
    synchronized void describe(ObjectNode out, Jobs jobs) throws Exception {
        ArrayNode list = out.putArray("jobs");
        for (Submitted job : submitted) {
            boolean cancelled = job.client instanceof SubmittedJob && ((SubmittedJob) job.client).cancelled(); // as after reading the first rows
            if (!cancelled && job.client.getJobStatus().get() != JobStatus.FINISHED) {
                list.addObject().put("id", jobs.add(job.client)).put("bounded", job.bounded);
            }
        }
    }

    @SuppressWarnings("try") // its close, which is not called, throws InterruptedException
    private static final class Execution extends StreamExecutionEnvironment {
        private final ProcedureJobs jobs;

        private Execution(Configuration options, ProcedureJobs jobs) {
            super(new JobSubmission(jobs.runner), options, jobs.loader);
            this.jobs = jobs;
            configuration.set(DeploymentOptions.ATTACHED, true); // execute() waits for the job's end
        }

        static void begin(ProcedureJobs jobs) {
            initializeContextEnvironment(options -> new Execution(options, jobs));
        }

        static void end() {
            resetContextEnvironment();
        }

        @Override
        public JobClient executeAsync(StreamGraph graph) throws Exception {
            boolean bounded =
                    configuration.get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH
                            || graph.getSourceIDs().stream()
                                    .map(id -> graph.getStreamNode(id).getOperatorFactory())
                                    .allMatch(
                                            source ->
                                                    source instanceof SourceOperatorFactory
                                                            && ((SourceOperatorFactory<?>) source).getBoundedness()
                                                                    == Boundedness.BOUNDED);
            JobClient client = super.executeAsync(graph);
            jobs.add(client, bounded);
            return client;
        }
    }
}
