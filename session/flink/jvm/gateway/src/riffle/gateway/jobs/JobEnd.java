package riffle.gateway.jobs;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.rest.messages.job.JobExecutionResultResponseBody;
import org.apache.flink.runtime.rest.messages.queue.QueueStatus;

/**
 * Requests a job's result until there is one. Requests are rare until the end is expected. From then on the pauses
 * between them are in proportion to the time since. Flink's own client doubles its pauses, and so notices the end of
 * a short query late.
 */
final class JobEnd {
    private static final long MIN_PAUSE_MILLIS = 10;
    private static final long MAX_PAUSE_MILLIS = 2_000;

    /** How a job has ended. Fails if there is no answer. */
    final CompletableFuture<JobResult> result = new CompletableFuture<>();

    private final Supplier<CompletableFuture<JobExecutionResultResponseBody>> request;
    private final ScheduledExecutorService timer;
    private ScheduledFuture<?> next; // null while a request has no answer
    private boolean expected;
    private long since; // when the end was first expected, by System.nanoTime

    /** Expects nothing, and so makes its first request after a while. */
    JobEnd(
            Supplier<CompletableFuture<JobExecutionResultResponseBody>> request, ScheduledExecutorService timer) {
        this.request = request;
        this.timer = timer;
        later();
    }

    /** Makes a request now, and further ones soon. */
    synchronized void expect() {
        if (!expected) {
            expected = true;
            since = System.nanoTime();
            if (next != null && next.cancel(false)) {
                request();
            }
        }
    }

    private synchronized void request() {
        next = null;
        request.get().whenComplete((answer, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else if (answer.getStatus().getId() == QueueStatus.Id.COMPLETED) {
                result.complete(answer.getJobExecutionResult());
            } else {
                later();
            }
        });
    }

    private synchronized void later() {
        long taken = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
        long pause = expected ? Math.max(MIN_PAUSE_MILLIS, Math.min(MAX_PAUSE_MILLIS, taken / 8)) : MAX_PAUSE_MILLIS;
        next = timer.schedule(this::request, pause, TimeUnit.MILLISECONDS);
    }
}
