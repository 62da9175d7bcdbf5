package riffle.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.python.shaded.py4j.GatewayServer;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import riffle.gateway.jobs.EmbeddedCluster;
import riffle.gateway.jobs.JobRunner;
import riffle.gateway.jobs.RemoteCluster;

/**
 * The JVM that riffle starts: a Py4J gateway on loopback, the table environment and a cluster.
 *
 * <p>The parent writes one line of JSON to stdin, {@code {token, flink, cluster}}: the token that each
 * connection has to send, and the options of the environment and of the cluster. With {@code {token, flink,
 * remote, user}}, the REST address of an existing cluster and the name of the user, no cluster is started. The
 * parent keeps the pipe open. The gateway prints its port to stdout as {@code RIFFLE_PORT n}. The end of stdin
 * means that the parent has ended, for whatever reason. This JVM then halts at once, so nothing here outlives a
 * session.
 */
public final class Main {
    private static final long LEAVE_MILLIS = 2000;

    private Main() {}

    public static void main(String[] args) throws Exception {
        BufferedReader parent =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        JsonNode start = Json.read(parent.readLine());
        EmbeddedCluster cluster =
                start.has("remote") ? null : new EmbeddedCluster(Json.stringMap(start.path("cluster")));
        JobRunner runner =
                cluster == null
                        ? new RemoteCluster(start.get("remote").asText(), start.get("user").asText())
                        : cluster;
        Thread watch = new Thread(() -> haltWith(parent, runner), "riffle-parent-watch");
        watch.setDaemon(true);
        watch.start();

        Gateway gateway = new Gateway(Json.stringMap(start.get("flink")), runner);
        GatewayServer server =
                new GatewayServer.GatewayServerBuilder()
                        .entryPoint(gateway)
                        .javaAddress(InetAddress.getLoopbackAddress())
                        .javaPort(0)
                        .authToken(start.get("token").asText())
                        .serverSocketFactory(new RetryingServerSocket.Factory())
                        .build();
        server.start(true);
        System.out.println("RIFFLE_PORT " + server.getListeningPort());
        System.out.flush();
        if (cluster != null) {
            // Both in parallel: each takes most of a second, and neither needs the other.
            cluster.start();
        }
        gateway.boot();
        Thread.currentThread().join();
    }

    private static void haltWith(BufferedReader parent, JobRunner runner) {
        try {
            while (parent.readLine() != null) {
                // nothing more is ever sent: only the end of the pipe matters
            }
        } catch (IOException e) {
            // a broken pipe means the same
        }
        try {
            runner.leave().get(LEAVE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            // the cluster misses the heartbeats soon
        }
        Runtime.getRuntime().halt(0);
    }
}
