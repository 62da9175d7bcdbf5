package riffle;

import java.util.Map;
import org.apache.flink.client.program.MiniClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.rpc.pekko.PekkoRpcSystem;
import org.apache.flink.util.Reference;

/** The embedded default: a real Flink cluster, one TaskManager, in this JVM. */
final class Cluster {
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
        return new Cluster(cluster);
    }

    String restAddress() throws Exception {
        return cluster.getRestAddress().get().toString();
    }

    MiniClusterClient client() {
        return new MiniClusterClient(cluster.getConfiguration(), cluster);
    }
}
