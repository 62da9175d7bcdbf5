package riffle.gateway.jobs;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.messages.FlinkJobNotFoundException;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.util.ExceptionUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import riffle.job.rows.ResultTarget;
import riffle.job.rows.RowBlock;
import riffle.job.rows.RowBlocks;
import riffle.job.rows.RowRequest;
import riffle.job.rows.RowUnpacker;

/**
 * Fetches a query's rows from the coordinator of its sink. It passes them to riffle's receiver as the sink's
 * subtasks would do if they could connect: over one connection for each subtask. If the receiver stops reading, no
 * more rows of this query are fetched.
 *
 * <p>The coordinator of a direct sink has no rows. The relay tells it the target, and then only watches for its end.
 */
public final class RowRelay {
    private static final Logger LOG = LoggerFactory.getLogger(RowRelay.class);
    private static final long FIRST_PAUSE_MILLIS = 5;
    private static final long PAUSE_MILLIS = 100;

    /** A running job whose coordinator does not answer for this time is given up. */
    private static final long SILENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** The time in which a job usually ends after its coordinator. */
    private static final long ENDING_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final JobRunner runner;
    private final JobID job;
    private final String operator;
    private final ResultTarget target;
    private final boolean direct;
    private final Map<Integer, Subtask> subtasks = new HashMap<>();
    private final CompletableFuture<Void> lost = new CompletableFuture<>();
    private String coordinator;
    private long next;

    private RowRelay(JobRunner runner, JobID job, String operator, ResultTarget target, boolean direct) {
        this.direct = direct;
        this.runner = runner;
        this.job = job;
        this.operator = operator;
        this.target = target;
    }

    /** The connection to riffle for the rows of an attempt of a subtask. */
    private static final class Subtask {
        final int attempt;
        final SocketChannel connection;
        final RowUnpacker unpacker = new RowUnpacker();

        Subtask(int attempt, SocketChannel connection) {
            this.attempt = attempt;
            this.connection = connection;
        }
    }

    /**
     * Starts a thread that ends with the job. The future fails with a {@link QueryLost} if rows are lost. Otherwise
     * it never completes: the job's end is the query's end.
     */
    public static CompletableFuture<Void> start(
            JobRunner runner, JobID job, String operator, ResultTarget target, boolean direct) {
        RowRelay relay = new RowRelay(runner, job, operator, target, direct);
        Thread thread = new Thread(relay::run, "riffle-relay-" + job);
        thread.setDaemon(true);
        thread.start();
        return relay.lost;
    }

    private void run() {
        try {
            relay();
        } catch (QueryLost e) {
            lost.completeExceptionally(e);
        } catch (IOException e) {
            LOG.info("riffle takes no more rows of job {}", job, e);
        } catch (Exception e) {
            LOG.warn("The rows of job {} cannot be fetched", job, e);
            lost.completeExceptionally(new QueryLost("the query's rows cannot be fetched", e));
        } finally {
            subtasks.values().forEach(subtask -> close(subtask.connection));
            runner.expectEnd(job);
        }
    }

    private void relay() throws Exception {
        awaitStart();
        CompletableFuture<CoordinationResponse> request = request();
        long answered = System.nanoTime();
        while (true) {
            RowBlocks answer;
            try {
                answer = (RowBlocks) request.get();
            } catch (ExecutionException e) {
                if (!continues(answered, e)) {
                    return;
                }
                request = request();
                continue;
            }
            if (answer.blocks == null) {
                throw new QueryLost("the JobManager was replaced, and the query's rows are lost", null);
            }
            answered = System.nanoTime();
            coordinator = answer.coordinator;
            next += answer.blocks.size();
            if (answer.last && hasEnded()) {
                return;
            }
            request = request(); // it is on its way while these blocks are passed on
            for (RowBlock block : answer.blocks) {
                pass(block);
            }
        }
    }

    /** Waits until there is a coordinator. The JobManager logs each request to one that does not exist as an error. */
    private void awaitStart() throws Exception {
        long pause = FIRST_PAUSE_MILLIS;
        for (JobStatus status = status(); status == JobStatus.INITIALIZING || status == JobStatus.CREATED; ) {
            Thread.sleep(pause);
            pause = Math.min(2 * pause, PAUSE_MILLIS);
            status = status();
        }
    }

    /**
     * Waits after a request that has failed until the job runs, which may be after a restart, or has ended. It asks
     * nothing of a job that is ending: the JobManager would log that as an error, too.
     */
    private boolean continues(long answered, ExecutionException failure) throws Exception {
        while (true) {
            if (status().isGloballyTerminalState()) {
                return false;
            }
            if (System.nanoTime() - answered > SILENCE_NANOS) {
                throw failure;
            }
            Thread.sleep(PAUSE_MILLIS);
            if (status() == JobStatus.RUNNING) {
                return true;
            }
        }
    }

    /** Waits a while for the end of the job. If it continues, it has another coordinator. */
    private boolean hasEnded() throws Exception {
        runner.expectEnd(job);
        for (long begun = System.nanoTime(); System.nanoTime() - begun < ENDING_NANOS; Thread.sleep(PAUSE_MILLIS)) {
            if (status().isGloballyTerminalState()) {
                return true;
            }
        }
        return false;
    }

    private CompletableFuture<CoordinationResponse> request() {
        ResultTarget told = direct && coordinator == null ? target : null; // until the first answer
        return runner.ask(job, operator, new RowRequest(coordinator, next, runner.patienceMillis(), told));
    }

    private JobStatus status() throws Exception {
        try {
            return runner.status(job).get();
        } catch (ExecutionException e) {
            if (ExceptionUtils.findThrowable(e, FlinkJobNotFoundException.class).isPresent()) {
                throw new QueryLost("the JobManager was restarted, and no longer has the query's job", e);
            }
            throw new QueryLost("the cluster does not answer any more, and the query's rows are lost", e);
        }
    }

    private void pass(RowBlock block) throws IOException {
        Subtask subtask = subtasks.get(block.subtask);
        if (subtask == null || subtask.attempt != block.attempt) {
            if (subtask != null) {
                close(subtask.connection);
            }
            SocketChannel connection = target.connect(block.subtask, block.parallelism, block.attempt);
            subtask = new Subtask(block.attempt, connection);
            subtasks.put(block.subtask, subtask);
        }
        if (block.bytes == null) {
            close(subtask.connection);
        } else {
            subtask.unpacker.unpack(block.bytes, subtask.connection);
        }
    }

    private static void close(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("Closing a connection to riffle", e);
        }
    }
}
