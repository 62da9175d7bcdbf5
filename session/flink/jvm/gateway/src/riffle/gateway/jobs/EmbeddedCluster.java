package riffle.gateway.jobs;

import java.net.URI;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.program.MiniClusterClient;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.rpc.pekko.PekkoRpcSystem;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The default job runner: a real Flink cluster with one TaskManager in this JVM.
 *
 * <p>If something fatal happens in a TaskManager of a MiniCluster, such as a task that cannot be
 * cancelled, the MiniCluster closes it and continues without it. Jobs would wait for slots that never
 * become available. This class starts another TaskManager in its place.
 */
public final class EmbeddedCluster implements JobRunner {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedCluster.class);
    private static final long LOOK_MILLIS = 500;

    /** Whether rows are fetched as from another cluster. Tests of that way set it. */
    private static final ConfigOption<Boolean> FETCH_ROWS =
            ConfigOptions.key("riffle.fetch-rows").booleanType().defaultValue(false);

    private final Configuration options;
    private CompletableFuture<MiniCluster> started; // guarded by this

    public EmbeddedCluster(Map<String, String> options) {
        this.options = Configuration.fromMap(options);
    }

    /** Starts the cluster on a thread of its own. If that fails, the next use of the cluster starts it again. */
    public void start() {
        cluster();
    }

    private synchronized CompletableFuture<MiniCluster> cluster() {
        if (started == null || started.isCompletedExceptionally()) {
            CompletableFuture<MiniCluster> next = new CompletableFuture<>();
            started = next;
            Thread starter = new Thread(() -> start(next), "riffle-cluster-start");
            starter.setDaemon(true);
            starter.start();
        }
        return started;
    }

    private void start(CompletableFuture<MiniCluster> started) {
        try {
            // RpcSystem.load(), the default, would unpack the RPC jar at every start.
            MiniCluster cluster =
                    new MiniCluster(
                            new MiniClusterConfiguration.Builder()
                                    .setConfiguration(options)
                                    .setNumTaskManagers(1)
                                    .setNumSlotsPerTaskManager(options.get(TaskManagerOptions.NUM_TASK_SLOTS))
                                    .build(),
                            () -> Reference.borrowed(new PekkoRpcSystem()));
            cluster.start();
            Thread keeper = new Thread(() -> keepTaskManager(cluster), "riffle-taskmanager-keeper");
            keeper.setDaemon(true);
            keeper.start();
            started.complete(cluster);
        } catch (Throwable t) {
            LOG.warn("The cluster has not started", t);
            started.completeExceptionally(t);
        }
    }

    private static void keepTaskManager(MiniCluster cluster) {
        boolean there = false;
        while (cluster.isRunning()) {
            try {
                Thread.sleep(LOOK_MILLIS);
                if (cluster.getResourceOverview().get().getNumberTaskManagers() > 0) {
                    there = true;
                } else if (there) {
                    LOG.warn("The cluster has lost its TaskManager: starting another one");
                    cluster.startTaskManager(); // if it throws, the next check tries again
                    there = false;
                }
            } catch (InterruptedException e) {
                return;
            } catch (Exception e) {
                LOG.warn("Looking after the TaskManager", e);
            }
        }
    }

    private CompletableFuture<MiniClusterClient> client() {
        return cluster().thenApply(cluster -> new MiniClusterClient(cluster.getConfiguration(), cluster));
    }

    @Override
    public CompletableFuture<String> restAddress() {
        return cluster().thenCompose(MiniCluster::getRestAddress).thenApply(URI::toString);
    }

    @Override
    public CompletableFuture<Map<String, String>> jobDefaults() {
        return CompletableFuture.completedFuture(Map.of());
    }

    @Override
    public boolean isLocal() {
        return !options.get(FETCH_ROWS);
    }

    @Override
    public boolean outlivesSession() {
        return false;
    }

    @Override
    public String jobName(String sql, String query) {
        return "riffle " + query;
    }

    @Override
    public long patienceMillis() {
        return 5000;
    }

    @Override
    public CompletableFuture<JobID> submit(StreamGraph job) {
        return client().thenCompose(client -> client.submitJob(job));
    }

    @Override
    public CompletableFuture<Collection<JobStatusMessage>> list() {
        return client().thenCompose(MiniClusterClient::listJobs);
    }

    @Override
    public CompletableFuture<JobStatus> status(JobID job) {
        return client().thenCompose(client -> client.getJobStatus(job));
    }

    @Override
    public CompletableFuture<JobResult> result(JobID job) {
        return client().thenCompose(client -> client.requestJobResult(job));
    }

    @Override
    public CompletableFuture<Void> cancel(JobID job) {
        return client().thenCompose(client -> client.cancel(job)).thenApply(taken -> null);
    }

    @Override
    public CompletableFuture<String> stopWithSavepoint(
            JobID job, boolean drain, String folder, SavepointFormatType format) {
        return client().thenCompose(client -> client.stopWithSavepoint(job, drain, folder, format));
    }

    @Override
    public CompletableFuture<String> savepoint(JobID job, String folder, SavepointFormatType format) {
        return client().thenCompose(client -> client.triggerSavepoint(job, folder, format));
    }

    @Override
    public CompletableFuture<Map<String, Object>> accumulators(JobID job, ClassLoader loader) {
        return client().thenCompose(client -> client.getAccumulators(job, loader));
    }

    @Override
    public CompletableFuture<CoordinationResponse> ask(JobID job, String operator, CoordinationRequest request) {
        return client().thenCompose(client -> client.sendCoordinationRequest(job, operator, request));
    }

    @Override
    public CompletableFuture<String> failedTask(JobID job) {
        return cluster().thenCompose(cluster -> cluster.getExecutionGraph(job))
                .thenApply(graph -> firstFailed(graph.getAllExecutionVertices()));
    }

    @Override
    public CompletableFuture<Void> leave() {
        return CompletableFuture.completedFuture(null);
    }

    private static String firstFailed(Iterable<? extends AccessExecutionVertex> tasks) {
        String first = null;
        long since = Long.MAX_VALUE;
        for (AccessExecutionVertex task : tasks) {
            Optional<ErrorInfo> failure = task.getFailureInfo();
            if (failure.isPresent() && failure.get().getTimestamp() < since) {
                since = failure.get().getTimestamp();
                first = task.getTaskNameWithSubtaskIndex();
            }
        }
        return first;
    }
}
