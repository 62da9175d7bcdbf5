package riffle.gateway.jobs;

import org.apache.flink.streaming.api.operators.StreamOperator;

/**
 * Replaces an operator that Flink's planner has created. So a kind of function can have an operator of its
 * own, or Flink's operator under a URN of its own, by which the function host finds the operation.
 *
 * <p>Besides riffle's own, implementations are loaded that the session's jars declare as services. An
 * operator that fails to close costs the cluster its TaskManager, see
 * {@link riffle.job.function.CloseFailure}.
 */
public interface OperatorReplacement {
    /** The operator for a job; the given one if it is not replaced. */
    StreamOperator<?> of(StreamOperator<?> operator);
}
