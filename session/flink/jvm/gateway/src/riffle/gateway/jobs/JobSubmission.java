package riffle.gateway.jobs;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.DefaultExecutorServiceLoader;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * Passes a job from an execution environment to the {@link JobRunner}. If the session has set another
 * {@link DeploymentOptions#TARGET}, it returns Flink's own executor for that target.
 */
public final class JobSubmission implements PipelineExecutorServiceLoader {
    /** The target that selects this. */
    public static final String TARGET = "riffle";

    private final JobRunner runner;

    public JobSubmission(JobRunner runner) {
        this.runner = runner;
    }

    @Override
    public PipelineExecutorFactory getExecutorFactory(Configuration configuration) {
        Factory ours = new Factory();
        return ours.isCompatibleWith(configuration)
                ? ours
                : new DefaultExecutorServiceLoader().getExecutorFactory(configuration);
    }

    @Override
    public Stream<String> getExecutorNames() {
        return Stream.concat(Stream.of(TARGET), new DefaultExecutorServiceLoader().getExecutorNames());
    }

    private final class Factory implements PipelineExecutorFactory {
        @Override
        public String getName() {
            return TARGET;
        }

        @Override
        public boolean isCompatibleWith(Configuration configuration) {
            return TARGET.equalsIgnoreCase(configuration.get(DeploymentOptions.TARGET));
        }

        @Override
        public PipelineExecutor getExecutor(Configuration configuration) {
            return JobSubmission.this::submit;
        }
    }

    private CompletableFuture<JobClient> submit(Pipeline pipeline, Configuration options, ClassLoader loader)
            throws Exception {
        StreamGraph graph = PipelineExecutorUtils.getStreamGraph(pipeline, options);
        Set<String> programs = GoOperators.replaceIn(graph, options);
        runner.prepare(graph, options, programs);
        graph.serializeUserDefinedInstances();
        return runner.submit(graph).thenApply(id -> new SubmittedJob(runner, id, loader));
    }
}
