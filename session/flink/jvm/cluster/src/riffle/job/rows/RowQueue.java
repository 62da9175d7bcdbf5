package riffle.job.rows;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;

/**
 * The blocks that subtasks have sent and the client has not acknowledged. They are numbered. The client
 * acknowledges blocks by requesting later ones, so the loss of an answer loses no rows.
 *
 * <p>Requests come from the JobManager's main thread, blocks from the thread of {@link RowConnections}. The lock
 * is held only for moments: answers are completed without it, because whatever depends on them runs then.
 */
final class RowQueue {
    /** A queue of this size has no room. */
    private static final int MAX_HELD = (4 << 20) - RowMemory.BLOCK;

    /** An answer contains no further block when it has this size. */
    private static final int MAX_ANSWER = 1 << 20;

    /** The longest time that a request may wait for blocks. */
    private static final long MAX_PATIENCE_MILLIS = 5000;

    private final String coordinator;
    private final Consumer<RowBlock> acknowledged;
    private final ArrayDeque<RowBlock> blocks = new ArrayDeque<>();
    private long first; // the number of the first block
    private long held;
    private boolean discarded;
    private CompletableFuture<CoordinationResponse> waiting; // the request without an answer, or null
    private long late; // when it gets an answer without blocks

    /** {@code acknowledged} is called with each block that is not held any more. It must not block. */
    RowQueue(String coordinator, Consumer<RowBlock> acknowledged) {
        this.coordinator = coordinator;
        this.acknowledged = acknowledged;
    }

    synchronized boolean hasRoom() {
        return held < MAX_HELD;
    }

    synchronized boolean isEmpty() {
        return blocks.isEmpty();
    }

    void add(RowBlock block) {
        Runnable answer;
        synchronized (this) {
            if (discarded) {
                acknowledged.accept(block);
                return;
            }
            blocks.add(block);
            held += block.size();
            answer = answerWithBlocks();
        }
        answer.run();
    }

    /** The answer is complete when there are blocks, or after a while. It ends an earlier request. */
    CompletableFuture<CoordinationResponse> request(RowRequest request) {
        CompletableFuture<CoordinationResponse> response = new CompletableFuture<>();
        Runnable earlier;
        Runnable answer;
        synchronized (this) {
            earlier = answerWithout();
            if (request.coordinator != null && !request.coordinator.equals(coordinator)) {
                answer = () -> response.complete(new RowBlocks(coordinator, null, true));
            } else if (request.from < first || request.from > first + blocks.size()) {
                answer = () -> response.completeExceptionally(
                        new IllegalArgumentException("there is no block " + request.from));
            } else {
                acknowledge(request.from);
                waiting = response;
                long patience = Math.min(request.patienceMillis, MAX_PATIENCE_MILLIS);
                late = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patience);
                answer = discarded ? answerWithout() : answerWithBlocks();
            }
        }
        earlier.run();
        answer.run();
        return response;
    }

    private void acknowledge(long from) {
        for (; first < from; first++) {
            RowBlock block = blocks.poll();
            held -= block.size();
            acknowledged.accept(block);
        }
    }

    /** Answers a request that has waited long enough. */
    void answerLate() {
        Runnable answer;
        synchronized (this) {
            answer = waiting != null && System.nanoTime() - late >= 0 ? answerWithout() : () -> {};
        }
        answer.run();
    }

    /** Drops all blocks, also those that are still to come. */
    void discard() {
        Runnable answer;
        synchronized (this) {
            discarded = true;
            answer = answerWithout();
            blocks.forEach(acknowledged);
            blocks.clear();
            held = 0;
        }
        answer.run();
    }

    private Runnable answerWithBlocks() {
        if (waiting == null || blocks.isEmpty()) {
            return () -> {};
        }
        List<RowBlock> some = new ArrayList<>();
        int size = 0;
        for (RowBlock block : blocks) {
            some.add(block);
            size += block.size();
            if (size >= MAX_ANSWER) {
                break;
            }
        }
        return answer(some);
    }

    private Runnable answerWithout() {
        return waiting == null ? () -> {} : answer(List.of());
    }

    private Runnable answer(List<RowBlock> some) {
        CompletableFuture<CoordinationResponse> request = waiting;
        boolean last = discarded;
        waiting = null;
        return () -> request.complete(new RowBlocks(coordinator, some, last));
    }
}
