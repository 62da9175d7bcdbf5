package riffle.gateway.jobs;

import org.apache.flink.streaming.api.operators.StreamOperator;

/**
 * Puts an operator into jobs in place of one that Flink's planner has made: so a kind of function can have
 * an operator of its own, or Flink's under a URN of its own, which the function host finds its operation by.
 *
 * <p>Besides riffle's own, those are asked that the session's jars name as services. An operator that fails
 * to close costs the cluster its TaskManager, see {@link riffle.job.function.CloseFailure}.
 */
public interface OperatorReplacement {
    /** The operator for a job; the given one if it is to stay. */
    StreamOperator<?> of(StreamOperator<?> operator);
}
