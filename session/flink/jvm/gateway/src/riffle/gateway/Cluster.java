package riffle.gateway;

import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.program.MiniClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.rpc.pekko.PekkoRpcSystem;
import org.apache.flink.util.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded default: a real Flink cluster, one TaskManager, in this JVM.
 *
 * <p>A MiniCluster closes a TaskManager in which something fatal happened, for instance a task that
 * cannot be cancelled, and lives on without: jobs would wait for slots that never come. Here another
 * one takes its place.
 */
final class Cluster {
    private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
    private static final long LOOK_MILLIS = 500;

    private final MiniCluster cluster;

    private Cluster(MiniCluster cluster) {
        this.cluster = cluster;
    }

    static Cluster start(Map<String, String> options) throws Exception {
        Configuration configuration = Configuration.fromMap(options);
        // RpcSystem.load(), the default, would unpack the RPC jar at every start.
        MiniCluster cluster =
                new MiniCluster(
                        new MiniClusterConfiguration.Builder()
                                .setConfiguration(configuration)
                                .setNumTaskManagers(1)
                                .setNumSlotsPerTaskManager(
                                        configuration.get(TaskManagerOptions.NUM_TASK_SLOTS))
                                .build(),
                        () -> Reference.borrowed(new PekkoRpcSystem()));
        cluster.start();
        Thread keeper = new Thread(() -> keepTaskManager(cluster), "riffle-taskmanager-keeper");
        keeper.setDaemon(true);
        keeper.start();
        return new Cluster(cluster);
    }

    private static void keepTaskManager(MiniCluster cluster) {
        boolean there = false;
        while (cluster.isRunning()) {
            try {
                Thread.sleep(LOOK_MILLIS);
                boolean before = there;
                there = cluster.getResourceOverview().get().getNumberTaskManagers() > 0;
                if (before && !there) {
                    LOG.warn("The cluster has lost its TaskManager: starting another one");
                    cluster.startTaskManager();
                }
            } catch (InterruptedException e) {
                return;
            } catch (Exception e) {
                LOG.warn("Looking after the TaskManager", e);
            }
        }
    }

    String restAddress() throws Exception {
        return cluster.getRestAddress().get().toString();
    }

    /** The name of the task whose failure ended a job: its operators, joined by arrows; null if unknown. */
    String failedTask(JobID job) throws Exception {
        String first = null;
        long since = Long.MAX_VALUE;
        for (AccessExecutionVertex task :
                cluster.getExecutionGraph(job).get().getAllExecutionVertices()) {
            Optional<ErrorInfo> failure = task.getFailureInfo();
            if (failure.isPresent() && failure.get().getTimestamp() < since) {
                since = failure.get().getTimestamp();
                first = task.getTaskNameWithSubtaskIndex();
            }
        }
        return first;
    }

    MiniClusterClient client() {
        return new MiniClusterClient(cluster.getConfiguration(), cluster);
    }
}
