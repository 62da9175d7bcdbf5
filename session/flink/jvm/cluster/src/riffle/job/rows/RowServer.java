package riffle.job.rows;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Iterator;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.taskmanager.TaskManagerRuntimeInfo;
import org.apache.flink.util.NetUtils;

/**
 * A subtask's end of the connection to the coordinator of its sink. The subtask listens and the coordinator
 * connects, as with Flink's own sink for collected results.
 */
final class RowServer {
    static final int SECRET_BYTES = 16;

    /** The time within which a connection has to send the secret. */
    private static final int STRANGER_MILLIS = 2000;

    /** What the coordinator sends when the client has all rows. */
    static final byte ARRIVED = 1;

    private RowServer() {}

    /** Sends the coordinator the address of the subtask, and waits until it has connected. */
    static SocketChannel open(OperatorEventGateway coordinator, TaskManagerRuntimeInfo taskManager, int parallelism)
            throws IOException {
        String host = taskManager.getTaskManagerExternalAddress();
        try (ServerSocketChannel listener = listen(taskManager.getConfiguration(), host)) {
            byte[] secret = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(secret);
            int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
            coordinator.sendEventToCoordinator(new RowAddress(host, port, secret, parallelism));
            while (true) {
                SocketChannel connection = listener.accept();
                if (sends(connection, secret)) {
                    connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    return connection;
                }
                connection.close();
            }
        }
    }

    private static ServerSocketChannel listen(Configuration options, String externalHost) throws IOException {
        String host = options.getOptional(TaskManagerOptions.BIND_HOST).orElse(externalHost);
        String ports = String.valueOf(options.get(TaskManagerOptions.COLLECT_PORT));
        Iterator<Integer> candidates = NetUtils.getPortRangeFromString(ports);
        IOException last = null;
        while (candidates.hasNext()) {
            ServerSocketChannel listener = ServerSocketChannel.open();
            try {
                return listener.bind(new InetSocketAddress(host, candidates.next()));
            } catch (IOException e) {
                listener.close();
                last = e;
            }
        }
        throw new IOException("no port of " + TaskManagerOptions.COLLECT_PORT.key() + " = " + ports + " is free", last);
    }

    private static boolean sends(SocketChannel connection, byte[] secret) {
        try {
            connection.socket().setSoTimeout(STRANGER_MILLIS);
            byte[] got = connection.socket().getInputStream().readNBytes(SECRET_BYTES);
            connection.socket().setSoTimeout(0);
            return MessageDigest.isEqual(got, secret);
        } catch (IOException e) {
            return false;
        }
    }

    /** Reads what the coordinator sends if rows do not go through it. */
    static ResultTarget readTarget(SocketChannel connection) throws IOException {
        return ResultTarget.read(connection.socket().getInputStream());
    }

    /** Waits until the client has everything that was sent. */
    static void awaitArrival(SocketChannel connection) throws IOException {
        connection.shutdownOutput();
        ByteBuffer answer = ByteBuffer.allocate(1);
        if (connection.read(answer) != 1 || answer.get(0) != ARRIVED) {
            throw new IOException("the JobManager closed the connection before the client had all rows");
        }
    }
}
