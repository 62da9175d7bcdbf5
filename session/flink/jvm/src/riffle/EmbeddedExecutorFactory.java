package riffle;

import java.util.concurrent.CompletableFuture;
import org.apache.flink.client.deployment.ClusterClientJobClientAdapter;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.client.program.MiniClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * Submits to the session's own cluster by a method call instead of through its REST endpoint: no
 * serialised upload, and a job's end is a completed future instead of the answer to a poll.
 *
 * <p>Flink finds executors by ServiceLoader and makes a new factory each time, hence the one static
 * field: the cluster of this JVM, there being exactly one.
 */
public final class EmbeddedExecutorFactory implements PipelineExecutorFactory {
    static final String NAME = "riffle-embedded";

    private static final CompletableFuture<Cluster> CLUSTER = new CompletableFuture<>();

    static void serve(Cluster cluster) {
        CLUSTER.complete(cluster);
    }

    static void fail(Throwable cause) {
        CLUSTER.completeExceptionally(cause);
    }

    /** Waits for the cluster. */
    static Cluster cluster() throws Exception {
        return CLUSTER.get();
    }

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    public boolean isCompatibleWith(Configuration configuration) {
        return NAME.equalsIgnoreCase(configuration.get(DeploymentOptions.TARGET));
    }

    @Override
    public PipelineExecutor getExecutor(Configuration configuration) {
        return (pipeline, options, classLoader) -> {
            StreamGraph graph = PipelineExecutorUtils.getStreamGraph(pipeline, options);
            GoOperators.replaceIn(graph);
            graph.serializeUserDefinedInstances();
            MiniClusterClient client = cluster().client();
            return client.submitJob(graph)
                    .thenApply(
                            id ->
                                    (JobClient)
                                            new ClusterClientJobClientAdapter<>(
                                                    () -> client, id, classLoader));
        };
    }
}
