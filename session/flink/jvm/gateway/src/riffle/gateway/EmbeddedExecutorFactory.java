package riffle.gateway;

import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.deployment.ClusterClientJobClientAdapter;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.client.program.MiniClusterClient;
import org.apache.flink.client.program.MiniClusterClient.MiniClusterId;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
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
                    .thenApply(id -> new Job(client, id, classLoader));
        };
    }

    /** A job that remembers whether somebody has asked for its cancellation. */
    static final class Job extends ClusterClientJobClientAdapter<MiniClusterId> {
        private volatile boolean cancelled;

        private Job(MiniClusterClient client, JobID id, ClassLoader loader) {
            super(() -> client, id, loader);
        }

        @Override
        public CompletableFuture<Void> cancel() {
            cancelled = true;
            return super.cancel();
        }

        boolean cancelled() {
            return cancelled;
        }
    }
}
