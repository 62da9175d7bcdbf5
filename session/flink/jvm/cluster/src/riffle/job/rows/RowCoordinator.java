package riffle.job.rows;

import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationRequestHandler;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/**
 * The part of a query's sink that runs in the JobManager. It reads the rows of all subtasks, and holds them until
 * the client has fetched them through the REST endpoint. A subtask ends when the client has its last rows. So
 * when the job has finished, the client has the whole result.
 *
 * <p>If the sink is direct, it only passes the target of the client's first request on to the subtasks.
 *
 * <p>Flink calls it on the JobManager's main thread, which it never blocks.
 */
final class RowCoordinator implements OperatorCoordinator, CoordinationRequestHandler {
    private final Context context;
    private final boolean direct;
    private RowQueue queue;
    private RowConnections connections;

    private RowCoordinator(Context context, boolean direct) {
        this.context = context;
        this.direct = direct;
    }

    @Override
    public void start() throws Exception {
        queue = new RowQueue(UUID.randomUUID().toString(), this::acknowledged);
        connections = new RowConnections(context.getJobID().toHexString(), direct, queue, context::failJob);
        connections.start();
    }

    private void acknowledged(RowBlock block) {
        RowMemory.give(block.taken);
        if (block.bytes == null) {
            connections.acknowledge(block);
        }
    }

    @Override
    public void handleEventFromOperator(int subtask, int attempt, OperatorEvent event) {
        connections.connect(subtask, attempt, (RowAddress) event);
    }

    @Override
    public CompletableFuture<CoordinationResponse> handleCoordinationRequest(CoordinationRequest request) {
        RowRequest rows = (RowRequest) request;
        if (direct && rows.target != null) {
            connections.setTarget(rows.target);
        }
        CompletableFuture<CoordinationResponse> answer = queue.request(rows);
        connections.wakeUp(); // there may be room now
        return answer;
    }

    @Override
    public void executionAttemptFailed(int subtask, int attempt, Throwable reason) {
        connections.disconnect(subtask, attempt);
    }

    @Override
    public void executionAttemptReady(int subtask, int attempt, SubtaskGateway gateway) {}

    @Override
    public void subtaskReset(int subtask, long checkpoint) {
        connections.disconnect(subtask, Integer.MAX_VALUE);
    }

    @Override
    public void checkpointCoordinator(long checkpoint, CompletableFuture<byte[]> result) {
        result.complete(new byte[0]); // rows that were sent are not sent again
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {}

    @Override
    public void resetToCheckpoint(long checkpoint, byte[] data) {}

    @Override
    public void close() {
        if (connections != null) {
            connections.close();
            queue.discard();
        }
    }

    /** Creates coordinators. */
    static final class Provider implements OperatorCoordinator.Provider {
        private static final long serialVersionUID = 1L;

        private final OperatorID operator;
        private final boolean direct;

        Provider(OperatorID operator, boolean direct) {
            this.operator = operator;
            this.direct = direct;
        }

        @Override
        public OperatorID getOperatorId() {
            return operator;
        }

        @Override
        public OperatorCoordinator create(Context context) {
            return new RowCoordinator(context, direct);
        }
    }
}
