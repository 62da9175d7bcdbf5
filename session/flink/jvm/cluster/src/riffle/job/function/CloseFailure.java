package riffle.job.function;

import org.apache.flink.util.function.RunnableWithException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an operator for functions from failing while it closes.
 *
 * <p>If an operator fails to close after its task was cancelled or has failed, the error is fatal for the
 * TaskManager (org.apache.flink.runtime.taskmanager.Task#doRun), and so for every other job on it. Flink's
 * own operators fail like this in two cases. If one is cancelled while it opens, the interrupt closes the
 * channel in which Arrow's writer ends its stream. And Beam fails if a worker is released from two sides.
 * When an operator closes, each of its rows has been emitted or its task has failed for another reason. So
 * a failure to close is only logged, and nothing is lost. An operator in a jar of the session can use this
 * class, too.
 */
public final class CloseFailure {
    private static final Logger LOG = LoggerFactory.getLogger(CloseFailure.class);

    private CloseFailure() {}

    /** Closes the named operator. If that fails, the failure is logged. */
    public static void log(String operator, RunnableWithException close) {
        try {
            close.run();
        } catch (Exception e) {
            LOG.info("{} has not closed well", operator, e);
        }
    }
}
