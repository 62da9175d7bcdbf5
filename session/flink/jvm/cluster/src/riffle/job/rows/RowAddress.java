package riffle.job.rows;

import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/**
 * Where a subtask waits for its {@link RowCoordinator} to connect, and the secret that the coordinator has to
 * send. The secret exists only in the subtask and in the coordinator.
 */
final class RowAddress implements OperatorEvent {
    private static final long serialVersionUID = 1L;

    final String host;
    final int port;
    final byte[] secret;
    final int parallelism;

    RowAddress(String host, int port, byte[] secret, int parallelism) {
        this.host = host;
        this.port = port;
        this.secret = secret;
        this.parallelism = parallelism;
    }
}
