package riffle.job.rows;

import org.apache.flink.runtime.operators.coordination.CoordinationRequest;

/**
 * Requests the blocks of a {@link RowCoordinator} from a number on. It also acknowledges all blocks before that
 * number.
 */
public final class RowRequest implements CoordinationRequest {
    private static final long serialVersionUID = 1L;

    /** The coordinator that answered the last request, or null. */
    final String coordinator;

    final long from;

    /** The time after which an answer without blocks is sent. */
    final long patienceMillis;

    /** Where subtasks that send their rows to the client themselves find it; otherwise null. */
    final ResultTarget target;

    public RowRequest(String coordinator, long from, long patienceMillis, ResultTarget target) {
        this.coordinator = coordinator;
        this.target = target;
        this.from = from;
        this.patienceMillis = patienceMillis;
    }
}
