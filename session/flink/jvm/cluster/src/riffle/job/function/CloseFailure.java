package riffle.job.function;

import org.apache.flink.util.function.RunnableWithException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an operator for functions from failing while it closes.
 *
 * <p>An operator that does so after its task was cancelled or has failed is fatal for the TaskManager
 * (org.apache.flink.runtime.taskmanager.Task#doRun), and so for every other job on it. Flink's own
 * operators do: one that is cancelled while it opens has lost, by the interrupt, the channel in which
 * Arrow's writer ends its stream, and Beam fails where a worker is given up from two sides. When an
 * operator closes, each of its rows has been emitted or its task has failed for another reason. So a
 * failure to close is written to the log, and nothing is lost. An operator of a jar of the session can do
 * the same.
 */
public final class CloseFailure {
    private static final Logger LOG = LoggerFactory.getLogger(CloseFailure.class);

    private CloseFailure() {}

    /** Closes an operator of some name; where that fails, the log says so. */
    public static void log(String operator, RunnableWithException close) {
        try {
            close.run();
        } catch (Exception e) {
            LOG.info("{} has not closed well", operator, e);
        }
    }
}
